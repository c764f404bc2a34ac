//! Values that attributes and fields have, read from and written to AnyValue, and how they compare (OTTL's table).

use std::cmp::Ordering;

use crate::kernel::wire::{DELIMITED, FIXED64, Fields, Result, VARINT, read_varint, tag_of};

const TEXT: u32 = tag_of(1, DELIMITED);
const BOOL: u32 = tag_of(2, VARINT);
const INT: u32 = tag_of(3, VARINT);
const DOUBLE: u32 = tag_of(4, FIXED64);
pub const ARRAY: u32 = tag_of(5, DELIMITED);
pub const KEY_VALUES: u32 = tag_of(6, DELIMITED);
const BYTES: u32 = tag_of(7, DELIMITED);
const TEXT_INDEX: u32 = tag_of(8, VARINT);

/// `Other` is an array, a list of key-values, or an index into a table of strings: it has no order and equals nothing.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Value<'a> {
    Nil,
    Bool(bool),
    Int(i64),
    Double(f64),
    Text(&'a [u8]),
    Bytes(&'a [u8]),
    Other,
}

impl<'a> Value<'a> {
    /// Take the fields of an AnyValue into account: of several members of its oneof the last one counts.
    pub fn read(self, data: &'a [u8], start: usize, end: usize) -> Result<Value<'a>> {
        let mut value = self;
        let mut fields = Fields::new(data, start, end);
        while let Some(field) = fields.next()? {
            let body = &data[field.body..field.end];
            value = match field.tag {
                TEXT => Value::Text(body),
                BOOL => Value::Bool(read_varint(data, field.body)?.0 != 0),
                INT => Value::Int(read_varint(data, field.body)?.0 as i64),
                DOUBLE => Value::Double(body.try_into().map_or(0.0, f64::from_le_bytes)),
                ARRAY | KEY_VALUES | TEXT_INDEX => Value::Other,
                BYTES => Value::Bytes(body),
                _ => value,
            };
        }
        Ok(value)
    }

    /// Append as an AnyValue; what has no such form as one without a value.
    pub fn write(&self, out: &mut Vec<u8>) {
        match self {
            Value::Nil | Value::Other => {}
            Value::Bool(value) => out.extend([BOOL as u8, u8::from(*value)]),
            Value::Int(value) => {
                out.push(INT as u8);
                push_varint(out, *value as u64);
            }
            Value::Double(value) => {
                out.push(DOUBLE as u8);
                out.extend(value.to_le_bytes());
            }
            Value::Text(text) => push_delimited(out, TEXT, text),
            Value::Bytes(bytes) => push_delimited(out, BYTES, bytes),
        }
    }

    pub fn equals(&self, other: &Value<'_>) -> bool {
        match (self, other) {
            (Value::Nil, Value::Nil) => true,
            (Value::Nil, Value::Bytes(bytes)) | (Value::Bytes(bytes), Value::Nil) => bytes.is_empty(),
            _ => self.order(other) == Some(Ordering::Equal),
        }
    }

    /// Equal and of the same type.
    pub fn is_same(&self, other: &Value<'_>) -> bool {
        std::mem::discriminant(self) == std::mem::discriminant(other) && !matches!(self, Value::Other) && self.equals(other)
    }

    /// A bool or a number as text, a double without an exponent; None for what is neither.
    pub fn plain(&self) -> Option<String> {
        match self {
            Value::Bool(value) => Some(value.to_string()),
            Value::Int(value) => Some(value.to_string()),
            Value::Double(value) if value.is_nan() => Some("NaN".into()),
            Value::Double(value) if value.is_infinite() => Some(if *value > 0.0 { "+Inf" } else { "-Inf" }.into()),
            Value::Double(value) => Some(value.to_string()),
            _ => None,
        }
    }

    /// None where the two cannot be ordered.
    pub fn order(&self, other: &Value<'_>) -> Option<Ordering> {
        match (self, other) {
            (Value::Bool(one), Value::Bool(other)) => Some(one.cmp(other)),
            (Value::Int(one), Value::Int(other)) => Some(one.cmp(other)),
            (Value::Int(one), Value::Double(other)) => (*one as f64).partial_cmp(other),
            (Value::Double(one), Value::Int(other)) => one.partial_cmp(&(*other as f64)),
            (Value::Double(one), Value::Double(other)) => one.partial_cmp(other),
            (Value::Text(one), Value::Text(other)) | (Value::Bytes(one), Value::Bytes(other)) => Some(one.cmp(other)),
            _ => None,
        }
    }
}

/// Append an array value.
pub fn push_array(out: &mut Vec<u8>, values: &[Vec<u8>]) {
    let mut body = Vec::new();
    for value in values {
        push_delimited(&mut body, tag_of(1, DELIMITED), value);
    }
    push_delimited(out, ARRAY, &body);
}

/// Append a value that maps keys to values.
pub fn push_key_values(out: &mut Vec<u8>, entries: &[Vec<u8>]) {
    let mut body = Vec::new();
    for entry in entries {
        push_delimited(&mut body, tag_of(1, DELIMITED), entry);
    }
    push_delimited(out, KEY_VALUES, &body);
}

pub fn push_delimited(out: &mut Vec<u8>, tag: u32, body: &[u8]) {
    out.push(tag as u8);
    push_varint(out, body.len() as u64);
    out.extend_from_slice(body);
}

pub fn push_varint(out: &mut Vec<u8>, mut value: u64) {
    while value > 0x7f {
        out.push(value as u8 & 0x7f | 0x80);
        value >>= 7;
    }
    out.push(value as u8);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_is_read_as_it_was_written() {
        for value in [Value::Bool(true), Value::Int(-3), Value::Double(0.5), Value::Text(b"x"), Value::Bytes(b"\0"), Value::Nil] {
            let mut out = Vec::new();
            value.write(&mut out);
            assert_eq!(Value::Nil.read(&out, 0, out.len()), Ok(value));
        }
    }

    #[test]
    fn what_is_the_same_has_the_same_type() {
        assert!(Value::Int(1).is_same(&Value::Int(1)));
        assert!(!Value::Int(1).is_same(&Value::Double(1.0)));
        assert!(!Value::Nil.is_same(&Value::Bytes(b"")));
    }

    #[test]
    fn doubles_are_plain_text_without_an_exponent() {
        assert_eq!(Value::Double(1e21).plain().as_deref(), Some("1000000000000000000000"));
        assert_eq!(Value::Double(1e-7).plain().as_deref(), Some("0.0000001"));
        assert_eq!(Value::Text(b"x").plain(), None);
    }

    #[test]
    fn numbers_compare_across_kinds_and_nothing_else_does() {
        assert!(Value::Int(1).equals(&Value::Double(1.0)));
        assert_eq!(Value::Int(1).order(&Value::Double(1.5)), Some(Ordering::Less));
        assert_eq!(Value::Text(b"1").order(&Value::Int(1)), None);
        assert!(Value::Nil.equals(&Value::Bytes(b"")));
        assert!(!Value::Double(f64::NAN).equals(&Value::Double(f64::NAN)));
    }
}
