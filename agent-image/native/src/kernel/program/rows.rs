//! Asks Python, message by message, what becomes of their values: an item costs neither a decoded message nor an
//! encoded one then, and what is made for one is gone before the next.

use std::cell::RefCell;

use pyo3::prelude::*;
use pyo3::types::{PyDict, PyList, PyString, PyTuple};

use super::assign::Owned;
use super::columns::{Columns, Outer};
use super::compile::{MAX_NESTING, parse_value};
use super::edit::Entries;
use super::objects::{Fail, Memory, map, object, scalar};
use super::path::{Access, Kind, Path, Place};
use super::run::Editor;
use super::value::Value;
use crate::kernel::invalid;
use crate::kernel::wire::{Malformed, Result};

/// An object, and the name of its attribute that has a field's value.
pub type Holder<'py> = (Bound<'py, PyAny>, Bound<'py, PyString>);
type Attribute<'py> = (Bound<'py, PyString>, Bound<'py, PyAny>);

/// One pass over a request.
pub struct Rows<'c, 'py> {
    columns: &'c Columns,
    holders: Vec<Holder<'py>>,
    begin: Bound<'py, PyAny>,
    run: Bound<'py, PyAny>,
    state: RefCell<State<'py>>,
}

struct State<'py> {
    memory: Memory<'py>,
    /// The attributes and fields of the item as Python got them.
    given: Vec<Attribute<'py>>,
    fields: Vec<Bound<'py, PyAny>>,
    error: Option<PyErr>,
}

impl<'c, 'py> Rows<'c, 'py> {
    pub fn new(columns: &'c Columns, holders: Vec<Holder<'py>>, begin: Bound<'py, PyAny>, run: Bound<'py, PyAny>) -> Self {
        let state = State { memory: Memory::new(), given: Vec::new(), fields: Vec::new(), error: None };
        Self { columns, holders, begin, run, state: RefCell::new(state) }
    }

    /// What Python raised.
    pub fn error(self) -> Option<PyErr> {
        self.state.into_inner().error
    }

    fn fail(&self) -> impl Fail + use<> {
        let signal = self.columns.signal;
        move |error| invalid(signal, error)
    }

    /// End the run; the exception is raised when it has.
    fn stop(&self, error: PyErr) -> Malformed {
        self.state.borrow_mut().error = Some(error);
        Malformed { what: "stopped", at: 0 }
    }

    fn begin_scope(&self, data: &[u8], scope: &Place<'_>) -> PyResult<()> {
        let py = self.begin.py();
        let read = |outer: &Outer| match outer {
            Outer::One(path) => read(py, data, scope, path, self.fail()),
            Outer::Whole(level) => {
                map(py, data, scope.bodies[*level], scope.attributes[*level], self.fail()).map(Bound::into_any)
            }
        };
        let above = self.columns.outer.iter().map(read).collect::<PyResult<Vec<_>>>()?;
        self.begin.call1((PyTuple::new(py, above)?,))?;
        Ok(())
    }

    fn run_item(&self, data: &[u8], place: &Place<'_>, level: usize, entries: &mut Entries) -> PyResult<bool> {
        let mut state = self.state.borrow_mut();
        let State { memory, given, fields, .. } = &mut *state;
        entries.begin(data, place.bodies[level], place.attributes[level]).map_err(self.fail())?;
        let attributes = self.attributes(data, entries, memory, given)?;
        fields.clear();
        for (path, (holder, name)) in self.columns.fields.iter().zip(&self.holders) {
            let value = read(self.run.py(), data, place, path, self.fail())?;
            holder.setattr(name, &value)?;
            fields.push(value);
        }
        let after = self.run.call1((&attributes,))?.cast_into::<PyDict>()?;
        let replaced = !after.is(&attributes);
        put(data, entries, given, &after, replaced, self.fail())?;
        for &(number, access) in &self.columns.assigned {
            let (holder, name) = &self.holders[number];
            let value = holder.getattr(name)?;
            if !value.is(&fields[number]) {
                entries.assign(access, owned(access, &value)?);
            }
        }
        Ok(entries.changed())
    }

    /// The attributes that are wanted; of equal keys the first.
    fn attributes(
        &self,
        data: &[u8],
        entries: &Entries,
        memory: &mut Memory<'py>,
        given: &mut Vec<Attribute<'py>>,
    ) -> PyResult<Bound<'py, PyDict>> {
        let py = self.run.py();
        let found = PyDict::new(py);
        given.clear();
        memory.rewind();
        for (key_value, key) in entries.kept() {
            let text = &data[key.0..key.1];
            if self.columns.keys.as_ref().is_some_and(|keys| !keys.iter().any(|wanted| wanted == text)) {
                continue;
            }
            let (key, value) = memory.read(py, data, key_value, key, self.fail())?;
            found.set_item(&key, &value)?;
            if found.len() > given.len() {
                given.push((key, value));
            } else if let Some((first, value)) = find(given, &key)? {
                found.set_item(first, value)?;
            }
        }
        Ok(found)
    }
}

impl Editor for Rows<'_, '_> {
    fn enter(&self, data: &[u8], scope: &Place<'_>) -> Result<()> {
        self.begin_scope(data, scope).map_err(|error| self.stop(error))
    }

    fn edit(&self, data: &[u8], place: &Place<'_>, level: usize, entries: &mut Entries) -> Result<bool> {
        self.run_item(data, place, level, entries).map_err(|error| self.stop(error))
    }
}

fn read<'py>(py: Python<'py>, data: &[u8], place: &Place<'_>, path: &Path, fail: impl Fail) -> PyResult<Bound<'py, PyAny>> {
    match path.read(data, place, None).map_err(fail)? {
        Value::Other => object(py, &path.raw(data, place, None).map_err(fail)?, fail),
        value => scalar(py, &value),
    }
}

fn find<'g, 'py>(given: &'g [Attribute<'py>], key: &Bound<'py, PyString>) -> PyResult<Option<&'g Attribute<'py>>> {
    if let Some(attribute) = given.iter().find(|attribute| attribute.0.is(key)) {
        return Ok(Some(attribute));
    }
    let text = key.to_str()?;
    for attribute in given {
        if attribute.0.to_str()? == text {
            return Ok(Some(attribute));
        }
    }
    Ok(None)
}

/// Take over what differs from what was given. The same object has not changed: statements replace values, they never change them.
fn put<'py>(
    data: &[u8],
    entries: &mut Entries,
    given: &[Attribute<'py>],
    after: &Bound<'py, PyDict>,
    replaced: bool,
    fail: impl Fail,
) -> PyResult<()> {
    let mut left = after.len();
    for (key, before) in given {
        let now = after.get_item(key)?;
        left -= usize::from(now.is_some());
        match now {
            Some(value) if value.is(before) && !(replaced && may_lack(&value)) => {}
            Some(value) => entries.put(data, key.to_str()?.as_bytes(), &parse_value(&value, MAX_NESTING)?).map_err(fail)?,
            None => entries.remove(data, key.to_str()?.as_bytes()),
        }
    }
    if left == 0 {
        return Ok(());
    }
    for (key, value) in after.iter() {
        let key = key.cast_into::<PyString>()?;
        if find(given, &key)?.is_none() {
            entries.add(key.to_str()?.as_bytes(), &parse_value(&value, MAX_NESTING)?);
        }
    }
    Ok(())
}

/// Whether the request may have more than Python got to see, a value of a kind that OTTL does not know: nothing of that is left
/// where all attributes are replaced.
fn may_lack(value: &Bound<'_, PyAny>) -> bool {
    value.is_none() || value.is_instance_of::<PyList>() || value.is_instance_of::<PyDict>()
}

/// What the field takes of a value; a time may come with or without a sign.
fn owned(access: Access, value: &Bound<'_, PyAny>) -> PyResult<Owned> {
    Ok(match access.kind {
        Kind::Any => Owned::Any(parse_value(value, MAX_NESTING)?),
        Kind::Text => Owned::Text(value.extract::<String>()?.into_bytes()),
        _ => Owned::Int(value.extract::<i64>().or_else(|_| value.extract::<u64>().map(u64::cast_signed))?),
    })
}
