//! Requests put together from some of the items of another.

use super::draft::{Draft, varint_size};
use super::outline::{Group, Outline, Path, Piece};

/// Writes one request, opening the levels above an item only where they differ from those of the item before.
pub struct Assembler<'a, 'o> {
    outline: &'o Outline,
    draft: Draft<'a>,
    open: Path,
    /// Bytes of the levels written so far.
    pub header_bytes: usize,
}

impl<'a, 'o> Assembler<'a, 'o> {
    pub fn new(data: &'a [u8], outline: &'o Outline) -> Self {
        Self { outline, draft: Draft::new(data), open: Path::default(), header_bytes: 0 }
    }

    /// Copy the fields of the request itself.
    pub fn outside(&mut self) {
        self.copy(self.outline.outside());
    }

    fn copy(&mut self, pieces: &[Piece]) {
        for &(start, end) in pieces {
            self.draft.copy(start as usize, end as usize);
        }
    }

    /// Open the levels above a group that are not open yet.
    pub fn enter(&mut self, group: &Group) {
        let path = &group.path;
        let shared = path.as_slice().iter().zip(self.open.as_slice()).take_while(|(one, other)| one == other).count();
        self.draft.end_to(shared);
        for &level in &path.as_slice()[shared..] {
            let level = self.outline.level_at(level);
            self.draft.begin(u32::from(level.tag));
            self.header_bytes += self.outline.size(level);
            self.copy(self.outline.pieces(level));
        }
        self.open = *path;
    }

    /// Write the fields from one position to another into the levels that are open.
    pub fn fields(&mut self, start: usize, end: usize) {
        self.draft.copy(start, end);
    }

    /// Bytes that the request would have with `more` in the levels above a group.
    pub fn size_with(&self, group: &Group, more: usize) -> usize {
        let path = group.path.as_slice();
        let shared = path.iter().zip(self.open.as_slice()).take_while(|(one, other)| one == other).count();
        let inner = path[shared..].iter().rev().fold(more, |inner, level| {
            let size = self.outline.size(self.outline.level_at(*level)) + inner;
            1 + varint_size(size) + size
        });
        self.draft.size_with(shared, inner)
    }

    /// The request, all its levels ended; the next one is begun, and `header_bytes` counts on.
    pub fn written(&mut self) -> Box<[u8]> {
        self.draft.end_to(0);
        let mut out = vec![0; self.draft.size()].into_boxed_slice();
        self.draft.write(&mut out);
        self.draft.clear();
        self.open = Path::default();
        out
    }

    /// The request, all its levels ended.
    pub fn finish(mut self) -> Draft<'a> {
        self.draft.end_to(0);
        self.draft
    }
}
