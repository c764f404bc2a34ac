//! Which values of the items of a request statements in Python work on.

use pyo3::prelude::*;
use pyo3::types::PyBytes;

use super::compile::{depth, parse_path, unusable};
use super::path::{Access, ITEM, Kind, Path, What};
use super::rows::{Holder, Rows};
use super::run::{Action, Run};
use crate::kernel::signal::Signal;
use crate::kernel::{invalid, parse_signal, to_bytes};

/// Values of each message of a level, and of those above it.
#[pyclass(frozen, module = "otel_agent._native")]
pub struct Columns {
    pub(super) signal: Signal,
    level: usize,
    /// Of resource and scope.
    pub(super) outer: Vec<Outer>,
    /// Keys of the attributes; None for all attributes.
    pub(super) keys: Option<Vec<Vec<u8>>>,
    /// Of the message itself, and of the span or metric around it.
    pub(super) fields: Vec<Path>,
    /// Fields of the message itself that may be assigned, by their number.
    pub(super) assigned: Vec<(usize, Access)>,
}

pub enum Outer {
    One(Path),
    /// All attributes.
    Whole(usize),
}

#[pymethods]
impl Columns {
    #[new]
    fn new(
        signal: &str,
        level: &str,
        outer: &Bound<'_, PyAny>,
        keys: Option<Vec<String>>,
        fields: &Bound<'_, PyAny>,
        assigned: Vec<usize>,
    ) -> PyResult<Self> {
        let level = depth(level)?;
        if level < ITEM {
            return Err(unusable("no columns of resources and scopes"));
        }
        let fields = fields.try_iter()?.map(|path| parse_path(&path?)).collect::<PyResult<Vec<_>>>()?;
        let settable = |number: usize| match fields.get(number) {
            Some(Path { level: own, what: What::Field(access) })
                if *own == level && (access.is_assignable() || access.kind == Kind::Any) =>
            {
                Ok((number, *access))
            }
            _ => Err(unusable("a field that is not assigned")),
        };
        Ok(Self {
            signal: parse_signal(signal)?,
            level,
            outer: outer.try_iter()?.map(|path| parse_outer(&path?)).collect::<PyResult<_>>()?,
            keys: keys.map(|keys| keys.into_iter().map(String::into_bytes).collect()),
            assigned: assigned.into_iter().map(settable).collect::<PyResult<_>>()?,
            fields,
        })
    }

    /// The request as `run` leaves it; the same object if nothing changed.
    ///
    /// `begin` gets the values of resource and scope, once for each scope. Of each message the holders get the fields, and `run`
    /// the attributes as a dict of its own; it returns those that the message is to have.
    fn edit<'py>(
        &self,
        py: Python<'py>,
        data: &Bound<'py, PyBytes>,
        holders: Vec<Holder<'py>>,
        begin: Bound<'py, PyAny>,
        run: Bound<'py, PyAny>,
    ) -> PyResult<Bound<'py, PyBytes>> {
        if holders.len() != self.fields.len() {
            return Err(unusable("not one holder for each field"));
        }
        let rows = Rows::new(self, holders, begin, run);
        let finished = Run::new(data.as_bytes(), self.signal, self.level, Action::Ask(&rows)).finish();
        match finished {
            Ok((Some(draft), _)) => to_bytes(py, &draft),
            Ok((None, _)) => Ok(data.clone()),
            Err(malformed) => Err(rows.error().unwrap_or_else(|| invalid(self.signal, malformed))),
        }
    }
}

fn parse_outer(path: &Bound<'_, PyAny>) -> PyResult<Outer> {
    let whole = path.len()? == 2 && path.get_item(1)?.extract::<String>()? == "attributes";
    if whole { Ok(Outer::Whole(depth(&path.get_item(0)?.extract::<String>()?)?)) } else { parse_path(path).map(Outer::One) }
}
