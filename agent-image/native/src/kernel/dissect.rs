//! Takes a request apart into an outline.

use super::draft::varint_size;
use super::outline::{Group, Level, Outline, Path, Piece, Run, Slice};
use super::signal::{ITEMS, POINTS, RESOURCES, SCOPES, Signal, is_data};
use super::wire::{Field, Fields, Malformed, Result};

/// The pieces of a message that is being read, until they are moved to the flat list.
#[derive(Default)]
struct Own(Vec<Piece>);

impl Own {
    fn keep(&mut self, field: &Field) {
        match self.0.last_mut() {
            Some(last) if last.1 as usize == field.start => last.1 = field.end as u32,
            _ => self.0.push((field.start as u32, field.end as u32)),
        }
    }

    fn size(&self) -> usize {
        self.0.iter().map(|(start, end)| (end - start) as usize).sum()
    }
}

/// Take a request apart; its outer levels must be well-formed.
pub fn read(signal: Signal, data: &[u8]) -> Result<Outline> {
    if u32::try_from(data.len()).is_err() {
        return Err(Malformed { what: "request of 4 GiB or more", at: 0 });
    }
    let mut outline = Outline { levels: Vec::new(), pieces: Vec::new(), runs: Vec::new(), groups: Vec::new(), outside: (0, 0) };
    let mut own = Own::default();
    let mut request = Fields::new(data, 0, data.len());
    while let Some(field) = request.next()? {
        if field.tag != RESOURCES {
            own.keep(&field);
        } else if !outline.resource(signal, request.inside(&field)?)? {
            outline.bare(&[], &field, field.end - field.body);
        }
    }
    outline.outside = outline.move_in(&own);
    Ok(outline)
}

impl Outline {
    /// Make a level whose pieces are told later.
    fn level(&mut self, tag: u32) -> u32 {
        self.levels.push(Level { tag: tag as u8, pieces: (0, 0) });
        self.levels.len() as u32 - 1
    }

    fn move_in(&mut self, own: &Own) -> Slice {
        let start = self.pieces.len() as u32;
        self.pieces.extend_from_slice(&own.0);
        (start, self.pieces.len() as u32)
    }

    fn complete(&mut self, level: u32, own: &Own) {
        self.levels[level as usize].pieces = self.move_in(own);
    }

    /// Note that a message has no items: it is copied as it is, and joined with its like before it.
    fn bare(&mut self, path: &[u32], field: &Field, header: usize) {
        let header = header as u32;
        if let Some(last) = self.groups.last_mut()
            && !last.counted
            && last.path.as_slice() == path
            && self.runs.last_mut().is_some_and(|run| run.append(field))
        {
            last.header = last.header.max(header);
            return;
        }
        let start = self.runs.len() as u32;
        self.runs.push(Run { start: field.start as u32, end: field.end as u32, count: 1 });
        self.groups.push(Group { path: Path::of(path), counted: false, header, runs: (start, start + 1) });
    }

    /// Append an item to the group that begins at `first`, whose runs are the last.
    fn item(&mut self, first: usize, field: &Field) {
        if self.runs.len() > first && self.runs.last_mut().is_some_and(|run| run.append(field)) {
            return;
        }
        self.runs.push(Run { start: field.start as u32, end: field.end as u32, count: 1 });
    }

    fn group(&mut self, path: &[u32], header: usize, first: usize) {
        let runs = (first as u32, self.runs.len() as u32);
        self.groups.push(Group { path: Path::of(path), counted: true, header: header as u32, runs });
    }

    fn add_header(&mut self, first: usize, bytes: usize) {
        for group in &mut self.groups[first..] {
            group.header = group.header.saturating_add(bytes as u32);
        }
    }

    /// Whether there was a scope in it; without, nothing of it is kept.
    fn resource(&mut self, signal: Signal, mut fields: Fields<'_>) -> Result<bool> {
        let resource = self.level(RESOURCES);
        let first = self.groups.len();
        let mut own = Own::default();
        while let Some(field) = fields.next()? {
            if field.tag != SCOPES {
                own.keep(&field);
            } else if !self.scope(signal, resource, fields.inside(&field)?)? {
                self.bare(&[resource], &field, field.end - field.body);
            }
        }
        if self.groups.len() == first {
            self.levels.pop();
            return Ok(false);
        }
        self.complete(resource, &own);
        self.add_header(first, own.size());
        Ok(true)
    }

    /// Whether there was an item or a metric in it; without, nothing of it is kept.
    fn scope(&mut self, signal: Signal, resource: u32, mut fields: Fields<'_>) -> Result<bool> {
        let scope = self.level(SCOPES);
        let (first, first_run) = (self.groups.len(), self.runs.len());
        let mut own = Own::default();
        while let Some(field) = fields.next()? {
            if field.tag != ITEMS {
                own.keep(&field);
            } else if signal != Signal::Metrics {
                self.item(first_run, &field);
            } else if let Some(header) = self.metric(resource, scope, fields.inside(&field)?)? {
                self.bare(&[resource, scope], &field, header);
            }
        }
        if self.groups.len() == first {
            if self.runs.len() == first_run {
                self.levels.pop();
                return Ok(false);
            }
            self.group(&[resource, scope], 0, first_run);
        }
        self.complete(scope, &own);
        self.add_header(first, own.size());
        Ok(true)
    }

    /// Without a point in it nothing of it is kept, and its bytes are returned.
    ///
    /// Of several `data` fields the last kind is what the metric has, and fields of one kind in a row are one message.
    fn metric(&mut self, resource: u32, scope: u32, mut fields: Fields<'_>) -> Result<Option<usize>> {
        let first = self.runs.len();
        let (mut own, mut kind, mut tag) = (Own::default(), Own::default(), 0);
        while let Some(field) = fields.next()? {
            if !is_data(field.tag) {
                own.keep(&field);
                continue;
            }
            if field.tag != tag {
                (kind, tag) = (Own::default(), field.tag);
                self.runs.truncate(first);
            }
            let mut inside = fields.inside(&field)?;
            while let Some(point) = inside.next()? {
                if point.tag == POINTS {
                    self.item(first, &point);
                } else {
                    kind.keep(&point);
                }
            }
        }
        let inner = kind.size();
        let header = own.size() + if tag == 0 { 0 } else { 1 + varint_size(inner) + inner };
        if self.runs.len() == first {
            return Ok(Some(header));
        }
        let metric = self.level(ITEMS);
        self.complete(metric, &own);
        let data = self.level(tag);
        self.complete(data, &kind);
        self.group(&[resource, scope, metric, data], header, first);
        Ok(None)
    }
}
