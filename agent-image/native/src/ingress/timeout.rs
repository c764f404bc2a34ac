//! grpc-timeout: how long the client of a call waits, as https://github.com/grpc/grpc/blob/master/doc/PROTOCOL-HTTP2.md has it.

use http::HeaderMap;
use std::time::Duration;

const DIGITS: usize = 8;

/// The time that a call may take; None when its header is missing or cannot be read, which bounds nothing.
pub fn of(headers: &HeaderMap) -> Option<Duration> {
    parse(headers.get("grpc-timeout")?.to_str().ok()?)
}

fn parse(text: &str) -> Option<Duration> {
    let digits = text.get(..text.len().checked_sub(1)?)?;
    if digits.is_empty() || digits.len() > DIGITS || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let value: u64 = digits.parse().ok()?;
    match text.as_bytes()[digits.len()] {
        b'H' => Some(Duration::from_secs(value * 3600)),
        b'M' => Some(Duration::from_secs(value * 60)),
        b'S' => Some(Duration::from_secs(value)),
        b'm' => Some(Duration::from_millis(value)),
        b'u' => Some(Duration::from_micros(value)),
        b'n' => Some(Duration::from_nanos(value)),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_unit_is_read() {
        let seconds = |text| parse(text).unwrap().as_secs_f64();
        assert_eq!([seconds("2H"), seconds("2M"), seconds("2S"), seconds("2m")], [7200.0, 120.0, 2.0, 0.002]);
        assert_eq!(parse("99999999H"), Some(Duration::from_secs(99_999_999 * 3600)));
        assert_eq!((parse("5u"), parse("0n")), (Some(Duration::from_micros(5)), Some(Duration::ZERO)));
    }

    #[test]
    fn what_is_no_timeout_bounds_nothing() {
        for text in ["", "S", "5", "+5S", "-5S", "1.5S", "5 S", "5x", "123456789S", "5é", "é"] {
            assert_eq!(parse(text), None, "{text}");
        }
    }
}
