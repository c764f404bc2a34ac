//! Cuts a request at item boundaries, repeating the headers (resource, scope, metric with all that is unknown in them).

use super::draft::{Draft, varint_size};
use super::signal::{ITEMS, POINTS, RESOURCES, SCOPES, Signal, is_data};
use super::wire::{Field, Fields, Result};

/// Headers that the parts of one request may repeat; a request of 20 MiB, half of it header, could become gigabytes.
pub const MAX_REPEATED_BYTES: usize = 64 * 1024 * 1024;

/// One message above the items: its field tag, and the pieces of the source it consists of without its children.
#[derive(Default)]
struct Level {
    tag: u32,
    pieces: Vec<(usize, usize)>,
}

impl Level {
    fn new(tag: u32) -> Self {
        Self { tag, pieces: Vec::new() }
    }

    fn keep(&mut self, field: &Field) {
        match self.pieces.last_mut() {
            Some(last) if last.1 == field.start => last.1 = field.end,
            _ => self.pieces.push((field.start, field.end)),
        }
    }

    fn size(&self) -> usize {
        self.pieces.iter().map(|(start, end)| end - start).sum()
    }
}

/// Items with equal headers; `path` holds indices into `Outline::levels`, outermost first.
struct Group {
    path: Path,
    header_bytes: usize,
    items: Vec<(usize, usize)>,
}

/// Resource, scope, metric and its data; as many as there are.
#[derive(Clone, Copy, Default)]
struct Path {
    levels: [usize; 4],
    length: usize,
}

impl Path {
    fn of(levels: &[usize]) -> Self {
        let mut path = Path { length: levels.len(), ..Path::default() };
        path.levels[..levels.len()].copy_from_slice(levels);
        path
    }

    fn as_slice(&self) -> &[usize] {
        &self.levels[..self.length]
    }
}

/// A request taken apart down to its items.
struct Outline {
    levels: Vec<Level>,
    /// Fields of the request itself that are not resources.
    outside: Level,
    groups: Vec<Group>,
}

/// Parts of at most `limit` items, each with its number of items. The limit is raised where headers would be repeated too often.
pub fn split(signal: Signal, data: &[u8], limit: usize) -> Result<Vec<(Draft<'_>, usize)>> {
    let outline = read(signal, data)?;
    let repeated = outline.groups.iter().map(|group| group.header_bytes.saturating_mul(group.items.len() / limit));
    let repeated = repeated.fold(0usize, usize::saturating_add);
    let limit = limit.saturating_mul(1 + repeated / MAX_REPEATED_BYTES);
    let mut cutter = Cutter {
        data,
        levels: &outline.levels,
        limit,
        parts: Vec::new(),
        draft: Draft::new(data),
        open: Path::default(),
        used: 0,
    };
    for &(start, end) in &outline.outside.pieces {
        cutter.draft.copy(start, end);
    }
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
    levels: &'o [Level],
    limit: usize,
    parts: Vec<(Draft<'a>, usize)>,
    draft: Draft<'a>,
    open: Path,
    used: usize,
}

impl Cutter<'_, '_> {
    fn add(&mut self, group: &Group) {
        if group.items.is_empty() {
            self.enter(&group.path);
            return;
        }
        let mut rest = &group.items[..];
        while !rest.is_empty() {
            if self.used == self.limit {
                self.close();
            }
            let (chunk, after) = rest.split_at(rest.len().min(self.limit - self.used));
            self.enter(&group.path);
            for &(start, end) in chunk {
                self.draft.copy(start, end);
            }
            self.used += chunk.len();
            rest = after;
        }
    }

    fn close(&mut self) {
        self.draft.end_to(0);
        let draft = std::mem::replace(&mut self.draft, Draft::new(self.data));
        self.parts.push((draft, std::mem::take(&mut self.used)));
        self.open = Path::default();
    }

    /// Open the levels of `path` that are not open yet.
    fn enter(&mut self, path: &Path) {
        let shared = path.as_slice().iter().zip(self.open.as_slice()).take_while(|(one, other)| one == other).count();
        self.draft.end_to(shared);
        for &level in &path.as_slice()[shared..] {
            let level = &self.levels[level];
            self.draft.begin(level.tag);
            for &(start, end) in &level.pieces {
                self.draft.copy(start, end);
            }
        }
        self.open = *path;
    }
}

fn read(signal: Signal, data: &[u8]) -> Result<Outline> {
    let mut outline = Outline { levels: Vec::new(), outside: Level::default(), groups: Vec::new() };
    let mut request = Fields::new(data, 0, data.len());
    while let Some(field) = request.next()? {
        if field.tag == RESOURCES {
            outline.resource(signal, request.inside(&field)?)?;
        } else {
            outline.outside.keep(&field);
        }
    }
    Ok(outline)
}

impl Outline {
    fn level(&mut self, tag: u32) -> usize {
        self.levels.push(Level::new(tag));
        self.levels.len() - 1
    }

    fn group(&mut self, path: &[usize], header_bytes: usize, items: Vec<(usize, usize)>) {
        self.groups.push(Group { path: Path::of(path), header_bytes, items });
    }

    fn resource(&mut self, signal: Signal, mut fields: Fields<'_>) -> Result<()> {
        let resource = self.level(RESOURCES);
        let first = self.groups.len();
        while let Some(field) = fields.next()? {
            if field.tag == SCOPES {
                self.scope(signal, resource, fields.inside(&field)?)?;
            } else {
                self.levels[resource].keep(&field);
            }
        }
        let size = self.levels[resource].size();
        if self.groups.len() == first {
            self.group(&[resource], 0, Vec::new());
        }
        for group in &mut self.groups[first..] {
            group.header_bytes += size;
        }
        Ok(())
    }

    fn scope(&mut self, signal: Signal, resource: usize, mut fields: Fields<'_>) -> Result<()> {
        let scope = self.level(SCOPES);
        let first = self.groups.len();
        let mut items = Vec::new();
        while let Some(field) = fields.next()? {
            if field.tag != ITEMS {
                self.levels[scope].keep(&field);
            } else if signal == Signal::Metrics {
                self.metric(resource, scope, fields.inside(&field)?)?;
            } else {
                items.push((field.start, field.end));
            }
        }
        if self.groups.len() == first {
            self.group(&[resource, scope], 0, items);
        }
        let size = self.levels[scope].size();
        for group in &mut self.groups[first..] {
            group.header_bytes += size;
        }
        Ok(())
    }

    /// Of several `data` fields the last kind is what the metric has, and fields of one kind in a row are one message.
    fn metric(&mut self, resource: usize, scope: usize, mut fields: Fields<'_>) -> Result<()> {
        let metric = self.level(ITEMS);
        let mut kind = Level::default();
        let mut points = Vec::new();
        while let Some(field) = fields.next()? {
            if !is_data(field.tag) {
                self.levels[metric].keep(&field);
                continue;
            }
            if field.tag != kind.tag {
                kind = Level::new(field.tag);
                points.clear();
            }
            let mut inside = fields.inside(&field)?;
            while let Some(point) = inside.next()? {
                if point.tag == POINTS {
                    points.push((point.start, point.end));
                } else {
                    kind.keep(&point);
                }
            }
        }
        let size = self.levels[metric].size();
        if kind.tag == 0 {
            self.group(&[resource, scope, metric], size, points);
            return Ok(());
        }
        let inner = kind.size();
        self.levels.push(kind);
        self.group(&[resource, scope, metric, self.levels.len() - 1], size + 1 + varint_size(inner) + inner, points);
        Ok(())
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
