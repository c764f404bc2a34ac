//! Values of telemetry as Python has them, and back.

use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;
use pyo3::types::{PyBool, PyBytes, PyDict, PyFloat, PyInt, PyList, PyString};

use super::compile::{MAX_NESTING, parse_value};
use super::json::value_bytes;
use super::path::{KEY, Range, VALUE, key_of, value_of};
use super::value::{ARRAY, KEY_VALUES, Value, push_delimited};
use crate::kernel::wire::{DELIMITED, Fields, Malformed, tag_of};

/// What turns malformed bytes into an exception.
pub trait Fail: Fn(Malformed) -> PyErr + Copy {}
impl<F: Fn(Malformed) -> PyErr + Copy> Fail for F {}

/// A value that holds no others; None for one that does.
pub fn scalar<'py>(py: Python<'py>, value: &Value<'_>) -> PyResult<Bound<'py, PyAny>> {
    Ok(match value {
        Value::Nil | Value::Other => py.None().into_bound(py),
        Value::Bool(value) => PyBool::new(py, *value).to_owned().into_any(),
        Value::Int(value) => PyInt::new(py, *value).into_any(),
        Value::Double(value) => PyFloat::new(py, *value).into_any(),
        Value::Text(text) => string(py, text)?.into_any(),
        Value::Bytes(bytes) => PyBytes::new(py, bytes).into_any(),
    })
}

/// An encoded AnyValue as Python has it: lists, and dicts with the first of equal keys.
pub fn object<'py>(py: Python<'py>, any_value: &[u8], fail: impl Fail) -> PyResult<Bound<'py, PyAny>> {
    let value = Value::Nil.read(any_value, 0, any_value.len()).map_err(fail)?;
    if value != Value::Other {
        return scalar(py, &value);
    }
    let (mut kind, mut list, mut dict) = (0, PyList::empty(py), PyDict::new(py));
    let mut fields = Fields::new(any_value, 0, any_value.len());
    while let Some(field) = fields.next().map_err(fail)? {
        if !(1..=8).contains(&(field.tag >> 3)) {
            continue;
        }
        if field.tag != kind {
            (kind, list, dict) = (field.tag, PyList::empty(py), PyDict::new(py));
        }
        if kind == ARRAY {
            let mut members = Fields::new(any_value, field.body, field.end);
            while let Some(member) = members.next().map_err(fail)? {
                if member.tag == tag_of(1, DELIMITED) {
                    list.append(object(py, &any_value[member.body..member.end], fail)?)?;
                }
            }
        } else if kind == KEY_VALUES {
            put_entries(py, &dict, any_value, (field.body, field.end), tag_of(1, DELIMITED), fail)?;
        }
    }
    Ok(match kind {
        ARRAY => list.into_any(),
        KEY_VALUES => dict.into_any(),
        _ => py.None().into_bound(py),
    })
}

fn string<'py>(py: Python<'py>, text: &[u8]) -> PyResult<Bound<'py, PyString>> {
    let text = str::from_utf8(text).map_err(|error| PyValueError::new_err(error.to_string()))?;
    Ok(PyString::new(py, text))
}

/// The KeyValues with this tag in the pieces of a message; of equal keys the first.
pub fn map<'py>(py: Python<'py>, data: &[u8], pieces: &[Range], tag: u32, fail: impl Fail) -> PyResult<Bound<'py, PyDict>> {
    let dict = PyDict::new(py);
    for piece in pieces {
        put_entries(py, &dict, data, *piece, tag, fail)?;
    }
    Ok(dict)
}

fn put_entries(py: Python<'_>, dict: &Bound<'_, PyDict>, data: &[u8], piece: Range, tag: u32, fail: impl Fail) -> PyResult<()> {
    let mut fields = Fields::new(data, piece.0, piece.1);
    while let Some(field) = fields.next().map_err(fail)? {
        if field.tag != tag {
            continue;
        }
        let key_value = &data[field.body..field.end];
        let (from, to) = key_of(key_value).map_err(fail)?;
        let key = string(py, &key_value[from..to])?;
        if !dict.contains(&key)? {
            dict.set_item(key, member(py, key_value, fail)?.0)?;
        }
    }
    Ok(())
}

/// The value of a KeyValue, and whether it is one that holds no others.
fn member<'py>(py: Python<'py>, key_value: &[u8], fail: impl Fail) -> PyResult<(Bound<'py, PyAny>, bool)> {
    let value = value_of(key_value).map_err(fail)?;
    if value == Value::Other {
        return Ok((object(py, &value_bytes(key_value).map_err(fail)?, fail)?, false));
    }
    Ok((scalar(py, &value)?, true))
}

/// The attributes of an encoded message, whose field number is `number`, as a dict; of equal keys the first.
#[pyfunction]
pub fn read_attributes<'py>(py: Python<'py>, message: &[u8], number: u32) -> PyResult<Bound<'py, PyDict>> {
    let fail = |error: Malformed| PyValueError::new_err(error.to_string());
    map(py, message, &[(0, message.len())], tag_of(number, DELIMITED), fail)
}

/// A dict as the encoded attributes of a message.
#[pyfunction]
pub fn encode_attributes<'py>(py: Python<'py>, attributes: &Bound<'py, PyDict>, number: u32) -> PyResult<Bound<'py, PyBytes>> {
    let mut out = Vec::new();
    for (key, value) in attributes.iter() {
        let mut entry = Vec::new();
        push_delimited(&mut entry, KEY, key.cast::<PyString>()?.to_str()?.as_bytes());
        push_delimited(&mut entry, VALUE, &parse_value(&value, MAX_NESTING)?);
        push_delimited(&mut out, tag_of(number, DELIMITED), &entry);
    }
    Ok(PyBytes::new(py, &out))
}

/// Attributes whose objects are kept for those of the next items: most have the same keys in the same order, and many the same
/// values.
pub struct Memory<'py> {
    slots: Vec<Slot<'py>>,
    next: usize,
}

/// What was made of an attribute: `key_value` and `key` say where in the request it stood.
struct Slot<'py> {
    key_value: Range,
    key: Range,
    name: Bound<'py, PyString>,
    /// None for a value that holds others, since those can be changed.
    value: Option<Bound<'py, PyAny>>,
}

/// Attributes beyond are made anew each time: looking through more would cost as much.
const MOST: usize = 32;

impl<'py> Memory<'py> {
    pub fn new() -> Self {
        Self { slots: Vec::new(), next: 0 }
    }

    /// The next attribute is the first of an item.
    pub fn rewind(&mut self) {
        self.next = 0;
    }

    /// Key and value of an attribute of the same request as those before.
    pub fn read(
        &mut self,
        py: Python<'py>,
        data: &[u8],
        key_value: Range,
        key: Range,
        fail: impl Fail,
    ) -> PyResult<(Bound<'py, PyString>, Bound<'py, PyAny>)> {
        let bytes = |range: Range| &data[range.0..range.1];
        let (before, behind) = self.slots.split_at(self.next.min(self.slots.len()));
        let wanted = bytes(key);
        let found = match behind.iter().position(|slot| bytes(slot.key) == wanted) {
            Some(number) => Some(before.len() + number),
            None => before.iter().position(|slot| bytes(slot.key) == wanted),
        };
        let Some(number) = found else {
            let name = string(py, wanted)?;
            let (value, plain) = member(py, bytes(key_value), fail)?;
            if self.slots.len() < MOST {
                self.slots.push(Slot { key_value, key, name: name.clone(), value: plain.then(|| value.clone()) });
                self.next = self.slots.len();
            }
            return Ok((name, value));
        };
        self.next = number + 1;
        let slot = &mut self.slots[number];
        if let Some(value) = &slot.value
            && bytes(slot.key_value) == bytes(key_value)
        {
            return Ok((slot.name.clone(), value.clone()));
        }
        let (value, plain) = member(py, bytes(key_value), fail)?;
        (slot.key_value, slot.key, slot.value) = (key_value, key, plain.then(|| value.clone()));
        Ok((slot.name.clone(), value))
    }
}
