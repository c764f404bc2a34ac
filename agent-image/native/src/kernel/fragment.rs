//! What a request holds of one trace, kept so that spans of one scope share what stands above them.

use std::sync::Arc;

use super::draft::{varint_size, write_varint};
use super::outline::{Outline, Piece};
use super::signal::{RESOURCES, SCOPES};

/// The fields of ResourceSpans but its scopes, and those of ScopeSpans but its spans.
#[derive(Debug, PartialEq, Eq)]
pub struct Header {
    resource: Box<[u8]>,
    scope: Box<[u8]>,
}

/// Spans of one trace from one request.
#[derive(Debug, PartialEq, Eq)]
pub enum Fragment {
    /// Spans of one scope, and what they share with other traces of their request.
    Spans(Arc<Header>, Box<[u8]>),
    /// A request of its own.
    Request(Box<[u8]>),
}

impl Header {
    /// Copy what stands above a group of spans.
    pub fn of(data: &[u8], outline: &Outline, path: &[u32]) -> Self {
        let copy = |index| joined(data, outline.pieces(outline.level_at(index)));
        Self { resource: copy(path[0]), scope: copy(path[1]) }
    }

    /// The fields of ResourceSpans but its scopes.
    pub fn resource(&self) -> &[u8] {
        &self.resource
    }

    pub fn size(&self) -> usize {
        self.resource.len() + self.scope.len()
    }

    /// The lengths of ScopeSpans and ResourceSpans around so many bytes of spans.
    fn lengths(&self, spans: usize) -> (usize, usize) {
        let scope = self.scope.len() + spans;
        (scope, self.resource.len() + 1 + varint_size(scope) + scope)
    }
}

/// The bytes of some pieces, one behind the other.
fn joined(data: &[u8], pieces: &[Piece]) -> Box<[u8]> {
    let mut bytes = Vec::with_capacity(pieces.iter().map(|(start, end)| (end - start) as usize).sum());
    for &(start, end) in pieces {
        bytes.extend_from_slice(&data[start as usize..end as usize]);
    }
    bytes.into_boxed_slice()
}

impl Fragment {
    /// Bytes of it as a request.
    pub fn size(&self) -> usize {
        match self {
            Fragment::Spans(header, spans) => {
                let (_, resource) = header.lengths(spans.len());
                1 + varint_size(resource) + resource
            }
            Fragment::Request(request) => request.len(),
        }
    }

    /// Write it as a request into `out`, which is as large as it; the rest of a larger one is returned.
    pub fn write<'o>(&self, out: &'o mut [u8]) -> &'o mut [u8] {
        let (out, rest) = out.split_at_mut(self.size());
        match self {
            Fragment::Spans(header, spans) => {
                let (scope, resource) = header.lengths(spans.len());
                out[0] = RESOURCES as u8;
                let mut at = write_varint(out, 1, resource);
                at = write_bytes(out, at, &header.resource);
                out[at] = SCOPES as u8;
                at = write_varint(out, at + 1, scope);
                at = write_bytes(out, at, &header.scope);
                write_bytes(out, at, spans);
            }
            Fragment::Request(request) => out.copy_from_slice(request),
        }
        rest
    }
}

fn write_bytes(out: &mut [u8], at: usize, bytes: &[u8]) -> usize {
    let end = at + bytes.len();
    out[at..end].copy_from_slice(bytes);
    end
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spans_become_the_request_that_they_came_in() {
        for (resource, scope, spans) in [(0, 0, 5), (100, 20, 3), (130, 0, 300), (20_000, 130, 2)] {
            let header = Header { resource: vec![1; resource].into(), scope: vec![2; scope].into() };
            let fragment = Fragment::Spans(Arc::new(header), vec![3; spans].into());
            let mut out = vec![0; fragment.size() + 7];
            assert_eq!(fragment.write(&mut out).len(), 7);
            let length = scope + spans;
            let mut inner = vec![0x12; 1 + varint_size(length)];
            write_varint(&mut inner, 1, length);
            let inner = [vec![1; resource], inner, vec![2; scope], vec![3; spans]].concat();
            let mut expected = vec![0x0a; 1 + varint_size(inner.len())];
            write_varint(&mut expected, 1, inner.len());
            expected.extend(inner);
            assert_eq!(out[..fragment.size()], expected[..]);
        }
    }
}
