//! What Python configures once, before the thread starts.

use super::cors::Cors;
use pyo3::prelude::*;

/// An answer made in Python: status, headers, body.
pub type Ready = (u16, Vec<(String, String)>, Vec<u8>);

/// Attributes of the Python object of the same names. Times are seconds, 0 is no limit; sizes are bytes.
#[derive(FromPyObject)]
pub struct Settings {
    /// Whether each protocol is taken at all.
    pub grpc: bool,
    pub http: bool,
    /// Path and signal (0 traces, 1 metrics, 2 logs) of what is served.
    pub grpc_paths: Vec<(String, u8)>,
    pub http_paths: Vec<(String, u8)>,
    pub grpc_limit: usize,
    pub http_limit: usize,
    /// Content-Encoding values that HTTP requests may have.
    pub encodings: Vec<String>,
    /// Hand headers over with each request.
    pub headers: bool,
    /// Hand bodies over as they came, neither unpacked nor checked.
    pub raw: bool,
    /// Hand the query of a URL over, as a header of the name `:query`.
    pub query: bool,
    /// Hand preflight requests over, and add what these rules say to all other answers to HTTP.
    pub cors: Option<Cors>,
    pub response_headers: Vec<(String, String)>,
    pub max_connections: usize,
    pub max_requests: usize,
    pub max_bytes: usize,
    /// At the two limits above: do not read on, instead of refusing.
    pub wait: bool,
    /// Answers at the limits, to gRPC, protobuf and JSON.
    pub overload: [Ready; 3],
    pub max_streams: u32,
    pub header_timeout: f64,
    pub read_timeout: f64,
    pub idle_timeout: f64,
    pub max_age: f64,
    pub max_age_grace: f64,
    pub ping_interval: f64,
    pub ping_timeout: f64,
    pub keep_alive: bool,
}
