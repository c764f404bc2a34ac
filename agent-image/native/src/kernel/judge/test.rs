//! Tests of single spans and resources that together say something of a trace; `otel_agent.pdata.judging` documents them.

use regex::Regex;

use super::span::Span;
use super::tracestate;
use crate::kernel::program::{Value, key_of, value_of};
use crate::kernel::wire::{Fields, Result};

/// One test. What a trace has to show is that it holds for one of its spans, or resources.
pub enum Test {
    Status(Vec<i32>),
    /// Milliseconds; no upper bound when it is 0.
    Latency {
        least: i64,
        most: i64,
    },
    Int {
        key: Vec<u8>,
        range: std::ops::RangeInclusive<i64>,
    },
    Bool {
        key: Vec<u8>,
        value: bool,
    },
    Text {
        key: Vec<u8>,
        values: Vec<Vec<u8>>,
    },
    Pattern {
        key: Vec<u8>,
        patterns: Vec<Regex>,
    },
    TraceState {
        key: Vec<u8>,
        values: Vec<Vec<u8>>,
    },
    SampledFlag,
    /// FNV-1a over salt and trace id is not above the threshold; the hash of the salt is its beginning.
    Hash {
        begun: u64,
        threshold: u64,
    },
}

impl Test {
    pub fn key(&self) -> Option<&[u8]> {
        match self {
            Test::Int { key, .. } | Test::Bool { key, .. } | Test::Text { key, .. } | Test::Pattern { key, .. } => Some(key),
            _ => None,
        }
    }

    /// Whether an attribute with the key of the test meets it. A value of another type counts as 0, false, or no text.
    pub fn attribute(&self, value: &Value<'_>, of_span: bool) -> bool {
        match self {
            Test::Int { range, .. } => range.contains(&if let Value::Int(number) = value { *number } else { 0 }),
            Test::Bool { value: wanted, .. } => *wanted == matches!(value, Value::Bool(true)),
            Test::Text { values, .. } => matches!(value, Value::Text(text) if values.iter().any(|wanted| wanted == text)),
            Test::Pattern { patterns, .. } => {
                let text = if let Value::Text(text) = value { *text } else { b"" };
                let skipped = of_span && text.is_empty();
                !skipped && std::str::from_utf8(text).is_ok_and(|text| patterns.iter().any(|pattern| pattern.is_match(text)))
            }
            _ => false,
        }
    }

    /// Whether fields of a span other than its attributes meet the test.
    pub fn span(&self, span: &Span<'_>, status: i32, extent: &Extent) -> bool {
        match self {
            Test::Status(codes) => codes.contains(&status),
            Test::Latency { least, most } => {
                let duration = extent.milliseconds();
                if *most == 0 { duration >= *least } else { *least < duration && duration <= *most }
            }
            Test::TraceState { key, values } => {
                tracestate::get(span.trace_state, key).is_some_and(|value| values.iter().any(|wanted| wanted == value))
            }
            Test::SampledFlag => span.flags & 1 != 0,
            _ => false,
        }
    }
}

/// From the earliest start to the latest end of the spans seen so far; a 0 is forgotten with the next span.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Extent {
    start: u64,
    end: u64,
    /// Of the spans that have a start.
    pub earliest: u64,
}

impl Extent {
    pub fn add(&mut self, span: &Span<'_>) {
        if self.start == 0 || span.start < self.start {
            self.start = span.start;
        }
        if self.end == 0 || span.end > self.end {
            self.end = span.end;
        }
        if span.start != 0 && (self.earliest == 0 || span.start < self.earliest) {
            self.earliest = span.start;
        }
    }

    fn milliseconds(&self) -> i64 {
        (self.end as i64).saturating_sub(self.start as i64) / 1_000_000
    }
}

/// Give each test what the first attribute of its key says, for the attributes with this tag in one message.
pub fn read_attributes(
    data: &[u8],
    body: (usize, usize),
    tag: u32,
    tests: &[Test],
    read: &mut [bool],
    met: &mut [u8],
    of_span: bool,
) -> Result<()> {
    let mut fields = Fields::new(data, body.0, body.1);
    while let Some(field) = fields.next()? {
        if field.tag == tag {
            let entry = &data[field.body..field.end];
            let (start, end) = key_of(entry)?;
            for (index, test) in tests.iter().enumerate() {
                if !read[index] && test.key() == Some(&entry[start..end]) {
                    read[index] = true;
                    met[index] |= u8::from(test.attribute(&value_of(entry)?, of_span));
                }
            }
        }
    }
    Ok(())
}
