//! What the validator must know of the OTLP messages (opentelemetry-proto 1.x): which delimited fields are text, messages or packed numbers.
//!
//! All else needs no entry: a scalar, `bytes`, an unknown field, or a known one with another wire type are all skipped alike.

use self::Kind::Message as M;
use super::signal::Signal;

#[derive(Clone, Copy)]
pub enum Kind {
    Plain,
    Text,
    /// A KeyValue; by far the most frequent message.
    Attribute,
    Message(&'static Schema),
    PackedFixed64,
    PackedVarint,
}

/// Kinds by field number.
pub struct Schema(&'static [Kind]);

impl Schema {
    #[inline]
    pub fn kind(&self, number: u32) -> Kind {
        self.0.get(number as usize).copied().unwrap_or(Kind::Plain)
    }
}

pub fn request(signal: Signal) -> &'static Schema {
    match signal {
        Signal::Traces => &TRACES_REQUEST,
        Signal::Metrics => &METRICS_REQUEST,
        Signal::Logs => &LOGS_REQUEST,
    }
}

const P: Kind = Kind::Plain;
const T: Kind = Kind::Text;

pub static KEY_VALUE: Schema = Schema(&[P, T, M(&ANY_VALUE)]);
static ANY_VALUE: Schema = Schema(&[P, T, P, P, P, M(&ARRAY_VALUE), M(&KEY_VALUE_LIST)]);
static ARRAY_VALUE: Schema = Schema(&[P, M(&ANY_VALUE)]);
static KEY_VALUE_LIST: Schema = Schema(&[P, Kind::Attribute]);
static ENTITY_REF: Schema = Schema(&[P, T, T, T, T]);
static RESOURCE: Schema = Schema(&[P, Kind::Attribute, P, M(&ENTITY_REF)]);
static SCOPE: Schema = Schema(&[P, T, T, Kind::Attribute]);

static TRACES_REQUEST: Schema = Schema(&[P, M(&RESOURCE_SPANS)]);
static RESOURCE_SPANS: Schema = Schema(&[P, M(&RESOURCE), M(&SCOPE_SPANS), T]);
static SCOPE_SPANS: Schema = Schema(&[P, M(&SCOPE), M(&SPAN), T]);
static SPAN: Schema = Schema(&[P, P, P, T, P, T, P, P, P, Kind::Attribute, P, M(&EVENT), P, M(&LINK), P, M(&STATUS)]);
static EVENT: Schema = Schema(&[P, P, T, Kind::Attribute]);
static LINK: Schema = Schema(&[P, P, P, T, Kind::Attribute]);
static STATUS: Schema = Schema(&[P, P, T]);

static LOGS_REQUEST: Schema = Schema(&[P, M(&RESOURCE_LOGS)]);
static RESOURCE_LOGS: Schema = Schema(&[P, M(&RESOURCE), M(&SCOPE_LOGS), T]);
static SCOPE_LOGS: Schema = Schema(&[P, M(&SCOPE), M(&LOG_RECORD), T]);
static LOG_RECORD: Schema = Schema(&[P, P, P, T, P, M(&ANY_VALUE), Kind::Attribute, P, P, P, P, P, T]);

static METRICS_REQUEST: Schema = Schema(&[P, M(&RESOURCE_METRICS)]);
static RESOURCE_METRICS: Schema = Schema(&[P, M(&RESOURCE), M(&SCOPE_METRICS), T]);
static SCOPE_METRICS: Schema = Schema(&[P, M(&SCOPE), M(&METRIC), T]);
static METRIC: Schema = Schema(&[
    P,
    T,
    T,
    T,
    P,
    M(&NUMBERS),
    P,
    M(&NUMBERS),
    P,
    M(&HISTOGRAM),
    M(&EXPONENTIAL_HISTOGRAM),
    M(&SUMMARY),
    Kind::Attribute,
]);
static NUMBERS: Schema = Schema(&[P, M(&NUMBER_POINT)]); // Gauge and Sum
static NUMBER_POINT: Schema = Schema(&[P, P, P, P, P, M(&EXEMPLAR), P, Kind::Attribute]);
static EXEMPLAR: Schema = Schema(&[P, P, P, P, P, P, P, Kind::Attribute]);
static HISTOGRAM: Schema = Schema(&[P, M(&HISTOGRAM_POINT)]);
static HISTOGRAM_POINT: Schema =
    Schema(&[P, P, P, P, P, P, Kind::PackedFixed64, Kind::PackedFixed64, M(&EXEMPLAR), Kind::Attribute]);
static EXPONENTIAL_HISTOGRAM: Schema = Schema(&[P, M(&EXPONENTIAL_POINT)]);
static EXPONENTIAL_POINT: Schema = Schema(&[P, Kind::Attribute, P, P, P, P, P, P, M(&BUCKETS), M(&BUCKETS), P, M(&EXEMPLAR)]);
static BUCKETS: Schema = Schema(&[P, P, Kind::PackedVarint]);
static SUMMARY: Schema = Schema(&[P, M(&SUMMARY_POINT)]);
static SUMMARY_POINT: Schema = Schema(&[P, P, P, P, P, P, M(&QUANTILE), Kind::Attribute]);
static QUANTILE: Schema = Schema(&[]);
