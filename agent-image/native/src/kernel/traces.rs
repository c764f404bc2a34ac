//! What belongs to one trace: dividing between shards and owners, and a summary for decisions on whole traces.

use std::collections::HashMap;

use super::assembler::Assembler;
use super::count::for_each_item;
use super::dissect::read;
use super::draft::Draft;
use super::outline::Outline;
use super::signal::Signal;
use super::split::MAX_REPEATED_BYTES;
use super::wire::{DELIMITED, FIXED64, Field, Fields, Malformed, Result, VARINT, read_varint, tag_of};

/// More shards than any collector has workers or backends.
pub const MAX_SHARDS: usize = 4096;

pub const TRACE_ID: u32 = tag_of(1, DELIMITED);
const RECORD_TRACE_ID: u32 = tag_of(9, DELIMITED);
pub const PARENT_SPAN_ID: u32 = tag_of(4, DELIMITED);
const START: u32 = tag_of(7, FIXED64);
const END: u32 = tag_of(8, FIXED64);
const STATUS: u32 = tag_of(15, DELIMITED);
const STATUS_CODE: u32 = tag_of(3, VARINT);
const ERROR: i32 = 2;

/// What is known of one trace from the spans of one request.
pub struct Summary<'a> {
    pub id: &'a [u8],
    pub spans: usize,
    /// Nanoseconds since 1970 of the earliest span that has a start; 0 if none has.
    pub start: u64,
    pub end: u64,
    pub error: bool,
    /// Whether a span without parent is among them.
    pub root: bool,
}

/// Exactly `shards` requests with their numbers of items; CRC-32 of the trace id decides, so every process divides alike.
pub fn shard(signal: Signal, data: &[u8], shards: usize) -> Result<Vec<(Draft<'_>, usize)>> {
    let outline = read(signal, data)?;
    let id_tag = if signal == Signal::Logs { RECORD_TRACE_ID } else { TRACE_ID };
    let mut members: Vec<Members> = vec![Vec::new(); shards];
    for (index, group) in outline.groups.iter().enumerate() {
        outline.each_item(data, group, |item| {
            let hash = crc32fast::hash(trace_id(data, &item, id_tag)?);
            members[hash as usize % shards].push(Member::of(index, &item));
            Ok(())
        })?;
    }
    assemble(data, &outline, &members)
}

/// One request for each owner that gets something, in order of first appearance.
///
/// CRC-32 of the trace id modulo the length of `table` is a position in it, and there stands the owner as a little-endian u16.
/// Items without a trace id, or with one of zeros, go to `stray`.
pub fn route<'a>(signal: Signal, data: &'a [u8], table: &[[u8; 2]], stray: u16) -> Result<Vec<(u16, Draft<'a>, usize)>> {
    let outline = read(signal, data)?;
    let id_tag = if signal == Signal::Logs { RECORD_TRACE_ID } else { TRACE_ID };
    let mut numbers: HashMap<u16, usize> = HashMap::new();
    let mut owners = Vec::new();
    let mut members: Vec<Members> = Vec::new();
    for (index, group) in outline.groups.iter().enumerate() {
        outline.each_item(data, group, |item| {
            let id = trace_id(data, &item, id_tag)?;
            let owner = if id.iter().all(|byte| *byte == 0) {
                stray
            } else {
                u16::from_le_bytes(table[crc32fast::hash(id) as usize % table.len()])
            };
            let number = *numbers.entry(owner).or_insert_with(|| {
                owners.push(owner);
                members.push(Vec::new());
                members.len() - 1
            });
            members[number].push(Member::of(index, &item));
            Ok(())
        })?;
    }
    let parts = assemble(data, &outline, &members)?;
    Ok(owners.into_iter().zip(parts).map(|(owner, (draft, items))| (owner, draft, items)).collect())
}

/// The traces of a request, in order of first appearance.
pub fn summarize(data: &[u8]) -> Result<Vec<Summary<'_>>> {
    let mut numbers: HashMap<&[u8], usize> = HashMap::new();
    let mut traces: Vec<Summary<'_>> = Vec::new();
    for_each_item(data, |span| {
        let span = summary_of(data, span)?;
        let number = *numbers.entry(span.id).or_insert(traces.len());
        match traces.get_mut(number) {
            Some(trace) => trace.add(&span),
            None => traces.push(span),
        }
        Ok(())
    })?;
    Ok(traces)
}

/// Items of one request to be made.
type Members = Vec<Member>;

/// An item: the index of its group, and where it is. Small, because there may be many.
#[derive(Clone, Copy)]
struct Member {
    group: u32,
    start: u32,
    end: u32,
}

impl Member {
    fn of(group: usize, item: &Field) -> Self {
        Self { group: group as u32, start: item.start as u32, end: item.end as u32 }
    }
}

fn assemble<'a>(data: &'a [u8], outline: &Outline, members: &[Members]) -> Result<Vec<(Draft<'a>, usize)>> {
    let mut headers = 0;
    let mut parts = Vec::with_capacity(members.len());
    for (number, items) in members.iter().enumerate() {
        let mut part = Assembler::new(data, outline);
        if number == 0 {
            part.outside();
        }
        for item in items {
            part.enter(&outline.groups[item.group as usize]);
            part.fields(item.start as usize, item.end as usize);
        }
        headers += part.header_bytes;
        if headers > MAX_REPEATED_BYTES + data.len() {
            return Err(Malformed { what: "more than 64 MiB of resources and scopes to repeat", at: 0 });
        }
        parts.push((part.finish(), items.len()));
    }
    Ok(parts)
}

/// The last trace id in an item, empty if there is none.
fn trace_id<'a>(data: &'a [u8], item: &Field, tag: u32) -> Result<&'a [u8]> {
    let mut id: &[u8] = &[];
    let mut fields = Fields::new(data, item.body, item.end);
    while let Some(field) = fields.next()? {
        if field.tag == tag {
            id = &data[field.body..field.end];
        }
    }
    Ok(id)
}

fn summary_of<'a>(data: &'a [u8], span: &Field) -> Result<Summary<'a>> {
    let mut summary = Summary { id: &[], spans: 1, start: 0, end: 0, error: false, root: true };
    let mut fields = Fields::new(data, span.body, span.end);
    while let Some(field) = fields.next()? {
        let body = &data[field.body..field.end];
        match field.tag {
            TRACE_ID => summary.id = body,
            PARENT_SPAN_ID => summary.root = body.iter().all(|byte| *byte == 0),
            START => summary.start = fixed64(body),
            END => summary.end = fixed64(body),
            STATUS => {
                let mut status = fields.inside(&field)?;
                while let Some(part) = status.next()? {
                    if part.tag == STATUS_CODE {
                        summary.error = read_varint(data, part.body)?.0 as i32 == ERROR;
                    }
                }
            }
            _ => {}
        }
    }
    Ok(summary)
}

fn fixed64(bytes: &[u8]) -> u64 {
    bytes.try_into().map_or(0, u64::from_le_bytes)
}

impl Summary<'_> {
    fn add(&mut self, span: &Summary<'_>) {
        self.spans += 1;
        if span.start != 0 && (self.start == 0 || span.start < self.start) {
            self.start = span.start;
        }
        self.end = self.end.max(span.end);
        self.error |= span.error;
        self.root |= span.root;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn request(spans: &[&[u8]]) -> Vec<u8> {
        let mut data: Vec<u8> = spans.iter().flat_map(|span| [&[0x12, span.len() as u8], *span].concat()).collect();
        for tag in [0x12, 0x0a] {
            data = [&[tag, data.len() as u8], &data[..]].concat();
        }
        data
    }

    #[test]
    fn a_table_says_who_gets_a_trace() {
        let data = request(&[b"\x0a\x01b", b"\x0a\x01\0", b"\x0a\x01b\x2a\x01x", b"\x2a\x01y"]);
        let parts = route(Signal::Traces, &data, &[[7, 1]], 3).unwrap();
        let seen: Vec<_> = parts.iter().map(|(owner, _, spans)| (*owner, *spans)).collect();
        assert_eq!(seen, [(0x0107, 2), (3, 2)]);
    }

    #[test]
    fn a_summary_spans_all_of_a_trace() {
        let early = b"\x0a\x01t\x22\x01p\x39\x05\0\0\0\0\0\0\0\x41\x09\0\0\0\0\0\0\0";
        let failed = b"\x0a\x01t\x39\x07\0\0\0\0\0\0\0\x41\x08\0\0\0\0\0\0\0\x7a\x02\x18\x02";
        let data = request(&[early, failed, b"\x0a\x01t\x22\x01p"]);
        let traces = summarize(&data).unwrap();
        assert_eq!(traces.len(), 1);
        let trace = &traces[0];
        assert_eq!((trace.spans, trace.start, trace.end, trace.error, trace.root), (3, 5, 9, true, true));
    }

    #[test]
    fn huge_resources_are_not_repeated_for_every_trace() {
        let resource = [&[0x1a, 0x80, 0x80, 0x40][..], &vec![b'x'; 1 << 20]].concat();
        let spans: Vec<u8> = (0..200u8).flat_map(|id| [0x12, 0x03, 0x0a, 0x01, id]).collect();
        let scope = [&[0x12, 0xe8, 0x07][..], &spans].concat();
        let length = resource.len() + scope.len();
        let header = [0x0a, length as u8 | 0x80, (length >> 7) as u8 | 0x80, (length >> 14) as u8 | 0x80, (length >> 21) as u8];
        let data = [&header[..], &resource, &scope].concat();
        assert_eq!(summarize(&data).unwrap().len(), 200);
        assert_eq!(shard(Signal::Traces, &data, 2).unwrap().iter().map(|(_, spans)| spans).sum::<usize>(), 200);
    }
}
