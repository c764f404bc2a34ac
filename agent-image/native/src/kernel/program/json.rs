//! Values as compact JSON, as Go's encoder writes them: sorted keys, bytes in base64, `<`, `>` and `&` escaped.

use super::convert::shortest;
use super::path::{VALUE, key_of};
use super::value::{ARRAY, KEY_VALUES, Value};
use crate::kernel::wire::{DELIMITED, Fields, Result, tag_of};

const MEMBERS: u32 = tag_of(1, DELIMITED);
const DIGITS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

/// The AnyValue as JSON; None where a number in it has no such form.
pub fn json(any_value: &[u8]) -> Result<Option<String>> {
    let mut out = String::new();
    Ok(write(any_value, &mut out)?.then_some(out))
}

/// Requests are checked to nest no deeper than what the stack bears.
fn write(any_value: &[u8], out: &mut String) -> Result<bool> {
    let value = Value::Nil.read(any_value, 0, any_value.len())?;
    match value {
        Value::Nil => out.push_str("null"),
        Value::Bool(value) => out.push_str(if value { "true" } else { "false" }),
        Value::Int(value) => out.push_str(&value.to_string()),
        Value::Double(value) if !value.is_finite() => return Ok(false),
        Value::Double(value) => out.push_str(&number(value)),
        Value::Text(text) => quote(text, out),
        Value::Bytes([]) => out.push_str("null"),
        Value::Bytes(bytes) => {
            out.push('"');
            base64(bytes, out);
            out.push('"');
        }
        Value::Other => return container(any_value, out),
    }
    Ok(true)
}

/// A number with an exponent of two digits at least where that is negative.
pub fn number(value: f64) -> String {
    let text = shortest(value);
    match text.split_once("e-") {
        Some((mantissa, power)) if power.len() == 1 => format!("{mantissa}e-0{power}"),
        _ => text,
    }
}

/// An array or a map, which may come in pieces; of members of different kinds the last kind counts.
fn container(any_value: &[u8], out: &mut String) -> Result<bool> {
    let (mut kind, mut pieces) = (0, Vec::new());
    let mut fields = Fields::new(any_value, 0, any_value.len());
    while let Some(field) = fields.next()? {
        if !(1..=8).contains(&(field.tag >> 3)) {
            continue;
        }
        if field.tag != kind {
            (kind, pieces) = (field.tag, Vec::new());
        }
        pieces.push((field.body, field.end));
    }
    let mut members = Vec::new();
    for (start, end) in pieces {
        let mut inside = Fields::new(any_value, start, end);
        while kind != TEXT_INDEX
            && let Some(field) = inside.next()?
        {
            if field.tag == MEMBERS {
                members.push(&any_value[field.body..field.end]);
            }
        }
    }
    match kind {
        ARRAY => array(&members, out),
        KEY_VALUES => map(&members, out),
        _ => {
            out.push_str("null");
            Ok(true)
        }
    }
}

const TEXT_INDEX: u32 = tag_of(8, 0);

fn array(members: &[&[u8]], out: &mut String) -> Result<bool> {
    out.push('[');
    for (number, member) in members.iter().enumerate() {
        if number > 0 {
            out.push(',');
        }
        if !write(member, out)? {
            return Ok(false);
        }
    }
    out.push(']');
    Ok(true)
}

fn map(members: &[&[u8]], out: &mut String) -> Result<bool> {
    let mut entries = Vec::with_capacity(members.len());
    for member in members {
        let (start, end) = key_of(member)?;
        let mut key = String::new();
        quote(&member[start..end], &mut key);
        entries.push((key, *member));
    }
    entries.sort_by(|one, other| one.0.cmp(&other.0));
    entries.dedup_by(|one, other| one.0 == other.0);
    out.push('{');
    for (number, (key, key_value)) in entries.into_iter().enumerate() {
        if number > 0 {
            out.push(',');
        }
        out.push_str(&key);
        out.push(':');
        if !write(&value_bytes(key_value)?, out)? {
            return Ok(false);
        }
    }
    out.push('}');
    Ok(true)
}

/// The encoded AnyValue in a KeyValue, its pieces joined.
pub fn value_bytes(key_value: &[u8]) -> Result<Vec<u8>> {
    let mut value = Vec::new();
    let mut fields = Fields::new(key_value, 0, key_value.len());
    while let Some(field) = fields.next()? {
        if field.tag == VALUE {
            value.extend_from_slice(&key_value[field.body..field.end]);
        }
    }
    Ok(value)
}

fn quote(text: &[u8], out: &mut String) {
    out.push('"');
    for character in String::from_utf8_lossy(text).chars() {
        match character {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            '\u{8}' => out.push_str("\\b"),
            '\u{c}' => out.push_str("\\f"),
            '<' | '>' | '&' | '\u{2028}' | '\u{2029}' | '\0'..='\u{1f}' => out.push_str(&format!("\\u{:04x}", character as u32)),
            _ => out.push(character),
        }
    }
    out.push('"');
}

fn base64(bytes: &[u8], out: &mut String) {
    for chunk in bytes.chunks(3) {
        let bits = chunk.iter().fold(0u32, |bits, byte| bits << 8 | u32::from(*byte)) << (8 * (3 - chunk.len()));
        for place in 0..4 {
            let digit = DIGITS[(bits >> (18 - 6 * place) & 63) as usize];
            out.push(if place <= chunk.len() { char::from(digit) } else { '=' });
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernel::program::path::KEY;
    use crate::kernel::program::value::{push_array, push_delimited, push_key_values};

    fn encoded(value: &Value<'_>) -> Vec<u8> {
        let mut out = Vec::new();
        value.write(&mut out);
        out
    }

    #[test]
    fn maps_are_sorted_and_bytes_in_base64() {
        let mut list = Vec::new();
        push_array(
            &mut list,
            &[encoded(&Value::Bytes(b"\x01\x02")), encoded(&Value::Text(b"<\n")), encoded(&Value::Double(1.5))],
        );
        let mut entries = Vec::new();
        for (key, value) in [("b", encoded(&Value::Int(1))), ("a", list)] {
            let mut entry = Vec::new();
            push_delimited(&mut entry, KEY, key.as_bytes());
            push_delimited(&mut entry, VALUE, &value);
            entries.push(entry);
        }
        let mut map = Vec::new();
        push_key_values(&mut map, &entries);
        assert_eq!(json(&map), Ok(Some("{\"a\":[\"AQI=\",\"\\u003c\\n\",1.5],\"b\":1}".into())));
    }

    #[test]
    fn what_is_no_number_has_no_form() {
        assert_eq!(json(&encoded(&Value::Double(f64::NAN))), Ok(None));
    }
}
