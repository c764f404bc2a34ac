//! Fields that edits assign, apart from the attributes: they replace what the message has and are written behind the rest.

use super::path::{Access, Kind, Range};
use super::value::{Value, push_delimited, push_varint};
use crate::kernel::draft::Draft;
use crate::kernel::wire::{Fields, Result};

/// A value that a field takes.
#[derive(Clone)]
pub enum Owned {
    Int(i64),
    Text(Vec<u8>),
    /// An encoded AnyValue.
    Any(Vec<u8>),
}

impl Owned {
    /// The value as the field has it, None for a value of another type.
    pub fn fitting(access: &Access, value: &Value<'_>) -> Option<Self> {
        match (access.kind, value) {
            (Kind::Text, Value::Text(text)) => Some(Owned::Text(text.to_vec())),
            (Kind::Enum, Value::Int(value)) => Some(Owned::Int(i64::from(*value as i32))),
            (Kind::Time, Value::Int(value)) => Some(Owned::Int(*value)),
            _ => None,
        }
    }

    fn value(&self) -> Value<'_> {
        match self {
            Owned::Int(value) => Value::Int(*value),
            Owned::Text(text) => Value::Text(text),
            Owned::Any(_) => Value::Other,
        }
    }
}

/// The fields that were assigned, each once.
#[derive(Default)]
pub struct Assigned(Vec<(Access, Owned)>);

impl Assigned {
    pub fn clear(&mut self) {
        self.0.clear();
    }

    pub fn get(&self, access: &Access) -> Option<Value<'_>> {
        self.0.iter().find(|(assigned, _)| assigned == access).map(|(_, value)| value.value())
    }

    pub fn set(&mut self, access: Access, value: Owned) {
        self.0.retain(|(assigned, _)| *assigned != access);
        self.0.push((access, value));
    }

    /// Where in the message the fields stand that are replaced, or that hold one that is.
    pub fn places(&self, data: &[u8], bodies: &[Range]) -> Result<Vec<Range>> {
        let mut found = Vec::new();
        if self.0.is_empty() {
            return Ok(found);
        }
        for &(start, end) in bodies {
            let mut fields = Fields::new(data, start, end);
            while let Some(field) = fields.next()? {
                if self.0.iter().any(|(access, _)| field.tag == if access.outer == 0 { access.tag } else { access.outer }) {
                    found.push((field.start, field.end));
                }
            }
        }
        Ok(found)
    }

    /// Write the fields; those inside another message with what else that has.
    pub fn write(&self, data: &[u8], bodies: &[Range], draft: &mut Draft<'_>) -> Result<()> {
        let mut written = Vec::new();
        for (access, value) in &self.0 {
            if access.outer == 0 {
                draft.add(&encoded(access, value));
            } else if !written.contains(&access.outer) {
                written.push(access.outer);
                draft.begin(access.outer);
                self.write_inside(access.outer, data, bodies, draft)?;
                draft.end();
            }
        }
        Ok(())
    }

    fn write_inside(&self, outer: u32, data: &[u8], bodies: &[Range], draft: &mut Draft<'_>) -> Result<()> {
        for &(start, end) in bodies {
            let mut fields = Fields::new(data, start, end);
            while let Some(field) = fields.next()? {
                if field.tag != outer {
                    continue;
                }
                let mut inside = Fields::new(data, field.body, field.end);
                while let Some(inner) = inside.next()? {
                    if !self.0.iter().any(|(access, _)| access.outer == outer && access.tag == inner.tag) {
                        draft.field(&inner);
                    }
                }
            }
        }
        for (access, value) in &self.0 {
            if access.outer == outer {
                draft.add(&encoded(access, value));
            }
        }
        Ok(())
    }
}

/// The field with its tag; nothing for what a field has anyway.
fn encoded(access: &Access, value: &Owned) -> Vec<u8> {
    let mut out = Vec::new();
    match value {
        Owned::Any(value) => push_delimited(&mut out, access.tag, value),
        Owned::Text(text) if !text.is_empty() => push_delimited(&mut out, access.tag, text),
        Owned::Int(value) if *value != 0 => {
            push_varint(&mut out, access.tag.into());
            match access.kind {
                Kind::Time => out.extend(value.to_le_bytes()),
                _ => push_varint(&mut out, *value as u64),
            }
        }
        _ => {}
    }
    out
}
