//! A request taken apart down to its items, and requests put together from some of them.

use super::draft::{Draft, varint_size};
use super::signal::{ITEMS, POINTS, RESOURCES, SCOPES, Signal, is_data};
use super::wire::{Field, Fields, Result};

/// One message above the items: its field tag, and the pieces of the source it consists of without its children.
#[derive(Default)]
pub struct Level {
    tag: u32,
    pub pieces: Vec<(usize, usize)>,
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

    pub fn size(&self) -> usize {
        self.pieces.iter().map(|(start, end)| end - start).sum()
    }
}

/// Items with equal headers; `path` holds indices into `Outline::levels`, outermost first.
pub struct Group {
    pub path: Path,
    /// What each request that holds some of the items repeats.
    pub header_bytes: usize,
    pub items: Vec<Field>,
}

/// Resource, scope, metric and its data; as many as there are.
#[derive(Clone, Copy, Default)]
pub struct Path {
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
pub struct Outline {
    pub levels: Vec<Level>,
    /// Fields of the request itself that are not resources.
    pub outside: Level,
    pub groups: Vec<Group>,
}

/// Take a request apart; its outer levels must be well-formed.
pub fn read(signal: Signal, data: &[u8]) -> Result<Outline> {
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

    fn group(&mut self, path: &[usize], header_bytes: usize, items: Vec<Field>) {
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
                items.push(field);
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
                    points.push(point);
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

/// Writes one request, opening the levels above an item only where they differ from those of the item before.
pub struct Assembler<'a, 'o> {
    levels: &'o [Level],
    draft: Draft<'a>,
    open: Path,
    /// Bytes of the levels written so far.
    pub header_bytes: usize,
}

impl<'a, 'o> Assembler<'a, 'o> {
    pub fn new(data: &'a [u8], outline: &'o Outline) -> Self {
        Self { levels: &outline.levels, draft: Draft::new(data), open: Path::default(), header_bytes: 0 }
    }

    /// Copy the fields of the request itself.
    pub fn outside(&mut self, outline: &Outline) {
        for &(start, end) in &outline.outside.pieces {
            self.draft.copy(start, end);
        }
    }

    /// Open the levels of `path` that are not open yet.
    pub fn enter(&mut self, path: &Path) {
        let shared = path.as_slice().iter().zip(self.open.as_slice()).take_while(|(one, other)| one == other).count();
        self.draft.end_to(shared);
        for &level in &path.as_slice()[shared..] {
            let level = &self.levels[level];
            self.draft.begin(level.tag);
            self.header_bytes += level.size();
            for &(start, end) in &level.pieces {
                self.draft.copy(start, end);
            }
        }
        self.open = *path;
    }

    /// Write an item into the levels that are open.
    pub fn item(&mut self, item: &Field) {
        self.draft.field(item);
    }

    /// The request, all its levels ended.
    pub fn finish(mut self) -> Draft<'a> {
        self.draft.end_to(0);
        self.draft
    }
}
