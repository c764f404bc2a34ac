//! Reads what a server answers to a call.

use super::connect::text_of;
use super::status::{self, Outcome};
use crate::ingress::inflate;
use bytes::{Buf, BytesMut};
use http::header::{CONTENT_TYPE, HeaderMap};
use http::{Response, StatusCode};
use http_body_util::BodyExt;
use hyper::body::Incoming;
use std::error::Error;

const PREFIX: usize = 5;

/// The outcome of a call that was answered with `response`; `limit` is the largest message taken.
pub async fn read(response: Response<Incoming>, limit: usize) -> Outcome {
    let (head, mut body) = response.into_parts();
    let is_grpc = head.headers.get(CONTENT_TYPE).is_some_and(|value| value.as_bytes().starts_with(b"application/grpc"));
    if is_grpc && head.headers.contains_key("grpc-status") {
        return of_fields(&head.headers); // trailers only
    }
    if head.status != StatusCode::OK {
        let text = format!("unexpected HTTP status code received from server: {}", head.status);
        return Outcome::failed(status::of_http(head.status.as_u16()), text);
    }
    if !is_grpc {
        return Outcome::failed(status::UNKNOWN, "the answer is not gRPC: its content-type is not application/grpc");
    }
    let mut all = BytesMut::new();
    let mut trailers = None;
    while let Some(frame) = body.frame().await {
        let frame = match frame {
            Ok(frame) => frame,
            Err(error) => return of_error(&error),
        };
        match frame.into_data() {
            Ok(data) => {
                all.extend_from_slice(&data);
                let announced = length(&all).unwrap_or(0);
                if announced > limit {
                    return too_large(announced, limit);
                }
                if all.len() > PREFIX + announced {
                    return Outcome::failed(status::INTERNAL, "the answer is not one gRPC message");
                }
            }
            Err(frame) => trailers = frame.into_trailers().ok(),
        }
    }
    let Some(trailers) = trailers else {
        return Outcome::failed(status::UNKNOWN, "the answer ended without a status");
    };
    let outcome = of_fields(&trailers);
    if outcome.code != status::OK { outcome } else { of_message(&head.headers, all, limit) }
}

/// An error of a stream or its connection.
pub fn of_error(error: &hyper::Error) -> Outcome {
    let cause = error.source().and_then(|source| source.downcast_ref::<h2::Error>());
    let code = match cause {
        Some(cause) if cause.is_reset() => cause.reason().map_or(status::UNAVAILABLE, status::of_reset),
        _ => status::UNAVAILABLE,
    };
    Outcome::failed(code, text_of(error))
}

fn length(data: &[u8]) -> Option<usize> {
    let prefix = data.get(1..PREFIX)?;
    Some(u32::from_be_bytes([prefix[0], prefix[1], prefix[2], prefix[3]]) as usize)
}

fn too_large(size: usize, limit: usize) -> Outcome {
    let text = format!("received message larger than max ({size} vs. {limit})");
    Outcome::failed(status::RESOURCE_EXHAUSTED, text)
}

fn of_fields(fields: &HeaderMap) -> Outcome {
    let Some(value) = fields.get("grpc-status") else {
        return Outcome::failed(status::UNKNOWN, "the answer ended without a status");
    };
    let Some(code) = value.to_str().ok().and_then(|text| text.parse().ok()) else {
        return Outcome::failed(status::UNKNOWN, format!("malformed grpc-status {value:?}"));
    };
    Outcome {
        code,
        text: fields.get("grpc-message").map(|text| status::percent_decoded(text.as_bytes())).unwrap_or_default(),
        details: fields.get("grpc-status-details-bin").and_then(|value| value.to_str().ok()).map(str::to_owned),
        ..Outcome::default()
    }
}

fn of_message(headers: &HeaderMap, mut all: BytesMut, limit: usize) -> Outcome {
    let Some(announced) = length(&all).filter(|announced| all.len() == PREFIX + announced) else {
        return Outcome::failed(status::INTERNAL, "the answer is not one whole gRPC message");
    };
    debug_assert!(announced <= limit);
    let packed = all.get_u8() != 0;
    all.advance(PREFIX - 1);
    let message = all.freeze();
    let encoding = headers.get("grpc-encoding").and_then(|value| value.to_str().ok()).unwrap_or("");
    let body = match (packed, encoding) {
        (false, _) => Ok(message),
        (true, "gzip" | "deflate") => inflate::inflate(encoding, message, limit),
        (true, "" | "identity") => Err(inflate::Failure::Broken("it does not say how it is packed".into())),
        // Python has the others; grpc-go packs answers as the request was packed
        (true, other) => return Outcome { body: message, encoding: Some(other.to_owned()), ..Outcome::default() },
    };
    match body {
        Ok(body) => Outcome { body, ..Outcome::default() },
        Err(inflate::Failure::TooLarge) => too_large(limit + 1, limit),
        Err(inflate::Failure::Broken(text)) => Outcome::failed(status::INTERNAL, format!("cannot decompress the answer: {text}")),
    }
}
