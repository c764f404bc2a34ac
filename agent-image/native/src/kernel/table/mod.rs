//! The table of traces that tail sampling decides on; `otel_agent.pdata.trace_table` documents it.
//!
//! Requests are cut apart, traces kept, judged and joined here, so that Python has nothing to do for a single trace unless a
//! policy asks for it.

mod decided;
mod key;
mod recent;
mod store;
mod waiting;

use std::collections::HashMap;

use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;
use pyo3::types::PyBytes;

use super::group::group;
use super::judge::{Judge, Trace as Judged};
use super::signal::Signal;
use super::{fragment_bytes, guarded, invalid_text, run};
use store::{Ages, Intake, Limits, Store};
use waiting::Trace;

/// A trace that was taken out to be decided on, and the group of traces that it is decided with.
struct Drawn {
    trace: Trace,
    group: usize,
}

/// Traces that are decided alike.
#[derive(Default)]
struct Group {
    met: Vec<u8>,
    traces: usize,
    spans: usize,
    size: usize,
    /// Why the traces cannot be read; empty where they can.
    error: String,
}

/// Traces that meet the same tests by those, or each by itself.
struct Groups {
    groups: Vec<Group>,
    numbers: Option<HashMap<Vec<u8>, usize>>,
}

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
        let store = &mut self.store;
        let intake = run(py, Signal::Traces, data, || Ok(store.take(group(data)?, now, due, root_due)))?;
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

/// Traces due, the groups that they are decided in, and the spans of those that began before `oldest` of their arrival.
fn draw(
    store: &mut Store,
    judge: &Judge,
    tick: i64,
    most: usize,
    apart: bool,
    oldest: impl Fn(f64) -> i64,
) -> (Vec<Drawn>, Vec<Group>, usize) {
    let mut judged = Judged::new(judge);
    let mut groups = Groups { groups: Vec::new(), numbers: (!apart).then(HashMap::new) };
    let mut drawn = Vec::new();
    let mut late_spans = 0;
    while drawn.len() < most {
        let Some(trace) = store.next_due(tick) else { break };
        judged.begin(trace.id());
        let group = match trace.fragments().try_for_each(|fragment| judged.fragment(fragment)) {
            Ok(()) => {
                let earliest = judged.earliest();
                if earliest > 0 && i128::from(earliest) < i128::from(oldest(trace.arrived)) {
                    late_spans += trace.spans;
                }
                groups.number(judged.met())
            }
            Err(error) => {
                let error = invalid_text(Signal::Traces, error);
                groups.push(Group { error, ..Group::default() })
            }
        };
        groups.groups[group].add(&trace);
        drawn.push(Drawn { trace, group });
    }
    (drawn, groups.groups, late_spans)
}

/// Rounded towards 0, as Python's `int` does.
fn nanoseconds(seconds: f64) -> i64 {
    (seconds * 1e9) as i64
}

impl Group {
    fn add(&mut self, trace: &Trace) {
        self.traces += 1;
        self.spans += trace.spans;
        self.size += trace.size;
    }
}

impl Groups {
    fn push(&mut self, group: Group) -> usize {
        self.groups.push(group);
        self.groups.len() - 1
    }

    fn number(&mut self, met: &[u8]) -> usize {
        if let Some(number) = self.numbers.as_ref().and_then(|numbers| numbers.get(met)) {
            return *number;
        }
        let number = self.push(Group { met: met.into(), ..Group::default() });
        if let Some(numbers) = &mut self.numbers {
            numbers.insert(met.into(), number);
        }
        number
    }
}

/// Sampled traces that go on in one request.
struct Release {
    policy: i32,
    traces: Vec<Trace>,
    spans: usize,
    size: usize,
}

impl Release {
    fn of(policy: i32, trace: Trace) -> Self {
        let mut release = Self { policy, traces: Vec::new(), spans: 0, size: 0 };
        release.add(trace);
        release
    }

    fn add(&mut self, trace: Trace) {
        self.spans += trace.spans;
        self.size += trace.size;
        self.traces.push(trace);
    }

    fn joined<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyBytes>> {
        PyBytes::new_with(py, self.size, |out| {
            self.traces.iter().flat_map(Trace::fragments).fold(out, |rest, fragment| fragment.write(rest));
            Ok(())
        })
    }
}
