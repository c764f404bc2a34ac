//! Operations on text that statements in Python leave to the kernel. Of a map they return what they change.

use std::borrow::Cow;

use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyString};
use regex::Regex;

use super::pattern;

/// A regular expression in the dialect of RE2.
#[pyclass(frozen, module = "otel_agent._native")]
pub struct Pattern(Regex);

#[pymethods]
impl Pattern {
    #[new]
    fn new(expression: &str) -> PyResult<Self> {
        pattern::compile(expression).map(Self).map_err(|error| PyValueError::new_err(format!("pattern {expression:?}: {error}")))
    }

    /// Whether it is found in a text.
    fn is_in(&self, text: &str) -> bool {
        self.0.is_match(text)
    }

    /// What the groups found at the first match, the match itself first; None without a match.
    fn groups<'t>(&self, text: &'t str) -> Option<Vec<Option<&'t str>>> {
        let captures = self.0.captures(text)?;
        Some(captures.iter().map(|group| group.map(|group| group.as_str())).collect())
    }

    /// The text with every match replaced, `$1` and `${name}` in the replacement standing for groups; None without a match.
    fn replace(&self, text: &str, replacement: &str) -> Option<String> {
        match self.0.replace_all(text, replacement) {
            Cow::Borrowed(_) => None,
            Cow::Owned(replaced) => Some(replaced),
        }
    }

    /// As `replace`, for the texts among the values of a map.
    fn replace_in<'py>(&self, values: &Bound<'py, PyDict>, replacement: &str) -> PyResult<Bound<'py, PyDict>> {
        changed(values, |text| match self.0.replace_all(text, replacement) {
            Cow::Borrowed(_) => None,
            replaced => Some(replaced),
        })
    }
}

/// The texts among the values of a map cut to so many bytes of UTF-8; of a character that the cut halves nothing is left, or U+FFFD.
#[pyfunction]
pub fn truncated<'py>(values: &Bound<'py, PyDict>, limit: usize, utf8_safe: bool) -> PyResult<Bound<'py, PyDict>> {
    changed(values, |text| {
        if text.len() <= limit {
            return None;
        }
        if !utf8_safe {
            return Some(String::from_utf8_lossy(&text.as_bytes()[..limit]));
        }
        let end = (0..=limit).rev().find(|end| text.is_char_boundary(*end));
        Some(Cow::Borrowed(&text[..end.unwrap_or(0)]))
    })
}

fn changed<'py>(values: &Bound<'py, PyDict>, change: impl Fn(&str) -> Option<Cow<'_, str>>) -> PyResult<Bound<'py, PyDict>> {
    let result = PyDict::new(values.py());
    for (key, value) in values.iter() {
        if let Ok(text) = value.cast::<PyString>()
            && let Some(text) = change(text.to_str()?)
        {
            result.set_item(key, text)?;
        }
    }
    Ok(result)
}
