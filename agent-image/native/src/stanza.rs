//! Log records from what operators made of lines: the twin of `otel_agent.stanza.wire`, and named groups of regular expressions.
//!
//! Safe Rust only. Python's objects are read as they are, so the GIL is held throughout.

#![deny(unsafe_code)]

use std::borrow::Cow;
use std::sync::Mutex;

use pyo3::exceptions::PyValueError;
use pyo3::intern;
use pyo3::prelude::*;
use pyo3::types::{PyBool, PyBytes, PyDict, PyFloat, PyInt, PyList, PyString};
use regex::{CaptureLocations, Regex};

use crate::kernel::compile_pattern;

/// Values nested deeper are left out, as in the portable twin.
const MAX_DEPTH: usize = 28;
const TOO_DEEP: &str = "(nested too deep)";
/// Longest text of a value of an unknown type, in characters.
const MAX_TEXT: usize = 2048;
const WHITESPACE: &[u8] = b"\r\n\t ";

pub fn register(module: &Bound<'_, PyModule>) -> PyResult<()> {
    let stanza = PyModule::new(module.py(), "stanza")?;
    stanza.add_function(wrap_pyfunction!(text_records, &stanza)?)?;
    stanza.add_function(wrap_pyfunction!(log_records, &stanza)?)?;
    stanza.add_class::<NamedGroups>()?;
    module.add_submodule(&stanza)
}

/// Framed log records whose bodies are these lines, and how many. Empty lines are left out; `rest` is the other fields.
#[pyfunction]
fn text_records<'py>(
    py: Python<'py>,
    lines: &Bound<'py, PyList>,
    rest: &[u8],
    leading: bool,
    trailing: bool,
) -> PyResult<(Bound<'py, PyBytes>, usize)> {
    let mut out = Vec::with_capacity(lines.len() * (128 + rest.len()));
    let mut records = 0;
    for line in lines.iter() {
        let line = line.cast::<PyBytes>()?;
        let mut text = line.as_bytes();
        if leading {
            text = trim_start(text);
        }
        if trailing {
            text = trim_end(text);
        }
        if text.is_empty() {
            continue;
        }
        let text = String::from_utf8_lossy(text);
        let value = 1 + varint_size(text.len()) + text.len();
        let record = 1 + varint_size(value) + value + rest.len();
        out.push(0x12);
        varint(&mut out, record as u64);
        out.push(0x2a);
        varint(&mut out, value as u64);
        out.push(0x0a);
        varint(&mut out, text.len() as u64);
        out.extend_from_slice(text.as_bytes());
        out.extend_from_slice(rest);
        records += 1;
    }
    Ok((PyBytes::new(py, &out), records))
}

/// The entries as framed log records, joined.
#[pyfunction]
fn log_records<'py>(py: Python<'py>, entries: &Bound<'py, PyList>) -> PyResult<Bound<'py, PyBytes>> {
    let mut out = Vec::with_capacity(entries.len() * 384);
    for entry in entries.iter() {
        out.push(0x12);
        let start = begin(&mut out);
        log_record(&mut out, &entry)?;
        end(&mut out, start);
    }
    Ok(PyBytes::new(py, &out))
}

fn log_record(out: &mut Vec<u8>, entry: &Bound<'_, PyAny>) -> PyResult<()> {
    let py = entry.py();
    let timestamp: u64 = entry.getattr(intern!(py, "timestamp"))?.extract()?;
    if timestamp != 0 {
        out.push(0x09);
        out.extend_from_slice(&timestamp.to_le_bytes());
    }
    let severity: u8 = entry.getattr(intern!(py, "severity"))?.extract()?;
    if severity != 0 {
        out.extend_from_slice(&[0x10, severity]);
    }
    let text = entry.getattr(intern!(py, "severity_text"))?;
    let text = utf8(text.cast::<PyString>()?)?;
    if !text.is_empty() {
        out.push(0x1a);
        delimited(out, &text);
    }
    let body = entry.getattr(intern!(py, "body"))?;
    if !body.is_none() {
        out.push(0x2a);
        let start = begin(out);
        any_value(out, &body, 0)?;
        end(out, start);
    }
    let attributes = entry.getattr(intern!(py, "attributes"))?;
    key_values(out, attributes.cast::<PyDict>()?, 0x32, 0)?;
    let flags: u32 = entry.getattr(intern!(py, "trace_flags"))?.extract()?;
    if flags != 0 {
        out.push(0x45);
        out.extend_from_slice(&flags.to_le_bytes());
    }
    for (tag, name) in [(0x4a, intern!(py, "trace_id")), (0x52, intern!(py, "span_id"))] {
        let id = entry.getattr(name)?;
        let id = id.cast::<PyBytes>()?.as_bytes();
        if !id.is_empty() {
            out.push(tag);
            delimited(out, id);
        }
    }
    let observed: u64 = entry.getattr(intern!(py, "observed"))?.extract()?;
    out.push(0x59);
    out.extend_from_slice(&observed.to_le_bytes());
    Ok(())
}

fn key_values(out: &mut Vec<u8>, items: &Bound<'_, PyDict>, tag: u8, depth: usize) -> PyResult<()> {
    for (key, value) in items.iter() {
        out.push(tag);
        let start = begin(out);
        out.push(0x0a);
        match key.cast::<PyString>() {
            Ok(text) => delimited(out, &utf8(text)?),
            Err(_) => delimited(out, &utf8(&key.str()?)?),
        }
        out.push(0x12);
        let inner = begin(out);
        any_value(out, &value, depth)?;
        end(out, inner);
        end(out, start);
    }
    Ok(())
}

fn any_value(out: &mut Vec<u8>, value: &Bound<'_, PyAny>, depth: usize) -> PyResult<()> {
    if let Ok(text) = value.cast_exact::<PyString>() {
        out.push(0x0a);
        delimited(out, &utf8(text)?);
    } else if value.is_none() {
    } else if let Ok(flag) = value.cast_exact::<PyBool>() {
        out.extend_from_slice(&[0x10, u8::from(flag.is_true())]);
    } else if let Ok(number) = value.cast_exact::<PyFloat>() {
        double(out, number.value());
    } else if let Ok(number) = value.cast_exact::<PyInt>() {
        match number.extract::<i64>() {
            Ok(number) => {
                out.push(0x18);
                varint(out, number as u64);
            }
            Err(_) => {
                double(out, number.extract::<f64>().unwrap_or(if number.lt(0)? { f64::NEG_INFINITY } else { f64::INFINITY }))
            }
        }
    } else if let Ok(data) = value.cast_exact::<PyBytes>() {
        out.push(0x3a);
        delimited(out, data.as_bytes());
    } else if let Ok(items) = value.cast_exact::<PyDict>() {
        if depth >= MAX_DEPTH {
            out.push(0x0a);
            delimited(out, TOO_DEEP.as_bytes());
            return Ok(());
        }
        out.push(0x32);
        let start = begin(out);
        key_values(out, items, 0x0a, depth + 1)?;
        end(out, start);
    } else if let Ok(items) = value.cast_exact::<PyList>() {
        if depth >= MAX_DEPTH {
            out.push(0x0a);
            delimited(out, TOO_DEEP.as_bytes());
            return Ok(());
        }
        out.push(0x2a);
        let start = begin(out);
        for item in items.iter() {
            out.push(0x0a);
            let inner = begin(out);
            any_value(out, &item, depth + 1)?;
            end(out, inner);
        }
        end(out, start);
    } else {
        let text: String = utf8_text(&value.str()?)?.chars().take(MAX_TEXT).collect();
        out.push(0x0a);
        delimited(out, text.as_bytes());
    }
    Ok(())
}

fn double(out: &mut Vec<u8>, number: f64) {
    out.push(0x21);
    out.extend_from_slice(&number.to_le_bytes());
}

/// The text as UTF-8, with a question mark for each surrogate.
fn utf8<'a>(text: &'a Bound<'_, PyString>) -> PyResult<Cow<'a, [u8]>> {
    if let Ok(text) = text.to_str() {
        return Ok(Cow::Borrowed(text.as_bytes()));
    }
    let encoded = text.call_method1(intern!(text.py(), "encode"), ("utf-8", "replace"))?;
    Ok(Cow::Owned(encoded.cast::<PyBytes>()?.as_bytes().to_vec()))
}

fn utf8_text(text: &Bound<'_, PyString>) -> PyResult<String> {
    Ok(String::from_utf8_lossy(&utf8(text)?).into_owned())
}

fn delimited(out: &mut Vec<u8>, data: &[u8]) {
    varint(out, data.len() as u64);
    out.extend_from_slice(data);
}

/// Leave room for a length below 128; the most common ones by far.
fn begin(out: &mut Vec<u8>) -> usize {
    out.push(0);
    out.len()
}

/// Write the length of what was written since `begin`, making room where it needs more than one byte.
fn end(out: &mut Vec<u8>, start: usize) {
    let length = out.len() - start;
    if length < 0x80 {
        out[start - 1] = length as u8;
        return;
    }
    let mut encoded = Vec::with_capacity(10);
    varint(&mut encoded, length as u64);
    out.splice(start - 1..start, encoded);
}

fn varint(out: &mut Vec<u8>, mut number: u64) {
    while number >= 0x80 {
        out.push(number as u8 | 0x80);
        number >>= 7;
    }
    out.push(number as u8);
}

fn varint_size(number: usize) -> usize {
    (number.max(1).ilog2() as usize) / 7 + 1
}

fn trim_start(text: &[u8]) -> &[u8] {
    let begin = text.iter().position(|byte| !WHITESPACE.contains(byte)).unwrap_or(text.len());
    &text[begin..]
}

fn trim_end(text: &[u8]) -> &[u8] {
    let end = text.iter().rposition(|byte| !WHITESPACE.contains(byte)).map_or(0, |last| last + 1);
    &text[..end]
}

/// A regular expression of the RE2 dialect with named groups.
#[pyclass(frozen, module = "otel_agent._native.stanza")]
struct NamedGroups {
    pattern: Regex,
    names: Vec<(usize, Py<PyString>)>,
    locations: Mutex<CaptureLocations>,
}

#[pymethods]
impl NamedGroups {
    #[new]
    fn new(py: Python<'_>, expression: &str) -> PyResult<Self> {
        let pattern = compile_pattern(expression)?;
        let names: Vec<_> = pattern
            .capture_names()
            .enumerate()
            .filter_map(|(index, name)| name.map(|name| (index, PyString::new(py, name).unbind())))
            .collect();
        let locations = Mutex::new(pattern.capture_locations());
        Ok(Self { pattern, names, locations })
    }

    /// What the groups hold where the expression is first found, empty text for those that took no part; None when it is not.
    fn find<'py>(&self, py: Python<'py>, text: &str) -> PyResult<Option<Bound<'py, PyDict>>> {
        let mut locations = self.locations.lock().map_err(|_| PyValueError::new_err("a search has failed before"))?;
        if self.pattern.captures_read(&mut locations, text).is_none() {
            return Ok(None);
        }
        let found = PyDict::new(py);
        for (index, name) in &self.names {
            let (begin, end) = locations.get(*index).unwrap_or((0, 0));
            found.set_item(name, PyString::new(py, &text[begin..end]))?;
        }
        Ok(Some(found))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lengths_of_all_sizes_are_written_behind_their_content() {
        for length in [0_usize, 1, 127, 128, 16_383, 16_384, 3_000_000] {
            let mut out = vec![0x12];
            let start = begin(&mut out);
            out.resize(start + length, 7);
            end(&mut out, start);
            let mut expected = vec![0x12];
            varint(&mut expected, length as u64);
            assert_eq!(expected.len(), 1 + varint_size(length));
            expected.resize(expected.len() + length, 7);
            assert_eq!(out, expected);
        }
    }

    #[test]
    fn white_space_goes_from_the_sides_asked_for() {
        assert_eq!(trim_start(b" \t\r\na b \n"), b"a b \n");
        assert_eq!(trim_end(b" a b \r\n\t"), b" a b");
        assert_eq!(trim_end(b" \n"), b"");
    }
}
