//! When Python is woken for the requests in the queue: once for those that came together, in a crowd also for those that come soon.

use super::exchange::Exchange;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};
use std::time::Duration;

/// Open connections above which a port serves a crowd: what each of them costs counts for more than a few milliseconds.
const CROWD: usize = 128;
/// How long a crowd's first request waits for others. A wake-up and its answer change threads three times, which is more work
/// than a small request itself.
const WAIT: Duration = Duration::from_millis(2);
/// As many requests wait for no more.
pub const PLENTY: usize = 64;

pub fn is_crowd(connections: &AtomicUsize) -> bool {
    connections.load(Relaxed) > CROWD
}

/// Tell Python that there are requests to take; never ends.
///
/// A task of its own: it runs after what else was ready when the first request was queued, so Python does not take this thread's
/// core for each.
pub async fn announce(exchange: Arc<Exchange>) -> Result<(), String> {
    loop {
        exchange.queued.notified().await;
        if is_crowd(&exchange.connections) {
            let _ = tokio::time::timeout(WAIT, exchange.queued.notified()).await;
        }
        exchange.announce();
    }
}
