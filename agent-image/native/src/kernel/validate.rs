//! The full structural check: a request is valid exactly when upb decodes it with the official classes.

use super::count::count;
use super::schema::{self, Kind, Schema};
use super::signal::Signal;
use super::wire::{DELIMITED, Fields, Malformed, Result, skip_varint};

/// The items of a request that is well-formed throughout.
pub fn check(signal: Signal, data: &[u8]) -> Result<usize> {
    message(data, Fields::new(data, 0, data.len()), schema::request(signal))?;
    count(signal, data)
}

/// Recursion is bounded by the depth that `Fields` counts.
fn message(data: &[u8], mut fields: Fields<'_>, schema: &Schema) -> Result<()> {
    while let Some(field) = fields.next()? {
        if field.tag & 7 != DELIMITED {
            continue;
        }
        match schema.kind(field.tag >> 3) {
            Kind::Plain => {}
            Kind::Text => {
                if !is_utf8(&data[field.body..field.end]) {
                    return Err(Malformed { what: "text that is not UTF-8", at: field.body });
                }
            }
            Kind::Attribute => {
                let inside = fields.inside(&field)?;
                if !(inside.may_nest() && is_usual_attribute(&data[field.body..field.end])) {
                    message(data, inside, &schema::KEY_VALUE)?;
                }
            }
            Kind::Message(inner) => message(data, fields.inside(&field)?, inner)?,
            Kind::PackedFixed64 => {
                if !(field.end - field.body).is_multiple_of(8) {
                    return Err(Malformed { what: "packed numbers cut off", at: field.body });
                }
            }
            Kind::PackedVarint => {
                let (packed, mut at) = (&data[..field.end], field.body);
                while at < field.end {
                    at = skip_varint(packed, at)?;
                }
            }
        }
    }
    Ok(())
}

/// Most text is short ASCII, for which the general decoder takes three times as long.
#[inline]
fn is_utf8(text: &[u8]) -> bool {
    text.is_ascii() || std::str::from_utf8(text).is_ok()
}

/// The length of the key of a KeyValue that is a key and then a value, both short, and nothing else, as every SDK writes it.
#[inline]
pub fn usual_key(key_value: &[u8]) -> Option<usize> {
    let (&[0x0a, text], rest) = key_value.split_first_chunk::<2>()? else { return None };
    let text = usize::from(text);
    let (&[0x12, value], rest) = rest.get(text..)?.split_first_chunk::<2>()? else { return None };
    (text < 0x80 && value < 0x80 && rest.len() == usize::from(value)).then_some(text)
}

/// Whether this is a KeyValue with an ASCII key and text, a bool or a number in its usual form: most are, and need no closer look.
#[inline]
fn is_usual_attribute(key_value: &[u8]) -> bool {
    let Some(text) = usual_key(key_value) else { return false };
    match &key_value[text + 4..] {
        // What stands between the texts is below 0x80, too, so that one pass sees both.
        [0x0a, length, value @ ..] => usize::from(*length) == value.len() && key_value.is_ascii(),
        [0x10 | 0x18, value @ ..] => is_varint(value) && key_value[..text + 2].is_ascii(),
        [0x21, value @ ..] => value.len() == 8 && key_value[..text + 2].is_ascii(),
        _ => false,
    }
}

/// Whether these bytes are one varint, of up to ten bytes.
#[inline]
fn is_varint(bytes: &[u8]) -> bool {
    let Some((last, others)) = bytes.split_last() else { return false };
    *last < 0x80 && others.len() < 10 && others.iter().all(|byte| *byte >= 0x80)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn in_span(field: &[u8]) -> Vec<u8> {
        let mut data = field.to_vec();
        for tag in [0x12, 0x12, 0x0a] {
            data = [&[tag, data.len() as u8], &data[..]].concat();
        }
        data
    }

    #[test]
    fn a_name_must_be_utf8() {
        assert_eq!(check(Signal::Traces, &in_span(b"\x2a\x01x")), Ok(1));
        assert!(check(Signal::Traces, &in_span(b"\x2a\x01\xff")).is_err());
        assert!(check(Signal::Traces, &in_span(b"\x2a\x03\xed\xa0\x80")).is_err(), "a surrogate");
    }

    #[test]
    fn an_attribute_must_be_whole() {
        assert!(check(Signal::Traces, &in_span(b"\x4a\x02\x0a\x05")).is_err());
    }

    #[test]
    fn the_short_way_for_usual_attributes_refuses_what_the_long_way_refuses() {
        let usual = b"\x4a\x08\x0a\x01k\x12\x03\x0a\x01v";
        assert_eq!(check(Signal::Traces, &in_span(usual)), Ok(1));
        for (position, byte) in [(3, 2), (4, 0xff), (6, 4), (8, 2), (9, 0xff), (7, 0x0b), (1, 7)] {
            let mut broken = usual.to_vec();
            broken[position] = byte;
            assert!(check(Signal::Traces, &in_span(&broken)).is_err(), "{broken:x?}");
        }
        assert_eq!(check(Signal::Traces, &in_span(b"\x4a\x07\x0a\x01k\x12\x02\x18\x05")), Ok(1));
        assert!(check(Signal::Traces, &in_span(b"\x4a\x07\x0a\x01k\x12\x02\x18\x85")).is_err());
        assert_eq!(check(Signal::Traces, &in_span(b"\x4a\x08\x0a\x01k\x12\x03\x18\x85\x01")), Ok(1));
        assert!(check(Signal::Traces, &in_span(b"\x4a\x0d\x0a\x01k\x12\x08\x21\0\0\0\0\0\0\0")).is_err());
    }

    #[test]
    fn values_nest_until_the_depth_is_used_up() {
        let nested = |levels: usize| {
            let mut value = Vec::new();
            for _ in 0..levels {
                let array = [&delimited(1, &value)[..]].concat();
                value = delimited(5, &array);
            }
            let mut data = delimited(9, &delimited(2, &value));
            for number in [2, 2, 1] {
                data = delimited(number, &data);
            }
            data
        };
        // Request, resource, scope, span, attribute and its value are five levels below the first; each array is two more.
        assert!(check(Signal::Traces, &nested(47)).is_ok());
        assert!(check(Signal::Traces, &nested(48)).is_err());
    }

    fn delimited(number: u8, body: &[u8]) -> Vec<u8> {
        let mut out = vec![number << 3 | 2];
        let mut length = body.len();
        while length > 127 {
            out.push(length as u8 & 0x7f | 0x80);
            length >>= 7;
        }
        out.push(length as u8);
        out.extend_from_slice(body);
        out
    }
}
