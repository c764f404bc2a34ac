//! Judges whole traces: which tests they meet, in one pass over all that was kept of them.

mod test;
mod tracestate;

use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;
use pyo3::types::PyBytes;

use super::fragment::Fragment;
use super::program::compile_pattern;
use super::run;
use super::signal::{ITEMS, RESOURCES, SCOPES, Signal};
use super::wire::{DELIMITED, FIXED32, FIXED64, Field, Fields, Result, VARINT, read_varint, tag_of};
use test::{Extent, SpanFacts, Test, read_attributes};

/// Resource in ResourceSpans.
const RESOURCE: u32 = tag_of(1, DELIMITED);
const RESOURCE_ATTRIBUTES: u32 = tag_of(1, DELIMITED);
const TRACE_STATE: u32 = tag_of(3, DELIMITED);
const START: u32 = tag_of(7, FIXED64);
const END: u32 = tag_of(8, FIXED64);
const ATTRIBUTES: u32 = tag_of(9, DELIMITED);
const STATUS: u32 = tag_of(15, DELIMITED);
const STATUS_CODE: u32 = tag_of(3, VARINT);
const FLAGS: u32 = tag_of(16, FIXED32);

const FNV_OFFSET: u64 = 0xcbf2_9ce4_8422_2325;
const FNV_PRIME: u64 = 0x0100_0000_01b3;

/// Compiled tests.
#[pyclass(frozen, module = "otel_agent._native")]
pub struct Judge {
    tests: Vec<Test>,
    attributes: bool,
}

#[pymethods]
impl Judge {
    /// Compile tests, which `otel_agent.pdata.judging` has checked.
    #[new]
    fn new(tests: &Bound<'_, PyAny>) -> PyResult<Self> {
        let tests = tests.try_iter()?.map(|test| parse(&test?)).collect::<PyResult<Vec<_>>>()?;
        let attributes = tests.iter().any(|test| test.key().is_some());
        Ok(Self { tests, attributes })
    }

    /// A byte for each test, 1 if the trace meets it, and the earliest start of its spans, 0 if none has one.
    fn judge<'py>(
        &self,
        py: Python<'py>,
        trace_id: &[u8],
        requests: Vec<Bound<'py, PyBytes>>,
    ) -> PyResult<(Bound<'py, PyBytes>, u64)> {
        let mut trace = Trace::new(self);
        trace.begin(trace_id);
        for request in &requests {
            let data = request.as_bytes();
            run(py, Signal::Traces, data, || trace.request(data))?;
        }
        Ok((PyBytes::new(py, trace.met()), trace.earliest()))
    }
}

fn parse(test: &Bound<'_, PyAny>) -> PyResult<Test> {
    let kind: String = test.get_item(0)?.extract()?;
    let bytes = |index: usize| -> PyResult<Vec<u8>> { Ok(test.get_item(index)?.extract::<String>()?.into_bytes()) };
    let texts = |index: usize| -> PyResult<Vec<String>> { test.get_item(index)?.extract() };
    let raw = |texts: Vec<String>| texts.into_iter().map(String::into_bytes).collect();
    Ok(match &kind[..] {
        "status" => Test::Status(test.get_item(1)?.extract()?),
        "latency" => Test::Latency { least: test.get_item(1)?.extract()?, most: test.get_item(2)?.extract()? },
        "int" => Test::Int { key: bytes(1)?, range: test.get_item(2)?.extract()?..=test.get_item(3)?.extract()? },
        "bool" => Test::Bool { key: bytes(1)?, value: test.get_item(2)?.extract()? },
        "text" => Test::Text { key: bytes(1)?, values: raw(texts(2)?) },
        "pattern" => {
            let patterns = texts(2)?.iter().map(|pattern| compile_pattern(pattern)).collect::<PyResult<_>>()?;
            Test::Pattern { key: bytes(1)?, patterns }
        }
        "trace_state" => Test::TraceState { key: bytes(1)?, values: raw(texts(2)?) },
        "sampled_flag" => Test::SampledFlag,
        "hash" => Test::Hash { begun: fnv(FNV_OFFSET, &bytes(1)?), threshold: test.get_item(2)?.extract()? },
        _ => return Err(PyValueError::new_err(format!("not a test: {kind:?}"))),
    })
}

fn fnv(begun: u64, bytes: &[u8]) -> u64 {
    bytes.iter().fold(begun, |hash, byte| (hash ^ u64::from(*byte)).wrapping_mul(FNV_PRIME))
}

/// What is known of a trace while its requests are read.
pub struct Trace<'j> {
    judge: &'j Judge,
    met: Vec<u8>,
    /// Whether a test has seen its key in the message that is being read.
    read: Vec<bool>,
    extent: Extent,
}

impl<'j> Trace<'j> {
    pub fn new(judge: &'j Judge) -> Self {
        let tests = judge.tests.len();
        Self { judge, met: vec![0; tests], read: vec![false; tests], extent: Extent::default() }
    }

    /// Begin a trace, and forget the one before.
    pub fn begin(&mut self, id: &[u8]) {
        self.extent = Extent::default();
        for (test, met) in self.judge.tests.iter().zip(&mut self.met) {
            *met = match test {
                Test::Hash { begun, threshold } => u8::from(fnv(*begun, id) <= *threshold),
                _ => 0,
            };
        }
    }

    /// A byte for each test, 1 if what was read meets it.
    pub fn met(&self) -> &[u8] {
        &self.met
    }

    /// The earliest start of its spans, 0 if none has one.
    pub fn earliest(&self) -> u64 {
        self.extent.earliest
    }

    /// Read spans of it.
    pub fn request(&mut self, data: &[u8]) -> Result<()> {
        let mut request = Fields::new(data, 0, data.len());
        while let Some(resource) = request.next()? {
            if resource.tag == RESOURCES {
                self.resource(data, &resource)?;
            }
        }
        Ok(())
    }

    fn resource(&mut self, data: &[u8], field: &Field) -> Result<()> {
        self.resource_fields(data, (field.body, field.end))?;
        let mut scopes = Fields::new(data, field.body, field.end);
        while let Some(scope) = scopes.next()? {
            if scope.tag == SCOPES {
                self.scope_fields(data, (scope.body, scope.end))?;
            }
        }
        Ok(())
    }

    /// Read spans of it that are kept.
    pub fn fragment(&mut self, fragment: &Fragment) -> Result<()> {
        match fragment {
            Fragment::Spans(header, spans) => {
                self.resource_fields(header.resource(), (0, header.resource().len()))?;
                self.scope_fields(spans, (0, spans.len()))
            }
            Fragment::Request(request) => self.request(request),
        }
    }

    fn resource_fields(&mut self, data: &[u8], body: (usize, usize)) -> Result<()> {
        self.read.fill(false);
        let mut fields = Fields::new(data, body.0, body.1);
        while let Some(inner) = fields.next()? {
            if inner.tag == RESOURCE && self.judge.attributes {
                let body = (inner.body, inner.end);
                let tests = &self.judge.tests;
                read_attributes(data, body, RESOURCE_ATTRIBUTES, tests, &mut self.read, &mut self.met, false)?;
            }
        }
        Ok(())
    }

    fn scope_fields(&mut self, data: &[u8], body: (usize, usize)) -> Result<()> {
        let mut spans = Fields::new(data, body.0, body.1);
        while let Some(span) = spans.next()? {
            if span.tag == ITEMS {
                self.span(data, &span)?;
            }
        }
        Ok(())
    }

    fn span(&mut self, data: &[u8], field: &Field) -> Result<()> {
        let mut span = SpanFacts::default();
        let mut has_attributes = false;
        let mut fields = Fields::new(data, field.body, field.end);
        while let Some(field) = fields.next()? {
            match field.tag {
                START => span.start = fixed64(&data[field.body..field.end]),
                END => span.end = fixed64(&data[field.body..field.end]),
                TRACE_STATE => span.trace_state = &data[field.body..field.end],
                FLAGS => span.flags = data[field.body..field.end].try_into().map_or(0, u32::from_le_bytes),
                ATTRIBUTES => has_attributes = true,
                STATUS => {
                    let mut status = fields.inside(&field)?;
                    while let Some(part) = status.next()? {
                        if part.tag == STATUS_CODE {
                            span.status = read_varint(data, part.body)?.0 as i32;
                        }
                    }
                }
                _ => {}
            }
        }
        self.extent.add(&span);
        for (test, met) in self.judge.tests.iter().zip(&mut self.met) {
            if *met == 0 {
                *met = u8::from(test.span(&span, &self.extent));
            }
        }
        if has_attributes && self.judge.attributes {
            for (index, read) in self.read.iter_mut().enumerate() {
                *read = self.met[index] != 0; // what is met already need not be looked for
            }
            let body = (field.body, field.end);
            read_attributes(data, body, ATTRIBUTES, &self.judge.tests, &mut self.read, &mut self.met, true)?;
        }
        Ok(())
    }
}

fn fixed64(bytes: &[u8]) -> u64 {
    bytes.try_into().map_or(0, u64::from_le_bytes)
}
