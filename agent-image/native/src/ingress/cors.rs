//! Cross-origin rules for answers to ordinary requests, whoever makes them. Preflight requests are answered by Python.

use super::payload::add_headers;
use http::header::{HeaderMap, HeaderValue};
use pyo3::prelude::*;

/// Attributes of the Python object of the same names.
#[derive(FromPyObject)]
pub struct Cors {
    /// Whether every origin is allowed.
    pub any_origin: bool,
    /// Allowed origins in lower case; `*` stands for any text.
    pub origins: Vec<String>,
    /// Headers of an answer that scripts may see, joined; empty for none.
    pub exposed: String,
}

impl Cors {
    /// Add what the answer to a request with this Origin has to say.
    pub fn grant(&self, origin: Option<&HeaderValue>, answer: &mut HeaderMap) {
        let mut headers = vec![("vary".to_owned(), "Origin".to_owned())];
        let origin = origin.and_then(|origin| origin.to_str().ok());
        if let Some(origin) = origin.filter(|origin| self.allows(&origin.to_lowercase())) {
            let allowed = if self.any_origin { "*" } else { origin };
            headers.push(("access-control-allow-origin".into(), allowed.into()));
            headers.push(("access-control-allow-credentials".into(), "true".into()));
            if !self.exposed.is_empty() {
                headers.push(("access-control-expose-headers".into(), self.exposed.clone()));
            }
        }
        add_headers(answer, &headers);
    }

    fn allows(&self, origin: &str) -> bool {
        self.any_origin || self.origins.iter().any(|pattern| matches(pattern, origin))
    }
}

/// Whether a text is what the pattern says, each `*` of which stands for any text.
fn matches(pattern: &str, text: &str) -> bool {
    let Some((prefix, pattern)) = pattern.split_once('*') else { return pattern == text };
    let Some(mut rest) = text.strip_prefix(prefix) else { return false };
    let (middle, suffix) = pattern.rsplit_once('*').unwrap_or(("", pattern));
    for part in middle.split('*') {
        match rest.find(part) {
            Some(at) => rest = &rest[at + part.len()..],
            None => return false,
        }
    }
    rest.ends_with(suffix)
}

#[cfg(test)]
mod tests {
    use super::matches;

    #[test]
    fn a_star_stands_for_any_text() {
        for (pattern, text) in [
            ("https://a.com", "https://a.com"),
            ("https://*.com", "https://a.b.com"),
            ("*", ""),
            ("*://*.a.com:*", "http://x.a.com:80"),
            ("a*b*b", "abb"),
            ("a**b", "ab"),
        ] {
            assert!(matches(pattern, text), "{pattern} {text}");
        }
        for (pattern, text) in [
            ("https://a.com", "https://a.com.evil"),
            ("https://*.a.com", "https://evil.com"),
            ("https://*.a.com", "https://x.a.com.evil"),
            ("a*b*b", "ab"),
            ("a*a", "a"),
        ] {
            assert!(!matches(pattern, text), "{pattern} {text}");
        }
    }
}
