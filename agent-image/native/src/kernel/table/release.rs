//! Joins sampled traces to requests.

use pyo3::prelude::*;
use pyo3::types::PyBytes;

use super::waiting::Trace;

/// Sampled traces that go on in one request.
pub struct Release {
    pub policy: i32,
    traces: Vec<Trace>,
    pub spans: usize,
    pub size: usize,
}

impl Release {
    pub fn of(policy: i32, trace: Trace) -> Self {
        let mut release = Self { policy, traces: Vec::new(), spans: 0, size: 0 };
        release.add(trace);
        release
    }

    pub fn add(&mut self, trace: Trace) {
        self.spans += trace.spans;
        self.size += trace.size;
        self.traces.push(trace);
    }

    pub fn joined<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyBytes>> {
        PyBytes::new_with(py, self.size, |out| {
            self.traces.iter().flat_map(Trace::fragments).fold(out, |rest, fragment| fragment.write(rest));
            Ok(())
        })
    }
}
