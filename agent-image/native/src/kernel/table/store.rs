//! The table of traces: those that wait for their decision, and what was decided of others. Bounded by number and by bytes.

use std::collections::HashMap;

use super::decided::Decided;
use super::key::Key;
use super::recent::Recent;
use super::waiting::{Trace, Waiting};
use crate::kernel::fragment::Fragment;
use crate::kernel::group::Group;
use crate::kernel::judge::{Judge, Reading};

/// What the table may hold.
pub struct Limits {
    /// Traces, decided or not.
    pub traces: usize,
    /// Memory of all that are undecided.
    pub bytes: usize,
    /// Bytes of the requests of one trace; 0 is no limit.
    pub trace_bytes: usize,
    /// Whether undecided traces are dropped where there is no room; otherwise one request may go beyond the limits.
    pub evicts: bool,
}

enum State {
    /// By slot; where another trace is in that slot or none, it has been taken out and is not settled yet.
    Waiting(u32),
    /// By run.
    Decided(u32),
}

/// Traces that left memory, by when they came: neighbours with the same time are one entry.
#[derive(Default)]
pub struct Ages(pub Vec<(f64, usize)>);

impl Ages {
    fn add(&mut self, arrived: f64) {
        match self.0.last_mut() {
            Some((last, traces)) if *last == arrived => *traces += 1,
            _ => self.0.push((arrived, 1)),
        }
    }
}

/// Spans of a trace that was decided before.
pub struct Late {
    /// Negative when it is not sampled.
    pub policy: i32,
    /// Whether a cache knew; otherwise `at` says when it was decided.
    pub cached: bool,
    pub at: f64,
    pub fragment: Fragment,
    pub spans: usize,
}

/// What became of the traces of a request, other than that they wait.
#[derive(Default)]
pub struct Intake {
    pub begun: usize,
    pub too_large: usize,
    pub evicted: usize,
    pub removed: Ages,
    pub late: Vec<Late>,
}

pub struct Store {
    limits: Limits,
    states: HashMap<Key, State>,
    waiting: Waiting,
    decided: Decided,
    sampled: Recent,
    not_sampled: Recent,
}

impl Store {
    pub fn new(limits: Limits, sampled: usize, not_sampled: usize) -> Self {
        Self {
            limits,
            states: HashMap::new(),
            waiting: Waiting::default(),
            decided: Decided::default(),
            sampled: Recent::new(sampled),
            not_sampled: Recent::new(not_sampled),
        }
    }

    pub fn waiting(&self) -> &Waiting {
        &self.waiting
    }

    /// Traces, decided or not.
    pub fn len(&self) -> usize {
        self.waiting.len() + self.decided.len()
    }

    /// Take the spans of a request. They are decided at `due`, or where a root is among them at `root_due` if that is sooner.
    pub fn take(&mut self, groups: Vec<Group<'_>>, judge: &Judge, now: f64, due: i64, root_due: Option<i64>) -> Intake {
        let mut intake = Intake::default();
        let mut reading = Reading::new(judge);
        for group in groups {
            let (key, root) = (Key::of(group.id), group.root);
            let slot = match self.states.get(&key) {
                Some(&State::Waiting(slot)) if self.waiting.is_in(slot, &key) => {
                    self.waiting.append(slot, group, &mut reading);
                    slot
                }
                known => {
                    let run = match known {
                        Some(&State::Decided(run)) => Some(run),
                        _ => None,
                    };
                    if let Some((policy, cached, at)) = self.decision(group.id, run) {
                        intake.late.push(Late { policy, cached, at, fragment: group.fragment, spans: group.spans });
                        continue;
                    }
                    self.make_room(&mut intake);
                    intake.begun += 1;
                    let slot = self.waiting.begin(key, group, now, due);
                    self.states.insert(key, State::Waiting(slot));
                    slot
                }
            };
            if root && let Some(due) = root_due {
                self.waiting.hasten(slot, due);
            }
            if self.limits.trace_bytes > 0 && self.waiting.size(slot) > self.limits.trace_bytes {
                intake.too_large += 1;
                let trace = self.waiting.remove(slot);
                self.settle(&trace, -1, now, &mut intake.removed);
            }
        }
        while self.limits.evicts && self.waiting.bytes() > self.limits.bytes && self.evict(&mut intake) {}
        intake
    }

    /// The policy that decided on a trace, whether a cache knew, and otherwise when.
    fn decision(&mut self, id: &[u8], run: Option<u32>) -> Option<(i32, bool, f64)> {
        if let Some(policy) = self.sampled.get(id).or_else(|| self.not_sampled.get(id)) {
            return Some((policy, true, 0.0));
        }
        run.map(|number| {
            let run = self.decided.run(number);
            (run.policy, false, run.at)
        })
    }

    fn make_room(&mut self, intake: &mut Intake) {
        while self.len() >= self.limits.traces {
            let forgotten = self.decided.next_oldest().and_then(|key| self.states.remove(&key));
            if let Some(State::Decided(run)) = forgotten {
                intake.removed.add(self.decided.forget(run));
            } else if !self.limits.evicts || !self.evict(intake) {
                break;
            }
        }
    }

    /// Drop the oldest undecided trace; whether there was one.
    fn evict(&mut self, intake: &mut Intake) -> bool {
        let Some(trace) = self.waiting.next_oldest() else { return false };
        self.states.remove(&trace.key);
        intake.removed.add(trace.arrived);
        intake.evicted += 1;
        true
    }

    /// Take out the next trace that is due; it is unknown until it is settled.
    pub fn next_due(&mut self, tick: i64) -> Option<Trace> {
        self.waiting.next_due(tick)
    }

    /// Remember what was decided of a trace that was taken out.
    pub fn settle(&mut self, trace: &Trace, policy: i32, now: f64, removed: &mut Ages) {
        let cache = if policy < 0 { &mut self.not_sampled } else { &mut self.sampled };
        if cache.put(trace.id(), policy) {
            self.states.remove(&trace.key);
            removed.add(trace.arrived);
        } else {
            let run = self.decided.remember(trace.key, policy, now, trace.arrived);
            self.states.insert(trace.key, State::Decided(run));
        }
    }

    /// Drop all undecided traces; how many there were.
    pub fn drop_waiting(&mut self) -> usize {
        self.states.retain(|_, state| matches!(state, State::Decided(_)));
        std::mem::take(&mut self.waiting).len()
    }

    /// Forget everything but what the caches know.
    pub fn clear(&mut self) {
        (self.states, self.waiting, self.decided) = <_>::default();
    }
}
