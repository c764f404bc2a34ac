//! Remembers decisions of traces that have left memory: the least recently asked for is forgotten first.

use std::collections::{HashMap, VecDeque};

use super::key::random_part;

/// Entries of the queue that may be out of date before it is worth while to clear them away, besides as many as are not.
const SPARE: usize = 64;

/// Numbers by trace, at most `size`. A trace is known by the random part of its id.
pub struct Recent {
    size: usize,
    known: HashMap<u64, Entry>,
    /// Keys in the order they were asked for, with the time; older entries of a key have no meaning.
    order: VecDeque<(u64, u64)>,
    time: u64,
}

struct Entry {
    number: i32,
    asked: u64,
}

impl Recent {
    pub fn new(size: usize) -> Self {
        Self { size, known: HashMap::new(), order: VecDeque::new(), time: 0 }
    }

    /// The number of a trace, if it is known.
    pub fn get(&mut self, id: &[u8]) -> Option<i32> {
        if self.known.is_empty() {
            return None;
        }
        let key = random_part(id);
        let time = self.time + 1;
        let entry = self.known.get_mut(&key)?;
        entry.asked = time;
        let number = entry.number;
        self.ask(key);
        Some(number)
    }

    /// Remember a trace; false when there is no room for any.
    pub fn put(&mut self, id: &[u8], number: i32) -> bool {
        if self.size == 0 {
            return false;
        }
        let key = random_part(id);
        self.known.insert(key, Entry { number, asked: self.time + 1 });
        self.ask(key);
        if self.known.len() > self.size {
            self.forget();
        }
        true
    }

    fn ask(&mut self, key: u64) {
        self.time += 1;
        self.order.push_back((key, self.time));
        if self.order.len() > 2 * self.known.len() + SPARE {
            let known = &self.known;
            self.order.retain(|(key, asked)| known.get(key).is_some_and(|entry| entry.asked == *asked));
        }
    }

    fn forget(&mut self) {
        while let Some((key, asked)) = self.order.pop_front() {
            if self.known.get(&key).is_some_and(|entry| entry.asked == asked) {
                self.known.remove(&key);
                return;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn id(number: u8) -> [u8; 16] {
        [number; 16]
    }

    #[test]
    fn the_least_recently_asked_for_is_forgotten() {
        let mut recent = Recent::new(2);
        assert!(recent.put(&id(1), 10) && recent.put(&id(2), 20));
        assert_eq!(recent.get(&id(1)), Some(10));
        recent.put(&id(3), 30);
        assert_eq!([1, 2, 3].map(|number| recent.get(&id(number))), [Some(10), None, Some(30)]);
    }

    #[test]
    fn without_a_size_nothing_is_remembered() {
        let mut recent = Recent::new(0);
        assert!(!recent.put(&id(1), 1));
        assert_eq!(recent.get(&id(1)), None);
    }

    #[test]
    fn asking_often_takes_no_memory() {
        let mut recent = Recent::new(3);
        for number in 0..3 {
            recent.put(&id(number), 0);
        }
        for _ in 0..1000 {
            recent.get(&id(0));
        }
        assert!(recent.order.len() <= 2 * 3 + SPARE);
        recent.put(&id(4), 0);
        assert_eq!([0, 1, 2].map(|number| recent.get(&id(number)).is_some()), [true, false, true]);
    }
}
