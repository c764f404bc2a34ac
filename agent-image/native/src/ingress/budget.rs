//! Bounds of what is held at once: requests and bytes, from the first byte of a body until its answer.

use std::sync::Arc;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

const UNIT: usize = 1024;

/// Both limits. `wait` decides what happens at them.
pub struct Budget {
    requests: Arc<Semaphore>,
    units: Arc<Semaphore>,
    most: usize,
    wait: bool,
}

/// Part of the budget that one request uses; given back when dropped.
pub struct Hold {
    budget: Arc<Budget>,
    request: Option<OwnedSemaphorePermit>,
    units: Option<OwnedSemaphorePermit>,
    covered: usize,
    used: usize,
}

/// The budget is used up.
#[derive(Debug)]
pub struct Exhausted;

impl Budget {
    pub fn new(requests: usize, bytes: usize, wait: bool) -> Self {
        let most = bytes.div_ceil(UNIT).clamp(1, u32::MAX as usize);
        let requests = requests.clamp(1, u32::MAX as usize);
        Self { requests: Arc::new(Semaphore::new(requests)), units: Arc::new(Semaphore::new(most)), most, wait }
    }

    /// Begin a request that will have at most `bytes`. In waiting mode this returns once there is room for all of them, so
    /// that requests never wait for each other with half their bytes read.
    pub async fn begin(self: &Arc<Self>, bytes: usize) -> Hold {
        let mut hold = Hold { budget: self.clone(), request: None, units: None, covered: 0, used: 0 };
        if self.wait {
            hold.request = self.requests.clone().acquire_owned().await.ok();
            let units = bytes.div_ceil(UNIT).min(self.most);
            hold.units = self.units.clone().acquire_many_owned(units as u32).await.ok();
            hold.covered = units * UNIT;
        }
        hold
    }
}

impl Hold {
    /// Account for bytes that came.
    pub fn grow(&mut self, bytes: usize) -> Result<(), Exhausted> {
        self.used += bytes;
        if self.used <= self.covered {
            return Ok(());
        }
        let units = (self.used - self.covered).div_ceil(UNIT);
        let wanted = u32::try_from(units).map_err(|_| Exhausted)?;
        let more = self.budget.units.clone().try_acquire_many_owned(wanted).map_err(|_| Exhausted)?;
        match &mut self.units {
            Some(held) => held.merge(more),
            None => self.units = Some(more),
        }
        self.covered += units * UNIT;
        Ok(())
    }

    /// The request is complete and is about to be handed over.
    pub fn complete(&mut self) -> Result<(), Exhausted> {
        if self.request.is_none() {
            self.request = Some(self.budget.requests.clone().try_acquire_owned().map_err(|_| Exhausted)?);
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn now<T>(future: impl Future<Output = T>) -> T {
        tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(future)
    }

    #[test]
    fn bytes_beyond_the_limit_are_refused_until_others_are_given_back() {
        let budget = Arc::new(Budget::new(10, 4096, false));
        let mut first = now(budget.begin(0));
        first.grow(3000).unwrap();
        let mut second = now(budget.begin(0));
        assert!(second.grow(2000).is_err());
        drop(first);
        second.grow(1000).unwrap();
    }

    #[test]
    fn requests_beyond_the_limit_are_refused() {
        let budget = Arc::new(Budget::new(1, 4096, false));
        let (mut first, mut second) = (now(budget.begin(0)), now(budget.begin(0)));
        first.complete().unwrap();
        assert!(second.complete().is_err());
        drop(first);
        second.complete().unwrap();
    }
}
