//! Cuts a request at item boundaries, repeating the headers (resource, scope, metric with all that is unknown in them).

use super::draft::Draft;
use super::outline::{Assembler, Group, Outline, read};
use super::signal::Signal;
use super::wire::Result;

/// Headers that the parts of one request may repeat; a request of 20 MiB, half of it header, could become gigabytes.
pub const MAX_REPEATED_BYTES: usize = 64 * 1024 * 1024;

/// Parts of at most `limit` items, each with its number of items. The limit is raised where headers would be repeated too often.
pub fn split(signal: Signal, data: &[u8], limit: usize) -> Result<Vec<(Draft<'_>, usize)>> {
    let outline = read(signal, data)?;
    let repeated = outline.groups.iter().map(|group| group.header_bytes.saturating_mul(group.items.len() / limit));
    let repeated = repeated.fold(0usize, usize::saturating_add);
    let limit = limit.saturating_mul(1 + repeated / MAX_REPEATED_BYTES);
    let mut cutter = Cutter { data, outline: &outline, limit, parts: Vec::new(), part: Assembler::new(data, &outline), used: 0 };
    cutter.part.outside(&outline);
    for group in &outline.groups {
        cutter.add(group);
    }
    cutter.close();
    Ok(cutter.parts)
}

/// Bytes of the largest resource, scope and metric without their items.
pub fn largest_header(signal: Signal, data: &[u8]) -> Result<usize> {
    let outline = read(signal, data)?;
    Ok(outline.groups.iter().map(|group| group.header_bytes).max().unwrap_or(0))
}

struct Cutter<'a, 'o> {
    data: &'a [u8],
    outline: &'o Outline,
    limit: usize,
    parts: Vec<(Draft<'a>, usize)>,
    part: Assembler<'a, 'o>,
    used: usize,
}

impl Cutter<'_, '_> {
    fn add(&mut self, group: &Group) {
        if group.items.is_empty() {
            self.part.enter(&group.path);
            return;
        }
        let mut rest = &group.items[..];
        while !rest.is_empty() {
            if self.used == self.limit {
                self.close();
            }
            let (chunk, after) = rest.split_at(rest.len().min(self.limit - self.used));
            self.part.enter(&group.path);
            for item in chunk {
                self.part.item(item);
            }
            self.used += chunk.len();
            rest = after;
        }
    }

    fn close(&mut self) {
        let part = std::mem::replace(&mut self.part, Assembler::new(self.data, self.outline));
        self.parts.push((part.finish(), std::mem::take(&mut self.used)));
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
