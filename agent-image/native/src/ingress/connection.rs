//! One connection: HTTP/1 or HTTP/2 by its first bytes, until it ends, rests too long, grows too old, or all is stopped.

use super::exchange::{Counted, Exchange};
use super::limits::Limit;
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
/// How long a connection that was told to go because it rested may take.
const FAREWELL: Duration = Duration::from_secs(1);
const SHORTEST_TICK: Duration = Duration::from_millis(10);
const LONGEST_TICK: Duration = Duration::from_secs(5);

/// Times after which a connection is closed; None is never.
struct Limits {
    head: Option<Duration>,
    idle: Option<Duration>,
    age: Option<Duration>,
    age_grace: Option<Duration>,
}

fn seconds(value: f64) -> Option<Duration> {
    (value > 0.0).then(|| Duration::try_from_secs_f64(value).unwrap_or(Duration::MAX))
}

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

pub async fn serve<S>(exchange: Arc<Exchange>, builder: Arc<Builder<TokioExecutor>>, stream: S, peer: Arc<str>)
where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    let _counted = Counted::new(&exchange.connections);
    let settings = &exchange.settings;
    let limits = Limits {
        head: seconds(settings.header_timeout),
        idle: seconds(settings.idle_timeout),
        age: seconds(settings.max_age),
        age_grace: seconds(settings.max_age_grace),
    };
    let watch = Arc::new(Watch::new());
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
        (limit, farewell) = rest(&watch, &limits) => {
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

/// Returns when the connection has to go, and why, with the time that it may still take; None is as long as its requests need.
async fn rest(watch: &Watch, limits: &Limits) -> (Limit, Option<Duration>) {
    let shortest = [limits.head, limits.idle, limits.age].into_iter().flatten().min();
    let tick = shortest.map_or(LONGEST_TICK, |least| (least / 4).clamp(SHORTEST_TICK, LONGEST_TICK));
    loop {
        tokio::time::sleep(tick).await;
        if limits.head.is_some_and(|most| watch.head() > most) {
            return (Limit::HeadTime, Some(Duration::ZERO));
        }
        if limits.idle.is_some_and(|most| watch.idle() > most) {
            return (Limit::IdleTime, Some(FAREWELL));
        }
        if limits.age.is_some_and(|most| watch.age() > most) {
            return (Limit::Age, limits.age_grace);
        }
    }
}
