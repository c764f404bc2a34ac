//! A channel against servers of hyper's own, with look-ups that a test decides.

use super::attempt::Call;
use super::channel::Channel;
use super::resolve::{self, Lookup};
use super::settings::Settings;
use super::status::{self, Outcome};
use bytes::Bytes;
use http::{HeaderMap, HeaderValue, Request, Response};
use http_body_util::{BodyExt, Full};
use hyper::body::Incoming;
use hyper::server::conn::http2;
use hyper::service::service_fn;
use hyper_util::rt::{TokioExecutor, TokioIo};
use std::convert::Infallible;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio::time::Instant;

/// Answers every call with success, and keeps what `:authority` each had.
struct Server {
    address: SocketAddr,
    seen: Arc<Mutex<Vec<String>>>,
    stop: watch::Sender<bool>,
}

async fn server() -> Server {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let (stop, seen) = (watch::Sender::new(false), Arc::<Mutex<Vec<String>>>::default());
    let (stopping, noted) = (stop.subscribe(), seen.clone());
    tokio::spawn(async move {
        let mut until = stopping.clone();
        let accepting = async {
            while let Ok((stream, _)) = listener.accept().await {
                let (noted, mut until) = (noted.clone(), stopping.clone());
                tokio::spawn(async move {
                    let service = service_fn(move |request: Request<Incoming>| {
                        noted.lock().unwrap().push(request.uri().authority().unwrap().to_string());
                        async move {
                            request.into_body().collect().await.unwrap();
                            let trailers = HeaderMap::from_iter([(
                                http::HeaderName::from_static("grpc-status"),
                                HeaderValue::from_static("0"),
                            )]);
                            let body = Full::new(Bytes::from_static(&[0; 5])).with_trailers(async { Some(Ok(trailers)) });
                            let mut response = Response::new(body);
                            response.headers_mut().insert("content-type", HeaderValue::from_static("application/grpc"));
                            Ok::<_, Infallible>(response)
                        }
                    });
                    let connection = http2::Builder::new(TokioExecutor::new()).serve_connection(TokioIo::new(stream), service);
                    tokio::select! {
                        _ = connection => {}
                        _ = until.wait_for(|stop| *stop) => {}
                    }
                });
            }
        };
        tokio::select! {
            () = accepting => {}
            _ = until.wait_for(|stop| *stop) => {}
        }
    });
    Server { address, seen, stop }
}

fn settings(host: &str) -> Settings {
    Settings {
        hosts: vec![(host.into(), 4317)],
        unix: String::new(),
        authority: "gateway.example:4317".into(),
        user_agent: "test".into(),
        round_robin: true,
        keepalive_time: 0.0,
        keepalive_timeout: 20.0,
        keepalive_idle: false,
        tls: None,
        max_answer: 1 << 20,
        backoff: (0.01, 0.05),
        resolve_interval: 0.01,
        connect_timeout: 5.0,
    }
}

fn call(wait_for_ready: bool) -> Call {
    Call {
        path: "/service/Method".into(),
        headers: HeaderMap::new(),
        encoding: String::new(),
        body: Bytes::from_static(b"body"),
        deadline: Some(Instant::now() + Duration::from_secs(20)),
        wait_for_ready,
    }
}

fn run<T>(test: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(test)
}

/// A look-up that finds what is in the list at the time; nothing is an error.
fn scripted(addresses: Arc<Mutex<Vec<SocketAddr>>>) -> Lookup {
    Arc::new(move |_, _| {
        let found = addresses.lock().unwrap().clone();
        Box::pin(async move { if found.is_empty() { Err(std::io::Error::other("no such name")) } else { Ok(found) } })
    })
}

#[test]
fn a_name_is_looked_up_again_when_a_connection_is_lost() {
    run(async {
        let (first, second) = (server().await, server().await);
        let addresses = Arc::new(Mutex::new(vec![first.address]));
        let channel = Channel::new(settings("name"), None, scripted(addresses.clone()));
        assert_eq!(channel.call(call(false)).await, Outcome::default());
        *addresses.lock().unwrap() = vec![second.address];
        first.stop.send_replace(true);
        while second.seen.lock().unwrap().is_empty() {
            channel.call(call(true)).await;
        }
        assert_eq!(channel.call(call(false)).await, Outcome::default());
        assert_eq!(first.seen.lock().unwrap().len(), 1);
    });
}

#[test]
fn a_name_that_is_not_known_fails_calls_until_it_is() {
    run(async {
        let server = server().await;
        let addresses = Arc::<Mutex<Vec<SocketAddr>>>::default();
        let channel = Channel::new(settings("name"), None, scripted(addresses.clone()));
        let failed = channel.call(call(false)).await;
        assert_eq!(failed, Outcome::failed(status::UNAVAILABLE, "name resolver error: lookup of name: no such name"));
        addresses.lock().unwrap().push(server.address);
        assert_eq!(channel.call(call(true)).await, Outcome::default());
    });
}

#[test]
fn every_address_of_a_name_has_one_connection_and_its_turn() {
    run(async {
        let servers = [server().await, server().await];
        let addresses = servers.iter().map(|server| server.address).chain([servers[0].address]).collect();
        let channel = Channel::new(settings("name"), None, scripted(Arc::new(Mutex::new(addresses))));
        while channel.ready() < 2 {
            channel.call(call(false)).await;
        }
        let before: Vec<usize> = servers.iter().map(|server| server.seen.lock().unwrap().len()).collect();
        for _ in 0..10 {
            assert_eq!(channel.call(call(false)).await, Outcome::default());
        }
        let after = servers.iter().map(|server| server.seen.lock().unwrap().len());
        assert_eq!(after.zip(before).map(|(after, before)| after - before).collect::<Vec<_>>(), [5, 5]);
        assert_eq!(channel.ready(), 2);
    });
}

#[test]
fn requests_name_the_authority() {
    run(async {
        let server = server().await;
        let channel = Channel::new(settings("name"), None, scripted(Arc::new(Mutex::new(vec![server.address]))));
        channel.call(call(false)).await;
        assert_eq!(*server.seen.lock().unwrap(), ["gateway.example:4317"]);
    });
}

#[test]
fn what_is_an_address_already_is_looked_up_once() {
    assert!(resolve::is_fixed(&settings("::1")));
    assert!(!resolve::is_fixed(&settings("localhost")));
}

#[test]
fn a_closed_channel_takes_no_calls() {
    run(async {
        let server = server().await;
        let channel = Channel::new(settings("name"), None, scripted(Arc::new(Mutex::new(vec![server.address]))));
        assert_eq!(channel.call(call(false)).await.code, status::OK);
        channel.close();
        assert_eq!(channel.ready(), 0);
        assert_eq!(channel.call(call(true)).await.code, status::CANCELLED);
    });
}
