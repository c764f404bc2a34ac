//! Requests that are given up before their answer, at every stage, and when Python is told of those in the queue.

use super::budget::Hold;
use super::exchange::{Answer, Exchange, Received};
use super::payload::Kind;
use super::settings::Settings;
use bytes::Bytes;
use std::future::Future;
use std::pin::pin;
use std::task::{Context, Poll, Waker};

fn exchange() -> Exchange {
    let ready = || (503, Vec::new(), Vec::new());
    let settings = Settings {
        grpc: true,
        http: true,
        grpc_paths: Vec::new(),
        http_paths: Vec::new(),
        grpc_limit: 1,
        http_limit: 1,
        encodings: Vec::new(),
        headers: false,
        raw: false,
        query: false,
        cors: None,
        response_headers: Vec::new(),
        max_connections: 1,
        max_requests: 100,
        max_bytes: 100,
        wait: false,
        overload: [ready(), ready(), ready()],
        max_streams: 1,
        header_timeout: 0.0,
        read_timeout: 0.0,
        idle_timeout: 0.0,
        max_age: 0.0,
        max_age_grace: 0.0,
        ping_interval: 0.0,
        ping_timeout: 0.0,
        keep_alive: true,
    };
    Exchange::new(settings).unwrap()
}

fn received() -> Received {
    let body = Bytes::from_static(b"x");
    let (kind, peer) = (Kind::Grpc, "".into());
    Received { token: 0, kind, signal: 0, body, items: 1, peer, headers: None, encoding: None, deadline: None }
}

fn hold(exchange: &Exchange) -> Hold {
    let mut begun = pin!(exchange.budget.begin(0));
    match begun.as_mut().poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(hold) => hold,
        Poll::Pending => panic!("the budget is not to be waited for"),
    }
}

fn pending(asking: std::pin::Pin<&mut impl Future<Output = Option<Answer>>>) -> bool {
    asking.poll(&mut Context::from_waker(Waker::noop())).is_pending()
}

#[test]
fn a_request_that_is_given_up_in_the_queue_never_reaches_python() {
    let exchange = exchange();
    {
        let mut gone = pin!(exchange.ask(received(), hold(&exchange)));
        assert!(pending(gone.as_mut()));
    }
    let mut stays = pin!(exchange.ask(received(), hold(&exchange)));
    assert!(pending(stays.as_mut()));
    assert_eq!(exchange.unanswered(), 2); // its bytes are still there
    assert_eq!(exchange.take(10).len(), 1);
    assert_eq!((exchange.unanswered(), exchange.given_up().len()), (1, 0));
}

#[test]
fn a_request_that_is_given_up_after_it_was_taken_is_told_once_and_kept_until_its_answer() {
    let exchange = exchange();
    let token = {
        let mut gone = pin!(exchange.ask(received(), hold(&exchange)));
        assert!(pending(gone.as_mut()));
        exchange.take(10)[0].token
    };
    assert_eq!((exchange.given_up(), exchange.given_up()), (vec![token], vec![]));
    assert_eq!(exchange.unanswered(), 1);
    exchange.answer([(token, Answer::Success), (token, Answer::Success)]);
    exchange.deliver();
    assert_eq!(exchange.unanswered(), 0);
}

#[test]
fn an_answered_request_is_not_given_up() {
    let exchange = exchange();
    {
        let mut answered = pin!(exchange.ask(received(), hold(&exchange)));
        assert!(pending(answered.as_mut()));
        exchange.answer([(exchange.take(10)[0].token, Answer::Success)]);
        exchange.deliver();
        assert!(!pending(answered.as_mut()));
    }
    {
        let mut unseen = pin!(exchange.ask(received(), hold(&exchange)));
        assert!(pending(unseen.as_mut()));
        exchange.answer([(exchange.take(10)[0].token, Answer::Success)]);
        exchange.deliver(); // and the client goes before it is written
    }
    assert_eq!((exchange.given_up(), exchange.unanswered()), (vec![], 0));
}

fn is_readable(exchange: &Exchange) -> bool {
    let mut polled = libc::pollfd { fd: exchange.descriptor(), events: libc::POLLIN, revents: 0 };
    // SAFETY: one descriptor, which the exchange keeps open.
    unsafe { libc::poll(&mut polled, 1, 0) == 1 }
}

/// Queue so many requests on a port with so many connections; whether Python was told at once, and whether it was later.
fn told(connections: usize, requests: usize) -> (bool, bool) {
    let exchange = std::sync::Arc::new(exchange());
    exchange.connections.store(connections, std::sync::atomic::Ordering::Relaxed);
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap();
    runtime.block_on(async {
        let mut announcing = pin!(super::gather::announce(exchange.clone()));
        let mut context = Context::from_waker(Waker::noop());
        assert!(announcing.as_mut().poll(&mut context).is_pending());
        let mut asking: Vec<_> = (0..requests).map(|_| Box::pin(exchange.ask(received(), hold(&exchange)))).collect();
        for (index, one) in asking.iter_mut().enumerate() {
            assert!(pending(one.as_mut()));
            if index == 0 {
                assert!(announcing.as_mut().poll(&mut context).is_pending());
            }
        }
        assert!(announcing.as_mut().poll(&mut context).is_pending());
        let at_once = is_readable(&exchange);
        let _ = tokio::time::timeout(std::time::Duration::from_millis(50), announcing).await;
        (at_once, is_readable(&exchange))
    })
}

#[test]
fn a_few_connections_wake_python_at_once_and_a_crowd_waits_for_more_requests_until_there_are_plenty() {
    assert_eq!(told(100, 1), (true, true));
    assert_eq!(told(1000, 1), (false, true));
    assert_eq!(told(1000, super::gather::PLENTY - 1), (false, true));
    assert_eq!(told(1000, super::gather::PLENTY), (true, true));
}
