//! Answers: their bodies, and the few that Rust makes itself.

use super::settings::Ready;
use bytes::Bytes;
use http::header::{CONTENT_TYPE, HeaderMap, HeaderName, HeaderValue};
use http::{Response, StatusCode};
use http_body::{Body, Frame, SizeHint};
use std::convert::Infallible;
use std::pin::Pin;
use std::task::{Context, Poll};

/// How a request came, and so how it is answered. Numbers are those that Python sees.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    Grpc = 0,
    Protobuf = 1,
    Json = 2,
    Preflight = 3,
}

/// A body in one piece, and trailers.
#[derive(Default)]
pub struct Payload {
    data: Option<Bytes>,
    trailers: Option<HeaderMap>,
}

impl Body for Payload {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(mut self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        let frame = self.data.take().map(Frame::data).or_else(|| self.trailers.take().map(Frame::trailers));
        Poll::Ready(frame.map(Ok))
    }

    fn is_end_stream(&self) -> bool {
        self.data.is_none() && self.trailers.is_none()
    }

    fn size_hint(&self) -> SizeHint {
        SizeHint::with_exact(self.data.as_ref().map_or(0, |data| data.len() as u64))
    }
}

/// Why Rust does not hand a request to Python.
pub struct Refusal {
    pub http: u16,
    pub grpc: u8,
    pub text: String,
}

impl Refusal {
    pub fn malformed(text: impl Into<String>) -> Self {
        Self { http: 400, grpc: 3, text: text.into() }
    }
}

fn build(status: u16, media_type: &'static str, body: Bytes) -> Response<Payload> {
    let mut response = Response::new(Payload { data: (!body.is_empty()).then_some(body), trailers: None });
    *response.status_mut() = StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static(media_type));
    response
}

/// Everything was taken.
pub fn success(kind: Kind) -> Response<Payload> {
    match kind {
        Kind::Protobuf | Kind::Preflight => build(200, "application/x-protobuf", Bytes::new()),
        Kind::Json => build(200, "application/json", Bytes::from_static(b"{}")),
        Kind::Grpc => {
            let mut response = build(200, "application/grpc", Bytes::from_static(&[0; 5]));
            let trailers = HeaderMap::from_iter([(HeaderName::from_static("grpc-status"), HeaderValue::from_static("0"))]);
            response.body_mut().trailers = Some(trailers);
            response
        }
    }
}

/// Not taken: google.rpc.Status in the request's encoding, or a gRPC status without a message.
pub fn refused(kind: Kind, refusal: &Refusal) -> Response<Payload> {
    let text: String =
        refusal.text.chars().map(|c| if matches!(c, ' '..='~') && !"\"\\%".contains(c) { c } else { '?' }).collect();
    match kind {
        Kind::Grpc => {
            let mut response = build(200, "application/grpc", Bytes::new());
            response.headers_mut().insert("grpc-status", HeaderValue::from(u16::from(refusal.grpc)));
            if let Ok(message) = HeaderValue::from_str(&text) {
                response.headers_mut().insert("grpc-message", message);
            }
            response
        }
        Kind::Json => {
            let body = format!("{{\"code\":{},\"message\":\"{text}\"}}", refusal.grpc);
            build(refusal.http, "application/json", body.into())
        }
        Kind::Protobuf | Kind::Preflight => {
            let text = &text.as_bytes()[..text.len().min(127)]; // so that its length is one byte
            let body = [&[8, refusal.grpc, 18, text.len() as u8], text].concat();
            build(refusal.http, "application/x-protobuf", body.into())
        }
    }
}

/// To something that is no OTLP request.
pub fn plain(status: u16, text: &'static str) -> Response<Payload> {
    build(status, "text/plain; charset=utf-8", Bytes::from_static(text.as_bytes()))
}

/// An answer that Python made; headers that are none are left out.
pub fn ready((status, headers, body): Ready) -> Response<Payload> {
    let mut response = Response::new(Payload { data: (!body.is_empty()).then(|| body.into()), trailers: None });
    *response.status_mut() = StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    add_headers(response.headers_mut(), &headers);
    response
}

pub fn add_headers(to: &mut HeaderMap, headers: &[(String, String)]) {
    for (name, value) in headers {
        if let (Ok(name), Ok(value)) = (HeaderName::from_bytes(name.as_bytes()), HeaderValue::from_bytes(value.as_bytes())) {
            to.insert(name, value);
        }
    }
}
