//! One connection: HTTP/1 or HTTP/2 by its first bytes, until it ends, rests too long, grows too old, or all is stopped.

use super::counted::Counted;
use super::exchange::Exchange;
use super::gather::is_crowd;
use super::patrol::{Patrol, Verdict, seconds};
use super::service;
use super::watch::Watch;
use super::wire::Wire;
use http::{Request, Response};
use hyper::body::Incoming;
use hyper::server::conn::{http1, http2};
use hyper::service::service_fn;
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use hyper_util::server::graceful::GracefulConnection;
use std::convert::Infallible;
use std::future::poll_fn;
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::task::Poll;
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncWrite, AsyncWriteExt};

const FRAME: u32 = 1 << 20;
const STREAM_WINDOW: u32 = 4 << 20;
const CONNECTION_WINDOW: u32 = 16 << 20;
const HEADER_LIST: u32 = 16 << 10;
const HEADERS: usize = 64;
const HEAD_BUFFER: usize = 128 << 10;
const RESETS: usize = 20;
/// How long saying goodbye on a connection at rest may take.
const CLOSE: Duration = Duration::from_secs(1);

/// hyper with the limits that keep hostile clients cheap.
pub struct Builders {
    http1: http1::Builder,
    http2: http2::Builder<TokioExecutor>,
}

impl Builders {
    pub fn new(exchange: &Exchange) -> Self {
        let settings = &exchange.settings;
        let mut http1 = http1::Builder::new();
        http1
            .timer(TokioTimer::new())
            .header_read_timeout(None)
            .keep_alive(settings.keep_alive)
            .max_headers(HEADERS)
            .max_buf_size(HEAD_BUFFER); // no pipeline_flush: with it, an answer to garbage is never written
        let mut http2 = http2::Builder::new(TokioExecutor::new());
        http2
            .timer(TokioTimer::new())
            .max_frame_size(FRAME)
            .initial_stream_window_size(STREAM_WINDOW)
            .initial_connection_window_size(CONNECTION_WINDOW)
            .max_concurrent_streams(settings.max_streams)
            .max_header_list_size(HEADER_LIST)
            .max_pending_accept_reset_streams(RESETS)
            .keep_alive_interval(seconds(settings.ping_interval))
            .keep_alive_timeout(seconds(settings.ping_timeout).unwrap_or(Duration::from_secs(20)));
        Self { http1, http2 }
    }
}

/// What all connections of a port share.
#[derive(Clone)]
pub struct Port {
    pub exchange: Arc<Exchange>,
    pub builders: Arc<Builders>,
    pub patrol: Arc<Patrol>,
}

/// That a connection has to go, and the time it may take: None is as long as its requests need.
struct Leave(Option<Duration>);

pub async fn serve<S>(port: Port, stream: S, peer: Arc<str>)
where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    let Port { exchange, builders, patrol } = port;
    let _counted = Counted::new(&exchange.connections);
    let watch = Arc::new(Watch::new());
    let (_post, told) = patrol.guard(watch.clone());
    let mut stopping = exchange.stopping.subscribe();
    let mut leave = pin!(async {
        tokio::select! {
            _ = stopping.wait_for(|stop| *stop) => Leave(None),
            verdict = told => {
                let Ok(Verdict { limit, farewell }) = verdict else { return Leave(None) };
                exchange.hits.add(limit);
                Leave(farewell)
            }
        }
    });
    let service = || {
        service_fn(|request: Request<Incoming>| {
            let (exchange, peer, busy) = (exchange.clone(), peer.clone(), watch.request());
            async move {
                let response: Response<_> = service::handle(&exchange, peer, request).await;
                drop(busy);
                Ok::<_, Infallible>(response)
            }
        })
    };
    let mut wire = Wire::new(stream, watch.clone());
    loop {
        let http2 = tokio::select! {
            first = wire.opening() => match first {
                Ok(Some(http2)) => http2,
                Ok(None) | Err(_) => return,
            },
            Leave(farewell) = &mut leave => return close(wire, farewell).await,
        };
        if http2 {
            // boxed as below: while a connection says nothing, its task holds neither protocol's state
            let connection = builders.http2.serve_connection(TokioIo::new(wire), service());
            return Box::pin(until_told(connection, leave)).await;
        }
        let mut connection = Box::new(builders.http1.serve_connection(TokioIo::new(wire), service()));
        // hyper's state is some 20 KB; without a crowd, what it has learned about the size of reads is worth more than that
        let rests = || is_crowd(&exchange.connections) && watch.rests();
        let told = tokio::select! {
            rested = poll_fn(|context| match Pin::new(&mut *connection).poll(context) {
                Poll::Ready(_) => Poll::Ready(false),
                Poll::Pending if rests() => Poll::Ready(true),
                Poll::Pending => Poll::Pending,
            }) => {
                if !rested {
                    return;
                }
                None
            }
            told = &mut leave => Some(told),
        };
        if let Some(told) = told {
            return go(Pin::new(&mut *connection), told).await;
        }
        let parts = connection.into_parts();
        wire = parts.io.into_inner();
        wire.put_back(parts.read_buf);
    }
}

/// End a connection without a request in progress: over TLS, the client is told that nothing was cut off.
async fn close(mut wire: impl AsyncWrite + Unpin, farewell: Option<Duration>) {
    let _ = tokio::time::timeout(farewell.unwrap_or(CLOSE), wire.shutdown()).await;
}

/// Serve until the connection ends, or ends it when told.
async fn until_told(connection: impl GracefulConnection, leave: Pin<&mut impl Future<Output = Leave>>) {
    let mut connection = pin!(connection);
    let told = tokio::select! {
        _ = &mut connection => return,
        told = leave => told,
    };
    go(connection, told).await;
}

async fn go(mut connection: Pin<&mut impl GracefulConnection>, Leave(farewell): Leave) {
    if farewell == Some(Duration::ZERO) {
        return;
    }
    connection.as_mut().graceful_shutdown();
    match farewell {
        None => {
            let _ = connection.await;
        }
        Some(farewell) => {
            let _ = tokio::time::timeout(farewell, connection).await;
        }
    }
}
