//! The hot operations on request bytes, each the equal of a portable Python function (`otel_agent.pdata.kernel` chooses).
//!
//! The front end may call `validate::check` itself, without the GIL.
//!
//! Safe Rust only. A panic would be a fault of this code; it becomes a RuntimeError and does not end the collector.

#![deny(unsafe_code)]

mod assembler;
mod count;
mod dissect;
mod draft;
mod fragment;
mod group;
mod judge;
mod outline;
mod points;
mod program;
mod schema;
pub mod signal;
mod split;
mod table;
mod traces;
pub mod validate;
pub mod wire;

use std::panic::{AssertUnwindSafe, catch_unwind};

use pyo3::exceptions::{PyRuntimeError, PyValueError};
use pyo3::prelude::*;
use pyo3::types::PyBytes;

use draft::Draft;
use fragment::Fragment;
pub use program::compile_pattern;
use signal::Signal;
use wire::Malformed;

pyo3::import_exception!(otel_agent.pdata.errors, InvalidTelemetry);

/// Requests of this size and more are worked on without the GIL; for smaller ones handing it over costs more than it frees.
const DETACH_BYTES: usize = 64 * 1024;

pub fn register(module: &Bound<'_, PyModule>) -> PyResult<()> {
    let kernel = PyModule::new(module.py(), "kernel")?;
    kernel.add_function(wrap_pyfunction!(check, &kernel)?)?;
    kernel.add_function(wrap_pyfunction!(count_items, &kernel)?)?;
    kernel.add_function(wrap_pyfunction!(split_request, &kernel)?)?;
    kernel.add_function(wrap_pyfunction!(split_by_bytes, &kernel)?)?;
    kernel.add_function(wrap_pyfunction!(largest_header, &kernel)?)?;
    kernel.add_function(wrap_pyfunction!(group_by_trace, &kernel)?)?;
    kernel.add_function(wrap_pyfunction!(route_by_trace, &kernel)?)?;
    kernel.add_function(wrap_pyfunction!(shard_by_trace, &kernel)?)?;
    kernel.add_function(wrap_pyfunction!(summarize_traces, &kernel)?)?;
    kernel.add_function(wrap_pyfunction!(number_points, &kernel)?)?;
    kernel.add_class::<judge::Judge>()?;
    kernel.add_class::<table::TraceTable>()?;
    kernel.add_class::<program::Program>()?;
    kernel.add_class::<program::Columns>()?;
    kernel.add_class::<program::Pattern>()?;
    kernel.add_function(wrap_pyfunction!(program::search, &kernel)?)?;
    kernel.add_function(wrap_pyfunction!(program::truncated, &kernel)?)?;
    kernel.add_function(wrap_pyfunction!(program::read_attributes, &kernel)?)?;
    kernel.add_function(wrap_pyfunction!(program::encode_attributes, &kernel)?)?;
    module.add_submodule(&kernel)
}

/// Items of a request that is well-formed throughout.
#[pyfunction]
fn check(py: Python<'_>, signal: &str, data: &[u8]) -> PyResult<usize> {
    let signal = parse_signal(signal)?;
    run(py, signal, data, || validate::check(signal, data))
}

/// Items of a request; checks the outer levels only.
#[pyfunction]
#[pyo3(name = "count")]
fn count_items(py: Python<'_>, signal: &str, data: &[u8]) -> PyResult<usize> {
    let signal = parse_signal(signal)?;
    run(py, signal, data, || count::count(signal, data))
}

/// Requests of at most `limit` items, each with its number of items.
#[pyfunction]
#[pyo3(name = "split")]
fn split_request<'py>(py: Python<'py>, signal: &str, data: &[u8], limit: i64) -> PyResult<Vec<(Bound<'py, PyBytes>, usize)>> {
    let signal = parse_signal(signal)?;
    let items = usize::try_from(limit).ok().filter(|items| *items > 0);
    let Some(items) = items else {
        return Err(PyValueError::new_err(format!("a request cannot be split into parts of {limit} items")));
    };
    let parts = run(py, signal, data, || split::split(signal, data, items))?;
    parts.iter().map(|(draft, items)| Ok((to_bytes(py, draft)?, *items))).collect()
}

/// Requests of at most `limit` bytes where that can be, each with its number of items.
#[pyfunction]
fn split_by_bytes<'py>(py: Python<'py>, signal: &str, data: &[u8], limit: i64) -> PyResult<Vec<(Bound<'py, PyBytes>, usize)>> {
    let signal = parse_signal(signal)?;
    let Some(bytes) = usize::try_from(limit).ok().filter(|bytes| *bytes > 0) else {
        return Err(PyValueError::new_err(format!("a request cannot be split into parts of {limit} bytes")));
    };
    let parts = run(py, signal, data, || split::split_by_bytes(signal, data, bytes))?;
    parts.iter().map(|(draft, items)| Ok((to_bytes(py, draft)?, *items))).collect()
}

/// Bytes of the largest resource, scope and metric without their items.
#[pyfunction]
fn largest_header(py: Python<'_>, signal: &str, data: &[u8]) -> PyResult<usize> {
    let signal = parse_signal(signal)?;
    run(py, signal, data, || split::largest_header(signal, data))
}

/// Trace id, request, spans.
type Group<'py> = (Bound<'py, PyBytes>, Bound<'py, PyBytes>, usize);
/// Trace id, spans, earliest start, latest end, whether a span failed, whether the root is there.
type Row<'py> = (Bound<'py, PyBytes>, usize, u64, u64, bool, bool);

/// One request per trace, in order of first appearance.
#[pyfunction]
fn group_by_trace<'py>(py: Python<'py>, data: &[u8]) -> PyResult<Vec<Group<'py>>> {
    let groups = run(py, Signal::Traces, data, || group::group(data, &judge::Judge::default()))?;
    groups.iter().map(|group| Ok((PyBytes::new(py, group.id), fragment_bytes(py, &group.fragment)?, group.spans))).collect()
}

/// `shards` requests with their numbers of items; all items of a trace are in one.
#[pyfunction]
fn shard_by_trace<'py>(py: Python<'py>, signal: &str, data: &[u8], shards: i64) -> PyResult<Vec<(Bound<'py, PyBytes>, usize)>> {
    let signal = parse_signal(signal)?;
    let Some(number) = usize::try_from(shards).ok().filter(|shards| (1..=traces::MAX_SHARDS).contains(shards)) else {
        return Err(PyValueError::new_err(format!("a request cannot be divided into {shards} shards")));
    };
    if signal == Signal::Metrics {
        return Err(PyValueError::new_err("metrics have no trace id to be divided by"));
    }
    let parts = run(py, signal, data, || traces::shard(signal, data, number))?;
    parts.iter().map(|(draft, items)| Ok((to_bytes(py, draft)?, *items))).collect()
}

/// Owner, request, items.
type Routed<'py> = (u16, Bound<'py, PyBytes>, usize);

/// One request for each owner that a table of u16 names for the positions of trace ids.
#[pyfunction]
fn route_by_trace<'py>(py: Python<'py>, signal: &str, data: &[u8], table: &[u8], stray: u16) -> PyResult<Vec<Routed<'py>>> {
    let signal = parse_signal(signal)?;
    let (positions, rest) = table.as_chunks::<2>();
    if positions.is_empty() || !rest.is_empty() {
        return Err(PyValueError::new_err(format!("a table of {} bytes does not name owners in two bytes each", table.len())));
    }
    if signal == Signal::Metrics {
        return Err(PyValueError::new_err("metrics have no trace id to be divided by"));
    }
    let parts = run(py, signal, data, || traces::route(signal, data, positions, stray))?;
    parts.iter().map(|(owner, draft, items)| Ok((*owner, to_bytes(py, draft)?, *items))).collect()
}

/// What the spans say of each trace, in order of first appearance.
#[pyfunction]
fn summarize_traces<'py>(py: Python<'py>, data: &[u8]) -> PyResult<Vec<Row<'py>>> {
    let traces = run(py, Signal::Traces, data, || traces::summarize(data))?;
    let row =
        |trace: &traces::Summary<'_>| (PyBytes::new(py, trace.id), trace.spans, trace.start, trace.end, trace.error, trace.root);
    Ok(traces.iter().map(row).collect())
}

/// Attributes as they were encoded, time, start, value, flags, exemplars.
type NumberPoint<'py> = (Bound<'py, PyBytes>, u64, u64, Bound<'py, PyAny>, u32, Option<Vec<Bound<'py, PyBytes>>>);

/// Temporality, whether it only grows, and the points of an encoded gauge or sum.
#[pyfunction]
fn number_points<'py>(py: Python<'py>, data: &[u8]) -> PyResult<(i32, bool, Vec<NumberPoint<'py>>)> {
    let numbers = run(py, Signal::Metrics, data, || points::read(data))?;
    let found = numbers.points.iter().map(|point| number_point(py, data, point)).collect::<PyResult<Vec<_>>>()?;
    Ok((numbers.temporality, numbers.monotonic, found))
}

fn number_point<'py>(py: Python<'py>, data: &[u8], point: &points::Point) -> PyResult<NumberPoint<'py>> {
    let key = if point.more_attributes.is_empty() {
        PyBytes::new(py, &data[point.attributes.0..point.attributes.1])
    } else {
        PyBytes::new(py, &point.parts().flat_map(|(start, end)| &data[start..end]).copied().collect::<Vec<_>>())
    };
    let value = match point.value {
        points::Number::Int(value) => value.into_pyobject(py)?.into_any(),
        points::Number::Double(value) => value.into_pyobject(py)?.into_any(),
    };
    let exemplars = (!point.exemplars.is_empty())
        .then(|| point.exemplars.iter().map(|(start, end)| PyBytes::new(py, &data[*start..*end])).collect());
    Ok((key, point.time, point.start, value, point.flags, exemplars))
}

fn parse_signal(name: &str) -> PyResult<Signal> {
    Signal::parse(name).ok_or_else(|| PyValueError::new_err(format!("unknown signal {name:?}; known: traces, metrics, logs")))
}

/// Do `work` on a request, without the GIL when it is large, and turn what goes wrong into Python's exceptions.
fn run<T: Send>(py: Python<'_>, signal: Signal, data: &[u8], work: impl FnOnce() -> wire::Result<T> + Send) -> PyResult<T> {
    let outcome = if data.len() >= DETACH_BYTES { py.detach(|| guarded(work)) } else { guarded(work) };
    outcome?.map_err(|error| invalid(signal, error))
}

/// Do `work`, and turn a fault of this code into an exception.
fn guarded<T>(work: impl FnOnce() -> T) -> PyResult<T> {
    catch_unwind(AssertUnwindSafe(work))
        .map_err(|_| PyRuntimeError::new_err("fault in the native kernel; OTELCOL_NATIVE=0 works without it, please report it"))
}

fn invalid(signal: Signal, error: Malformed) -> PyErr {
    InvalidTelemetry::new_err(invalid_text(signal, error))
}

fn invalid_text(signal: Signal, error: Malformed) -> String {
    format!("malformed {} request: {error}", signal.name())
}

/// A fragment as a request.
fn fragment_bytes<'py>(py: Python<'py>, fragment: &Fragment) -> PyResult<Bound<'py, PyBytes>> {
    PyBytes::new_with(py, fragment.size(), |out| {
        fragment.write(out);
        Ok(())
    })
}

/// Write a finished draft straight into a new `bytes`.
fn to_bytes<'py>(py: Python<'py>, draft: &Draft<'_>) -> PyResult<Bound<'py, PyBytes>> {
    PyBytes::new_with(py, draft.size(), |out| {
        draft.write(out);
        Ok(())
    })
}
