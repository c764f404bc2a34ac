//! What a call came to, and gRPC's rules for answers that carry no status of their own (gRPC over HTTP/2, "Errors" and
//! "HTTP to gRPC Status Code Mapping"). Pure.

use bytes::Bytes;
use h2::Reason;

pub const OK: u16 = 0;
pub const CANCELLED: u16 = 1;
pub const UNKNOWN: u16 = 2;
pub const DEADLINE_EXCEEDED: u16 = 4;
pub const PERMISSION_DENIED: u16 = 7;
pub const RESOURCE_EXHAUSTED: u16 = 8;
pub const UNIMPLEMENTED: u16 = 12;
pub const INTERNAL: u16 = 13;
pub const UNAVAILABLE: u16 = 14;
pub const UNAUTHENTICATED: u16 = 16;

/// The end of a call.
#[derive(Debug, Default, PartialEq)]
pub struct Outcome {
    pub code: u16,
    pub text: String,
    /// grpc-status-details-bin as it came.
    pub details: Option<String>,
    /// The message of a call that went well.
    pub body: Bytes,
    /// What the message is still packed with.
    pub encoding: Option<String>,
}

impl Outcome {
    pub fn failed(code: u16, text: impl Into<String>) -> Self {
        Self { code, text: text.into(), ..Self::default() }
    }
}

/// Code for an HTTP status of something that is no gRPC server.
pub fn of_http(status: u16) -> u16 {
    match status {
        400 => INTERNAL,
        401 => UNAUTHENTICATED,
        403 => PERMISSION_DENIED,
        404 => UNIMPLEMENTED,
        429 | 502 | 503 | 504 => UNAVAILABLE,
        _ => UNKNOWN,
    }
}

/// Code for a stream that the server ended with RST_STREAM.
pub fn of_reset(reason: Reason) -> u16 {
    match reason {
        Reason::REFUSED_STREAM => UNAVAILABLE,
        Reason::CANCEL => CANCELLED,
        Reason::ENHANCE_YOUR_CALM => RESOURCE_EXHAUSTED,
        Reason::INADEQUATE_SECURITY => PERMISSION_DENIED,
        _ => INTERNAL,
    }
}

/// grpc-message as text; what is not percent-encoded properly stays as it is.
pub fn percent_decoded(value: &[u8]) -> String {
    let digit = |at: usize| value.get(at).and_then(|byte| char::from(*byte).to_digit(16));
    let mut bytes = Vec::with_capacity(value.len());
    let mut at = 0;
    while at < value.len() {
        match (value[at], digit(at + 1), digit(at + 2)) {
            (b'%', Some(high), Some(low)) => {
                bytes.push((high * 16 + low) as u8);
                at += 3;
            }
            (byte, ..) => {
                bytes.push(byte);
                at += 1;
            }
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn messages_are_decoded_and_broken_ones_kept() {
        assert_eq!(percent_decoded(b"50%25 caf%C3%A9"), "50% caf\u{e9}");
        assert_eq!(percent_decoded(b"100%"), "100%");
        assert_eq!(percent_decoded(b"%zz%4"), "%zz%4");
        assert_eq!(percent_decoded(b"%ff"), "\u{fffd}");
    }

    #[test]
    fn gateways_that_are_busy_are_unavailable() {
        assert_eq!([429, 502, 503, 504].map(of_http), [UNAVAILABLE; 4]);
        assert_eq!(of_http(404), UNIMPLEMENTED);
        assert_eq!(of_http(500), UNKNOWN);
    }
}
