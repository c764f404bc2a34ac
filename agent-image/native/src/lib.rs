//! `otel_agent._native`: optional accelerators of the collector. Each has a portable twin in Python with the same behaviour.

mod egress;
mod ingress;
mod kernel;
mod stanza;

use pyo3::prelude::*;

#[pymodule(gil_used = true)]
fn _native(module: &Bound<'_, PyModule>) -> PyResult<()> {
    module.add("VERSION", env!("CARGO_PKG_VERSION"))?;
    kernel::register(module)?;
    ingress::register(module)?;
    egress::register(module)?;
    stanza::register(module)?;
    Ok(())
}
