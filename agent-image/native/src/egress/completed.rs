//! Ends of calls on their way to Python's event loop, which waits at a descriptor.

use super::status::Outcome;
use std::collections::VecDeque;
use std::fs::File;
use std::io::{Read, Write};
use std::os::fd::{AsRawFd, FromRawFd, RawFd};
use std::sync::{Mutex, PoisonError};

pub struct Completed {
    queue: Mutex<VecDeque<(u64, Outcome)>>,
    event: File,
}

impl Completed {
    pub fn new() -> std::io::Result<Self> {
        // SAFETY: eventfd has no preconditions; the descriptor is new and ours alone.
        let event = unsafe {
            let descriptor = libc::eventfd(0, libc::EFD_NONBLOCK | libc::EFD_CLOEXEC);
            if descriptor < 0 {
                return Err(std::io::Error::last_os_error());
            }
            File::from_raw_fd(descriptor)
        };
        Ok(Self { queue: Mutex::default(), event })
    }

    pub fn descriptor(&self) -> RawFd {
        self.event.as_raw_fd()
    }

    pub fn put(&self, token: u64, outcome: Outcome) {
        let mut queue = self.queue.lock().unwrap_or_else(PoisonError::into_inner);
        queue.push_back((token, outcome));
        if queue.len() == 1 {
            let _ = (&self.event).write(&1u64.to_ne_bytes());
        }
    }

    /// All that ended since; there are never more than Python has calls waiting.
    pub fn take(&self) -> VecDeque<(u64, Outcome)> {
        let _ = (&self.event).read(&mut [0; 8]);
        std::mem::take(&mut *self.queue.lock().unwrap_or_else(PoisonError::into_inner))
    }
}
