//! Values in other forms: digests for `hash`, numbers and text for `convert`.

use sha1::{Digest, Sha1};
use sha2::Sha256;

use super::value::Value;

#[derive(Clone, Copy)]
pub enum Algorithm {
    Sha1,
    Sha256,
}

#[derive(Clone, Copy)]
pub enum Target {
    Int,
    Double,
    Text,
}

/// Hex digest of text, a bool (one byte) or a number (eight bytes, little endian); empty for all else, and for empty text under SHA-1.
pub fn hash(value: &Value<'_>, algorithm: Algorithm) -> String {
    let bytes = match value {
        Value::Text(bytes) if bytes.is_empty() && matches!(algorithm, Algorithm::Sha1) => return String::new(),
        Value::Text(bytes) => bytes.to_vec(),
        Value::Bool(value) => vec![u8::from(*value)],
        Value::Int(value) => value.to_le_bytes().to_vec(),
        Value::Double(value) => value.to_le_bytes().to_vec(),
        Value::Nil | Value::Bytes(_) | Value::Other => return String::new(),
    };
    match algorithm {
        Algorithm::Sha1 => hex(&Sha1::digest(&bytes)),
        Algorithm::Sha256 => hex(&Sha256::digest(&bytes)),
    }
}

pub fn hex(bytes: &[u8]) -> String {
    bytes.iter().flat_map(|byte| [byte >> 4, byte & 15]).filter_map(|digit| char::from_digit(digit.into(), 16)).collect()
}

/// A value that `convert` made.
#[derive(Debug, PartialEq)]
pub enum Converted {
    Int(i64),
    Double(f64),
    Text(String),
}

/// The value in another type; None where it has that type already or cannot have it.
pub fn convert(value: &Value<'_>, target: Target) -> Option<Converted> {
    match (target, value) {
        (Target::Int, Value::Text(text)) => integer(text).map(Converted::Int),
        (Target::Int, Value::Bool(value)) => Some(Converted::Int((*value).into())),
        (Target::Int, Value::Double(value)) => truncated(*value).map(Converted::Int),
        (Target::Double, Value::Text(text)) => number(text).map(Converted::Double),
        (Target::Double, Value::Bool(value)) => Some(Converted::Double(f64::from(u8::from(*value)))),
        (Target::Double, Value::Int(value)) => Some(Converted::Double(*value as f64)),
        (Target::Text, Value::Bool(value)) => Some(Converted::Text(value.to_string())),
        (Target::Text, Value::Int(value)) => Some(Converted::Text(value.to_string())),
        (Target::Text, Value::Double(value)) => Some(Converted::Text(shortest(*value))),
        _ => None,
    }
}

impl Converted {
    pub fn value(&self) -> Value<'_> {
        match self {
            Converted::Int(value) => Value::Int(*value),
            Converted::Double(value) => Value::Double(*value),
            Converted::Text(text) => Value::Text(text.as_bytes()),
        }
    }
}

/// Decimal digits with an optional sign.
fn integer(text: &[u8]) -> Option<i64> {
    std::str::from_utf8(text).ok()?.parse().ok()
}

/// A decimal number, `inf`, `infinity` or `nan`; not one beyond the range of a double.
fn number(text: &[u8]) -> Option<f64> {
    let value: f64 = std::str::from_utf8(text).ok()?.parse().ok()?;
    let named = text.iter().any(|byte| matches!(byte, b'n' | b'N'));
    (value.is_finite() || named).then_some(value)
}

fn truncated(value: f64) -> Option<i64> {
    const LIMIT: f64 = 9_223_372_036_854_775_808.0;
    (-LIMIT..LIMIT).contains(&value).then_some(value as i64)
}

/// The fewest digits that read back as the same number, with an exponent below 1e-6 and from 1e21 on, as JSON has it.
pub fn shortest(value: f64) -> String {
    if value.is_nan() {
        return "NaN".into();
    }
    if value.is_infinite() {
        return if value > 0.0 { "+Inf".into() } else { "-Inf".into() };
    }
    let size = value.abs();
    if size != 0.0 && !(1e-6..1e21).contains(&size) {
        let text = format!("{value:e}");
        return if text.contains("e-") { text } else { text.replace('e', "e+") };
    }
    value.to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn digests_are_those_of_the_bytes() {
        assert_eq!(hash(&Value::Text(b"abc"), Algorithm::Sha1), "a9993e364706816aba3e25717850c26c9cd0d89d");
        assert!(hash(&Value::Text(b"abc"), Algorithm::Sha256).starts_with("ba7816bf8f01cfea"));
        for value in [Value::Other, Value::Nil, Value::Bytes(b"abc")] {
            assert_eq!(hash(&value, Algorithm::Sha256), "");
        }
    }

    #[test]
    fn empty_text_has_a_digest_under_sha_256_only() {
        assert!(hash(&Value::Text(b""), Algorithm::Sha256).starts_with("e3b0c44298fc1c14"));
        assert_eq!(hash(&Value::Text(b""), Algorithm::Sha1), "");
    }

    #[test]
    fn what_cannot_be_converted_stays() {
        assert_eq!(convert(&Value::Text(b"12x"), Target::Int), None);
        assert_eq!(convert(&Value::Double(1e300), Target::Int), None);
        assert_eq!(convert(&Value::Text(b"1e400"), Target::Double), None);
        assert_eq!(convert(&Value::Int(1), Target::Int), None);
    }

    #[test]
    fn doubles_are_written_as_json_writes_them() {
        for (value, text) in
            [(1.0, "1"), (-0.5, "-0.5"), (1e21, "1e+21"), (1.5e-7, "1.5e-7"), (1e20, "100000000000000000000"), (-0.0, "-0")]
        {
            assert_eq!(shortest(value), text);
        }
    }
}
