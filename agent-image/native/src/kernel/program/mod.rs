//! Programs: attribute edits and filters that are compiled once and run over the bytes of many requests.
//!
//! The description of a program is plain Python data; `otel_agent.pdata.program` documents and checks it.

mod assign;
mod columns;
mod compile;
mod convert;
mod edit;
mod json;
mod objects;
mod path;
mod pattern;
mod predicate;
mod rows;
mod run;
mod texts;
mod value;

pub use columns::Columns;
pub use compile::{Program, compile_pattern, search};
pub use objects::{encode_attributes, read_attributes};
pub use path::{key_of, value_of};
pub use texts::{Pattern, truncated};
pub use value::Value;
