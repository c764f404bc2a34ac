//! One connection that is kept: made, used, and made again with growing waits when it is lost.

use super::backoff::Backoff;
use super::connect::{Plan, Sender, first_of, text_of};
use super::resolve::Address;
use super::settings::seconds;
use h2::Reason;
use std::error::Error;
use std::sync::atomic::Ordering::Relaxed;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::sync::{Notify, watch};
use tokio::task::JoinHandle;
use tokio::time::Instant;

/// As gRPC sees a connection; failed is what it stays until it is ready again, also during further attempts.
#[derive(Clone)]
pub enum State {
    Connecting,
    Ready(Sender, Address),
    Failed(String),
}

/// Whom a slot tells.
#[derive(Clone)]
pub struct News {
    /// A state is another one.
    pub changed: watch::Sender<()>,
    /// A connection was lost or could not be made: the addresses may be out of date.
    pub lost: Arc<Notify>,
}

pub struct Slot {
    shared: Arc<Shared>,
    task: JoinHandle<()>,
}

struct Shared {
    addresses: Mutex<Vec<Address>>,
    state: Mutex<State>,
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Slot {
    /// Begin to connect to the first of these that answers. Needs the runtime around it.
    pub fn new(addresses: Vec<Address>, plan: Plan, news: News) -> Self {
        let shared = Arc::new(Shared { addresses: Mutex::new(addresses), state: Mutex::new(State::Connecting) });
        Self { task: tokio::spawn(keep(shared.clone(), plan, news)), shared }
    }

    pub fn state(&self) -> State {
        lock(&self.shared.state).clone()
    }

    pub fn is_for(&self, addresses: &[Address]) -> bool {
        *lock(&self.shared.addresses) == addresses
    }

    /// Use these from the next attempt on; false when the connection is to another one.
    pub fn move_to(&self, addresses: &[Address]) -> bool {
        if let State::Ready(_, address) = &*lock(&self.shared.state)
            && !addresses.contains(address)
        {
            return false;
        }
        *lock(&self.shared.addresses) = addresses.to_vec();
        true
    }
}

impl Drop for Slot {
    /// The connection takes no more calls, and closes when those on their way are done.
    fn drop(&mut self) {
        self.task.abort();
    }
}

async fn keep(shared: Arc<Shared>, plan: Plan, news: News) {
    let set = |state: State| {
        *lock(&shared.state) = state;
        news.changed.send_replace(());
    };
    let mut backoff = Backoff::new(plan.settings.backoff);
    let mut keepalive = seconds(plan.settings.keepalive_time);
    let mut brief = false;
    loop {
        let began = Instant::now();
        let addresses = lock(&shared.addresses).clone();
        let wait = match first_of(&addresses, &plan, keepalive).await {
            Err(text) => {
                set(State::Failed(text));
                news.lost.notify_one();
                backoff.wait()
            }
            Ok(connected) => {
                let answered = connected.sender.answered.clone();
                set(State::Ready(connected.sender, connected.address));
                let ended = connected.done.await;
                let error = ended.ok().and_then(Result::err);
                keepalive = slower(keepalive, error.as_ref());
                news.lost.notify_one();
                let wait = backoff.wait();
                let worked = answered.load(Relaxed) || began.elapsed() >= wait;
                if worked || !brief {
                    // connect at once, but not again and again to a server that only hangs up
                    brief = !worked;
                    backoff.reset();
                    set(State::Connecting);
                    continue;
                }
                set(State::Failed(error.map_or_else(|| "connection closed".to_owned(), |error| text_of(&error))));
                wait
            }
        };
        tokio::time::sleep_until(began + wait).await;
    }
}

/// A server that is pinged too often says so with ENHANCE_YOUR_CALM; gRPC clients then take twice the time.
fn slower(keepalive: Option<Duration>, error: Option<&hyper::Error>) -> Option<Duration> {
    let reason = error.and_then(|error| error.source()?.downcast_ref::<h2::Error>()?.reason());
    if reason == Some(Reason::ENHANCE_YOUR_CALM) { keepalive.map(|time| time.saturating_mul(2)) } else { keepalive }
}
