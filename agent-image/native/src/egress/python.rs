//! The door to Python: everything here runs in the event loop's thread, with the GIL.

use super::attempt::Call;
use super::channel::Channel;
use super::completed::Completed;
use super::settings::{Settings, seconds};
use super::status::{self, Outcome};
use super::{resolve, runtime, tls};
use bytes::Bytes;
use http::{HeaderMap, HeaderName, HeaderValue};
use pyo3::exceptions::{PyOSError, PyValueError};
use pyo3::prelude::*;
use pyo3::pybacked::PyBackedBytes;
use pyo3::types::PyBytes;
use std::collections::HashMap;
use std::os::fd::RawFd;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use tokio::runtime::Handle;
use tokio::task::AbortHandle;
use tokio::time::Instant;

type Taken<'py> = (u64, u16, String, Option<String>, Bound<'py, PyBytes>, Option<String>);

/// Where the calls of any number of channels end, for one event loop.
#[pyclass(frozen)]
struct GrpcCompleted(Arc<Completed>);

#[pymethods]
impl GrpcCompleted {
    #[new]
    fn new() -> PyResult<Self> {
        Ok(Self(Arc::new(Completed::new().map_err(|error| PyOSError::new_err(error.to_string()))?)))
    }

    /// Readable while there is something to take.
    fn fileno(&self) -> RawFd {
        self.0.descriptor()
    }

    /// Ended calls as (token, code, text, grpc-status-details-bin or None, message, what that is packed with or None).
    fn take<'py>(&self, py: Python<'py>) -> Vec<Taken<'py>> {
        let tuple = |(token, outcome): (u64, Outcome)| {
            (token, outcome.code, outcome.text, outcome.details, PyBytes::new(py, &outcome.body), outcome.encoding)
        };
        self.0.take().into_iter().map(tuple).collect()
    }
}

type Calls = Arc<Mutex<HashMap<u64, AbortHandle>>>;

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Gives a call's end to Python when dropped, whatever ended it, unless somebody gave the call up.
struct Owed {
    token: u64,
    outcome: Option<Outcome>,
    calls: Calls,
    completed: Arc<Completed>,
}

impl Owed {
    fn settle(mut self, outcome: Outcome) {
        self.outcome = Some(outcome);
    }
}

impl Drop for Owed {
    fn drop(&mut self) {
        if lock(&self.calls).remove(&self.token).is_some() {
            let panicked = || Outcome::failed(status::INTERNAL, "a fault in the native gRPC client ended the call");
            self.completed.put(self.token, self.outcome.take().unwrap_or_else(panicked));
        }
    }
}

/// A gRPC peer. Connects at the first call; must not be used across a fork.
#[pyclass(frozen)]
struct GrpcChannel {
    channel: Arc<Channel>,
    completed: Arc<Completed>,
    runtime: Handle,
    calls: Calls,
}

#[pymethods]
impl GrpcChannel {
    /// ValueError says what is wrong with the certificates.
    #[new]
    fn new(settings: Settings, completed: &GrpcCompleted) -> PyResult<Self> {
        let tls = settings.tls.as_ref().map(tls::prepare).transpose().map_err(PyValueError::new_err)?;
        let runtime = runtime::handle().map_err(|error| PyOSError::new_err(error.to_string()))?;
        let channel = Channel::new(settings, tls, resolve::system());
        Ok(Self { channel, completed: completed.0.clone(), runtime, calls: Calls::default() })
    }

    /// Begin a unary call; `token` comes back with its end. `body` is sent as it is, packed with `encoding` if that is not
    /// empty; `timeout` is seconds, 0 for none. ValueError for metadata that HTTP/2 does not have.
    #[allow(clippy::too_many_arguments)]
    fn call(
        &self,
        token: u64,
        path: String,
        metadata: Vec<(String, String)>,
        encoding: String,
        body: PyBackedBytes,
        timeout: f64,
        wait_for_ready: bool,
    ) -> PyResult<()> {
        let deadline = seconds(timeout).and_then(|timeout| Instant::now().checked_add(timeout));
        let headers = fields(&metadata).map_err(PyValueError::new_err)?;
        let call = Call { path, headers, encoding, body: Bytes::from_owner(body), deadline, wait_for_ready };
        let channel = self.channel.clone();
        let owed = Owed { token, outcome: None, calls: self.calls.clone(), completed: self.completed.clone() };
        let mut running = lock(&self.calls);
        let task = self.runtime.spawn(async move { owed.settle(channel.call(call).await) });
        running.insert(token, task.abort_handle());
        Ok(())
    }

    /// Give a call up; it does not come back.
    fn cancel(&self, token: u64) {
        if let Some(task) = lock(&self.calls).remove(&token) {
            task.abort();
        }
    }

    /// End all calls with CANCELLED, and give the connections up.
    fn close(&self) {
        let left = std::mem::take(&mut *lock(&self.calls));
        for (token, task) in left {
            task.abort();
            self.completed.put(token, Outcome::failed(status::CANCELLED, "the channel was closed"));
        }
        let _guard = self.runtime.enter();
        self.channel.close();
    }

    /// Connections that can take calls.
    #[getter]
    fn connections(&self) -> usize {
        self.channel.ready()
    }
}

impl Drop for GrpcChannel {
    fn drop(&mut self) {
        self.close();
    }
}

fn fields(metadata: &[(String, String)]) -> Result<HeaderMap, String> {
    let mut headers = HeaderMap::with_capacity(metadata.len() + 8);
    for (name, value) in metadata {
        let key = HeaderName::from_bytes(name.as_bytes()).map_err(|_| format!("\"{name}\" cannot be the name of metadata"))?;
        let value = HeaderValue::from_str(value).map_err(|_| format!("the value of {name} cannot be sent as metadata"))?;
        headers.append(key, value);
    }
    Ok(headers)
}

pub fn register(module: &Bound<'_, PyModule>) -> PyResult<()> {
    module.add_class::<GrpcCompleted>()?;
    module.add_class::<GrpcChannel>()
}
