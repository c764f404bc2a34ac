//! A request taken apart down to its items.
//!
//! An outline is small whatever the request is, because tiny messages cost a hostile sender two bytes each: items that stand
//! behind one another are one run, messages without items are runs too, and the rest is numbers of four bytes in flat lists.

use super::wire::{Field, Fields, Result};

/// A piece of the source: its first byte and the one behind its last.
pub type Piece = (u32, u32);
/// Elements of a flat list, likewise.
pub type Slice = (u32, u32);

/// One message above the items: its field tag, and the pieces of the source it consists of without its children.
#[derive(Clone, Copy, Default)]
pub struct Level {
    pub tag: u8,
    pub pieces: Slice,
}

/// Fields of the source that stand behind one another.
#[derive(Clone, Copy)]
pub struct Run {
    pub start: u32,
    pub end: u32,
    pub count: u32,
}

impl Run {
    pub fn piece(&self) -> (usize, usize) {
        (self.start as usize, self.end as usize)
    }

    /// Take a field that stands right behind it; whether it does.
    pub fn append(&mut self, field: &Field) -> bool {
        let next = self.end as usize == field.start;
        if next {
            self.end = field.end as u32;
            self.count += 1;
        }
        next
    }
}

/// Items with equal headers, or messages that have no items.
pub struct Group {
    pub path: Path,
    /// Whether these are items; otherwise whole messages without any.
    pub counted: bool,
    /// What each request that holds some of the items repeats.
    pub header: u32,
    pub runs: Slice,
}

impl Group {
    pub fn header_bytes(&self) -> usize {
        self.header as usize
    }
}

/// Resource, scope, metric and its data, as many as there are: indices of levels, outermost first.
#[derive(Clone, Copy, Default)]
pub struct Path {
    levels: [u32; 4],
    length: u8,
}

impl Path {
    pub fn of(levels: &[u32]) -> Self {
        let mut path = Path { length: levels.len() as u8, ..Path::default() };
        path.levels[..levels.len()].copy_from_slice(levels);
        path
    }

    pub fn as_slice(&self) -> &[u32] {
        &self.levels[..usize::from(self.length)]
    }
}

/// A request taken apart down to its items.
pub struct Outline {
    pub levels: Vec<Level>,
    pub pieces: Vec<Piece>,
    pub runs: Vec<Run>,
    pub groups: Vec<Group>,
    /// Fields of the request itself that are not resources.
    pub outside: Slice,
}

impl Outline {
    /// The runs of fields of a group.
    pub fn runs(&self, group: &Group) -> &[Run] {
        &self.runs[group.runs.0 as usize..group.runs.1 as usize]
    }

    /// Number of items of a group.
    pub fn items(&self, group: &Group) -> usize {
        if group.counted { self.runs(group).iter().map(|run| run.count as usize).sum() } else { 0 }
    }

    /// Do something with each item of a group, in order.
    pub fn each_item(&self, data: &[u8], group: &Group, mut with: impl FnMut(Field) -> Result<()>) -> Result<()> {
        if group.counted {
            for run in self.runs(group) {
                let (start, end) = run.piece();
                let mut fields = Fields::new(data, start, end);
                while let Some(field) = fields.next()? {
                    with(field)?;
                }
            }
        }
        Ok(())
    }

    /// A level by its index in a path.
    pub fn level_at(&self, index: u32) -> &Level {
        &self.levels[index as usize]
    }

    /// The pieces of a level.
    pub fn pieces(&self, level: &Level) -> &[Piece] {
        self.slice(level.pieces)
    }

    /// Fields of the request itself that are not resources.
    pub fn outside(&self) -> &[Piece] {
        self.slice(self.outside)
    }

    /// Bytes of a level without its children.
    pub fn size(&self, level: &Level) -> usize {
        self.pieces(level).iter().map(|(start, end)| (end - start) as usize).sum()
    }

    fn slice(&self, of: Slice) -> &[Piece] {
        &self.pieces[of.0 as usize..of.1 as usize]
    }
}
