//! One connection: HTTP/1 or HTTP/2 by its first bytes, until it ends, rests too long, grows too old, or all is stopped.

use super::exchange::{Counted, Exchange};
use super::patrol::{Patrol, Verdict, seconds};
use super::service;
use super::watch::{Watch, Watched};
use http::Request;
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use hyper_util::server::conn::auto::Builder;
use std::convert::Infallible;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncWrite};

const FRAME: u32 = 1 << 20;
const STREAM_WINDOW: u32 = 4 << 20;
const CONNECTION_WINDOW: u32 = 16 << 20;
const HEADER_LIST: u32 = 16 << 10;
const HEADERS: usize = 64;
const HEAD_BUFFER: usize = 128 << 10;
const RESETS: usize = 20;

/// hyper with the limits that keep hostile clients cheap.
pub fn builder(exchange: &Exchange) -> Builder<TokioExecutor> {
    let settings = &exchange.settings;
    let mut builder = Builder::new(TokioExecutor::new());
    builder
        .http1()
        .timer(TokioTimer::new())
        .header_read_timeout(None)
        .keep_alive(settings.keep_alive)
        .max_headers(HEADERS)
        .max_buf_size(HEAD_BUFFER); // no pipeline_flush: with it, an answer to garbage is never written
    builder
        .http2()
        .timer(TokioTimer::new())
        .max_frame_size(FRAME)
        .initial_stream_window_size(STREAM_WINDOW)
        .initial_connection_window_size(CONNECTION_WINDOW)
        .max_concurrent_streams(settings.max_streams)
        .max_header_list_size(HEADER_LIST)
        .max_pending_accept_reset_streams(RESETS)
        .keep_alive_interval(seconds(settings.ping_interval))
        .keep_alive_timeout(seconds(settings.ping_timeout).unwrap_or(Duration::from_secs(20)));
    builder
}

/// What all connections of a port share.
#[derive(Clone)]
pub struct Port {
    pub exchange: Arc<Exchange>,
    pub builder: Arc<Builder<TokioExecutor>>,
    pub patrol: Arc<Patrol>,
}

pub async fn serve<S>(port: Port, stream: S, peer: Arc<str>)
where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    let Port { exchange, builder, patrol } = port;
    let _counted = Counted::new(&exchange.connections);
    let watch = Arc::new(Watch::new());
    let (_post, told) = patrol.guard(watch.clone());
    let service = service_fn(|request: Request<Incoming>| {
        let (exchange, peer, busy) = (exchange.clone(), peer.clone(), watch.request());
        async move {
            let response = service::handle(&exchange, peer, request).await;
            drop(busy);
            Ok::<_, Infallible>(response)
        }
    });
    let io = TokioIo::new(Watched { stream, watch: watch.clone() });
    let mut connection = pin!(builder.serve_connection(io, service));
    let mut stopping = exchange.stopping.subscribe();
    let deadline = tokio::select! {
        _ = &mut connection => return,
        _ = stopping.wait_for(|stop| *stop) => None,
        verdict = told => {
            let Ok(Verdict { limit, farewell }) = verdict else { return };
            exchange.hits.add(limit);
            if farewell == Some(Duration::ZERO) {
                return;
            }
            farewell
        }
    };
    connection.as_mut().graceful_shutdown();
    match deadline {
        None => {
            let _ = connection.await;
        }
        Some(farewell) => {
            let _ = tokio::time::timeout(farewell, connection).await;
        }
    }
}
