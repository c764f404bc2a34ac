//! Makes one connection: to the address that answers first, with TLS where configured, up to the server's greeting.

use super::greeting::Greeted;
use super::message::Message;
use super::resolve::Address;
use super::settings::{Settings, seconds};
use super::tls::Tls;
use hyper::client::conn::http2::{Builder, SendRequest};
use hyper_util::rt::{TokioIo, TokioTimer};
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpStream, UnixStream};
use tokio::sync::watch;
use tokio::task::{JoinHandle, JoinSet};
use tokio_rustls::TlsConnector;

/// After this, the next address is tried beside the one that did not answer yet (RFC 8305).
const STAGGER: Duration = Duration::from_millis(250);
const STREAM_WINDOW: u32 = 1 << 20;
const CONNECTION_WINDOW: u32 = 4 << 20;
const HEADER_LIST: u32 = 16 << 10;
/// Of a body, how much waits in hyper for the peer's window; the rest stays where Python made it.
const SEND_BUFFER: usize = 1 << 20;

/// Sends over one connection.
#[derive(Clone)]
pub struct Sender {
    pub requests: SendRequest<Message>,
    /// Whether the server has answered any request.
    pub answered: Arc<AtomicBool>,
}

/// What connections of a channel have in common.
#[derive(Clone)]
pub struct Plan {
    pub settings: Arc<Settings>,
    pub tls: Option<Tls>,
    /// Ends whatever is left of connections.
    pub ended: watch::Receiver<bool>,
}

pub struct Connected {
    pub address: Address,
    pub sender: Sender,
    /// Done once the connection takes no more requests; those on their way may go on.
    pub done: JoinHandle<hyper::Result<()>>,
}

/// Runs hyper's tasks until the channel ends.
#[derive(Clone)]
struct Tasks(watch::Receiver<bool>);

impl<F> hyper::rt::Executor<F> for Tasks
where
    F: Future + Send + 'static,
    F::Output: Send,
{
    fn execute(&self, future: F) {
        let mut ended = self.0.clone();
        tokio::spawn(async move {
            tokio::select! {
                _ = future => {}
                _ = ended.wait_for(|ended| *ended) => {}
            }
        });
    }
}

/// Connect to the first that answers; the error tells of the last that failed.
pub async fn first_of(addresses: &[Address], plan: &Plan, keepalive: Option<Duration>) -> Result<Connected, String> {
    let mut left = addresses.iter().cloned();
    let mut trying = JoinSet::new();
    let mut trouble = "there are no addresses".to_owned();
    loop {
        let more = left.next();
        let waits = more.is_some();
        if let Some(address) = more {
            let plan = plan.clone();
            trying.spawn(async move { within_time(address, &plan, keepalive).await });
        }
        tokio::select! {
            done = trying.join_next() => match done {
                Some(Ok(Ok(connected))) => return Ok(connected),
                Some(Ok(Err(text))) => trouble = text,
                Some(Err(error)) => trouble = error.to_string(),
                None => return Err(trouble),
            },
            () = tokio::time::sleep(STAGGER), if waits => {}
        }
    }
}

async fn within_time(address: Address, plan: &Plan, keepalive: Option<Duration>) -> Result<Connected, String> {
    let limit = seconds(plan.settings.connect_timeout).unwrap_or(Duration::MAX);
    let done = tokio::time::timeout(limit, open(&address, plan, keepalive)).await;
    let (requests, done) = done
        .unwrap_or_else(|_| Err(format!("no answer within {} s", limit.as_secs_f64())))
        .map_err(|text| format!("connection error: {address}: {text}"))?;
    Ok(Connected { address, sender: Sender { requests, answered: Arc::default() }, done })
}

type Opened = (SendRequest<Message>, JoinHandle<hyper::Result<()>>);

async fn open(address: &Address, plan: &Plan, keepalive: Option<Duration>) -> Result<Opened, String> {
    match address {
        Address::Tcp(address) => {
            let stream = TcpStream::connect(address).await.map_err(|error| error.to_string())?;
            let _ = stream.set_nodelay(true);
            secure(stream, plan, keepalive).await
        }
        Address::Unix(path) => {
            let stream = UnixStream::connect(path).await.map_err(|error| error.to_string())?;
            secure(stream, plan, keepalive).await
        }
    }
}

async fn secure<S>(stream: S, plan: &Plan, keepalive: Option<Duration>) -> Result<Opened, String>
where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    let Some(tls) = &plan.tls else { return greet(stream, plan, keepalive).await };
    let connector = TlsConnector::from(tls.config.clone());
    let stream = connector.connect(tls.name.clone(), stream).await.map_err(|error| format!("tls: {error}"))?;
    if stream.get_ref().1.alpn_protocol() != Some(b"h2") {
        return Err("tls: the server does not offer HTTP/2 (ALPN h2)".into());
    }
    greet(stream, plan, keepalive).await
}

async fn greet<S>(stream: S, plan: &Plan, keepalive: Option<Duration>) -> Result<Opened, String>
where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    let (stream, greeted) = Greeted::new(stream);
    let (sender, connection) =
        builder(plan, keepalive).handshake(TokioIo::new(stream)).await.map_err(|error| error.to_string())?;
    let mut done = tokio::spawn(connection);
    tokio::select! {
        biased;
        greeted = greeted => match greeted {
            Ok(true) => Ok((sender, done)),
            _ => Err("the server does not speak HTTP/2".into()),
        },
        ended = &mut done => match ended {
            Ok(Err(error)) => Err(format!("closed before it began: {}", text_of(&error))),
            _ => Err("closed before it began".into()),
        },
    }
}

fn builder(plan: &Plan, keepalive: Option<Duration>) -> Builder<Tasks> {
    let settings = &plan.settings;
    let mut builder = Builder::new(Tasks(plan.ended.clone()));
    builder
        .timer(TokioTimer::new())
        .initial_stream_window_size(STREAM_WINDOW)
        .initial_connection_window_size(CONNECTION_WINDOW)
        .max_header_list_size(HEADER_LIST)
        .max_send_buf_size(SEND_BUFFER)
        .keep_alive_interval(keepalive)
        .keep_alive_timeout(seconds(settings.keepalive_timeout).unwrap_or(Duration::from_secs(20)))
        .keep_alive_while_idle(settings.keepalive_idle);
    builder
}

/// An error of hyper with what is behind it.
pub fn text_of(error: &hyper::Error) -> String {
    let mut text = error.to_string();
    let mut source = std::error::Error::source(error);
    while let Some(inner) = source {
        text = format!("{text}: {inner}");
        source = inner.source();
    }
    text
}
