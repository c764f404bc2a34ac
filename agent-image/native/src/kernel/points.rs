//! Reads the points of a gauge or a sum, for those who keep the latest one of each series.

use super::wire::{DELIMITED, FIXED64, Fields, Result, VARINT, read_varint, tag_of};

const POINTS: u32 = tag_of(1, DELIMITED);
const TEMPORALITY: u32 = tag_of(2, VARINT);
const MONOTONIC: u32 = tag_of(3, VARINT);

const START: u32 = tag_of(2, FIXED64);
const TIME: u32 = tag_of(3, FIXED64);
const DOUBLE: u32 = tag_of(4, FIXED64);
const EXEMPLARS: u32 = tag_of(5, DELIMITED);
const INT: u32 = tag_of(6, FIXED64);
const ATTRIBUTES: u32 = tag_of(7, DELIMITED);
const FLAGS: u32 = tag_of(8, VARINT);

/// A part of the data, from where to where.
pub type Part = (usize, usize);

#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Number {
    Int(i64),
    Double(f64),
}

#[derive(Debug, PartialEq)]
pub struct Point {
    /// Fields that stand side by side, with their tags: all attributes of nearly every point. More parts are rare.
    pub attributes: Part,
    pub more_attributes: Vec<Part>,
    pub start: u64,
    pub time: u64,
    pub value: Number,
    pub flags: u32,
    /// Without their tags.
    pub exemplars: Vec<Part>,
}

/// A gauge or a sum; a gauge has neither temporality nor monotonicity.
#[derive(Debug, PartialEq)]
pub struct Numbers {
    pub temporality: i32,
    pub monotonic: bool,
    pub points: Vec<Point>,
}

/// The points of an encoded `Gauge` or `Sum`.
pub fn read(data: &[u8]) -> Result<Numbers> {
    let mut numbers = Numbers { temporality: 0, monotonic: false, points: Vec::new() };
    let mut fields = Fields::new(data, 0, data.len());
    while let Some(field) = fields.next()? {
        match field.tag {
            POINTS => numbers.points.push(point(data, fields.inside(&field)?)?),
            TEMPORALITY => numbers.temporality = read_varint(data, field.body)?.0 as i32,
            MONOTONIC => numbers.monotonic = read_varint(data, field.body)?.0 != 0,
            _ => {}
        }
    }
    Ok(numbers)
}

fn point(data: &[u8], mut fields: Fields<'_>) -> Result<Point> {
    let mut point = Point {
        attributes: (0, 0),
        more_attributes: Vec::new(),
        start: 0,
        time: 0,
        value: Number::Int(0),
        flags: 0,
        exemplars: Vec::new(),
    };
    while let Some(field) = fields.next()? {
        match field.tag {
            START => point.start = fixed(data, field.body),
            TIME => point.time = fixed(data, field.body),
            DOUBLE => point.value = Number::Double(f64::from_bits(fixed(data, field.body))),
            INT => point.value = Number::Int(fixed(data, field.body) as i64),
            EXEMPLARS => point.exemplars.push((field.body, field.end)),
            ATTRIBUTES => point.add_attribute((field.start, field.end)),
            FLAGS => point.flags = read_varint(data, field.body)?.0 as u32,
            _ => {}
        }
    }
    Ok(point)
}

impl Point {
    #[inline]
    fn add_attribute(&mut self, part: Part) {
        if self.attributes.0 == self.attributes.1 {
            self.attributes = part;
        } else if self.more_attributes.is_empty() && self.attributes.1 == part.0 {
            self.attributes.1 = part.1;
        } else {
            self.more_attributes.push(part);
        }
    }

    /// All parts of the attributes.
    pub fn parts(&self) -> impl Iterator<Item = Part> {
        std::iter::once(self.attributes).chain(self.more_attributes.iter().copied())
    }
}

#[inline]
fn fixed(data: &[u8], at: usize) -> u64 {
    data[at..at + 8].try_into().map_or(0, u64::from_le_bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn attributes_side_by_side_are_one_part() {
        let point = &read(b"\x0a\x0b\x3a\x01a\x3a\x01b\x40\x01\x3a\x01c").unwrap().points[0];
        assert_eq!(point.parts().collect::<Vec<_>>(), [(2, 8), (10, 13)]);
        assert_eq!(point.flags, 1);
    }

    #[test]
    fn the_last_value_counts() {
        let int = b"\x31\x01\0\0\0\0\0\0\0";
        let double = b"\x21\0\0\0\0\0\0\xf8\x3f";
        let of = |values: &[&[u8]]| {
            let body = values.concat();
            read(&[&[0x0a, body.len() as u8], &body[..]].concat()).unwrap().points[0].value
        };
        assert_eq!(of(&[int, double]), Number::Double(1.5));
        assert_eq!(of(&[double, int]), Number::Int(1));
        assert_eq!(of(&[]), Number::Int(0));
    }

    #[test]
    fn what_is_malformed_is_refused() {
        for data in [&b"\x0a\xff"[..], b"\x0a\x02\x3a\x05", b"\x0a\x02\x19\x05", b"\x10\x80"] {
            assert!(read(data).is_err(), "{data:?}");
        }
    }
}
