//! What a connection is doing, seen by its bytes and requests: idle, busy, or holding a request's head back.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering::Relaxed};
use std::time::{Duration, Instant};

/// Shared by a connection's socket, its requests and its timer.
pub struct Watch {
    born: Instant,
    active: AtomicUsize,
    rested: AtomicU64,
    /// When the first byte behind the last request came, plus 1; 0 when none did.
    unread: AtomicU64,
    http2: AtomicBool,
    seen: AtomicBool,
    /// Whether the last attempt to write has to wait for the client.
    blocked: AtomicBool,
}

impl Watch {
    pub fn new() -> Self {
        Self {
            born: Instant::now(),
            active: AtomicUsize::new(0),
            rested: AtomicU64::new(0),
            unread: AtomicU64::new(0),
            http2: AtomicBool::new(false),
            seen: AtomicBool::new(false),
            blocked: AtomicBool::new(false),
        }
    }

    fn now(&self) -> u64 {
        self.born.elapsed().as_millis() as u64
    }

    /// Called with what was read.
    pub fn bytes(&self, data: &[u8]) {
        if !self.seen.swap(true, Relaxed) {
            self.http2.store(data.starts_with(b"PRI"), Relaxed);
        }
        if self.unread.load(Relaxed) == 0 {
            self.unread.store(self.now() + 1, Relaxed);
        }
    }

    /// Called after writing, with whether it has to wait.
    pub fn writes(&self, blocked: bool) {
        self.blocked.store(blocked, Relaxed);
    }

    /// Whether there is no request, no part of one, and no answer still to write: nothing that a protocol's state would be needed
    /// for (of HTTP/1).
    pub fn rests(&self) -> bool {
        self.active.load(Relaxed) == 0 && self.unread.load(Relaxed) == 0 && !self.blocked.load(Relaxed)
    }

    /// Called when a head was read whole; the request lasts until the guard is dropped.
    pub fn request(self: &Arc<Self>) -> Busy {
        self.active.fetch_add(1, Relaxed);
        self.unread.store(0, Relaxed);
        Busy(self.clone())
    }

    pub fn age(&self) -> Duration {
        self.born.elapsed()
    }

    /// Time since the last request, zero during one.
    pub fn idle(&self) -> Duration {
        if self.active.load(Relaxed) > 0 {
            return Duration::ZERO;
        }
        Duration::from_millis(self.now().saturating_sub(self.rested.load(Relaxed)))
    }

    /// Time for which an HTTP/1 head has been coming in.
    pub fn head(&self) -> Duration {
        let since = self.unread.load(Relaxed);
        if since == 0 || self.active.load(Relaxed) > 0 || self.http2.load(Relaxed) {
            return Duration::ZERO;
        }
        Duration::from_millis(self.now().saturating_sub(since - 1))
    }
}

/// A request in progress on a connection.
pub struct Busy(Arc<Watch>);

impl Drop for Busy {
    fn drop(&mut self) {
        self.0.rested.store(self.0.now(), Relaxed);
        self.0.unread.store(0, Relaxed);
        self.0.active.fetch_sub(1, Relaxed);
    }
}
