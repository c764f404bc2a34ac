//! From the plain-data description of a program to the program. `otel_agent.pdata.program` has checked it and words the errors.

use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;
use pyo3::types::{PyBool, PyBytes, PyDict, PyFloat, PyInt, PyList, PyString, PyTuple};
use regex::Regex;

use super::convert::{Algorithm, Target};
use super::edit::{Edit, Edits, Keys, Source, Step};
use super::path::{Access, ITEM, PART, Path, RESOURCE, SCOPE, What};
use super::pattern;
use super::predicate::{Comparison, Literal, Operand, Predicate};
use super::run::{Action, Run};
use super::value::{Value, push_array, push_delimited, push_key_values};
use crate::kernel::count::count;
use crate::kernel::wire::{DELIMITED, tag_of};
use crate::kernel::{parse_signal, run, signal::Signal, to_bytes};

pub const MAX_NESTING: usize = 64;

/// A compiled program for one signal and one level of its requests.
#[pyclass(frozen, module = "otel_agent._native")]
pub struct Program {
    signal: Signal,
    level: usize,
    work: Work,
}

enum Work {
    Edit(Edits),
    Drop(Predicate),
}

#[pymethods]
impl Program {
    /// Compile edits: a list of (edit, condition or None), and a condition for all of them.
    #[staticmethod]
    #[pyo3(signature = (signal, level, steps, condition=None))]
    fn edits(signal: &str, level: &str, steps: &Bound<'_, PyAny>, condition: Option<&Bound<'_, PyAny>>) -> PyResult<Self> {
        let steps = steps.try_iter()?.map(|step| parse_step(level, &step?)).collect::<PyResult<_>>()?;
        let condition = condition.map(|condition| parse_predicate(condition, MAX_NESTING)).transpose()?;
        let work = Work::Edit(Edits { steps, condition });
        Ok(Self { signal: parse_signal(signal)?, level: depth(level)?, work })
    }

    /// Compile a filter: what meets the condition is dropped.
    #[staticmethod]
    fn filter(signal: &str, level: &str, condition: &Bound<'_, PyAny>) -> PyResult<Self> {
        let condition = parse_predicate(condition, MAX_NESTING)?;
        Ok(Self { signal: parse_signal(signal)?, level: depth(level)?, work: Work::Drop(condition) })
    }

    /// The edited request; the same object if nothing changed.
    fn edit<'py>(&self, py: Python<'py>, data: &Bound<'py, PyBytes>) -> PyResult<Bound<'py, PyBytes>> {
        let bytes = data.as_bytes();
        let work = || Run::new(bytes, self.signal, self.level, self.action()).finish();
        match run(py, self.signal, bytes, work)?.0 {
            Some(draft) => to_bytes(py, &draft),
            None => Ok(data.clone()),
        }
    }

    /// The filtered request, its items, and how many messages of the level were dropped.
    fn keep<'py>(&self, py: Python<'py>, data: &Bound<'py, PyBytes>) -> PyResult<(Bound<'py, PyBytes>, usize, usize)> {
        let bytes = data.as_bytes();
        let work = || Run::new(bytes, self.signal, self.level, self.action()).finish();
        let (draft, dropped) = run(py, self.signal, bytes, work)?;
        let kept = match draft {
            Some(draft) => to_bytes(py, &draft)?,
            None => data.clone(),
        };
        let bytes = kept.as_bytes();
        let items = run(py, self.signal, bytes, || count(self.signal, bytes))?;
        Ok((kept, items, dropped))
    }
}

impl Program {
    fn action(&self) -> Action<'_> {
        match &self.work {
            Work::Edit(edits) => Action::Edit(edits),
            Work::Drop(condition) => Action::Drop(condition),
        }
    }
}

/// Where a pattern is first found in a text, in bytes; for tests that hold the dialect to RE2's.
#[pyfunction]
pub fn search(expression: &str, text: &str) -> PyResult<Option<(usize, usize)>> {
    Ok(compile_pattern(expression)?.find(text).map(|found| (found.start(), found.end())))
}

pub fn unusable(what: &str) -> PyErr {
    PyValueError::new_err(format!("not a program: {what}"))
}

pub fn depth(level: &str) -> PyResult<usize> {
    match level {
        "resource" => Ok(RESOURCE),
        "scope" => Ok(SCOPE),
        "span" | "log" | "metric" => Ok(ITEM),
        "spanevent" | "datapoint" => Ok(PART),
        _ => Err(unusable("unknown level")),
    }
}

fn part<'py>(tuple: &Bound<'py, PyAny>, index: usize) -> PyResult<Bound<'py, PyAny>> {
    tuple.get_item(index)
}

fn text(tuple: &Bound<'_, PyAny>, index: usize) -> PyResult<String> {
    part(tuple, index)?.extract()
}

fn key(tuple: &Bound<'_, PyAny>, index: usize) -> PyResult<Vec<u8>> {
    Ok(text(tuple, index)?.into_bytes())
}

/// Compile a pattern of the RE2 dialect; ValueError for what is none.
pub fn compile_pattern(expression: &str) -> PyResult<Regex> {
    pattern::compile(expression).map_err(|error| PyValueError::new_err(format!("pattern {expression:?}: {error}")))
}

pub fn parse_path(path: &Bound<'_, PyAny>) -> PyResult<Path> {
    let (level, name) = (text(path, 0)?, text(path, 1)?);
    let what = match &name[..] {
        "attributes" => What::Attribute(key(path, 2)?),
        "type" if level == "metric" => What::MetricType,
        _ => What::Field(Access::find(&level, &name).ok_or_else(|| unusable("unknown field"))?),
    };
    Ok(Path { level: depth(&level)?, what })
}

fn parse_predicate(predicate: &Bound<'_, PyAny>, nesting: usize) -> PyResult<Predicate> {
    if nesting == 0 {
        return Err(unusable("conditions nested too deep"));
    }
    let operator = text(predicate, 0)?;
    let parts = || {
        let rest = predicate.try_iter()?.skip(1);
        rest.map(|part| parse_predicate(&part?, nesting - 1)).collect::<PyResult<Vec<_>>>()
    };
    let ordered = |comparison| {
        let path = parse_path(&part(predicate, 1)?)?;
        Ok(Predicate::Ordered(path, comparison, parse_operand(&part(predicate, 2)?)?))
    };
    let equal = || Ok(Predicate::Equal(parse_path(&part(predicate, 1)?)?, parse_operand(&part(predicate, 2)?)?));
    match &operator[..] {
        "and" => Ok(Predicate::And(parts()?)),
        "or" => Ok(Predicate::Or(parts()?)),
        "not" => Ok(Predicate::Not(Box::new(parse_predicate(&part(predicate, 1)?, nesting - 1)?))),
        "exists" => Ok(Predicate::Exists(parse_path(&part(predicate, 1)?)?)),
        "matches" => Ok(Predicate::Matches(parse_path(&part(predicate, 1)?)?, compile_pattern(&text(predicate, 2)?)?)),
        "text_matches" => Ok(Predicate::TextMatches(parse_path(&part(predicate, 1)?)?, compile_pattern(&text(predicate, 2)?)?)),
        "is" => Ok(Predicate::Same(parse_path(&part(predicate, 1)?)?, parse_literal(&part(predicate, 2)?)?)),
        "like" => Ok(Predicate::Like(parse_path(&part(predicate, 1)?)?, compile_pattern(&text(predicate, 2)?)?)),
        "==" => equal(),
        "!=" => equal().map(|predicate| Predicate::Not(Box::new(predicate))),
        "<" => ordered(Comparison::Less),
        "<=" => ordered(Comparison::LessOrEqual),
        ">" => ordered(Comparison::Greater),
        ">=" => ordered(Comparison::GreaterOrEqual),
        _ => Err(unusable("unknown condition")),
    }
}

fn parse_operand(value: &Bound<'_, PyAny>) -> PyResult<Operand> {
    if value.is_instance_of::<PyTuple>() {
        parse_path(value).map(Operand::Path)
    } else {
        parse_literal(value).map(Operand::Literal)
    }
}

fn parse_literal(value: &Bound<'_, PyAny>) -> PyResult<Literal> {
    if value.is_none() {
        return Ok(Literal::Nil);
    }
    if let Ok(value) = value.cast::<PyBool>() {
        return Ok(Literal::Bool(value.is_true()));
    }
    if value.is_instance_of::<PyInt>() {
        return Ok(Literal::Int(value.extract()?));
    }
    if value.is_instance_of::<PyFloat>() {
        return Ok(Literal::Double(value.extract()?));
    }
    if value.is_instance_of::<PyString>() {
        return Ok(Literal::Text(value.extract::<String>()?.into_bytes()));
    }
    if let Ok(value) = value.cast::<PyBytes>() {
        return Ok(Literal::Bytes(value.as_bytes().to_vec()));
    }
    Err(unusable("unknown kind of value"))
}

/// An encoded AnyValue.
pub fn parse_value(value: &Bound<'_, PyAny>, nesting: usize) -> PyResult<Vec<u8>> {
    if nesting == 0 {
        return Err(unusable("values nested too deep"));
    }
    let mut out = Vec::new();
    if let Ok(text) = value.cast::<PyString>() {
        Value::Text(text.to_str()?.as_bytes()).write(&mut out);
    } else if let Ok(list) = value.cast::<PyList>() {
        let values = list.iter().map(|value| parse_value(&value, nesting - 1)).collect::<PyResult<Vec<_>>>()?;
        push_array(&mut out, &values);
    } else if let Ok(mapping) = value.cast::<PyDict>() {
        let mut entries = Vec::new();
        for (key, value) in mapping.iter() {
            let mut entry = Vec::new();
            push_delimited(&mut entry, tag_of(1, DELIMITED), key.extract::<String>()?.as_bytes());
            push_delimited(&mut entry, tag_of(2, DELIMITED), &parse_value(&value, nesting - 1)?);
            entries.push(entry);
        }
        push_key_values(&mut out, &entries);
    } else {
        parse_literal(value)?.value().write(&mut out);
    }
    Ok(out)
}

fn parse_step(level: &str, step: &Bound<'_, PyAny>) -> PyResult<Step> {
    let condition = part(step, 1)?;
    let condition = if condition.is_none() { None } else { Some(parse_predicate(&condition, MAX_NESTING)?) };
    let edit = parse_edit(level, &part(step, 0)?)?;
    if level == "metric" && !matches!(edit, Edit::Assign(..)) {
        return Err(unusable("a metric has no attributes"));
    }
    Ok(Step { edit, condition })
}

fn parse_edit(level: &str, edit: &Bound<'_, PyAny>) -> PyResult<Edit> {
    let action = text(edit, 0)?;
    let set = |present, absent| Ok(Edit::Set { key: key(edit, 1)?, present, absent, source: parse_source(&part(edit, 2)?)? });
    let matching = || Ok::<_, PyErr>(Keys::Matching(compile_pattern(&text(edit, 1)?)?));
    match &action[..] {
        "insert" => set(false, true),
        "update" => set(true, false),
        "upsert" => set(true, true),
        "delete" => Ok(Edit::Delete(Keys::One(key(edit, 1)?))),
        "delete_matching" => Ok(Edit::Delete(matching()?)),
        "keep" => {
            let keys =
                part(edit, 1)?.try_iter()?.map(|key| Ok(key?.extract::<String>()?.into_bytes())).collect::<PyResult<_>>()?;
            Ok(Edit::Delete(Keys::Except(keys)))
        }
        "keep_matching" => Ok(Edit::Delete(Keys::NotMatching(compile_pattern(&text(edit, 1)?)?))),
        "assign" => {
            let access = Access::find(level, &text(edit, 1)?).filter(Access::is_assignable);
            let source = part(edit, 2)?;
            let operand = match &text(&source, 0)?[..] {
                "value" => Operand::Literal(parse_literal(&part(&source, 1)?)?),
                "from" => Operand::Path(parse_path(&part(&source, 1)?)?),
                _ => return Err(unusable("unknown source")),
            };
            Ok(Edit::Assign(access.ok_or_else(|| unusable("unknown field"))?, operand))
        }
        "hash" => Ok(Edit::Hash(Keys::One(key(edit, 1)?), parse_algorithm(&text(edit, 2)?)?)),
        "hash_matching" => Ok(Edit::Hash(matching()?, parse_algorithm(&text(edit, 2)?)?)),
        "extract" => Ok(Edit::Extract { key: key(edit, 1)?, pattern: compile_pattern(&text(edit, 2)?)? }),
        "convert" => Ok(Edit::Convert { key: key(edit, 1)?, target: parse_target(&text(edit, 2)?)? }),
        _ => Err(unusable("unknown edit")),
    }
}

fn parse_source(source: &Bound<'_, PyAny>) -> PyResult<Source> {
    match &text(source, 0)?[..] {
        "value" => Ok(Source::Literal(parse_value(&part(source, 1)?, MAX_NESTING)?)),
        "from" => Ok(Source::Path(parse_path(&part(source, 1)?)?)),
        _ => Err(unusable("unknown source")),
    }
}

fn parse_algorithm(name: &str) -> PyResult<Algorithm> {
    match name {
        "sha1" => Ok(Algorithm::Sha1),
        "sha256" => Ok(Algorithm::Sha256),
        _ => Err(unusable("unknown hash")),
    }
}

fn parse_target(name: &str) -> PyResult<Target> {
    match name {
        "int" => Ok(Target::Int),
        "double" => Ok(Target::Double),
        "string" => Ok(Target::Text),
        _ => Err(unusable("unknown type")),
    }
}
