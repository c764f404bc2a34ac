//! The thread of all channels: a tokio runtime made when the first one is, for the rest of the process. It never takes the GIL.

use std::sync::{Mutex, PoisonError};
use tokio::runtime::{Builder, Handle};

/// Look-ups of names block a thread each; a resolver that hangs must not take more.
const BLOCKING: usize = 4;

/// The process that the thread belongs to: after a fork, the child has none and starts its own.
static RUNNING: Mutex<Option<(u32, Handle)>> = Mutex::new(None);

pub fn handle() -> std::io::Result<Handle> {
    let mut running = RUNNING.lock().unwrap_or_else(PoisonError::into_inner);
    let process = std::process::id();
    if let Some((owner, handle)) = &*running
        && *owner == process
    {
        return Ok(handle.clone());
    }
    let runtime = Builder::new_current_thread().enable_all().max_blocking_threads(BLOCKING).build()?;
    let handle = runtime.handle().clone();
    std::thread::Builder::new().name("otlp-egress".into()).spawn(move || runtime.block_on(std::future::pending::<()>()))?;
    if let Some(old) = running.replace((process, handle.clone())) {
        std::mem::forget(old); // it belongs to the parent; dropping it could wait for threads that are not here
    }
    Ok(handle)
}
