//! gRPC client of the OTLP exporter: unary calls by hyper's HTTP/2 on a tokio thread that never takes the GIL.
//!
//! `python` is the door, `runtime` the thread, `channel` a peer with its connections, `slot` one kept connection, `connect` how
//! it is made, `resolve` where to, `attempt` and `answer` one call over it, `completed` what goes back to Python.

mod answer;
mod attempt;
mod backoff;
mod channel;
mod completed;
mod connect;
mod greeting;
mod message;
mod python;
mod resolve;
mod runtime;
mod settings;
mod slot;
mod status;
#[cfg(test)]
mod tests;
mod tls;
mod trust;

pub use python::register;
