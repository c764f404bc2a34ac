//! What was decided of traces whose spans have gone: the oldest decision is forgotten first.

use std::collections::VecDeque;

use slab::Slab;

use super::key::Key;

/// The same decision on traces that came together. A run is small change beside the traces in it.
pub struct Run {
    /// The policy that was the reason, or a negative number for traces that are not sampled.
    pub policy: i32,
    /// Seconds of a monotonic clock.
    pub at: f64,
    pub arrived: f64,
    traces: u32,
}

/// Decisions in order.
#[derive(Default)]
pub struct Decided {
    runs: Slab<Run>,
    order: VecDeque<Key>,
    /// The runs that may still grow: of traces that are sampled, and of others.
    latest: [Option<u32>; 2],
}

impl Decided {
    pub fn len(&self) -> usize {
        self.order.len()
    }

    pub fn run(&self, number: u32) -> &Run {
        &self.runs[number as usize]
    }

    /// Remember what was decided of a trace; the number of its run.
    pub fn remember(&mut self, key: Key, policy: i32, at: f64, arrived: f64) -> u32 {
        self.order.push_back(key);
        let latest = &mut self.latest[usize::from(policy < 0)];
        if let Some(number) = *latest
            && let Some(run) = self.runs.get_mut(number as usize)
            && (run.policy, run.at, run.arrived) == (policy, at, arrived)
            && run.traces < u32::MAX
        {
            run.traces += 1;
            return number;
        }
        let number = self.runs.insert(Run { policy, at, arrived, traces: 1 }) as u32;
        *latest = Some(number);
        number
    }

    /// The trace whose decision is the oldest; its run is to be told to `forget`.
    pub fn next_oldest(&mut self) -> Option<Key> {
        self.order.pop_front()
    }

    /// Let go of one trace of a run; when it came.
    pub fn forget(&mut self, number: u32) -> f64 {
        let run = &mut self.runs[number as usize];
        let arrived = run.arrived;
        run.traces -= 1;
        if run.traces == 0 {
            self.runs.remove(number as usize);
        }
        arrived
    }
}
