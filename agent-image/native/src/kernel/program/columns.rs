//! Values of many items at once: taken out as Python objects, computed with there, and put back.
//!
//! For functions that only Python has: an item costs neither a decoded message nor an encoded one then. For spans and log records.

use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;
use pyo3::types::{PyBool, PyBytes, PyDict, PyFloat, PyInt, PyList, PyString, PyTuple};
use regex::Regex;

use super::assign::Owned;
use super::compile::{MAX_NESTING, parse_path, parse_value, unusable};
use super::edit::Change;
use super::json::value_bytes;
use super::path::{Access, ITEM, Kind, Path, Place, What, key_of};
use super::pattern;
use super::run::{Action, Run, own};
use super::value::{ARRAY, KEY_VALUES, Value};
use crate::kernel::signal::{ITEMS, RESOURCES, SCOPES, Signal};
use crate::kernel::wire::{DELIMITED, Fields, Malformed, tag_of};
use crate::kernel::{invalid, parse_signal, to_bytes};

type Rows<'py> = Bound<'py, PyList>;

/// Which values are taken from each span or record, and from its resource and scope.
#[pyclass(frozen, module = "otel_agent._native")]
pub struct Columns {
    signal: Signal,
    outer: Vec<Path>,
    inner: Vec<Path>,
    /// All attributes of the item, as a dict in front of its values.
    whole: bool,
    /// Fields that may be assigned.
    assigned: Vec<Access>,
}

#[pymethods]
impl Columns {
    #[new]
    fn new(
        signal: &str,
        outer: &Bound<'_, PyAny>,
        inner: &Bound<'_, PyAny>,
        whole: bool,
        assigned: Vec<String>,
    ) -> PyResult<Self> {
        let paths = |paths: &Bound<'_, PyAny>| paths.try_iter()?.map(|path| parse_path(&path?)).collect::<PyResult<Vec<_>>>();
        let signal = parse_signal(signal)?;
        let level = match signal {
            Signal::Traces => "span",
            Signal::Logs => "log",
            Signal::Metrics => return Err(unusable("no columns of metrics")),
        };
        let assigned = assigned
            .iter()
            .map(|name| {
                let found = Access::find(level, name).filter(|access| access.is_assignable() || access.kind == Kind::Any);
                found.ok_or_else(|| unusable("unknown field"))
            })
            .collect::<PyResult<_>>()?;
        Ok(Self { signal, outer: paths(outer)?, inner: paths(inner)?, whole, assigned })
    }

    /// For each scope the values above its items, and for each item a tuple of its values.
    fn gather<'py>(&self, py: Python<'py>, data: &Bound<'py, PyBytes>) -> PyResult<Vec<(Bound<'py, PyTuple>, Rows<'py>)>> {
        let bytes = data.as_bytes();
        let fail = |error: Malformed| invalid(self.signal, error);
        let mut groups = Vec::new();
        let mut request = Fields::new(bytes, 0, bytes.len());
        while let Some(resource) = request.next().map_err(fail)? {
            if resource.tag != RESOURCES {
                continue;
            }
            let resource_pieces = own(bytes, &resource).map_err(fail)?;
            let mut inside = Fields::new(bytes, resource.body, resource.end);
            while let Some(scope) = inside.next().map_err(fail)? {
                if scope.tag != SCOPES {
                    continue;
                }
                let scope_pieces = own(bytes, &scope).map_err(fail)?;
                let place = Place {
                    bodies: [&resource_pieces, &scope_pieces, &[], &[]],
                    attributes: [tag_of(1, DELIMITED), tag_of(3, DELIMITED), self.attributes_tag(), 0],
                };
                let above = self.outer.iter().map(|path| read(py, bytes, &place, path, fail)).collect::<PyResult<Vec<_>>>()?;
                let rows = PyList::empty(py);
                let mut items = Fields::new(bytes, scope.body, scope.end);
                while let Some(item) = items.next().map_err(fail)? {
                    if item.tag == ITEMS {
                        let piece = [(item.body, item.end)];
                        let place = Place { bodies: [place.bodies[0], place.bodies[1], &piece, &[]], ..place };
                        rows.append(self.row(py, bytes, &place, fail)?)?;
                    }
                }
                groups.push((PyTuple::new(py, above)?, rows));
            }
        }
        Ok(groups)
    }

    /// The request with the changes: for each item in order None, or (values of the assigned fields or None, with ... for one that
    /// stays, attributes or None, whether those are all).
    fn scatter<'py>(
        &self,
        py: Python<'py>,
        data: &Bound<'py, PyBytes>,
        changes: &Bound<'py, PyList>,
    ) -> PyResult<Bound<'py, PyBytes>> {
        let changes = changes.iter().map(|change| self.change(&change)).collect::<PyResult<Vec<_>>>()?;
        let action = Action::Scatter(changes);
        let bytes = data.as_bytes();
        let finished = Run::new(bytes, self.signal, ITEM, &action).finish();
        match finished.map_err(|error| invalid(self.signal, error))?.0 {
            Some(draft) => to_bytes(py, &draft),
            None => Ok(data.clone()),
        }
    }
}

impl Columns {
    fn attributes_tag(&self) -> u32 {
        tag_of(if self.signal == Signal::Traces { 9 } else { 6 }, DELIMITED)
    }

    fn row<'py>(
        &self,
        py: Python<'py>,
        data: &[u8],
        place: &Place<'_>,
        fail: impl Fn(Malformed) -> PyErr + Copy,
    ) -> PyResult<Bound<'py, PyTuple>> {
        let mut values = Vec::with_capacity(self.inner.len() + 1);
        if self.whole {
            let attributes = PyDict::new(py);
            for &(start, end) in place.bodies[ITEM] {
                put_entries(py, &attributes, data, start, end, place.attributes[ITEM], fail)?;
            }
            values.push(attributes.into_any());
        }
        for path in &self.inner {
            values.push(read(py, data, place, path, fail)?);
        }
        PyTuple::new(py, values)
    }

    fn change(&self, change: &Bound<'_, PyAny>) -> PyResult<Option<Change>> {
        if change.is_none() {
            return Ok(None);
        }
        let (fields, attributes, replace): (Bound<'_, PyAny>, Option<Bound<'_, PyDict>>, bool) = change.extract()?;
        let mut assigned = Vec::new();
        if !fields.is_none() {
            for (access, value) in self.assigned.iter().zip(fields.try_iter()?) {
                let value = value?;
                if value.is(value.py().Ellipsis()) {
                    continue;
                }
                let owned = match access.kind {
                    Kind::Any => Owned::Any(parse_any(&value)?),
                    Kind::Text => Owned::Text(value.extract::<String>()?.into_bytes()),
                    _ => Owned::Int(value.extract()?),
                };
                assigned.push((*access, owned));
            }
        }
        let mut set = Vec::new();
        for (key, value) in attributes.iter().flat_map(|attributes| attributes.iter()) {
            set.push((key.extract::<String>()?.into_bytes(), parse_any(&value)?));
        }
        Ok(Some(Change { assigned, attributes: set, replace }))
    }
}

fn parse_any(value: &Bound<'_, PyAny>) -> PyResult<Vec<u8>> {
    parse_value(value, MAX_NESTING)
}

fn read<'py>(
    py: Python<'py>,
    data: &[u8],
    place: &Place<'_>,
    path: &Path,
    fail: impl Fn(Malformed) -> PyErr + Copy,
) -> PyResult<Bound<'py, PyAny>> {
    let value = path.read(data, place, None).map_err(fail)?;
    if value == Value::Other && (matches!(&path.what, What::Attribute(_)) || matches!(&path.what, What::Field(_))) {
        return object(py, &path.raw(data, place, None).map_err(fail)?, fail);
    }
    scalar(py, &value)
}

fn scalar<'py>(py: Python<'py>, value: &Value<'_>) -> PyResult<Bound<'py, PyAny>> {
    Ok(match value {
        Value::Nil | Value::Other => py.None().into_bound(py),
        Value::Bool(value) => PyBool::new(py, *value).to_owned().into_any(),
        Value::Int(value) => PyInt::new(py, *value).into_any(),
        Value::Double(value) => PyFloat::new(py, *value).into_any(),
        Value::Text(text) => {
            PyString::new(py, str::from_utf8(text).map_err(|error| PyValueError::new_err(error.to_string()))?).into_any()
        }
        Value::Bytes(bytes) => PyBytes::new(py, bytes).into_any(),
    })
}

/// An encoded AnyValue as Python has it: lists, and dicts with the first of equal keys.
fn object<'py>(py: Python<'py>, any_value: &[u8], fail: impl Fn(Malformed) -> PyErr + Copy) -> PyResult<Bound<'py, PyAny>> {
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
            put_entries(py, &dict, any_value, field.body, field.end, tag_of(1, DELIMITED), fail)?;
        }
    }
    Ok(match kind {
        ARRAY => list.into_any(),
        KEY_VALUES => dict.into_any(),
        _ => py.None().into_bound(py),
    })
}

/// Put the KeyValues with this tag into a dict; of equal keys the first stays.
fn put_entries<'py>(
    py: Python<'py>,
    dict: &Bound<'py, PyDict>,
    data: &[u8],
    start: usize,
    end: usize,
    tag: u32,
    fail: impl Fn(Malformed) -> PyErr + Copy,
) -> PyResult<()> {
    let mut fields = Fields::new(data, start, end);
    while let Some(field) = fields.next().map_err(fail)? {
        if field.tag != tag {
            continue;
        }
        let key_value = &data[field.body..field.end];
        let (from, to) = key_of(key_value).map_err(fail)?;
        let key = scalar(py, &Value::Text(&key_value[from..to]))?;
        if dict.contains(&key)? {
            continue;
        }
        let value = super::path::value_of(key_value).map_err(fail)?;
        if value == Value::Other {
            dict.set_item(key, object(py, &value_bytes(key_value).map_err(fail)?, fail)?)?;
        } else {
            dict.set_item(key, scalar(py, &value)?)?;
        }
    }
    Ok(())
}

/// A regular expression in the dialect of RE2.
#[pyclass(frozen, module = "otel_agent._native")]
pub struct Pattern(Regex);

#[pymethods]
impl Pattern {
    #[new]
    fn new(expression: &str) -> PyResult<Self> {
        pattern::compile(expression).map(Self).map_err(|error| PyValueError::new_err(format!("pattern {expression:?}: {error}")))
    }

    /// Whether it is found in a text.
    fn is_in(&self, text: &str) -> bool {
        self.0.is_match(text)
    }

    /// The text with every match replaced, `$1` and `${name}` in the replacement standing for groups; None without a match.
    fn replace(&self, text: &str, replacement: &str) -> Option<String> {
        match self.0.replace_all(text, replacement) {
            std::borrow::Cow::Borrowed(_) => None,
            std::borrow::Cow::Owned(replaced) => Some(replaced),
        }
    }
}
