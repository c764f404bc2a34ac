//! Where a value stands: an attribute or a field of the item, or of a message above it.

use super::edit::Entries;
use super::json::value_bytes;
use super::value::Value;
use crate::kernel::signal::is_data;
use crate::kernel::validate::usual_key;
use crate::kernel::wire::{DELIMITED, FIXED64, Fields, Result, VARINT, read_varint, tag_of};

/// A piece of the request, without a tag.
pub type Range = (usize, usize);

pub const RESOURCE: usize = 0;
pub const SCOPE: usize = 1;
/// Span, log record or metric.
pub const ITEM: usize = 2;
/// Span event or data point.
pub const PART: usize = 3;

/// The messages around the one that is worked on, outermost first. A message may come in pieces, which protobuf merges.
#[derive(Clone, Copy)]
pub struct Place<'r> {
    pub bodies: [&'r [Range]; 4],
    /// The tag of the field `attributes` in each of them; 0 where there is none.
    pub attributes: [u32; 4],
}

/// The attributes of one message that are being edited; they are read instead of those in the request.
#[derive(Clone, Copy)]
pub struct Edited<'e> {
    pub level: usize,
    pub entries: &'e Entries,
}

pub enum What {
    Attribute(Vec<u8>),
    Field(Access),
    MetricType,
}

pub struct Path {
    pub level: usize,
    pub what: What,
}

/// How to read a field: inside the message field `outer` if that is not 0.
#[derive(Clone, Copy, PartialEq)]
pub struct Access {
    pub outer: u32,
    pub tag: u32,
    pub kind: Kind,
}

#[derive(Clone, Copy, PartialEq)]
pub enum Kind {
    Text,
    Bytes,
    Enum,
    Time,
    Any,
}

const STATUS: u32 = tag_of(15, DELIMITED);

impl Access {
    const fn new(number: u32, kind: Kind) -> Self {
        let wire = match kind {
            Kind::Text | Kind::Bytes | Kind::Any => DELIMITED,
            Kind::Enum => VARINT,
            Kind::Time => FIXED64,
        };
        Self { outer: 0, tag: tag_of(number, wire), kind }
    }

    const fn of_status(number: u32, kind: Kind) -> Self {
        Self { outer: STATUS, ..Self::new(number, kind) }
    }

    /// The field `name` of the message kind `level`, by the names that OTTL uses.
    pub fn find(level: &str, name: &str) -> Option<Self> {
        Some(match (level, name) {
            ("scope", "name") | ("metric", "name") => Self::new(1, Kind::Text),
            ("scope", "version") | ("metric", "description") => Self::new(2, Kind::Text),
            ("metric", "unit") => Self::new(3, Kind::Text),
            ("span", "trace_id") => Self::new(1, Kind::Bytes),
            ("span", "span_id") => Self::new(2, Kind::Bytes),
            ("span", "trace_state") => Self::new(3, Kind::Text),
            ("span", "parent_span_id") => Self::new(4, Kind::Bytes),
            ("span", "name") => Self::new(5, Kind::Text),
            ("span", "kind") => Self::new(6, Kind::Enum),
            ("span", "start_time_unix_nano") => Self::new(7, Kind::Time),
            ("span", "end_time_unix_nano") => Self::new(8, Kind::Time),
            ("span", "status.message") => Self::of_status(2, Kind::Text),
            ("span", "status.code") => Self::of_status(3, Kind::Enum),
            ("spanevent", "time_unix_nano") | ("log", "time_unix_nano") => Self::new(1, Kind::Time),
            ("spanevent", "name") => Self::new(2, Kind::Text),
            ("log", "severity_number") => Self::new(2, Kind::Enum),
            ("log", "severity_text") => Self::new(3, Kind::Text),
            ("log", "body") => Self::new(5, Kind::Any),
            ("log", "trace_id") => Self::new(9, Kind::Bytes),
            ("log", "span_id") => Self::new(10, Kind::Bytes),
            ("log", "observed_time_unix_nano") => Self::new(11, Kind::Time),
            ("log", "event_name") => Self::new(12, Kind::Text),
            ("datapoint", "start_time_unix_nano") => Self::new(2, Kind::Time),
            ("datapoint", "time_unix_nano") => Self::new(3, Kind::Time),
            _ => return None,
        })
    }

    /// Ids and bodies are not.
    pub fn is_assignable(&self) -> bool {
        matches!(self.kind, Kind::Text | Kind::Enum | Kind::Time)
    }

    fn read<'a>(&self, data: &'a [u8], bodies: &[Range]) -> Result<Value<'a>> {
        let mut value = match self.kind {
            Kind::Text => Value::Text(&[]),
            Kind::Bytes => Value::Bytes(&[]),
            Kind::Enum | Kind::Time => Value::Int(0),
            Kind::Any => Value::Nil,
        };
        for &(start, end) in bodies {
            value = self.read_piece(data, (start, end), self.outer, value)?;
        }
        Ok(value)
    }

    fn read_piece<'a>(&self, data: &'a [u8], piece: Range, outer: u32, mut value: Value<'a>) -> Result<Value<'a>> {
        let mut fields = Fields::new(data, piece.0, piece.1);
        while let Some(field) = fields.next()? {
            if outer != 0 {
                if field.tag == outer {
                    value = self.read_piece(data, (field.body, field.end), 0, value)?;
                }
                continue;
            }
            if field.tag != self.tag {
                continue;
            }
            let body = &data[field.body..field.end];
            value = match self.kind {
                Kind::Text => Value::Text(body),
                Kind::Bytes => Value::Bytes(body),
                Kind::Enum => Value::Int(i64::from(read_varint(data, field.body)?.0 as i32)),
                Kind::Time => Value::Int(body.try_into().map_or(0, i64::from_le_bytes)),
                Kind::Any => value.read(data, field.body, field.end)?,
            };
        }
        Ok(value)
    }
}

impl Path {
    /// The value, Nil for an attribute that is not there.
    pub fn read<'a>(&self, data: &'a [u8], place: &Place<'_>, edited: Option<Edited<'a>>) -> Result<Value<'a>> {
        match &self.what {
            What::Field(access) => {
                let assigned =
                    edited.filter(|edited| edited.level == self.level).and_then(|edited| edited.entries.assigned(access));
                assigned.map_or_else(|| access.read(data, place.bodies[self.level]), Ok)
            }
            What::MetricType => metric_type(data, place.bodies[self.level]),
            What::Attribute(_) => match self.find(data, place, edited)? {
                Some(key_value) => value_of(key_value),
                None => Ok(Value::Nil),
            },
        }
    }

    /// The encoded AnyValue of an attribute or a body, its pieces joined; empty for anything else.
    pub fn raw(&self, data: &[u8], place: &Place<'_>, edited: Option<Edited<'_>>) -> Result<Vec<u8>> {
        let What::Field(access) = &self.what else {
            return self.find(data, place, edited)?.map_or_else(|| Ok(Vec::new()), value_bytes);
        };
        let mut found = Vec::new();
        for &(start, end) in place.bodies[self.level] {
            let mut fields = Fields::new(data, start, end);
            while let Some(field) = fields.next()? {
                if field.tag == access.tag && access.kind == Kind::Any {
                    found.extend_from_slice(&data[field.body..field.end]);
                }
            }
        }
        Ok(found)
    }

    /// The first KeyValue with the key.
    pub fn find<'a>(&self, data: &'a [u8], place: &Place<'_>, edited: Option<Edited<'a>>) -> Result<Option<&'a [u8]>> {
        let What::Attribute(key) = &self.what else { return Ok(None) };
        if let Some(edited) = edited.filter(|edited| edited.level == self.level) {
            return Ok(edited.entries.get(data, key));
        }
        for &(start, end) in place.bodies[self.level] {
            let mut fields = Fields::new(data, start, end);
            while let Some(field) = fields.next()? {
                if field.tag == place.attributes[self.level] {
                    let key_value = &data[field.body..field.end];
                    let (start, end) = key_of(key_value)?;
                    if key_value[start..end] == key[..] {
                        return Ok(Some(key_value));
                    }
                }
            }
        }
        Ok(None)
    }
}

pub const KEY: u32 = tag_of(1, DELIMITED);
pub const VALUE: u32 = tag_of(2, DELIMITED);

/// Where the key of a KeyValue stands in it.
pub fn key_of(key_value: &[u8]) -> Result<Range> {
    if let Some(text) = usual_key(key_value) {
        return Ok((2, 2 + text));
    }
    let mut key = (0, 0);
    let mut fields = Fields::new(key_value, 0, key_value.len());
    while let Some(field) = fields.next()? {
        if field.tag == KEY {
            key = (field.body, field.end);
        }
    }
    Ok(key)
}

pub fn value_of(key_value: &[u8]) -> Result<Value<'_>> {
    let mut value = Value::Nil;
    let mut fields = Fields::new(key_value, 0, key_value.len());
    while let Some(field) = fields.next()? {
        if field.tag == VALUE {
            value = value.read(key_value, field.body, field.end)?;
        }
    }
    Ok(value)
}

/// OTTL's METRIC_DATA_TYPE_*: 0 none, 1 gauge, 2 sum, 3 histogram, 4 exponential histogram, 5 summary.
fn metric_type<'a>(data: &'a [u8], bodies: &[Range]) -> Result<Value<'a>> {
    let mut kind = 0;
    for &(start, end) in bodies {
        let mut fields = Fields::new(data, start, end);
        while let Some(field) = fields.next()? {
            if is_data(field.tag) {
                kind = match field.tag >> 3 {
                    5 => 1,
                    7 => 2,
                    9 => 3,
                    10 => 4,
                    _ => 5,
                };
            }
        }
    }
    Ok(Value::Int(kind))
}
