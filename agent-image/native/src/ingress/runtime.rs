//! The thread: a tokio runtime that accepts connections and delivers answers. It never takes the GIL.

use super::connection::{self, Builders, Port};
use super::exchange::Exchange;
use super::gather;
use super::limits::Limit;
use super::patrol::Patrol;
use std::os::fd::{FromRawFd, RawFd};
use std::sync::{Arc, RwLock, mpsc};
use std::time::Duration;
use tokio::net::{TcpListener, UnixListener};
use tokio::sync::{Notify, OwnedSemaphorePermit, Semaphore};
use tokio::task::JoinSet;
use tokio_rustls::{TlsAcceptor, rustls::ServerConfig};

const HANDSHAKE: Duration = Duration::from_secs(10);
/// Pause after accepting failed, which it does again and again while there are no descriptors left.
const PAUSE: Duration = Duration::from_millis(100);

/// What new connections use; replaced when certificates are.
pub type Tls = Arc<RwLock<Option<Arc<ServerConfig>>>>;

/// The running thread.
pub struct Running {
    pub thread: std::thread::JoinHandle<()>,
    pub end: Arc<Notify>,
    /// One message from each listener once its socket is closed.
    pub closed: mpsc::Receiver<()>,
    pub listeners: usize,
}

enum Listener {
    Tcp(TcpListener),
    Unix(UnixListener),
}

/// Start the thread. It owns the listening sockets, of which `unix` says the kind.
pub fn start(exchange: Arc<Exchange>, tls: Tls, sockets: Vec<RawFd>, unix: bool) -> std::io::Result<Running> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let end = Arc::new(Notify::new());
    let (done, closed) = mpsc::channel();
    let listeners = sockets.len();
    let ending = end.clone();
    let opened: std::io::Result<Vec<Listener>> = {
        let _guard = runtime.enter();
        sockets.into_iter().map(|descriptor| open(descriptor, unix)).collect()
    };
    let opened = opened?;
    let main = async move {
        let patrol = Patrol::new(&exchange.settings);
        tokio::spawn(patrol.clone().run());
        let builders = Arc::new(Builders::new(&exchange));
        let port = Port { exchange: exchange.clone(), builders, patrol };
        let room = Arc::new(Semaphore::new(exchange.settings.max_connections));
        let mut essential = JoinSet::new();
        for listener in opened {
            essential.spawn(accept(port.clone(), tls.clone(), room.clone(), listener, done.clone()));
        }
        essential.spawn(gather::announce(exchange.clone()));
        essential.spawn(deliver(exchange.clone()));
        tokio::select! {
            () = ending.notified() => {}
            reason = fault(&mut essential) => {
                exchange.fail(reason);
                ending.notified().await;
            }
        }
    };
    let thread = std::thread::Builder::new().name("otlp-ingress".into()).spawn(move || {
        runtime.block_on(main);
        runtime.shutdown_background();
    })?;
    Ok(Running { thread, end, closed, listeners })
}

/// Hand answers to the requests that wait for them; never ends.
async fn deliver(exchange: Arc<Exchange>) -> Result<(), String> {
    loop {
        exchange.answered.notified().await;
        exchange.deliver();
    }
}

/// Returns when a task without which nothing is served has failed, with the reason.
async fn fault(essential: &mut JoinSet<Result<(), String>>) -> String {
    loop {
        match essential.join_next().await {
            Some(Ok(Ok(()))) => {} // a listener that was told to stop
            Some(Ok(Err(reason))) => return reason,
            Some(Err(error)) => return format!("the front end's thread failed: {error}"),
            None => std::future::pending().await,
        }
    }
}

fn open(descriptor: RawFd, unix: bool) -> std::io::Result<Listener> {
    // SAFETY: Python detached the descriptor for us; nobody else uses it.
    if unix {
        let socket = unsafe { std::os::unix::net::UnixListener::from_raw_fd(descriptor) };
        socket.set_nonblocking(true)?;
        UnixListener::from_std(socket).map(Listener::Unix)
    } else {
        let socket = unsafe { std::net::TcpListener::from_raw_fd(descriptor) };
        socket.set_nonblocking(true)?;
        TcpListener::from_std(socket).map(Listener::Tcp)
    }
}

async fn accept(port: Port, tls: Tls, room: Arc<Semaphore>, listener: Listener, done: mpsc::Sender<()>) -> Result<(), String> {
    let mut stopping = port.exchange.stopping.subscribe();
    let accepting = async {
        loop {
            if room.available_permits() == 0 {
                port.exchange.hits.add(Limit::Connections);
            }
            let Ok(permit) = room.clone().acquire_owned().await else { return Ok(()) };
            let error = match &listener {
                Listener::Tcp(socket) => match socket.accept().await {
                    Ok((stream, peer)) => {
                        let _ = stream.set_nodelay(true);
                        let peer: Arc<str> = peer.ip().to_canonical().to_string().into();
                        begin(port.clone(), tls.clone(), permit, stream, peer);
                        continue;
                    }
                    Err(error) => error,
                },
                Listener::Unix(socket) => match socket.accept().await {
                    Ok((stream, _)) => {
                        begin(port.clone(), tls.clone(), permit, stream, "".into());
                        continue;
                    }
                    Err(error) => error,
                },
            };
            if is_fatal(&error) {
                return Err(format!("the listening socket accepts no connections any more: {error}"));
            }
            if is_scarcity(&error) {
                port.exchange.hits.add(Limit::Accept);
            }
            tokio::time::sleep(PAUSE).await;
        }
    };
    let outcome = tokio::select! {
        outcome = accepting => outcome,
        _ = stopping.wait_for(|stop| *stop) => Ok(()),
    };
    drop(listener);
    let _ = done.send(());
    outcome
}

/// Whether accepting will never succeed again: the socket is no longer one that listens. Not EOPNOTSUPP and the like, which
/// Linux also gives for errors of the connection that would have been accepted.
fn is_fatal(error: &std::io::Error) -> bool {
    matches!(error.raw_os_error(), Some(libc::EBADF | libc::EINVAL | libc::ENOTSOCK))
}

/// Whether the process or the machine has no more descriptors or memory for a connection.
fn is_scarcity(error: &std::io::Error) -> bool {
    matches!(error.raw_os_error(), Some(libc::EMFILE | libc::ENFILE | libc::ENOBUFS | libc::ENOMEM))
}

fn begin<S>(port: Port, tls: Tls, permit: OwnedSemaphorePermit, stream: S, peer: Arc<str>)
where
    S: tokio::io::AsyncRead + tokio::io::AsyncWrite + Unpin + Send + 'static,
{
    let config = tls.read().unwrap_or_else(std::sync::PoisonError::into_inner).clone();
    // two tasks, because a task is as large as all that it may become, and TLS has large states
    match config {
        None => tokio::spawn(async move {
            let _permit = permit;
            connection::serve(port, stream, peer).await;
        }),
        Some(config) => tokio::spawn(async move {
            let _permit = permit;
            let handshake = Box::pin(TlsAcceptor::from(config).accept(stream));
            match tokio::time::timeout(HANDSHAKE, handshake).await {
                Ok(Ok(stream)) => connection::serve(port, stream, peer).await,
                _ => port.exchange.hits.add(Limit::Handshake),
            }
        }),
    };
}

#[cfg(test)]
mod tests {
    use super::*;

    fn run<T>(future: impl Future<Output = T>) -> T {
        tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap().block_on(future)
    }

    #[test]
    fn a_task_that_fails_or_panics_is_a_fault_and_one_that_ends_is_not() {
        run(async {
            let mut essential = JoinSet::new();
            essential.spawn(async { Ok(()) });
            assert!(tokio::time::timeout(Duration::from_millis(50), fault(&mut essential)).await.is_err());
            essential.spawn(async { Err("broken socket".to_owned()) });
            assert_eq!(fault(&mut essential).await, "broken socket");
            essential.spawn(async { panic!("of a test") });
            assert!(fault(&mut essential).await.starts_with("the front end's thread failed: "));
        });
    }

    #[test]
    fn only_a_socket_that_does_not_listen_is_fatal() {
        let fatal = |number| is_fatal(&std::io::Error::from_raw_os_error(number));
        assert!(fatal(libc::EBADF) && fatal(libc::EINVAL));
        assert!(!fatal(libc::EMFILE) && !fatal(libc::ECONNABORTED) && !fatal(libc::ENOMEM) && !fatal(libc::EOPNOTSUPP));
    }
}
