//! One attempt of a call over one connection.

use super::answer;
use super::connect::{Sender, text_of};
use super::message::Message;
use super::settings::Settings;
use super::status::Outcome;
use bytes::Bytes;
use h2::Reason;
use http::header::{CONTENT_TYPE, HeaderMap, HeaderValue, TE, USER_AGENT};
use http::{Method, Request, Uri, Version};
use std::error::Error;
use std::sync::atomic::Ordering::Relaxed;
use tokio::time::Instant;

/// Largest value of grpc-timeout: eight digits.
const DIGITS: u128 = 99_999_999;

/// What Python wants to send.
pub struct Call {
    pub path: String,
    /// Metadata, ready for the wire.
    pub headers: HeaderMap,
    /// What `body` is packed with; empty for nothing.
    pub encoding: String,
    pub body: Bytes,
    pub deadline: Option<Instant>,
    pub wait_for_ready: bool,
}

pub enum Attempt {
    Done(Outcome),
    /// The server cannot have seen it.
    Unsent(String),
    /// The server says that it did nothing with it.
    Refused(String),
}

pub async fn send(mut sender: Sender, call: &Call, uri: &Uri, settings: &Settings) -> Attempt {
    let request = request(call, uri, settings);
    let sent = sender.requests.try_send_request(request);
    let answered = sender.answered;
    drop(sender.requests); // so that a connection given up meanwhile can end with this call
    let mut error = match sent.await {
        Ok(response) => {
            answered.store(true, Relaxed);
            return Attempt::Done(answer::read(response, settings.max_answer).await);
        }
        Err(error) => error,
    };
    let unsent = error.take_message().is_some();
    let error = error.into_error();
    let cause = error.source().and_then(|source| source.downcast_ref::<h2::Error>());
    match cause {
        _ if unsent => Attempt::Unsent(text_of(&error)),
        // h2 gives GOAWAY only to streams behind the last one that the server took
        Some(cause) if cause.is_go_away() && cause.is_remote() => Attempt::Refused(text_of(&error)),
        Some(cause) if cause.is_reset() && cause.is_remote() && cause.reason() == Some(Reason::REFUSED_STREAM) => {
            Attempt::Refused(text_of(&error))
        }
        _ => Attempt::Done(answer::of_error(&error)),
    }
}

fn request(call: &Call, uri: &Uri, settings: &Settings) -> Request<Message> {
    let mut request = Request::new(Message::new(!call.encoding.is_empty(), call.body.clone()));
    *request.method_mut() = Method::POST;
    *request.version_mut() = Version::HTTP_2;
    *request.uri_mut() = uri.clone();
    let mut headers = call.headers.clone();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/grpc"));
    headers.insert(TE, HeaderValue::from_static("trailers"));
    headers.insert("grpc-accept-encoding", HeaderValue::from_static("identity,deflate,gzip,zstd,snappy"));
    if let Ok(agent) = HeaderValue::from_str(&settings.user_agent) {
        headers.insert(USER_AGENT, agent);
    }
    if let Ok(encoding) = HeaderValue::from_str(&call.encoding)
        && !call.encoding.is_empty()
    {
        headers.insert("grpc-encoding", encoding);
    }
    if let Some(deadline) = call.deadline
        && let Ok(value) = HeaderValue::from_str(&timeout(deadline.saturating_duration_since(Instant::now()).as_micros()))
    {
        headers.insert("grpc-timeout", value);
    }
    *request.headers_mut() = headers;
    request
}

/// grpc-timeout, in the finest unit that has room for it.
fn timeout(micros: u128) -> String {
    match micros {
        0..=DIGITS => format!("{micros}u"),
        _ if micros / 1000 <= DIGITS => format!("{}m", micros / 1000),
        _ => format!("{}S", (micros / 1_000_000).min(DIGITS)),
    }
}

#[cfg(test)]
mod tests {
    use super::timeout;

    #[test]
    fn timeouts_have_at_most_eight_digits() {
        assert_eq!(timeout(5_000_000), "5000000u");
        assert_eq!(timeout(300_000_000), "300000m");
        assert_eq!(timeout(86_400_000_000 * 2), "172800S");
        assert_eq!(timeout(u128::from(u64::MAX)), "99999999S");
    }
}
