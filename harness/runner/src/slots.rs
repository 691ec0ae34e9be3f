//! How much is under way at once, over all targets.

use std::future::Future;
use std::pin::pin;
use std::time::Duration;
use tokio::sync::Semaphore;

/// What is at work at once: more would only wait for the processors.
const AT_ONCE: usize = 16;
/// What takes longer than this waits for its target more than it works.
const A_WHILE: Duration = Duration::from_secs(1);

/// Places for those that are at work. A place is held for a while only: a target that hangs keeps none of them, so that it delays no other.
pub(crate) struct Slots {
    free: Semaphore,
    a_while: Duration,
}

impl Default for Slots {
    fn default() -> Self {
        Slots { free: Semaphore::new(AT_ONCE), a_while: A_WHILE }
    }
}

impl Slots {
    /// Does `work` in a place of its own, as soon as one is free.
    pub(crate) async fn hold<T>(&self, work: impl Future<Output = T>) -> T {
        let mut work = pin!(work);
        // The semaphore is never closed.
        let place = self.free.acquire().await;
        if let Ok(done) = tokio::time::timeout(self.a_while, &mut work).await {
            return done;
        }
        drop(place);
        work.await
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use futures_util::future::join_all;
    use std::future::pending;

    #[tokio::test]
    async fn what_hangs_delays_no_other() {
        let slots = Slots { free: Semaphore::new(2), a_while: Duration::from_millis(5) };
        let hang = join_all((0..20).map(|_| slots.hold(pending::<()>())));
        let others = join_all((0..100).map(|n| slots.hold(async move { n })));
        tokio::select! {
            _ = hang => panic!("they hang"),
            done = others => assert_eq!(done, (0..100).collect::<Vec<_>>()),
        }
    }

    #[tokio::test]
    async fn no_more_than_that_many_are_at_work() {
        let slots = Slots { free: Semaphore::new(2), a_while: Duration::MAX };
        let at_work = Semaphore::new(2);
        let work = || async {
            let _one = at_work.try_acquire().expect("a place too many");
            tokio::time::sleep(Duration::from_millis(1)).await;
        };
        join_all((0..50).map(|_| slots.hold(work()))).await;
    }
}
