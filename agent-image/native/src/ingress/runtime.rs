//! The thread: a tokio runtime that accepts connections and delivers answers. It never takes the GIL.

use super::connection::{self, Port};
use super::exchange::Exchange;
use super::patrol::Patrol;
use std::os::fd::{FromRawFd, RawFd};
use std::sync::{Arc, RwLock, mpsc};
use std::time::Duration;
use tokio::net::{TcpListener, UnixListener};
use tokio::sync::{Notify, OwnedSemaphorePermit, Semaphore};
use tokio_rustls::{TlsAcceptor, rustls::ServerConfig};

const HANDSHAKE: Duration = Duration::from_secs(10);
/// Pause after accepting failed, which it does while there are no descriptors left.
const NO_DESCRIPTORS: Duration = Duration::from_millis(100);

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
        let builder = Arc::new(connection::builder(&exchange));
        let port = Port { exchange: exchange.clone(), builder, patrol };
        let room = Arc::new(Semaphore::new(exchange.settings.max_connections));
        for listener in opened {
            tokio::spawn(accept(port.clone(), tls.clone(), room.clone(), listener, done.clone()));
        }
        let announced = exchange.clone();
        tokio::spawn(async move {
            loop {
                announced.queued.notified().await;
                announced.announce();
            }
        });
        tokio::spawn(async move {
            loop {
                exchange.answered.notified().await;
                exchange.deliver();
            }
        });
        ending.notified().await;
    };
    let thread = std::thread::Builder::new().name("otlp-ingress".into()).spawn(move || {
        runtime.block_on(main);
        runtime.shutdown_background();
    })?;
    Ok(Running { thread, end, closed, listeners })
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

async fn accept(port: Port, tls: Tls, room: Arc<Semaphore>, listener: Listener, done: mpsc::Sender<()>) {
    let mut stopping = port.exchange.stopping.subscribe();
    let accepting = async {
        loop {
            let Ok(permit) = room.clone().acquire_owned().await else { return };
            match &listener {
                Listener::Tcp(socket) => match socket.accept().await {
                    Ok((stream, peer)) => {
                        let _ = stream.set_nodelay(true);
                        let peer: Arc<str> = peer.ip().to_canonical().to_string().into();
                        begin(port.clone(), tls.clone(), permit, stream, peer);
                    }
                    Err(_) => tokio::time::sleep(NO_DESCRIPTORS).await,
                },
                Listener::Unix(socket) => match socket.accept().await {
                    Ok((stream, _)) => begin(port.clone(), tls.clone(), permit, stream, "".into()),
                    Err(_) => tokio::time::sleep(NO_DESCRIPTORS).await,
                },
            }
        }
    };
    tokio::select! {
        () = accepting => {}
        _ = stopping.wait_for(|stop| *stop) => {}
    }
    drop(listener);
    let _ = done.send(());
}

fn begin<S>(port: Port, tls: Tls, permit: OwnedSemaphorePermit, stream: S, peer: Arc<str>)
where
    S: tokio::io::AsyncRead + tokio::io::AsyncWrite + Unpin + Send + 'static,
{
    let config = tls.read().unwrap_or_else(std::sync::PoisonError::into_inner).clone();
    tokio::spawn(async move {
        let _permit = permit;
        match config {
            None => connection::serve(port, stream, peer).await,
            Some(config) => {
                let handshake = TlsAcceptor::from(config).accept(stream);
                if let Ok(Ok(stream)) = tokio::time::timeout(HANDSHAKE, handshake).await {
                    connection::serve(port, stream, peer).await;
                }
            }
        }
    });
}
