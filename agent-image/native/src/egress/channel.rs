//! A peer: its addresses, a connection to each (or to one), and the calls over them.

use super::attempt::{self, Attempt, Call};
use super::backoff::Backoff;
use super::connect::{Plan, Sender};
use super::resolve::{self, Address, Lookup};
use super::settings::{Settings, seconds};
use super::slot::{News, Slot, State};
use super::status::{self, Outcome};
use super::tls::Tls;
use http::Uri;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::sync::{Notify, watch};
use tokio::task::AbortHandle;
use tokio::time::Instant;

/// How often a call that no server took is sent again without anyone being told. gRPC does so once for one that a server
/// refused; more often only a connection that just ends can be met.
const REFUSED: usize = 1;
const UNSENT: usize = 10;
/// How long connections may take to say good-bye once their channel is closed.
const FAREWELL: Duration = Duration::from_secs(1);

pub struct Channel {
    plan: Plan,
    lookup: Lookup,
    news: News,
    ended: watch::Sender<bool>,
    turn: AtomicUsize,
    inner: Mutex<Inner>,
}

#[derive(Default)]
struct Inner {
    slots: Vec<Slot>,
    /// Why there are no slots.
    trouble: Option<String>,
    /// Looks names up; there from the first call on.
    resolving: Option<AbortHandle>,
    closed: bool,
}

enum Pick {
    Ready(Sender),
    Wait,
    Failed(String),
    Closed,
}

impl Channel {
    pub fn new(settings: Settings, tls: Option<Tls>, lookup: Lookup) -> Arc<Self> {
        let ended = watch::Sender::new(false);
        let plan = Plan { settings: Arc::new(settings), tls, ended: ended.subscribe() };
        let news = News { changed: watch::Sender::new(()), lost: Arc::new(Notify::new()) };
        Arc::new(Self { plan, lookup, news, ended, turn: AtomicUsize::new(0), inner: Mutex::default() })
    }

    fn lock(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Connections that can take calls.
    pub fn ready(&self) -> usize {
        self.lock().slots.iter().filter(|slot| matches!(slot.state(), State::Ready(..))).count()
    }

    /// Make a call, to its end or its deadline.
    pub async fn call(self: &Arc<Self>, call: Call) -> Outcome {
        self.begin();
        let Some(deadline) = call.deadline else { return self.until_done(&call).await };
        tokio::time::timeout_at(deadline, self.until_done(&call)).await.unwrap_or_else(|_| {
            let text = match self.pick() {
                Pick::Failed(text) => format!("context deadline exceeded, latest connection error: {text}"),
                _ => "context deadline exceeded".to_owned(),
            };
            Outcome::failed(status::DEADLINE_EXCEEDED, text)
        })
    }

    /// Give all connections up. Needs the runtime around it.
    pub fn close(&self) {
        let mut inner = self.lock();
        inner.closed = true;
        inner.slots.clear();
        if let Some(resolving) = inner.resolving.take() {
            resolving.abort();
        }
        drop(inner);
        self.news.changed.send_replace(());
        let ended = self.ended.clone();
        tokio::spawn(async move {
            tokio::time::sleep(FAREWELL).await;
            ended.send_replace(true);
        });
    }

    async fn until_done(&self, call: &Call) -> Outcome {
        let scheme = if self.plan.tls.is_some() { "https" } else { "http" };
        let built = Uri::builder().scheme(scheme).authority(&*self.plan.settings.authority).path_and_query(&*call.path).build();
        let uri = match built {
            Ok(uri) => uri,
            Err(error) => {
                return Outcome::failed(status::INTERNAL, format!("authority {}: {error}", self.plan.settings.authority));
            }
        };
        let mut changed = self.news.changed.subscribe();
        let (mut refused, mut unsent) = (0, 0);
        loop {
            changed.borrow_and_update();
            let text = match self.pick() {
                Pick::Closed => return Outcome::failed(status::CANCELLED, "the channel was closed"),
                Pick::Failed(text) if !call.wait_for_ready => return Outcome::failed(status::UNAVAILABLE, text),
                Pick::Failed(_) | Pick::Wait => {
                    let _ = changed.changed().await; // its other end is in this channel
                    continue;
                }
                Pick::Ready(sender) => match attempt::send(sender, call, &uri, &self.plan.settings).await {
                    Attempt::Done(outcome) => return outcome,
                    Attempt::Unsent(text) => {
                        unsent += 1;
                        text
                    }
                    Attempt::Refused(text) => {
                        refused += 1;
                        text
                    }
                },
            };
            if refused > REFUSED || unsent > UNSENT {
                return Outcome::failed(status::UNAVAILABLE, text);
            }
        }
    }

    fn pick(&self) -> Pick {
        let inner = self.lock();
        if inner.closed {
            return Pick::Closed;
        }
        if inner.slots.is_empty() {
            return inner.trouble.clone().map_or(Pick::Wait, Pick::Failed);
        }
        let start = self.turn.fetch_add(1, Relaxed);
        let mut pick = None;
        for offset in 0..inner.slots.len() {
            match inner.slots[(start.wrapping_add(offset)) % inner.slots.len()].state() {
                State::Ready(sender, _) if !sender.requests.is_closed() => return Pick::Ready(sender),
                State::Ready(..) | State::Connecting => pick = Some(Pick::Wait),
                State::Failed(text) => pick = pick.or(Some(Pick::Failed(text))),
            }
        }
        pick.unwrap_or(Pick::Wait)
    }

    /// Look the addresses up, at the first call.
    fn begin(self: &Arc<Self>) {
        let mut inner = self.lock();
        if inner.resolving.is_none() && !inner.closed {
            inner.resolving = Some(tokio::spawn(self.clone().keep_resolved()).abort_handle());
        }
    }

    async fn keep_resolved(self: Arc<Self>) {
        let settings = self.plan.settings.clone();
        let mut backoff = Backoff::new(settings.backoff);
        loop {
            let began = Instant::now();
            match resolve::resolve(&settings, &self.lookup).await {
                Ok(addresses) => {
                    self.connect_to(addresses);
                    if resolve::is_fixed(&settings) {
                        return;
                    }
                    backoff.reset();
                    self.news.lost.notified().await;
                    tokio::time::sleep_until(began + seconds(settings.resolve_interval).unwrap_or_default()).await;
                }
                Err(text) => {
                    self.lock().trouble = Some(format!("name resolver error: {text}"));
                    self.news.changed.send_replace(());
                    tokio::time::sleep(backoff.wait()).await;
                }
            }
        }
    }

    fn connect_to(&self, addresses: Vec<Address>) {
        let mut inner = self.lock();
        if inner.closed {
            return;
        }
        let mut old = std::mem::take(&mut inner.slots);
        if self.plan.settings.round_robin {
            for group in addresses.chunks(1) {
                let kept = old.iter().position(|slot| slot.is_for(group)).map(|at| old.swap_remove(at));
                inner.slots.push(kept.unwrap_or_else(|| Slot::new(group.to_vec(), self.plan.clone(), self.news.clone())));
            }
        } else {
            let kept = old.pop().filter(|slot| slot.move_to(&addresses));
            inner.slots.push(kept.unwrap_or_else(|| Slot::new(addresses, self.plan.clone(), self.news.clone())));
        }
        inner.trouble = None;
        drop(inner);
        self.news.changed.send_replace(());
    }
}
