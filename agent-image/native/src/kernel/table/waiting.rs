//! Undecided traces with their spans, in the order they have to be decided in.

use std::collections::VecDeque;

use slab::Slab;

use super::key::Key;
use crate::kernel::fragment::Fragment;
use crate::kernel::group::Group;
use crate::kernel::judge::{Findings, Reading};

/// What a trace costs besides its requests: itself, its place in the table of traces and in the queue, both partly empty.
pub const TRACE_BYTES: usize = size_of::<Trace>() + 2 * (size_of::<Key>() + 8) + 2 * size_of::<Ticket>();
/// What a request of a trace costs besides its bytes: where it is, and what the allocator adds.
pub const FRAGMENT_BYTES: usize = size_of::<Fragment>() + 16;
/// Tickets of traces that have gone which may be in a queue besides as many as have not.
const SPARE: usize = 1024;

/// An undecided trace.
pub struct Trace {
    pub key: Key,
    /// Seconds of a monotonic clock at which its first span came.
    pub arrived: f64,
    /// Tick of the decision.
    due: i64,
    first: Fragment,
    /// What most traces have nothing of.
    more: Option<Box<More>>,
    pub spans: usize,
    /// Bytes of its requests.
    pub size: usize,
    /// None where a part of it cannot be read.
    pub findings: Option<Findings>,
    stamp: u32,
}

#[derive(Default)]
struct More {
    /// Where the key is not the id.
    id: Option<Box<[u8]>>,
    fragments: Vec<Fragment>,
}

impl Trace {
    pub fn id(&self) -> &[u8] {
        self.more.as_ref().and_then(|more| more.id.as_deref()).unwrap_or(self.key.bytes())
    }

    pub fn fragments(&self) -> impl Iterator<Item = &Fragment> {
        std::iter::once(&self.first).chain(self.rest())
    }

    fn rest(&self) -> &[Fragment] {
        self.more.as_ref().map_or(&[], |more| &more.fragments)
    }

    fn footprint(&self) -> usize {
        TRACE_BYTES + FRAGMENT_BYTES * (1 + self.rest().len()) + self.size
    }
}

/// A place in a queue; of no meaning when the trace in the slot has another stamp.
#[derive(Clone, Copy)]
struct Ticket {
    slot: u32,
    stamp: u32,
}

/// Undecided traces by slot.
#[derive(Default)]
pub struct Waiting {
    traces: Slab<Trace>,
    arrivals: VecDeque<Ticket>,
    /// Those whose root has come, which are decided sooner.
    rooted: VecDeque<Ticket>,
    stamp: u32,
    bytes: usize,
}

impl Waiting {
    pub fn len(&self) -> usize {
        self.traces.len()
    }

    /// Memory that all of them take, about.
    pub fn bytes(&self) -> usize {
        self.bytes
    }

    /// Bytes of the requests of one.
    pub fn size(&self, slot: u32) -> usize {
        self.traces[slot as usize].size
    }

    /// Begin a trace; its slot.
    pub fn begin(&mut self, key: Key, group: Group<'_>, arrived: f64, due: i64) -> u32 {
        self.stamp = self.stamp.wrapping_add(1);
        let trace = Trace {
            key,
            arrived,
            due,
            size: group.fragment.size(),
            first: group.fragment,
            more: (group.id != key.bytes()).then(|| Box::new(More { id: Some(group.id.into()), ..More::default() })),
            spans: group.spans,
            findings: group.findings,
            stamp: self.stamp,
        };
        self.bytes += trace.footprint();
        let slot = self.traces.insert(trace) as u32;
        push(&mut self.arrivals, &self.traces, Ticket { slot, stamp: self.stamp });
        slot
    }

    /// Whether this is the trace in a slot.
    pub fn is_in(&self, slot: u32, key: &Key) -> bool {
        self.traces.get(slot as usize).is_some_and(|trace| trace.key == *key)
    }

    /// Add spans to a trace. They are judged again, after those that came before.
    pub fn append(&mut self, slot: u32, group: Group<'_>, reading: &mut Reading<'_>) {
        let trace = &mut self.traces[slot as usize];
        if let Some(findings) = &mut trace.findings
            && reading.fragment(&group.fragment, findings).is_err()
        {
            trace.findings = None;
        }
        let size = group.fragment.size();
        self.bytes += FRAGMENT_BYTES + size;
        trace.size += size;
        trace.spans += group.spans;
        trace.more.get_or_insert_default().fragments.push(group.fragment);
    }

    /// Decide a trace earlier, if that is earlier. Must be called with ticks that do not fall.
    pub fn hasten(&mut self, slot: u32, due: i64) {
        let trace = &mut self.traces[slot as usize];
        if due < trace.due {
            trace.due = due;
            let ticket = Ticket { slot, stamp: trace.stamp };
            push(&mut self.rooted, &self.traces, ticket);
        }
    }

    /// Take out a trace.
    pub fn remove(&mut self, slot: u32) -> Trace {
        let trace = self.traces.remove(slot as usize);
        self.bytes -= trace.footprint();
        trace
    }

    /// Take out the next trace that is due: those whose root has come, then the others, oldest first.
    pub fn next_due(&mut self, tick: i64) -> Option<Trace> {
        let slot = front(&mut self.rooted, &self.traces)
            .filter(|slot| self.traces[*slot as usize].due <= tick)
            .or_else(|| front(&mut self.arrivals, &self.traces).filter(|slot| self.traces[*slot as usize].due <= tick))?;
        Some(self.remove(slot))
    }

    /// Take out the trace that came first.
    pub fn next_oldest(&mut self) -> Option<Trace> {
        let slot = front(&mut self.arrivals, &self.traces)?;
        Some(self.remove(slot))
    }
}

fn is_valid(traces: &Slab<Trace>, ticket: Ticket) -> bool {
    traces.get(ticket.slot as usize).is_some_and(|trace| trace.stamp == ticket.stamp)
}

fn push(queue: &mut VecDeque<Ticket>, traces: &Slab<Trace>, ticket: Ticket) {
    if queue.len() > 2 * traces.len() + SPARE {
        queue.retain(|ticket| is_valid(traces, *ticket));
    }
    queue.push_back(ticket);
}

/// The slot of the first trace of a queue that is still there; tickets before it are thrown away.
fn front(queue: &mut VecDeque<Ticket>, traces: &Slab<Trace>) -> Option<u32> {
    while let Some(ticket) = queue.front() {
        if is_valid(traces, *ticket) {
            return Some(ticket.slot);
        }
        queue.pop_front();
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    fn begin(waiting: &mut Waiting, id: &[u8], due: i64) -> u32 {
        let group = Group { id, fragment: Fragment::Request(vec![0; 10].into()), spans: 1, root: false, findings: None };
        waiting.begin(Key::of(id), group, 0.0, due)
    }

    #[test]
    fn a_trace_is_due_at_its_tick_and_sooner_with_its_root() {
        let mut waiting = Waiting::default();
        begin(&mut waiting, b"first", 9);
        let second = begin(&mut waiting, b"second", 9);
        waiting.hasten(second, 4);
        assert!(waiting.next_due(3).is_none());
        assert_eq!(waiting.next_due(4).unwrap().id(), b"second");
        assert!(waiting.next_due(8).is_none());
        assert_eq!(waiting.next_due(9).unwrap().id(), b"first");
        assert_eq!((waiting.len(), waiting.bytes()), (0, 0));
    }

    #[test]
    fn tickets_of_traces_that_have_gone_do_not_pile_up() {
        let mut waiting = Waiting::default();
        for number in 0..10_000u32 {
            let slot = begin(&mut waiting, &number.to_le_bytes(), 9);
            waiting.hasten(slot, 5);
            waiting.remove(slot);
        }
        assert!(waiting.arrivals.len().max(waiting.rooted.len()) <= SPARE + 2);
        begin(&mut waiting, b"last", 9);
        assert_eq!(waiting.next_oldest().unwrap().id(), b"last");
    }
}
