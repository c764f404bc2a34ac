//! Cuts a request at item boundaries, repeating the headers (resource, scope, metric with all that is unknown in them).

use super::assembler::Assembler;
use super::dissect::read;
use super::draft::Draft;
use super::outline::{Group, Outline};
use super::signal::Signal;
use super::wire::{Fields, Result};

/// Headers that the parts of one request may repeat; a request of 20 MiB, half of it header, could become gigabytes.
pub const MAX_REPEATED_BYTES: usize = 64 * 1024 * 1024;

/// Parts of at most `limit` items, each with its number of items. The limit is raised where headers would be repeated too often.
pub fn split(signal: Signal, data: &[u8], limit: usize) -> Result<Vec<(Draft<'_>, usize)>> {
    let outline = read(signal, data)?;
    let repeated = outline.groups.iter().map(|group| group.header_bytes().saturating_mul(outline.items(group) / limit));
    let repeated = repeated.fold(0usize, usize::saturating_add);
    let limit = limit.saturating_mul(1 + repeated / MAX_REPEATED_BYTES);
    let mut cutter = Cutter::new(data, &outline);
    for group in &outline.groups {
        cutter.add(group, limit)?;
    }
    Ok(cutter.finish())
}

/// Parts of at most `limit` bytes, each with its number of items; an item that is larger, with what stands above it, is alone.
///
/// One part is all there is where some header takes more than half of the limit, since all parts together could be many times
/// the request then.
pub fn split_by_bytes(signal: Signal, data: &[u8], limit: usize) -> Result<Vec<(Draft<'_>, usize)>> {
    let outline = read(signal, data)?;
    let items = outline.groups.iter().map(|group| outline.items(group)).sum();
    if data.len() <= limit || items <= 1 || largest(&outline) > limit / 2 {
        let mut whole = Draft::new(data);
        whole.copy(0, data.len());
        return Ok(vec![(whole, items)]);
    }
    let mut cutter = Cutter::new(data, &outline);
    for group in &outline.groups {
        cutter.add_bytes(group, limit)?;
    }
    Ok(cutter.finish())
}

/// Bytes of the largest resource, scope and metric without their items.
pub fn largest_header(signal: Signal, data: &[u8]) -> Result<usize> {
    Ok(largest(&read(signal, data)?))
}

fn largest(outline: &Outline) -> usize {
    outline.groups.iter().map(Group::header_bytes).max().unwrap_or(0)
}

struct Cutter<'a, 'o> {
    data: &'a [u8],
    outline: &'o Outline,
    parts: Vec<(Draft<'a>, usize)>,
    part: Assembler<'a, 'o>,
    used: usize,
}

impl<'a, 'o> Cutter<'a, 'o> {
    fn new(data: &'a [u8], outline: &'o Outline) -> Self {
        let mut part = Assembler::new(data, outline);
        part.outside();
        Self { data, outline, parts: Vec::new(), part, used: 0 }
    }

    /// Append a group, over as many parts of `limit` items as it needs.
    fn add(&mut self, group: &Group, limit: usize) -> Result<()> {
        if !group.counted {
            self.add_bare(group);
            return Ok(());
        }
        for run in self.outline.runs(group) {
            let ((mut start, end), mut left) = (run.piece(), run.count as usize);
            while left > 0 {
                if self.used == limit {
                    self.close();
                }
                let taken = left.min(limit - self.used);
                let until = if taken == left { end } else { self.behind(start, end, taken)? };
                self.part.enter(group);
                self.part.fields(start, until);
                self.used += taken;
                left -= taken;
                start = until;
            }
        }
        Ok(())
    }

    /// Append a group, over as many parts of `limit` bytes as it needs.
    fn add_bytes(&mut self, group: &Group, limit: usize) -> Result<()> {
        if !group.counted {
            self.add_bare(group);
            return Ok(());
        }
        self.outline.each_item(self.data, group, |item| {
            if self.used > 0 && self.part.size_with(group, item.end - item.start) > limit {
                self.close();
            }
            self.part.enter(group);
            self.part.fields(item.start, item.end);
            self.used += 1;
            Ok(())
        })
    }

    /// Append messages without items: they stay where they were between the others.
    fn add_bare(&mut self, group: &Group) {
        self.part.enter(group);
        for run in self.outline.runs(group) {
            let (start, end) = run.piece();
            self.part.fields(start, end);
        }
    }

    /// Where the first `count` fields of a run end.
    fn behind(&self, start: usize, end: usize, count: usize) -> Result<usize> {
        let mut fields = Fields::new(self.data, start, end);
        let mut at = start;
        for _ in 0..count {
            at = fields.next()?.map_or(end, |field| field.end);
        }
        Ok(at)
    }

    fn close(&mut self) {
        let part = std::mem::replace(&mut self.part, Assembler::new(self.data, self.outline));
        self.parts.push((part.finish(), std::mem::take(&mut self.used)));
    }

    fn finish(mut self) -> Vec<(Draft<'a>, usize)> {
        self.close();
        self.parts
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernel::count::count;

    fn parts(signal: Signal, data: &[u8], limit: usize) -> Vec<(Vec<u8>, usize)> {
        let written = |(draft, items): (Draft<'_>, usize)| {
            let mut out = vec![0; draft.size()];
            draft.write(&mut out);
            (out, items)
        };
        split(signal, data, limit).unwrap().into_iter().map(written).collect()
    }

    #[test]
    fn headers_are_repeated_and_items_are_not() {
        let data = b"\x0a\x0c\x12\x08\x12\x01a\x12\x01b\x1a\x00\x1a\x00";
        let parts = parts(Signal::Logs, data, 1);
        assert_eq!(
            parts,
            [
                (b"\x0a\x09\x1a\x00\x12\x05\x1a\x00\x12\x01a".to_vec(), 1),
                (b"\x0a\x09\x1a\x00\x12\x05\x1a\x00\x12\x01b".to_vec(), 1)
            ]
        );
    }

    #[test]
    fn messages_without_items_stay_where_they_were() {
        let scopes = b"\x12\x00\x12\x00\x12\x04\x12\x00\x12\x00\x12\x00\x1a\x00";
        let data = [b"\x0a\x00\x0a\x00\x0a\x0e", &scopes[..], b"\x0a\x00"].concat();
        assert_eq!(
            parts(Signal::Traces, &data, 1),
            [
                (b"\x0a\x00\x0a\x00\x0a\x0a\x1a\x00\x12\x00\x12\x00\x12\x02\x12\x00".to_vec(), 1),
                (b"\x0a\x08\x1a\x00\x12\x02\x12\x00\x12\x00\x0a\x00".to_vec(), 1)
            ]
        );
    }

    #[test]
    fn parts_fill_a_limit_of_bytes() {
        let item = [&[0x12, 100][..], &[0x10; 100]].concat();
        let scope = [&[0x12, 0xfc, 0x07][..], &item.repeat(10)].concat();
        let data = [&[0x0a, 0xff, 0x07][..], &scope].concat();
        let cut: Vec<_> = split_by_bytes(Signal::Logs, &data, 320).unwrap().iter().map(|(part, n)| (part.size(), *n)).collect();
        assert_eq!(cut, [(312, 3), (312, 3), (312, 3), (106, 1)]);
        let cut = split_by_bytes(Signal::Logs, &data, 50).unwrap();
        assert_eq!(cut.iter().map(|(_, items)| *items).collect::<Vec<_>>(), [1; 10], "each alone, though none fits");
        assert_eq!(split_by_bytes(Signal::Logs, &data, 5000).unwrap().len(), 1);
    }

    #[test]
    fn tiny_messages_do_not_make_a_large_outline() {
        for data in [b"\x0a\x00".repeat(1000), [b"\x0a\xd0\x0f", &b"\x12\x00".repeat(1000)[..]].concat()] {
            assert_eq!(read(Signal::Logs, &data).unwrap().groups.len(), 1);
        }
        assert_eq!(largest_header(Signal::Logs, b"\x0a\x00\x0a\x03\x0a\x01x\x0a\x00"), Ok(3));
    }

    #[test]
    fn an_empty_request_is_one_empty_part() {
        assert_eq!(parts(Signal::Traces, b"", 3), [(Vec::new(), 0)]);
    }

    #[test]
    fn a_metric_keeps_the_kind_of_its_data() {
        let data = b"\x0a\x0f\x12\x0d\x12\x0b\x0a\x01m\x3a\x06\x0a\x00\x10\x02\x0a\x00";
        let parts = parts(Signal::Metrics, data, 1);
        assert_eq!(parts.len(), 2);
        for (part, items) in parts {
            assert_eq!(items, 1);
            assert_eq!(count(Signal::Metrics, &part), Ok(1));
            assert!(part.windows(2).any(|pair| pair == b"\x10\x02"), "aggregation temporality");
        }
    }
}
