//! What the ingress thread and Python's event loop share: requests one way, answers the other. Locks are held for moments.

use super::budget::{Budget, Hold};
use super::limits::Hits;
use super::payload::Kind;
use super::settings::{Ready, Settings};
use bytes::Bytes;
use slab::Slab;
use std::collections::VecDeque;
use std::fs::File;
use std::io::{Read, Write};
use std::os::fd::{AsRawFd, FromRawFd, RawFd};
use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use tokio::sync::{Notify, oneshot, watch};

/// A request on its way to Python.
pub struct Received {
    pub token: u64,
    pub kind: Kind,
    pub signal: u8,
    pub body: Bytes,
    /// As the check counted; -1 when it did not see the body.
    pub items: i64,
    pub peer: Arc<str>,
    pub headers: Option<Vec<(String, String)>>,
    /// What the body is still packed with.
    pub encoding: Option<String>,
}

pub enum Answer {
    Success,
    Ready(Ready),
}

/// Kept until Python answers, also when the client is gone: so long, its budget is in use.
struct Waiting {
    generation: u32,
    reply: oneshot::Sender<Answer>,
    _hold: Hold,
}

pub struct Exchange {
    pub settings: Settings,
    pub budget: Arc<Budget>,
    pub stopping: watch::Sender<bool>,
    pub connections: AtomicUsize,
    /// Requests that are read, handled or answered.
    pub in_progress: AtomicUsize,
    /// How often limits bit, mostly without Python.
    pub hits: Hits,
    pub answered: Notify,
    /// There is something in an empty queue; see `announce`.
    pub queued: Notify,
    queue: Mutex<VecDeque<Received>>,
    waiting: Mutex<(Slab<Waiting>, u32)>,
    answers: Mutex<Vec<(u64, Answer)>>,
    failure: Mutex<Option<String>>,
    event: File,
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Exchange {
    pub fn new(settings: Settings) -> std::io::Result<Self> {
        // SAFETY: eventfd has no preconditions; the descriptor is new and ours alone.
        let event = unsafe {
            let descriptor = libc::eventfd(0, libc::EFD_NONBLOCK | libc::EFD_CLOEXEC);
            if descriptor < 0 {
                return Err(std::io::Error::last_os_error());
            }
            File::from_raw_fd(descriptor)
        };
        Ok(Self {
            budget: Arc::new(Budget::new(settings.max_requests, settings.max_bytes, settings.wait)),
            settings,
            stopping: watch::Sender::new(false),
            connections: AtomicUsize::new(0),
            in_progress: AtomicUsize::new(0),
            hits: Hits::default(),
            answered: Notify::new(),
            queued: Notify::new(),
            queue: Mutex::default(),
            waiting: Mutex::default(),
            answers: Mutex::default(),
            failure: Mutex::default(),
            event,
        })
    }

    pub fn descriptor(&self) -> RawFd {
        self.event.as_raw_fd()
    }

    fn wake(&self) {
        let _ = (&self.event).write(&1u64.to_ne_bytes());
    }

    /// Note that the thread cannot go on, and wake Python; the first reason stays.
    pub fn fail(&self, reason: String) {
        lock(&self.failure).get_or_insert(reason);
        self.wake();
    }

    pub fn failure(&self) -> Option<String> {
        lock(&self.failure).clone()
    }

    /// Queue a request (its token is set here); the receiver yields its answer.
    pub fn put(&self, mut received: Received, hold: Hold) -> oneshot::Receiver<Answer> {
        let (reply, answer) = oneshot::channel();
        {
            let mut waiting = lock(&self.waiting);
            waiting.1 = waiting.1.wrapping_add(1);
            let generation = waiting.1;
            let index = waiting.0.insert(Waiting { generation, reply, _hold: hold });
            received.token = u64::from(generation) << 32 | index as u64;
        }
        let mut queue = lock(&self.queue);
        queue.push_back(received);
        if queue.len() == 1 {
            self.queued.notify_one();
        }
        answer
    }

    /// Wake Python if there is something to take. Called after what else was ready when the first request was queued, so that
    /// requests that came in together wake it once, and it does not take this thread's core for each.
    pub fn announce(&self) {
        if !lock(&self.queue).is_empty() {
            self.wake();
        }
    }

    /// Up to `most` requests; the descriptor stays readable while there are more.
    pub fn take(&self, most: usize) -> Vec<Received> {
        let _ = (&self.event).read(&mut [0; 8]);
        let mut queue = lock(&self.queue);
        let count = most.min(queue.len());
        let taken = queue.drain(..count).collect();
        if !queue.is_empty() {
            self.wake();
        }
        taken
    }

    /// Called by Python's thread.
    pub fn answer(&self, answers: impl IntoIterator<Item = (u64, Answer)>) {
        lock(&self.answers).extend(answers);
        self.answered.notify_one();
    }

    /// Give each answer to its request; a token that is not known (any more) is none.
    pub fn deliver(&self) {
        let answers = std::mem::take(&mut *lock(&self.answers));
        let mut waiting = lock(&self.waiting);
        for (token, answer) in answers {
            let index = (token & u64::from(u32::MAX)) as usize;
            if waiting.0.get(index).is_some_and(|found| u64::from(found.generation) == token >> 32) {
                let _ = waiting.0.remove(index).reply.send(answer);
            }
        }
    }
}

/// Counts up, and down when dropped.
pub struct Counted<'a>(&'a AtomicUsize);

impl<'a> Counted<'a> {
    pub fn new(counter: &'a AtomicUsize) -> Self {
        counter.fetch_add(1, SeqCst);
        Self(counter)
    }
}

impl Drop for Counted<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, SeqCst);
    }
}
