//! The table of traces that tail sampling decides on; `otel_agent.pdata.trace_table` documents it.
//!
//! Requests are cut apart, traces kept, judged and joined here, so that Python has nothing to do for a single trace unless a
//! policy asks for it.

mod decided;
mod drawing;
mod key;
mod recent;
mod release;
mod store;
mod waiting;

use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;
use pyo3::types::PyBytes;

use super::group::group;
use super::judge::Judge;
use super::signal::Signal;
use super::{fragment_bytes, guarded, run};
use drawing::{Drawn, draw, nanoseconds};
use release::Release;
use store::{Ages, Intake, Limits, Store};

/// Undecided traces, and what was decided of others.
#[pyclass(module = "otel_agent._native")]
pub struct TraceTable {
    judge: Py<Judge>,
    store: Store,
    drawn: Vec<Drawn>,
}

/// Policy, whether from a cache, time of the decision, request, spans.
type PyLate<'py> = (i32, bool, f64, Bound<'py, PyBytes>, usize);
/// New traces, too large ones, evicted ones, times of arrival of those that left memory, late spans.
type PyIntake<'py> = (usize, usize, usize, Vec<(f64, usize)>, Vec<PyLate<'py>>);
/// Tests met, traces, spans, bytes, requests, why they cannot be read.
type PyGroup<'py> = (Bound<'py, PyBytes>, usize, usize, usize, Vec<Bound<'py, PyBytes>>, String);
/// Policy, request, spans.
type PyRelease<'py> = (i32, Bound<'py, PyBytes>, usize);

#[pymethods]
impl TraceTable {
    #[classattr]
    const TRACE_BYTES: usize = waiting::TRACE_BYTES;
    #[classattr]
    const FRAGMENT_BYTES: usize = waiting::FRAGMENT_BYTES;

    /// Numbers of traces, and bytes: those of all undecided traces, and those of one.
    #[new]
    fn new(judge: Py<Judge>, traces: u64, bytes: u64, trace_bytes: u64, evicts: bool, sampled: u64, not_sampled: u64) -> Self {
        let limits = Limits { traces: traces as usize, bytes: bytes as usize, trace_bytes: trace_bytes as usize, evicts };
        Self { judge, store: Store::new(limits, sampled as usize, not_sampled as usize), drawn: Vec::new() }
    }

    fn __len__(&self) -> usize {
        self.store.len()
    }

    #[getter]
    fn pending(&self) -> usize {
        self.store.waiting().len()
    }

    #[getter]
    fn memory(&self) -> usize {
        self.store.waiting().bytes()
    }

    /// Take the spans of a request.
    fn take<'py>(&mut self, py: Python<'py>, data: &[u8], now: f64, due: i64, root_due: Option<i64>) -> PyResult<PyIntake<'py>> {
        let (store, judge) = (&mut self.store, self.judge.get());
        let intake = run(py, Signal::Traces, data, || Ok(store.take(group(data, judge)?, judge, now, due, root_due)))?;
        let Intake { begun, too_large, evicted, removed, late } = intake;
        let late = late.into_iter().map(|late| {
            let request = if late.policy < 0 { PyBytes::new(py, &[]) } else { fragment_bytes(py, &late.fragment)? };
            Ok((late.policy, late.cached, late.at, request, late.spans))
        });
        Ok((begun, too_large, evicted, removed.0, late.collect::<PyResult<_>>()?))
    }

    /// Take out traces that are due, and judge them; with the spans of those that began before `oldest` when they came.
    #[pyo3(signature = (tick, most, now, oldest, *, apart, requests))]
    #[allow(clippy::too_many_arguments)] // as Python calls it
    fn draw<'py>(
        &mut self,
        py: Python<'py>,
        tick: i64,
        most: usize,
        now: f64,
        oldest: i64,
        apart: bool,
        requests: bool,
    ) -> PyResult<(Vec<PyGroup<'py>>, usize)> {
        if !self.drawn.is_empty() {
            return Err(PyValueError::new_err("the traces that were drawn before must be settled first"));
        }
        let (store, judge) = (&mut self.store, self.judge.get());
        let (drawn, groups, late_spans) = py.detach(|| {
            guarded(|| draw(store, judge, tick, most, apart, |arrived| oldest.saturating_sub(nanoseconds(now - arrived))))
        })?;
        self.drawn = drawn;
        let mut rows: Vec<PyGroup<'py>> = groups
            .into_iter()
            .map(|group| (PyBytes::new(py, &group.met), group.traces, group.spans, group.size, Vec::new(), group.error))
            .collect();
        if requests {
            for drawn in &self.drawn {
                for fragment in drawn.trace.fragments() {
                    rows[drawn.group].4.push(fragment_bytes(py, fragment)?);
                }
            }
        }
        Ok((rows, late_spans))
    }

    /// Remember the policy, or a negative number, of each group that was drawn; returns what is sampled.
    #[pyo3(signature = (policies, now, spans, size, *, apart))]
    fn settle<'py>(
        &mut self,
        py: Python<'py>,
        policies: Vec<i32>,
        now: f64,
        spans: usize,
        size: usize,
        apart: bool,
    ) -> PyResult<(Vec<PyRelease<'py>>, Vec<(f64, usize)>)> {
        if self.drawn.iter().any(|drawn| drawn.group >= policies.len()) {
            return Err(PyValueError::new_err("a policy, or a negative number, is needed for each group"));
        }
        let mut removed = Ages::default();
        let mut releases: Vec<Release> = Vec::new();
        for Drawn { trace, group } in self.drawn.drain(..) {
            let policy = policies[group];
            self.store.settle(&trace, policy, now, &mut removed);
            if policy < 0 {
                continue;
            }
            match releases.last_mut() {
                Some(last) if last.spans < spans && last.size < size && !(apart && last.policy != policy) => last.add(trace),
                _ => releases.push(Release::of(policy, trace)),
            }
        }
        let releases = releases.iter().map(|release| Ok((release.policy, release.joined(py)?, release.spans)));
        Ok((releases.collect::<PyResult<_>>()?, removed.0))
    }

    /// Drop all undecided traces; returns how many there were.
    fn drop_pending(&mut self) -> usize {
        self.store.drop_waiting()
    }

    /// Forget everything but what the caches know.
    fn clear(&mut self) {
        self.drawn.clear();
        self.store.clear();
    }
}
