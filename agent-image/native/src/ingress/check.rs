//! The check that every protobuf request passes before Python sees it: the kernel's, whole.

use crate::kernel::signal::Signal;
use crate::kernel::validate;

/// Whether `check` looks at the whole request, so that Python need not check again.
pub const WHOLE: bool = true;

const SIGNALS: [Signal; 3] = [Signal::Traces, Signal::Metrics, Signal::Logs];

/// Number of items, or what is wrong. `signal` is a number of `settings::Settings`.
pub fn check(signal: u8, body: &[u8]) -> Result<usize, String> {
    let signal = SIGNALS.get(usize::from(signal)).ok_or("unknown signal")?;
    validate::check(*signal, body).map_err(|error| format!("malformed {} request: {error}", signal.name()))
}

#[cfg(test)]
mod tests {
    use super::check;

    #[test]
    fn items_are_counted_and_cut_requests_refused() {
        assert_eq!(check(0, b""), Ok(0));
        // ResourceSpans { ScopeSpans { Span, Span } }
        assert_eq!(check(0, b"\x0a\x06\x12\x04\x12\x00\x12\x00"), Ok(2));
        assert!(check(0, b"\x0a\x05shor").is_err());
        assert!(check(2, b"\xff garbage").is_err());
        assert!(check(3, b"").is_err());
    }
}
