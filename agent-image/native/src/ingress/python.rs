//! The door to Python: everything here runs in the event loop's thread, with the GIL.

use super::check;
use super::exchange::{Answer, Exchange, Received};
use super::runtime::{self, Running, Tls};
use super::settings::{Ready, Settings};
use super::tls;
use pyo3::exceptions::{PyOSError, PyRuntimeError, PyValueError};
use pyo3::prelude::*;
use pyo3::types::PyBytes;
use std::collections::HashMap;
use std::os::fd::RawFd;
use std::sync::atomic::Ordering::SeqCst;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

const CLOSING: Duration = Duration::from_secs(1);

type Taken<'py> = (u64, u8, u8, Bound<'py, PyBytes>, i64, String, Option<Vec<(String, String)>>, Option<String>, Option<f64>);

/// A front end for the listening sockets of one address.
///
/// `take` gives requests as (token, kind, signal, body, items, peer, headers or None, encoding or None, seconds that the client
/// waits or None); each must be answered once, by its token, also one that was given up.
#[pyclass(frozen)]
struct Ingress {
    exchange: Arc<Exchange>,
    tls: Tls,
    running: Mutex<Option<Running>>,
}

#[pymethods]
impl Ingress {
    #[new]
    fn new(settings: Settings) -> PyResult<Self> {
        let exchange = Exchange::new(settings).map_err(|error| PyOSError::new_err(error.to_string()))?;
        Ok(Self { exchange: Arc::new(exchange), tls: Tls::default(), running: Mutex::default() })
    }

    /// Use these PEM certificates for connections from now on; ValueError says what is wrong with them.
    ///
    /// Cipher suites (of TLS 1.2) and curves have Go's names; empty lists are all that there are.
    fn set_tls(
        &self,
        certificate: &[u8],
        key: &[u8],
        ca: &[u8],
        versions: Vec<String>,
        suites: Vec<String>,
        curves: Vec<String>,
    ) -> PyResult<()> {
        let config =
            tls::provider(&suites, &curves).and_then(|provider| tls::configuration(certificate, key, ca, &versions, provider));
        let config = config.map_err(PyValueError::new_err)?;
        *self.tls.write().unwrap_or_else(PoisonError::into_inner) = Some(config);
        Ok(())
    }

    /// Start the thread on listening sockets, whose descriptors it owns from here on. Not before a fork.
    fn start(&self, sockets: Vec<RawFd>, unix: bool) -> PyResult<()> {
        let mut running = self.running.lock().unwrap_or_else(PoisonError::into_inner);
        if running.is_some() {
            return Err(PyRuntimeError::new_err("the ingress runs already"));
        }
        let started = runtime::start(self.exchange.clone(), self.tls.clone(), sockets, unix);
        *running = Some(started.map_err(|error| PyOSError::new_err(error.to_string()))?);
        Ok(())
    }

    /// Readable while there are requests to take.
    fn fileno(&self) -> RawFd {
        self.exchange.descriptor()
    }

    fn take<'py>(&self, py: Python<'py>, most: usize) -> Vec<Taken<'py>> {
        let tuple = |found: Received| {
            let body = PyBytes::new(py, &found.body);
            let peer = found.peer.to_string();
            let left = found.deadline.map(|deadline| deadline.saturating_duration_since(Instant::now()).as_secs_f64());
            (found.token, found.kind as u8, found.signal, body, found.items, peer, found.headers, found.encoding, left)
        };
        self.exchange.take(most).into_iter().map(tuple).collect()
    }

    /// Tokens of requests taken so far whose clients have gone or waited too long. `fileno` becomes readable with them.
    fn given_up(&self) -> Vec<u64> {
        self.exchange.given_up()
    }

    /// Answer requests: with success, or with (token, (status, headers, body)).
    fn answer(&self, taken: Vec<u64>, others: Vec<(u64, Ready)>) {
        let taken = taken.into_iter().map(|token| (token, Answer::Success));
        self.exchange.answer(taken.chain(others.into_iter().map(|(token, ready)| (token, Answer::Ready(ready)))));
    }

    /// Close the listening sockets and tell clients to go; requests in progress go on.
    fn stop(&self, py: Python<'_>) {
        self.exchange.stopping.send_replace(true);
        let running = &self.running;
        py.detach(|| {
            if let Some(running) = &*running.lock().unwrap_or_else(PoisonError::into_inner) {
                for _ in 0..running.listeners {
                    let _ = running.closed.recv_timeout(CLOSING);
                }
            }
        });
    }

    /// End the thread and with it whatever is left.
    fn close(&self, py: Python<'_>) {
        let running = self.running.lock().unwrap_or_else(PoisonError::into_inner).take();
        if let Some(running) = running {
            running.end.notify_one();
            py.detach(|| {
                let _ = running.thread.join();
            });
        }
    }

    #[getter]
    fn connections(&self) -> usize {
        self.exchange.connections.load(SeqCst)
    }

    #[getter]
    fn in_progress(&self) -> usize {
        self.exchange.in_progress.load(SeqCst)
    }

    /// Requests that are queued or taken and not answered yet, those that were given up among them.
    #[getter]
    fn unanswered(&self) -> usize {
        self.exchange.unanswered()
    }

    /// How often each limit bit, by its name.
    fn limit_hits(&self) -> HashMap<&'static str, u64> {
        self.exchange.hits.all().into_iter().collect()
    }

    /// Why the thread cannot go on; None while it can. `fileno` becomes readable with it.
    #[getter]
    fn failure(&self) -> Option<String> {
        self.exchange.failure()
    }
}

impl Drop for Ingress {
    fn drop(&mut self) {
        if let Some(running) = self.running.lock().unwrap_or_else(PoisonError::into_inner).take() {
            running.end.notify_one(); // the thread never takes the GIL, so nobody has to wait for it
        }
    }
}

pub fn register(module: &Bound<'_, PyModule>) -> PyResult<()> {
    module.add("INGRESS_CHECKS_WHOLE", check::WHOLE)?;
    module.add_class::<Ingress>()
}
