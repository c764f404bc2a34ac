//! Looks after the times of all connections with one timer. A timer for each connection would wake the thread, and load the whole
//! connection into the cache, hundreds of times a second where thousands of clients send rarely.

use super::limits::Limit;
use super::settings::Settings;
use super::watch::Watch;
use slab::Slab;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tokio::sync::oneshot;

/// How long a connection that was told to go because it rested may take.
const FAREWELL: Duration = Duration::from_secs(1);
const SHORTEST_TICK: Duration = Duration::from_millis(10);
const LONGEST_TICK: Duration = Duration::from_secs(5);

/// Why a connection has to go, and the time that it may still take: None is as long as its requests need.
#[derive(Debug, PartialEq, Eq)]
pub struct Verdict {
    pub limit: Limit,
    pub farewell: Option<Duration>,
}

/// Times after which a connection is closed; None is never.
struct Limits {
    head: Option<Duration>,
    idle: Option<Duration>,
    age: Option<Duration>,
    age_grace: Option<Duration>,
}

pub fn seconds(value: f64) -> Option<Duration> {
    (value > 0.0).then(|| Duration::try_from_secs_f64(value).unwrap_or(Duration::MAX))
}

impl Limits {
    fn verdict(&self, watch: &Watch) -> Option<Verdict> {
        if self.head.is_some_and(|most| watch.head() > most) {
            return Some(Verdict { limit: Limit::HeadTime, farewell: Some(Duration::ZERO) });
        }
        if self.idle.is_some_and(|most| watch.idle() > most) {
            return Some(Verdict { limit: Limit::IdleTime, farewell: Some(FAREWELL) });
        }
        let old = self.age.is_some_and(|most| watch.age() > most);
        old.then_some(Verdict { limit: Limit::Age, farewell: self.age_grace })
    }

    /// Time between two looks at the connections: they are closed by a quarter of their limit too late.
    fn tick(&self) -> Duration {
        let shortest = [self.head, self.idle, self.age].into_iter().flatten().min();
        shortest.map_or(LONGEST_TICK, |least| (least / 4).clamp(SHORTEST_TICK, LONGEST_TICK))
    }
}

struct Guarded {
    watch: Arc<Watch>,
    /// None once the connection was told.
    tell: Option<oneshot::Sender<Verdict>>,
}

pub struct Patrol {
    limits: Limits,
    guarded: Mutex<Slab<Guarded>>,
}

/// A connection's place on the round; given up when dropped.
pub struct Post {
    patrol: Arc<Patrol>,
    key: usize,
}

impl Patrol {
    pub fn new(settings: &Settings) -> Arc<Self> {
        let limits = Limits {
            head: seconds(settings.header_timeout),
            idle: seconds(settings.idle_timeout),
            age: seconds(settings.max_age),
            age_grace: seconds(settings.max_age_grace),
        };
        Arc::new(Self { limits, guarded: Mutex::default() })
    }

    fn guarded(&self) -> std::sync::MutexGuard<'_, Slab<Guarded>> {
        self.guarded.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Look after a connection; the receiver tells when it has to go.
    pub fn guard(self: &Arc<Self>, watch: Arc<Watch>) -> (Post, oneshot::Receiver<Verdict>) {
        let (tell, told) = oneshot::channel();
        let key = self.guarded().insert(Guarded { watch, tell: Some(tell) });
        (Post { patrol: self.clone(), key }, told)
    }

    /// Go round for ever.
    pub async fn run(self: Arc<Self>) {
        let tick = self.limits.tick();
        loop {
            tokio::time::sleep(tick).await;
            self.look();
        }
    }

    fn look(&self) {
        for (_, one) in self.guarded().iter_mut() {
            if one.tell.is_none() {
                continue;
            }
            if let Some(verdict) = self.limits.verdict(&one.watch)
                && let Some(tell) = one.tell.take()
            {
                let _ = tell.send(verdict);
            }
        }
    }
}

impl Drop for Post {
    fn drop(&mut self) {
        self.patrol.guarded().remove(self.key);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn patrol(head: u64, idle: u64, age: u64) -> Arc<Patrol> {
        let some = |millis: u64| (millis > 0).then(|| Duration::from_millis(millis));
        let limits = Limits { head: some(head), idle: some(idle), age: some(age), age_grace: None };
        Arc::new(Patrol { limits, guarded: Mutex::default() })
    }

    fn pass() {
        std::thread::sleep(Duration::from_millis(3));
    }

    #[test]
    fn a_connection_over_a_limit_is_told_once_and_one_within_is_not() {
        let patrol = patrol(0, 1, 0);
        let (resting, busy) = (Arc::new(Watch::new()), Arc::new(Watch::new()));
        let (_one, mut told) = patrol.guard(resting);
        let (_two, mut spared) = patrol.guard(busy.clone());
        let _request = busy.request();
        pass();
        patrol.look();
        patrol.look();
        assert_eq!(told.try_recv(), Ok(Verdict { limit: Limit::IdleTime, farewell: Some(FAREWELL) }));
        assert!(spared.try_recv().is_err());
    }

    #[test]
    fn a_connection_that_is_too_old_may_take_the_time_its_requests_need() {
        let patrol = patrol(0, 0, 1);
        let (_post, mut told) = patrol.guard(Arc::new(Watch::new()));
        patrol.look();
        assert!(told.try_recv().is_err());
        pass();
        patrol.look();
        assert_eq!(told.try_recv(), Ok(Verdict { limit: Limit::Age, farewell: None }));
    }

    #[test]
    fn a_connection_that_ended_is_forgotten() {
        let patrol = patrol(0, 1, 0);
        drop(patrol.guard(Arc::new(Watch::new())));
        assert!(patrol.guarded().is_empty());
    }

    #[test]
    fn looks_are_more_frequent_where_limits_are_short() {
        assert_eq!(patrol(0, 0, 0).limits.tick(), LONGEST_TICK);
        assert_eq!(patrol(30_000, 0, 0).limits.tick(), LONGEST_TICK);
        assert_eq!(patrol(8_000, 60_000, 0).limits.tick(), Duration::from_secs(2));
        assert_eq!(patrol(1, 0, 0).limits.tick(), SHORTEST_TICK);
    }
}
