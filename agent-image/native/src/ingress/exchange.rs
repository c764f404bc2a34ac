//! What the ingress thread and Python's event loop share: requests one way, answers the other. Locks are held for moments.

use super::budget::{Budget, Hold};
use super::gather::PLENTY;
use super::limits::Hits;
use super::payload::Kind;
use super::settings::{Ready, Settings};
use bytes::Bytes;
use slab::Slab;
use std::collections::VecDeque;
use std::fs::File;
use std::io::{Read, Write};
use std::os::fd::{AsRawFd, FromRawFd, RawFd};
use std::sync::atomic::AtomicUsize;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Instant;
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
    /// When its client stops waiting, if that was said.
    pub deadline: Option<Instant>,
}

pub enum Answer {
    Success,
    Ready(Ready),
}

/// Kept until Python answers, also when the client is gone: so long, its budget is in use.
struct Waiting {
    generation: u32,
    /// Whether Python has it.
    taken: bool,
    /// Whether nobody waits for the answer any more.
    given_up: bool,
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
    /// There is something in an empty queue, or plenty in one; see `gather`.
    pub queued: Notify,
    queue: Mutex<VecDeque<Received>>,
    waiting: Mutex<(Slab<Waiting>, u32)>,
    answers: Mutex<Vec<(u64, Answer)>>,
    /// Tokens of requests that Python has and nobody waits for, until it asks: no more than there are requests.
    given_up: Mutex<Vec<u64>>,
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
            given_up: Mutex::default(),
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

    /// Queue a request (its token is set here), and wait for its answer; dropping this gives the request up.
    pub async fn ask(&self, received: Received, hold: Hold) -> Option<Answer> {
        let (token, answer) = self.put(received, hold);
        let mut claim = Claim { exchange: self, token, answered: false };
        let answer = answer.await.ok();
        claim.answered = true;
        answer
    }

    fn put(&self, mut received: Received, hold: Hold) -> (u64, oneshot::Receiver<Answer>) {
        let (reply, answer) = oneshot::channel();
        let token = {
            let mut waiting = lock(&self.waiting);
            waiting.1 = waiting.1.wrapping_add(1);
            let generation = waiting.1;
            let index = waiting.0.insert(Waiting { generation, taken: false, given_up: false, reply, _hold: hold });
            u64::from(generation) << 32 | index as u64
        };
        received.token = token;
        let mut queue = lock(&self.queue);
        queue.push_back(received);
        if queue.len() == 1 || queue.len() == PLENTY {
            self.queued.notify_one();
        }
        (token, answer)
    }

    /// Nobody waits for an answer any more: Python is not given the request, or told if it has it.
    fn give_up(&self, token: u64) {
        match find(&mut lock(&self.waiting).0, token) {
            Some(found) if found.taken => {}
            Some(found) => {
                found.given_up = true; // its bytes are in the queue, so it keeps its budget until `take` comes by
                return;
            }
            None => return,
        }
        let mut given_up = lock(&self.given_up);
        given_up.push(token);
        if given_up.len() == 1 {
            self.wake();
        }
    }

    /// Tokens of taken requests that were given up since the last call; some may be answered by now. Call it after `take`.
    pub fn given_up(&self) -> Vec<u64> {
        std::mem::take(&mut *lock(&self.given_up))
    }

    /// Wake Python if there is something to take. `gather` says when.
    pub fn announce(&self) {
        if !lock(&self.queue).is_empty() {
            self.wake();
        }
    }

    /// Up to `most` requests; the descriptor stays readable while there are more.
    pub fn take(&self, most: usize) -> Vec<Received> {
        let _ = (&self.event).read(&mut [0; 8]);
        let mut taken: Vec<Received> = {
            let mut queue = lock(&self.queue);
            let count = most.min(queue.len());
            let taken = queue.drain(..count).collect();
            if !queue.is_empty() {
                self.wake();
            }
            taken
        };
        let mut waiting = lock(&self.waiting);
        taken.retain(|received| match find(&mut waiting.0, received.token) {
            Some(found) if found.given_up => {
                waiting.0.remove(index_of(received.token));
                false
            }
            Some(found) => {
                found.taken = true;
                true
            }
            None => false,
        });
        taken
    }

    /// Requests without an answer.
    pub fn unanswered(&self) -> usize {
        lock(&self.waiting).0.len()
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
            if find(&mut waiting.0, token).is_some() {
                let _ = waiting.0.remove(index_of(token)).reply.send(answer);
            }
        }
    }
}

fn index_of(token: u64) -> usize {
    (token & u64::from(u32::MAX)) as usize
}

/// The request of a token, unless that has its answer and another is in its place.
fn find(waiting: &mut Slab<Waiting>, token: u64) -> Option<&mut Waiting> {
    waiting.get_mut(index_of(token)).filter(|found| u64::from(found.generation) == token >> 32)
}

/// Gives a request up when it is dropped first: hyper drops what answers a stream that is reset, or a closed connection.
struct Claim<'a> {
    exchange: &'a Exchange,
    token: u64,
    answered: bool,
}

impl Drop for Claim<'_> {
    fn drop(&mut self) {
        if !self.answered {
            self.exchange.give_up(self.token);
        }
    }
}
