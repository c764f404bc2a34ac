//! Reads the protobuf wire format as upb does: the same limits on tags, lengths, varints and nesting, so that both accept the same bytes.
//!
//! Positions are offsets into the whole request; a message inside it is the same slice, cut at its end.

use std::fmt;

/// Messages and groups that may stand inside each other, as in upb.
pub const MAX_DEPTH: u32 = 100;

pub const VARINT: u32 = 0;
pub const FIXED64: u32 = 1;
pub const DELIMITED: u32 = 2;
const START_GROUP: u32 = 3;
const END_GROUP: u32 = 4;
pub const FIXED32: u32 = 5;

const MAX_LENGTH: u64 = i32::MAX as u64;

/// The bytes are no protobuf message: what is wrong, and near which offset.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Malformed {
    pub what: &'static str,
    pub at: usize,
}

impl fmt::Display for Malformed {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{} at byte {}", self.what, self.at)
    }
}

pub type Result<T> = std::result::Result<T, Malformed>;

/// One field: `start..end` is all of it with its tag, `body..end` its value (of a delimited field: without the length).
#[derive(Debug, Clone, Copy)]
pub struct Field {
    pub tag: u32,
    pub start: usize,
    pub body: usize,
    pub end: usize,
}

/// The tag of field `number` with wire type `wire`.
pub const fn tag_of(number: u32, wire: u32) -> u32 {
    number << 3 | wire
}

/// Reads the fields of one message in order; groups are skipped as one field.
pub struct Fields<'a> {
    data: &'a [u8],
    at: usize,
    depth: u32,
}

impl<'a> Fields<'a> {
    /// The fields of a whole request, or of an item that is a message by itself.
    pub fn new(data: &'a [u8], start: usize, end: usize) -> Self {
        Self { data: &data[..end], at: start, depth: MAX_DEPTH }
    }

    /// The fields of the message that `field` holds.
    #[inline]
    pub fn inside(&self, field: &Field) -> Result<Fields<'a>> {
        if self.depth == 0 {
            return Err(Malformed { what: "messages nested too deep", at: field.start });
        }
        Ok(Fields { data: &self.data[..field.end], at: field.body, depth: self.depth - 1 })
    }

    /// Whether a message may stand inside this one.
    #[inline]
    pub fn may_nest(&self) -> bool {
        self.depth > 0
    }

    /// The next field, or None at the end of the message. Not an Iterator: `?` reads better than transposed options.
    #[inline]
    pub fn next(&mut self) -> Result<Option<Field>> {
        let start = self.at;
        if start == self.data.len() {
            return Ok(None);
        }
        let (tag, body) = read_tag(self.data, start)?;
        let mut field = Field { tag, start, body, end: 0 };
        match tag & 7 {
            VARINT => field.end = skip_varint(self.data, body)?,
            FIXED64 => field.end = skip(self.data, body, 8)?,
            DELIMITED => {
                let (length, body) = read_length(self.data, body)?;
                field.body = body;
                field.end = skip(self.data, body, length)?;
            }
            START_GROUP => field.end = skip_group(self.data, body, tag, self.depth)?,
            FIXED32 => field.end = skip(self.data, body, 4)?,
            END_GROUP => return Err(Malformed { what: "end of a group that was not begun", at: start }),
            _ => return Err(Malformed { what: "unknown wire type", at: start }),
        }
        if tag < 8 {
            return Err(Malformed { what: "field number 0", at: start });
        }
        self.at = field.end;
        Ok(Some(field))
    }
}

#[inline]
fn read_tag(data: &[u8], at: usize) -> Result<(u32, usize)> {
    if let Some(&byte) = data.get(at)
        && byte < 0x80
    {
        return Ok((u32::from(byte), at + 1));
    }
    let (value, end) = read_long(data, at, 5)?;
    let tag = u32::try_from(value).map_err(|_| Malformed { what: "tag too large", at })?;
    Ok((tag, end))
}

#[inline]
fn read_length(data: &[u8], at: usize) -> Result<(usize, usize)> {
    if let Some(&byte) = data.get(at)
        && byte < 0x80
    {
        return Ok((usize::from(byte), at + 1));
    }
    let (value, end) = read_long(data, at, 5)?;
    if value > MAX_LENGTH {
        return Err(Malformed { what: "length too large", at });
    }
    Ok((value as usize, end))
}

/// A varint of at most ten bytes and where it ends; bits beyond 64 are dropped, as in upb.
#[inline]
pub fn read_varint(data: &[u8], at: usize) -> Result<(u64, usize)> {
    if let Some(&byte) = data.get(at)
        && byte < 0x80
    {
        return Ok((u64::from(byte), at + 1));
    }
    read_long(data, at, 10)
}

fn read_long(data: &[u8], at: usize, limit: usize) -> Result<(u64, usize)> {
    let mut value = 0u64;
    for index in 0..limit {
        let Some(&byte) = data.get(at + index) else {
            return Err(Malformed { what: "message cut off", at });
        };
        value |= u64::from(byte & 0x7f) << (7 * index);
        if byte < 0x80 {
            return Ok((value, at + index + 1));
        }
    }
    Err(Malformed { what: "varint too long", at })
}

#[inline]
pub fn skip_varint(data: &[u8], at: usize) -> Result<usize> {
    Ok(read_varint(data, at)?.1)
}

#[inline]
fn skip(data: &[u8], at: usize, length: usize) -> Result<usize> {
    if length > data.len() - at {
        return Err(Malformed { what: "message cut off", at });
    }
    Ok(at + length)
}

/// The end of the group that `tag` begins. Inside, upb does not refuse field number 0, so it is not refused here.
fn skip_group(data: &[u8], mut at: usize, tag: u32, depth: u32) -> Result<usize> {
    if depth == 0 {
        return Err(Malformed { what: "groups nested too deep", at });
    }
    let closing = tag - START_GROUP + END_GROUP;
    while at < data.len() {
        let (inner, body) = read_tag(data, at)?;
        if inner == closing {
            return Ok(body);
        }
        at = match inner & 7 {
            VARINT => skip_varint(data, body)?,
            FIXED64 => skip(data, body, 8)?,
            DELIMITED => {
                let (length, body) = read_length(data, body)?;
                skip(data, body, length)?
            }
            START_GROUP => skip_group(data, body, inner, depth - 1)?,
            FIXED32 => skip(data, body, 4)?,
            _ => return Err(Malformed { what: "unknown wire type in a group", at }),
        };
    }
    Err(Malformed { what: "group without end", at })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fields(data: &[u8]) -> Result<Vec<Field>> {
        let mut fields = Fields::new(data, 0, data.len());
        let mut found = Vec::new();
        while let Some(field) = fields.next()? {
            found.push(field);
        }
        Ok(found)
    }

    #[test]
    fn a_group_is_one_field() {
        let found = fields(b"\x7b\x08\x01\x7c\x0a\x00").unwrap();
        assert_eq!(found.iter().map(|field| (field.start, field.end)).collect::<Vec<_>>(), [(0, 4), (4, 6)]);
    }

    #[test]
    fn a_group_may_hold_ninety_nine_others() {
        let nested = |depth| [vec![0x7b; depth], vec![0x7c; depth]].concat();
        assert!(fields(&nested(100)).is_ok());
        assert!(fields(&nested(101)).is_err());
    }

    #[test]
    fn what_is_cut_off_is_refused() {
        for data in [&b"\x0a"[..], b"\x0a\x02x", b"\x09\0\0\0\0\0\0\0", b"\x0d\0\0\0", b"\x08\x80", b"\x80", b"\x7b"] {
            assert!(fields(data).is_err(), "{data:?}");
        }
    }

    #[test]
    fn overlong_tags_and_lengths_are_taken_up_to_five_bytes() {
        assert!(fields(b"\x8a\x80\x80\x80\x00\x80\x80\x80\x80\x00").is_ok());
        assert!(fields(b"\x8a\x80\x80\x80\x80\x00\x00").is_err());
        assert!(fields(b"\x0a\x80\x80\x80\x80\x80\x00").is_err());
    }
}
