//! Takes traces out to be decided on, grouped by what was found of them.

use std::collections::HashMap;

use super::store::Store;
use super::waiting::Trace;
use crate::kernel::invalid_text;
use crate::kernel::judge::{Findings, Judge, Reading};
use crate::kernel::signal::Signal;
use crate::kernel::wire::Result;

/// Bytes of traces after which no more are drawn: others must get their turn. As in Python.
const DRAWN_BYTES: usize = 8 * 1024 * 1024;

/// A trace that was taken out to be decided on, and the group of traces that it is decided with.
pub struct Drawn {
    pub trace: Trace,
    pub group: usize,
}

/// Traces that are decided alike.
#[derive(Default)]
pub struct Group {
    pub met: Vec<u8>,
    pub traces: usize,
    pub spans: usize,
    pub size: usize,
    /// Why the traces cannot be read; empty where they can.
    pub error: String,
}

/// Traces that meet the same tests by those, or each by itself.
struct Groups {
    groups: Vec<Group>,
    numbers: Option<HashMap<Vec<u8>, usize>>,
}

/// Traces due, the groups that they are decided in, and the spans of those that began before `oldest` of their arrival.
pub fn draw(
    store: &mut Store,
    judge: &Judge,
    tick: i64,
    most: usize,
    apart: bool,
    oldest: impl Fn(f64) -> i64,
) -> (Vec<Drawn>, Vec<Group>, usize) {
    let mut groups = Groups { groups: Vec::new(), numbers: (!apart).then(HashMap::new) };
    let mut drawn = Vec::new();
    let (mut late_spans, mut bytes) = (0, 0);
    while drawn.len() < most && bytes < DRAWN_BYTES {
        let Some(mut trace) = store.next_due(tick) else { break };
        bytes += trace.size;
        let group = match trace.findings.take().map_or_else(|| judged_again(judge, &trace), Ok) {
            Ok(findings) => {
                let earliest = findings.earliest();
                if earliest > 0 && i128::from(earliest) < i128::from(oldest(trace.arrived)) {
                    late_spans += trace.spans;
                }
                groups.number(findings.met())
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

/// Judge a trace of which a part could not be read, to learn which.
fn judged_again(judge: &Judge, trace: &Trace) -> Result<Findings> {
    let (mut reading, mut findings) = (Reading::new(judge), judge.begin(trace.id()));
    trace.fragments().try_for_each(|fragment| reading.fragment(fragment, &mut findings))?;
    Ok(findings)
}

/// Rounded towards 0, as Python's `int` does.
pub fn nanoseconds(seconds: f64) -> i64 {
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
