//! A request being written: pieces of the source and new bytes in order, with the length of each message known before any byte is copied.

use super::wire::Field;

/// A message under construction; `write` copies every byte once.
pub struct Draft<'a> {
    source: &'a [u8],
    ops: Vec<Op>,
    open: Vec<Open>,
    added: Vec<u8>,
    size: usize,
}

/// Small, for there may be one for every two bytes of a hostile request.
#[derive(Clone, Copy)]
enum Op {
    Source(u32, u32),
    Added(u32, u32),
    Message(u8, u32),
}

/// Sources are smaller than 4 GiB; what is made of one must be, too.
#[inline]
fn small(value: usize) -> u32 {
    u32::try_from(value).expect("a request below 4 GiB")
}

struct Open {
    op: usize,
    outer: usize,
}

/// A point to return to, while the message that was open then still is.
pub struct Mark {
    ops: usize,
    last: Option<Op>,
    open: usize,
    added: usize,
    size: usize,
}

impl<'a> Draft<'a> {
    pub fn new(source: &'a [u8]) -> Self {
        Self { source, ops: Vec::new(), open: Vec::new(), added: Vec::new(), size: 0 }
    }

    /// Begin anew with the same source.
    pub fn clear(&mut self) {
        self.ops.clear();
        self.open.clear();
        self.added.clear();
        self.size = 0;
    }

    /// Bytes that `write` needs, when all messages are ended.
    pub fn size(&self) -> usize {
        self.size
    }

    /// Bytes that `write` would need with `more` behind what the message `depth` levels down has, and all messages ended.
    pub fn size_with(&self, depth: usize, more: usize) -> usize {
        let mut size = self.size + if self.open.len() == depth { more } else { 0 };
        for (level, open) in self.open.iter().enumerate().rev() {
            size += open.outer + 1 + varint_size(size) + if level == depth { more } else { 0 };
        }
        size
    }

    /// Begin a message as a field whose tag is one byte.
    pub fn begin(&mut self, tag: u32) {
        debug_assert!(tag < 0x80);
        self.open.push(Open { op: self.ops.len(), outer: self.size });
        self.ops.push(Op::Message(tag as u8, 0));
        self.size = 0;
    }

    /// End the message begun last.
    pub fn end(&mut self) {
        if let Some(Open { op, outer }) = self.open.pop() {
            if let Op::Message(_, size) = &mut self.ops[op] {
                *size = small(self.size);
            }
            self.size += outer + 1 + varint_size(self.size);
        }
    }

    /// End messages until `depth` are open.
    pub fn end_to(&mut self, depth: usize) {
        while self.open.len() > depth {
            self.end();
        }
    }

    /// Copy a piece of the source; neighbours become one copy.
    #[inline]
    pub fn copy(&mut self, start: usize, end: usize) {
        if start == end {
            return;
        }
        self.size += end - start;
        if let Some(Op::Source(_, last)) = self.ops.last_mut()
            && *last as usize == start
        {
            *last = small(end);
            return;
        }
        self.ops.push(Op::Source(small(start), small(end)));
    }

    /// Copy a whole field of the source.
    #[inline]
    pub fn field(&mut self, field: &Field) {
        self.copy(field.start, field.end);
    }

    /// Append new bytes.
    pub fn add(&mut self, bytes: &[u8]) {
        let start = self.added.len();
        self.added.extend_from_slice(bytes);
        self.ops.push(Op::Added(small(start), small(self.added.len())));
        self.size += bytes.len();
    }

    pub fn mark(&self) -> Mark {
        Mark {
            ops: self.ops.len(),
            last: self.ops.last().copied(),
            open: self.open.len(),
            added: self.added.len(),
            size: self.size,
        }
    }

    /// Forget what was written since `mark`.
    pub fn back_to(&mut self, mark: Mark) {
        self.ops.truncate(mark.ops);
        if let (Some(last), Some(slot)) = (mark.last, self.ops.last_mut()) {
            *slot = last;
        }
        self.open.truncate(mark.open);
        self.added.truncate(mark.added);
        self.size = mark.size;
    }

    /// Write all into `out`, which has `size` bytes.
    pub fn write(&self, out: &mut [u8]) {
        let mut at = 0;
        for op in &self.ops {
            let piece = match *op {
                Op::Source(start, end) => &self.source[start as usize..end as usize],
                Op::Added(start, end) => &self.added[start as usize..end as usize],
                Op::Message(tag, size) => {
                    out[at] = tag;
                    at = write_varint(out, at + 1, size as usize);
                    continue;
                }
            };
            out[at..at + piece.len()].copy_from_slice(piece);
            at += piece.len();
        }
    }
}

/// Bytes of a varint.
pub fn varint_size(value: usize) -> usize {
    (value.max(1).ilog2() / 7 + 1) as usize
}

/// Write a varint; where it ends.
pub fn write_varint(out: &mut [u8], mut at: usize, mut value: usize) -> usize {
    while value > 0x7f {
        out[at] = (value & 0x7f) as u8 | 0x80;
        value >>= 7;
        at += 1;
    }
    out[at] = value as u8;
    at + 1
}

#[cfg(test)]
mod tests {
    use super::*;

    fn written(draft: &Draft<'_>) -> Vec<u8> {
        let mut out = vec![0; draft.size()];
        draft.write(&mut out);
        out
    }

    #[test]
    fn messages_nest_and_know_their_lengths() {
        let mut draft = Draft::new(b"abcdef");
        draft.begin(0x0a);
        draft.copy(0, 2);
        draft.begin(0x12);
        draft.copy(2, 3);
        draft.end();
        draft.copy(3, 4);
        draft.add(b"!");
        draft.end();
        draft.copy(4, 6);
        assert_eq!(written(&draft), b"\x0a\x07ab\x12\x01cd!ef");
    }

    #[test]
    fn going_back_undoes_even_a_joined_copy() {
        let mut draft = Draft::new(b"abcdef");
        draft.copy(0, 2);
        let mark = draft.mark();
        draft.begin(0x0a);
        draft.copy(2, 4);
        draft.add(b"!");
        draft.end();
        draft.back_to(mark);
        let mark = draft.mark();
        draft.copy(2, 4);
        draft.back_to(mark);
        assert_eq!(written(&draft), b"ab");
    }

    #[test]
    fn the_size_with_more_is_that_of_what_it_becomes() {
        let source = [b'x'; 400];
        for depth in 0..3 {
            for more in [0, 1, 120, 127, 128, 300] {
                let mut draft = Draft::new(&source);
                draft.copy(0, 1);
                draft.begin(0x0a);
                draft.copy(5, 8);
                draft.begin(0x12);
                draft.copy(9, 11);
                let expected = draft.size_with(depth, more);
                draft.end_to(depth);
                draft.copy(20, 20 + more);
                draft.end_to(0);
                assert_eq!(draft.size(), expected, "{depth} {more}");
            }
        }
    }

    #[test]
    fn varints_have_the_size_they_are_written_with() {
        for value in [0, 1, 127, 128, 16_383, 16_384, usize::MAX] {
            assert_eq!(write_varint(&mut [0; 10], 0, value), varint_size(value), "{value}");
        }
    }
}
