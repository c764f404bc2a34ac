//! Judges whole traces: which tests they meet, span by span as they come, or in one pass over all that was kept of them.

mod span;
mod test;
mod tracestate;

use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;
use pyo3::types::PyBytes;
use smallvec::SmallVec;

use super::fragment::Fragment;
use super::program::compile_pattern;
use super::run;
use super::signal::{ITEMS, RESOURCES, SCOPES, Signal};
use super::wire::{DELIMITED, Field, Fields, Result, tag_of};
use span::ATTRIBUTES;
pub use span::Span;
use test::{Extent, Test, read_attributes};

/// Resource in ResourceSpans.
const RESOURCE: u32 = tag_of(1, DELIMITED);
const RESOURCE_ATTRIBUTES: u32 = tag_of(1, DELIMITED);

const FNV_OFFSET: u64 = 0xcbf2_9ce4_8422_2325;
const FNV_PRIME: u64 = 0x0100_0000_01b3;

/// Compiled tests.
#[derive(Default)]
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
        let (mut reading, mut findings) = (Reading::new(self), self.begin(trace_id));
        for request in &requests {
            let data = request.as_bytes();
            run(py, Signal::Traces, data, || reading.request(data, &mut findings))?;
        }
        Ok((PyBytes::new(py, findings.met()), findings.earliest()))
    }
}

impl Judge {
    /// What is known of a trace by its id.
    pub fn begin(&self, id: &[u8]) -> Findings {
        let met = self.tests.iter().map(|test| match test {
            Test::Hash { begun, threshold } => u8::from(fnv(*begun, id) <= *threshold),
            _ => 0,
        });
        Findings { met: met.collect(), extent: Extent::default() }
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

/// What is known of a trace by some of its spans.
#[derive(Debug, PartialEq, Eq)]
pub struct Findings {
    met: SmallVec<[u8; 16]>,
    extent: Extent,
}

impl Findings {
    /// A byte for each test, 1 if what was read meets it.
    pub fn met(&self) -> &[u8] {
        &self.met
    }

    /// The earliest start of the spans, 0 if none has one.
    pub fn earliest(&self) -> u64 {
        self.extent.earliest
    }
}

/// Adds spans to findings, in the order in which they came: a test of the latency looks at what has come so far.
pub struct Reading<'j> {
    judge: &'j Judge,
    /// Whether a test has seen its key in the message that is being read.
    read: Vec<bool>,
}

impl<'j> Reading<'j> {
    pub fn new(judge: &'j Judge) -> Self {
        Self { judge, read: vec![false; judge.tests.len()] }
    }

    /// Add all spans of a request.
    pub fn request(&mut self, data: &[u8], findings: &mut Findings) -> Result<()> {
        let mut request = Fields::new(data, 0, data.len());
        while let Some(resource) = request.next()? {
            if resource.tag == RESOURCES {
                self.resource_spans(data, &resource, findings)?;
            }
        }
        Ok(())
    }

    fn resource_spans(&mut self, data: &[u8], field: &Field, findings: &mut Findings) -> Result<()> {
        self.resource(data, [(field.body, field.end)], findings)?;
        let mut scopes = Fields::new(data, field.body, field.end);
        while let Some(scope) = scopes.next()? {
            if scope.tag == SCOPES {
                self.spans(data, (scope.body, scope.end), findings)?;
            }
        }
        Ok(())
    }

    /// Add spans that are kept.
    pub fn fragment(&mut self, fragment: &Fragment, findings: &mut Findings) -> Result<()> {
        match fragment {
            Fragment::Spans(header, spans) => {
                self.resource(header.resource(), [(0, header.resource().len())], findings)?;
                self.spans(spans, (0, spans.len()), findings)
            }
            Fragment::Request(request) => self.request(request, findings),
        }
    }

    /// Add the resource of spans; it stands somewhere in these pieces of ResourceSpans.
    pub fn resource(
        &mut self,
        data: &[u8],
        pieces: impl IntoIterator<Item = (usize, usize)>,
        findings: &mut Findings,
    ) -> Result<()> {
        if !self.judge.attributes {
            return Ok(());
        }
        self.read.fill(false);
        for (start, end) in pieces {
            let mut fields = Fields::new(data, start, end);
            while let Some(inner) = fields.next()? {
                if inner.tag == RESOURCE {
                    let body = (inner.body, inner.end);
                    let tests = &self.judge.tests;
                    read_attributes(data, body, RESOURCE_ATTRIBUTES, tests, &mut self.read, &mut findings.met, false)?;
                }
            }
        }
        Ok(())
    }

    fn spans(&mut self, data: &[u8], body: (usize, usize), findings: &mut Findings) -> Result<()> {
        let mut spans = Fields::new(data, body.0, body.1);
        while let Some(span) = spans.next()? {
            if span.tag == ITEMS {
                self.span(data, &Span::read(data, &span)?, findings)?;
            }
        }
        Ok(())
    }

    /// Add a span.
    pub fn span(&mut self, data: &[u8], span: &Span<'_>, findings: &mut Findings) -> Result<()> {
        let status = span.status?;
        findings.extent.add(span);
        for (test, met) in self.judge.tests.iter().zip(&mut findings.met) {
            if *met == 0 {
                *met = u8::from(test.span(span, status, &findings.extent));
            }
        }
        if span.has_attributes && self.judge.attributes {
            for (index, read) in self.read.iter_mut().enumerate() {
                *read = findings.met[index] != 0; // what is met already need not be looked for
            }
            read_attributes(data, span.body, ATTRIBUTES, &self.judge.tests, &mut self.read, &mut findings.met, true)?;
        }
        Ok(())
    }
}
