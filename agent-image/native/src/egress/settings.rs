//! What Python configures once, when it opens a channel.

use pyo3::prelude::*;
use std::time::Duration;

/// Attributes of the Python object of the same names. Times are seconds, 0 is never; sizes are bytes.
#[derive(FromPyObject, Clone)]
pub struct Settings {
    /// Names or addresses with their ports; not used when `unix` names a socket.
    pub hosts: Vec<(String, u16)>,
    pub unix: String,
    pub authority: String,
    pub user_agent: String,
    /// Connect to every address and take turns; else to the first that answers.
    pub round_robin: bool,
    pub keepalive_time: f64,
    pub keepalive_timeout: f64,
    /// Ping also while there are no calls.
    pub keepalive_idle: bool,
    pub tls: Option<TlsSettings>,
    pub max_answer: usize,
    /// First and longest wait between attempts to connect.
    pub backoff: (f64, f64),
    /// Shortest time between two look-ups of a name.
    pub resolve_interval: f64,
    pub connect_timeout: f64,
}

/// PEM contents are empty where nothing is configured.
#[derive(FromPyObject, Clone)]
pub struct TlsSettings {
    pub ca: Vec<u8>,
    pub certificate: Vec<u8>,
    pub key: Vec<u8>,
    pub system_roots: bool,
    pub skip_verify: bool,
    /// "1.2", "1.3".
    pub versions: Vec<String>,
    /// Whom the server's certificate has to name.
    pub server_name: String,
}

/// A time that may be never.
pub fn seconds(value: f64) -> Option<Duration> {
    (value > 0.0).then(|| Duration::try_from_secs_f64(value).unwrap_or(Duration::MAX))
}
