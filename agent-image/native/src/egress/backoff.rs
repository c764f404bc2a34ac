//! Waits between attempts to connect, growing and spread, as gRPC's connection backoff describes.

use std::hash::{BuildHasher, RandomState};
use std::time::Duration;

const FACTOR: f64 = 1.6;
const SPREAD: f64 = 0.2;

pub struct Backoff {
    first: f64,
    longest: f64,
    next: f64,
}

impl Backoff {
    /// `first` and `longest` are seconds.
    pub fn new((first, longest): (f64, f64)) -> Self {
        Self { first, longest, next: first }
    }

    pub fn reset(&mut self) {
        self.next = self.first;
    }

    /// The wait from the start of an attempt that failed to the start of the next.
    pub fn wait(&mut self) -> Duration {
        let wait = self.next;
        self.next = (self.next * FACTOR).min(self.longest);
        // RandomState is seeded by the system and differs at every call; nothing here needs better chance than that
        let chance = RandomState::new().hash_one(()) as f64 / u64::MAX as f64;
        Duration::from_secs_f64(wait * (1.0 + SPREAD * (2.0 * chance - 1.0)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_grow_to_the_longest_and_start_over() {
        let mut backoff = Backoff::new((0.5, 1.0));
        let waits: Vec<f64> = (0..4).map(|_| backoff.wait().as_secs_f64()).collect();
        for (wait, expected) in waits.iter().zip([0.5, 0.8, 1.0, 1.0]) {
            assert!((wait / expected - 1.0).abs() <= SPREAD + 1e-9, "{waits:?}");
        }
        backoff.reset();
        assert!(backoff.wait().as_secs_f64() <= 0.6);
    }
}
