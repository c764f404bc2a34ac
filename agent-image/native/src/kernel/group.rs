//! Cuts a request into one request for each of its traces.

use std::collections::HashMap;

use super::assembler::Assembler;
use super::dissect::read;
use super::outline::Outline;
use super::signal::Signal;
use super::split::MAX_REPEATED_BYTES;
use super::traces::{PARENT_SPAN_ID, TRACE_ID};
use super::wire::{Field, Fields, Malformed, Result};

/// What a request holds of one trace.
#[derive(Debug, PartialEq, Eq)]
pub struct Group<'a> {
    pub id: &'a [u8],
    /// The spans as a request of their own, with their resources and scopes.
    pub request: Box<[u8]>,
    pub spans: usize,
    /// Whether a span without parent is among them.
    pub root: bool,
}

/// Neighbours of one trace in one scope, and the next such run of the trace. Small, because there may be many.
struct Run {
    group: u32,
    start: u32,
    end: u32,
    next: u32,
}

const LAST: u32 = u32::MAX;

/// A trace while its runs are found.
struct Chain<'a> {
    id: &'a [u8],
    first: u32,
    last: u32,
    spans: usize,
    root: bool,
}

/// One request per trace, in order of first appearance.
pub fn group(data: &[u8]) -> Result<Vec<Group<'_>>> {
    let outline = read(Signal::Traces, data)?;
    let mut chains = Chains { numbers: HashMap::new(), chains: Vec::new(), runs: Vec::new(), current: usize::MAX };
    for (index, group) in outline.groups.iter().enumerate() {
        outline.each_item(data, group, |span| chains.add(data, index as u32, &span))?;
    }
    chains.write(data, &outline)
}

struct Chains<'a> {
    numbers: HashMap<&'a [u8], usize>,
    chains: Vec<Chain<'a>>,
    runs: Vec<Run>,
    /// The trace of the span before.
    current: usize,
}

impl<'a> Chains<'a> {
    fn add(&mut self, data: &'a [u8], group: u32, span: &Field) -> Result<()> {
        let (id, root) = identity(data, span)?;
        let (start, end) = (span.start as u32, span.end as u32);
        if let Some(chain) = self.chains.get_mut(self.current)
            && chain.id == id
        {
            chain.spans += 1;
            chain.root |= root;
            let run = &mut self.runs[chain.last as usize];
            if run.group == group && run.end == start {
                run.end = end;
                return Ok(());
            }
        } else {
            self.current = *self.numbers.entry(id).or_insert(self.chains.len());
            match self.chains.get_mut(self.current) {
                Some(chain) => {
                    chain.spans += 1;
                    chain.root |= root;
                }
                None => self.chains.push(Chain { id, first: LAST, last: LAST, spans: 1, root }),
            }
        }
        let number = self.runs.len() as u32;
        self.runs.push(Run { group, start, end, next: LAST });
        let chain = &mut self.chains[self.current];
        match self.runs.get_mut(chain.last as usize) {
            Some(last) => last.next = number,
            None => chain.first = number,
        }
        chain.last = number;
        Ok(())
    }

    fn write(self, data: &'a [u8], outline: &Outline) -> Result<Vec<Group<'a>>> {
        let mut part = Assembler::new(data, outline);
        let mut groups = Vec::with_capacity(self.chains.len());
        for (number, chain) in self.chains.into_iter().enumerate() {
            if number == 0 {
                part.outside();
            }
            let mut at = chain.first;
            while let Some(run) = self.runs.get(at as usize) {
                part.enter(&outline.groups[run.group as usize]);
                part.fields(run.start as usize, run.end as usize);
                at = run.next;
            }
            if part.header_bytes > MAX_REPEATED_BYTES + data.len() {
                return Err(Malformed { what: "more than 64 MiB of resources and scopes to repeat", at: 0 });
            }
            groups.push(Group { id: chain.id, request: part.written(), spans: chain.spans, root: chain.root });
        }
        Ok(groups)
    }
}

/// The trace id of a span, the last that stands there, and whether it has no parent.
fn identity<'a>(data: &'a [u8], span: &Field) -> Result<(&'a [u8], bool)> {
    let (mut id, mut root): (&[u8], _) = (&[], true);
    let mut fields = Fields::new(data, span.body, span.end);
    while let Some(field) = fields.next()? {
        match field.tag {
            TRACE_ID => id = &data[field.body..field.end],
            PARENT_SPAN_ID => root = data[field.body..field.end].iter().all(|byte| *byte == 0),
            _ => {}
        }
    }
    Ok((id, root))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn scope(spans: &[&[u8]]) -> Vec<u8> {
        let spans: Vec<u8> = spans.iter().flat_map(|span| [&[0x12, span.len() as u8], *span].concat()).collect();
        [&[0x12, spans.len() as u8], &spans[..]].concat()
    }

    fn request(spans: &[&[u8]]) -> Vec<u8> {
        let scope = scope(spans);
        [&[0x0a, scope.len() as u8], &scope[..]].concat()
    }

    #[test]
    fn each_trace_gets_its_spans_in_order() {
        let data = request(&[b"\x0a\x01b", b"\x0a\x01a\x22\x01p", b"\x0a\x01b\x2a\x01x", b"\x0a\x01b\x2a\x01y"]);
        let of_b = request(&[b"\x0a\x01b", b"\x0a\x01b\x2a\x01x", b"\x0a\x01b\x2a\x01y"]);
        let of_a = request(&[b"\x0a\x01a\x22\x01p"]);
        assert_eq!(
            group(&data).unwrap(),
            [
                Group { id: b"b", request: of_b.into(), spans: 3, root: true },
                Group { id: b"a", request: of_a.into(), spans: 1, root: false },
            ]
        );
    }

    #[test]
    fn a_trace_in_two_scopes_keeps_both() {
        let scopes = [scope(&[b"\x0a\x01a"]), scope(&[b"\x0a\x01a"])].concat();
        let data = [&[0x0a, scopes.len() as u8], &scopes[..]].concat();
        assert_eq!(group(&data).unwrap()[0].request[..], data[..]);
    }

    #[test]
    fn huge_resources_are_not_repeated_for_every_trace() {
        let resource = [&[0x1a, 0x80, 0x80, 0x40][..], &vec![b'x'; 1 << 20]].concat();
        let spans: Vec<u8> = (0..200u8).flat_map(|id| [0x12, 0x03, 0x0a, 0x01, id]).collect();
        let scope = [&[0x12, 0xe8, 0x07][..], &spans].concat();
        let length = resource.len() + scope.len();
        let header = [0x0a, length as u8 | 0x80, (length >> 7) as u8 | 0x80, (length >> 14) as u8 | 0x80, (length >> 21) as u8];
        assert!(group(&[&header[..], &resource, &scope].concat()).is_err());
    }
}
