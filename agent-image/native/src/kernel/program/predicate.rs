//! Conditions on one item and the messages above it.

use std::cmp::Ordering;

use regex::Regex;

use super::convert::{Target, convert, hex};
use super::json::{json, number};
use super::path::{Edited, Path, Place};
use super::value::Value;
use crate::kernel::wire::Result;

pub enum Predicate {
    And(Vec<Predicate>),
    Or(Vec<Predicate>),
    Not(Box<Predicate>),
    Exists(Path),
    Matches(Path, Regex),
    /// As `Matches`, of bools and numbers too: in the text they are written as.
    TextMatches(Path, Regex),
    /// As `Matches`, with anything but nil written as text first.
    Like(Path, Regex),
    Equal(Path, Operand),
    /// Equal and of the same type.
    Same(Path, Literal),
    Ordered(Path, Comparison, Operand),
}

/// What a path is compared with.
pub enum Operand {
    Literal(Literal),
    Path(Path),
}

impl Operand {
    pub fn read<'a>(&'a self, data: &'a [u8], place: &Place<'_>, edited: Option<Edited<'a>>) -> Result<Value<'a>> {
        match self {
            Operand::Literal(literal) => Ok(literal.value()),
            Operand::Path(path) => path.read(data, place, edited),
        }
    }

    fn reads(&self, level: usize) -> bool {
        matches!(self, Operand::Path(path) if path.level == level)
    }
}

#[derive(Clone, Copy)]
pub enum Comparison {
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
}

/// A value that the program owns.
pub enum Literal {
    Nil,
    Bool(bool),
    Int(i64),
    Double(f64),
    Text(Vec<u8>),
    Bytes(Vec<u8>),
}

impl Literal {
    pub fn value(&self) -> Value<'_> {
        match self {
            Literal::Nil => Value::Nil,
            Literal::Bool(value) => Value::Bool(*value),
            Literal::Int(value) => Value::Int(*value),
            Literal::Double(value) => Value::Double(*value),
            Literal::Text(text) => Value::Text(text),
            Literal::Bytes(bytes) => Value::Bytes(bytes),
        }
    }
}

impl Predicate {
    pub fn holds<'a>(&self, data: &'a [u8], place: &Place<'_>, edited: Option<Edited<'a>>) -> Result<bool> {
        Ok(match self {
            Predicate::And(parts) => {
                for part in parts {
                    if !part.holds(data, place, edited)? {
                        return Ok(false);
                    }
                }
                true
            }
            Predicate::Or(parts) => {
                for part in parts {
                    if part.holds(data, place, edited)? {
                        return Ok(true);
                    }
                }
                false
            }
            Predicate::Not(part) => !part.holds(data, place, edited)?,
            Predicate::Exists(path) => path.find(data, place, edited)?.is_some(),
            Predicate::Matches(path, pattern) => match path.read(data, place, edited)? {
                Value::Text(text) => str::from_utf8(text).is_ok_and(|text| pattern.is_match(text)),
                _ => false,
            },
            Predicate::TextMatches(path, pattern) => match path.read(data, place, edited)? {
                Value::Text(text) => str::from_utf8(text).is_ok_and(|text| pattern.is_match(text)),
                value => value.plain().is_some_and(|text| pattern.is_match(&text)),
            },
            Predicate::Same(path, literal) => path.read(data, place, edited)?.is_same(&literal.value()),
            Predicate::Like(path, pattern) => match path.read(data, place, edited)? {
                Value::Text(text) => str::from_utf8(text).is_ok_and(|text| pattern.is_match(text)),
                Value::Nil => false,
                Value::Bytes(bytes) => pattern.is_match(&hex(bytes)),
                Value::Other => json(&path.raw(data, place, edited)?)?.is_some_and(|text| pattern.is_match(&text)),
                // The text of a double that is no number or endless is no JSON, which an item fails on.
                Value::Double(value) => value.is_finite() && pattern.is_match(&number(value)),
                value => convert(&value, Target::Text).is_some_and(|text| match text.value() {
                    Value::Text(text) => str::from_utf8(text).is_ok_and(|text| pattern.is_match(text)),
                    _ => false,
                }),
            },
            Predicate::Equal(path, other) => path.read(data, place, edited)?.equals(&other.read(data, place, edited)?),
            Predicate::Ordered(path, comparison, other) => {
                let order = path.read(data, place, edited)?.order(&other.read(data, place, edited)?);
                match comparison {
                    Comparison::Less => order == Some(Ordering::Less),
                    Comparison::LessOrEqual => matches!(order, Some(Ordering::Less | Ordering::Equal)),
                    Comparison::Greater => order == Some(Ordering::Greater),
                    Comparison::GreaterOrEqual => matches!(order, Some(Ordering::Greater | Ordering::Equal)),
                }
            }
        })
    }

    /// Whether some path in it reads a message of this level.
    pub fn reads(&self, level: usize) -> bool {
        match self {
            Predicate::And(parts) | Predicate::Or(parts) => parts.iter().any(|part| part.reads(level)),
            Predicate::Not(part) => part.reads(level),
            Predicate::Exists(path)
            | Predicate::Matches(path, _)
            | Predicate::TextMatches(path, _)
            | Predicate::Like(path, _)
            | Predicate::Same(path, _) => path.level == level,
            Predicate::Equal(path, other) | Predicate::Ordered(path, _, other) => path.level == level || other.reads(level),
        }
    }
}
