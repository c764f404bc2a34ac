//! The three signals, and how the outer levels of their requests nest.

use super::wire::{DELIMITED, tag_of};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Signal {
    Traces,
    Metrics,
    Logs,
}

/// ResourceSpans, ResourceMetrics, ResourceLogs in their request.
pub const RESOURCES: u32 = tag_of(1, DELIMITED);
/// ScopeSpans, ScopeMetrics, ScopeLogs in those.
pub const SCOPES: u32 = tag_of(2, DELIMITED);
/// Spans, metrics, log records in those.
pub const ITEMS: u32 = tag_of(2, DELIMITED);
/// Data points in Gauge, Sum, Histogram, ExponentialHistogram and Summary.
pub const POINTS: u32 = tag_of(1, DELIMITED);

impl Signal {
    /// From the spelling of pipeline ids.
    pub fn parse(name: &str) -> Option<Self> {
        match name {
            "traces" => Some(Signal::Traces),
            "metrics" => Some(Signal::Metrics),
            "logs" => Some(Signal::Logs),
            _ => None,
        }
    }

    pub fn name(self) -> &'static str {
        match self {
            Signal::Traces => "traces",
            Signal::Metrics => "metrics",
            Signal::Logs => "logs",
        }
    }
}

/// Whether a field of Metric is a member of its `data` oneof.
#[inline]
pub fn is_data(tag: u32) -> bool {
    tag & 7 == DELIMITED && matches!(tag >> 3, 5 | 7 | 9 | 10 | 11)
}
