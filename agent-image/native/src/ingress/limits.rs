//! How often each limit bit, counted where it does; Python shows the numbers as metrics and in the log.

use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

/// A bound that a client ran into, or that the machine set.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Limit {
    /// Requests or bytes in progress: the request was refused.
    InProgress,
    /// A body larger than allowed, packed or unpacked: the request was refused.
    BodySize,
    /// A body that did not arrive in time: the request was refused.
    BodyTime,
    /// Open connections: the next one has to wait.
    Connections,
    /// A TLS handshake that failed or took too long: the connection was closed.
    Handshake,
    /// A request's head that did not arrive in time: the connection was closed.
    HeadTime,
    /// A connection without requests: it was closed.
    IdleTime,
    /// An old connection: it was told to go.
    Age,
    /// Descriptors or memory of the machine: a connection was not accepted, and is tried again.
    Accept,
}

/// All of them with the names that Python shows.
pub const LIMITS: [(Limit, &str); 9] = [
    (Limit::InProgress, "in_progress"),
    (Limit::BodySize, "body_size"),
    (Limit::BodyTime, "body_time"),
    (Limit::Connections, "connections"),
    (Limit::Handshake, "tls_handshake"),
    (Limit::HeadTime, "header_time"),
    (Limit::IdleTime, "idle_time"),
    (Limit::Age, "connection_age"),
    (Limit::Accept, "accept"),
];

/// A counter for each.
#[derive(Default)]
pub struct Hits([AtomicU64; LIMITS.len()]);

impl Hits {
    pub fn add(&self, limit: Limit) {
        self.0[limit as usize].fetch_add(1, Relaxed);
    }

    /// Name and number of each limit.
    pub fn all(&self) -> Vec<(&'static str, u64)> {
        LIMITS.iter().map(|(limit, name)| (*name, self.0[*limit as usize].load(Relaxed))).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_limit_has_a_counter_of_its_own() {
        let hits = Hits::default();
        for (index, (limit, _)) in LIMITS.iter().enumerate() {
            (0..=index).for_each(|_| hits.add(*limit));
        }
        let counts: Vec<u64> = hits.all().into_iter().map(|(_, count)| count).collect();
        assert_eq!(counts, (1..=LIMITS.len() as u64).collect::<Vec<_>>());
    }
}
