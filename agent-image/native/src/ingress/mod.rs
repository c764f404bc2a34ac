//! Front end of the OTLP receiver: hyper on a tokio thread that never takes the GIL. Python sees lists of whole requests.
//!
//! `python` is the door, `runtime` the thread, `connection` one connection, `service` one request, `exchange` what the two
//! threads share.

mod budget;
mod check;
mod connection;
mod cors;
mod counted;
mod exchange;
mod gather;
pub(crate) mod inflate;
mod limits;
mod patrol;
mod payload;
mod python;
mod read;
mod runtime;
mod service;
mod settings;
#[cfg(test)]
mod tests;
mod timeout;
mod tls;
mod watch;
mod wire;

pub use python::register;
