//! What tests read of a single span, in one walk over its fields.

use crate::kernel::traces::{PARENT_SPAN_ID, TRACE_ID};
use crate::kernel::wire::{DELIMITED, FIXED32, FIXED64, Field, Fields, Malformed, Result, VARINT, read_varint, tag_of};

const TRACE_STATE: u32 = tag_of(3, DELIMITED);
const START: u32 = tag_of(7, FIXED64);
const END: u32 = tag_of(8, FIXED64);
pub const ATTRIBUTES: u32 = tag_of(9, DELIMITED);
const STATUS: u32 = tag_of(15, DELIMITED);
const STATUS_CODE: u32 = tag_of(3, VARINT);
const FLAGS: u32 = tag_of(16, FIXED32);

/// A span's fields but its attributes; of a field that stands there more than once, the last.
pub struct Span<'a> {
    pub trace_id: &'a [u8],
    /// Whether it has no parent.
    pub root: bool,
    pub start: u64,
    pub end: u64,
    pub status: Result<i32>,
    pub flags: u32,
    pub trace_state: &'a [u8],
    pub has_attributes: bool,
    /// Where its fields stand.
    pub body: (usize, usize),
}

impl<'a> Span<'a> {
    /// Read a span that stands in `field`. What is wrong inside its status is left to who asks for that.
    pub fn read(data: &'a [u8], field: &Field) -> Result<Self> {
        let mut span = Self {
            trace_id: &[],
            root: true,
            start: 0,
            end: 0,
            status: Ok(0),
            flags: 0,
            trace_state: &[],
            has_attributes: false,
            body: (field.body, field.end),
        };
        let mut fields = Fields::new(data, field.body, field.end);
        while let Some(field) = fields.next()? {
            let bytes = &data[field.body..field.end];
            match field.tag {
                TRACE_ID => span.trace_id = bytes,
                PARENT_SPAN_ID => span.root = bytes.iter().all(|byte| *byte == 0),
                START => span.start = bytes.try_into().map_or(0, u64::from_le_bytes),
                END => span.end = bytes.try_into().map_or(0, u64::from_le_bytes),
                TRACE_STATE => span.trace_state = bytes,
                FLAGS => span.flags = bytes.try_into().map_or(0, u32::from_le_bytes),
                ATTRIBUTES => span.has_attributes = true,
                STATUS => span.status = span.status.and_then(|before| status_code(fields.inside(&field)?, data, before)),
                _ => {}
            }
        }
        Ok(span)
    }
}

/// The code in a status, or the one that was there before.
fn status_code(mut status: Fields<'_>, data: &[u8], before: i32) -> Result<i32> {
    let mut code = before;
    while let Some(part) = status.next()? {
        if part.tag == STATUS_CODE {
            code = read_varint(data, part.body)?.0 as i32;
        }
    }
    Ok::<_, Malformed>(code)
}
