//! Cuts a request apart by trace, and judges what it holds of each while its bytes are at hand.

use std::collections::HashMap;
use std::sync::Arc;

use super::assembler::Assembler;
use super::dissect::read;
use super::fragment::{Fragment, Header};
use super::judge::{Findings, Judge, Reading, Span};
use super::outline::Outline;
use super::signal::Signal;
use super::split::MAX_REPEATED_BYTES;
use super::wire::{Field, Malformed, Result};

/// What a request holds of one trace.
#[derive(Debug, PartialEq, Eq)]
pub struct Group<'a> {
    pub id: &'a [u8],
    pub fragment: Fragment,
    pub spans: usize,
    /// Whether a span without parent is among them.
    pub root: bool,
    /// None where a part of a span that only tests read cannot be read.
    pub findings: Option<Findings>,
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
    findings: Option<Findings>,
}

/// The traces of a request, in order of first appearance, judged by what it holds of them.
pub fn group<'a>(data: &'a [u8], judge: &Judge) -> Result<Vec<Group<'a>>> {
    let outline = read(Signal::Traces, data)?;
    let mut chains = Chains {
        data,
        outline: &outline,
        judge,
        reading: Reading::new(judge),
        numbers: HashMap::new(),
        chains: Vec::new(),
        runs: Vec::new(),
        current: usize::MAX,
    };
    for (index, group) in outline.groups.iter().enumerate() {
        outline.each_item(data, group, |span| chains.add(index as u32, &span))?;
    }
    chains.write()
}

struct Chains<'a, 'o> {
    data: &'a [u8],
    outline: &'o Outline,
    judge: &'o Judge,
    reading: Reading<'o>,
    numbers: HashMap<&'a [u8], usize>,
    chains: Vec<Chain<'a>>,
    runs: Vec<Run>,
    /// The trace of the span before.
    current: usize,
}

impl<'a> Chains<'a, '_> {
    fn add(&mut self, group: u32, span: &Field) -> Result<()> {
        let read = Span::read(self.data, span)?;
        if self.chains.get(self.current).is_none_or(|chain| chain.id != read.trace_id) {
            self.current = *self.numbers.entry(read.trace_id).or_insert(self.chains.len());
            if self.current == self.chains.len() {
                let findings = Some(self.judge.begin(read.trace_id));
                self.chains.push(Chain { id: read.trace_id, first: LAST, last: LAST, spans: 0, root: false, findings });
            }
        }
        let chain = &mut self.chains[self.current];
        chain.spans += 1;
        chain.root |= read.root;
        let enters = self.runs.get(chain.last as usize).is_none_or(|run| run.group != group);
        if let Some(findings) = &mut chain.findings {
            let outline = self.outline;
            let resource = outline.level_at(outline.groups[group as usize].path.as_slice()[0]);
            let pieces = enters.then(|| outline.pieces(resource)).unwrap_or_default();
            let pieces = pieces.iter().map(|&(start, end)| (start as usize, end as usize));
            let found = self.reading.resource(self.data, pieces, findings);
            if found.and_then(|()| self.reading.span(self.data, &read, findings)).is_err() {
                chain.findings = None;
            }
        }
        let (start, end) = (span.start as u32, span.end as u32);
        let number = self.runs.len() as u32;
        match self.runs.get_mut(chain.last as usize) {
            Some(run) if run.group == group && run.end == start => {
                run.end = end;
                return Ok(());
            }
            Some(run) => run.next = number,
            None => chain.first = number,
        }
        chain.last = number;
        self.runs.push(Run { group, start, end, next: LAST });
        Ok(())
    }

    fn write(mut self) -> Result<Vec<Group<'a>>> {
        let (data, outline) = (self.data, self.outline);
        let chains = std::mem::take(&mut self.chains);
        let mut part = Assembler::new(data, outline);
        part.outside();
        let mut headers: HashMap<u32, Arc<Header>> = HashMap::new();
        let mut shared_bytes = 0;
        let mut groups = Vec::with_capacity(chains.len());
        for (number, chain) in chains.into_iter().enumerate() {
            let fragment = match self.only_group(&chain) {
                Some(index) if number > 0 || outline.outside().is_empty() => {
                    let path = &outline.groups[index as usize].path;
                    let header = headers.entry(index).or_insert_with(|| Arc::new(Header::of(data, outline, path.as_slice())));
                    shared_bytes += header.size();
                    Fragment::Spans(header.clone(), self.spans(&chain))
                }
                _ => {
                    for run in self.runs_of(&chain) {
                        part.enter(&outline.groups[run.group as usize]);
                        part.fields(run.start as usize, run.end as usize);
                    }
                    Fragment::Request(part.written())
                }
            };
            if part.header_bytes + shared_bytes > MAX_REPEATED_BYTES + data.len() {
                return Err(Malformed { what: "more than 64 MiB of resources and scopes to repeat", at: 0 });
            }
            groups.push(Group { id: chain.id, fragment, spans: chain.spans, root: chain.root, findings: chain.findings });
        }
        Ok(groups)
    }

    fn runs_of(&self, chain: &Chain<'_>) -> impl Iterator<Item = &Run> {
        std::iter::successors(self.runs.get(chain.first as usize), |run| self.runs.get(run.next as usize))
    }

    /// The group that all spans of a trace are in, if it is one.
    fn only_group(&self, chain: &Chain<'_>) -> Option<u32> {
        let first = self.runs.get(chain.first as usize)?.group;
        // Runs are in the order of groups.
        (self.runs[chain.last as usize].group == first).then_some(first)
    }

    /// The spans of a trace, one behind the other.
    fn spans(&self, chain: &Chain<'_>) -> Box<[u8]> {
        let mut bytes = Vec::with_capacity(self.runs_of(chain).map(|run| (run.end - run.start) as usize).sum());
        for run in self.runs_of(chain) {
            bytes.extend_from_slice(&self.data[run.start as usize..run.end as usize]);
        }
        bytes.into_boxed_slice()
    }
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

    fn written(group: &Group<'_>) -> Vec<u8> {
        let mut out = vec![0; group.fragment.size()];
        group.fragment.write(&mut out);
        out
    }

    #[test]
    fn each_trace_gets_its_spans_in_order() {
        let data = request(&[b"\x0a\x01b", b"\x0a\x01a\x22\x01p", b"\x0a\x01b\x2a\x01x", b"\x0a\x01b\x2a\x01y"]);
        let groups = group(&data, &Judge::default()).unwrap();
        let seen: Vec<_> = groups.iter().map(|group| (group.id, written(group), group.spans, group.root)).collect();
        let of_b = request(&[b"\x0a\x01b", b"\x0a\x01b\x2a\x01x", b"\x0a\x01b\x2a\x01y"]);
        let of_a = request(&[b"\x0a\x01a\x22\x01p"]);
        assert_eq!(seen, [(&b"b"[..], of_b, 3, true), (&b"a"[..], of_a, 1, false)]);
    }

    #[test]
    fn traces_of_one_scope_share_what_stands_above_it() {
        let data = request(&[b"\x0a\x01b", b"\x0a\x01a"]);
        let groups = group(&data, &Judge::default()).unwrap();
        match [&groups[0].fragment, &groups[1].fragment] {
            [Fragment::Spans(one, _), Fragment::Spans(other, _)] => assert!(Arc::ptr_eq(one, other)),
            fragments => panic!("{fragments:?}"),
        }
    }

    #[test]
    fn a_trace_in_two_scopes_keeps_both() {
        let scopes = [scope(&[b"\x0a\x01a"]), scope(&[b"\x0a\x01a"])].concat();
        let data = [&[0x0a, scopes.len() as u8], &scopes[..]].concat();
        assert_eq!(written(&group(&data, &Judge::default()).unwrap()[0]), data);
    }

    #[test]
    fn what_stands_beside_the_resources_goes_with_the_first_trace() {
        let data = [&b"\x78\x01"[..], &request(&[b"\x0a\x01b", b"\x0a\x01a"])].concat();
        let groups = group(&data, &Judge::default()).unwrap();
        assert_eq!(written(&groups[0]), [&b"\x78\x01"[..], &request(&[b"\x0a\x01b"])].concat());
        assert_eq!(written(&groups[1]), request(&[b"\x0a\x01a"]));
    }

    #[test]
    fn huge_resources_are_not_repeated_for_every_trace() {
        let resource = [&[0x1a, 0x80, 0x80, 0x40][..], &vec![b'x'; 1 << 20]].concat();
        let spans: Vec<u8> = (0..200u8).flat_map(|id| [0x12, 0x03, 0x0a, 0x01, id]).collect();
        let scope = [&[0x12, 0xe8, 0x07][..], &spans].concat();
        let length = resource.len() + scope.len();
        let header = [0x0a, length as u8 | 0x80, (length >> 7) as u8 | 0x80, (length >> 14) as u8 | 0x80, (length >> 21) as u8];
        assert!(group(&[&header[..], &resource, &scope].concat(), &Judge::default()).is_err());
    }
}
