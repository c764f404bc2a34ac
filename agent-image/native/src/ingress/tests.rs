//! Requests that are given up before their answer, at every stage.

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
        max_requests: 10,
        max_bytes: 1,
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
