//! A queue of shares of work, for several threads.

use std::sync::{Mutex, PoisonError};

/// Does all shares on this number of threads: the calling thread, and others of rayon's current pool, which one thread
/// alone does not start. A free thread takes the next share, so no thread waits for a slow one.
pub(crate) fn side_by_side<T: Send>(threads: usize, shares: Vec<T>, work: impl Fn(T) + Sync) {
    let others = threads.min(shares.len()).saturating_sub(1);
    if others == 0 {
        return shares.into_iter().for_each(work);
    }
    let left = Mutex::new(shares.into_iter());
    let next = || left.lock().unwrap_or_else(PoisonError::into_inner).next();
    let work_off = || {
        while let Some(share) = next() {
            work(share);
        }
    };
    rayon::in_place_scope(|scope| {
        (0..others).for_each(|_| scope.spawn(|_| work_off()));
        work_off();
    });
}

/// Does both at the same time, `own` on this thread.
pub(crate) fn beside<E: Send, R>(
    other: impl FnOnce() -> Result<(), E> + Send,
    own: impl FnOnce() -> R,
) -> Result<R, E> {
    let mut outcome = Ok(());
    let done = rayon::in_place_scope(|scope| {
        scope.spawn(|_| outcome = other());
        own()
    });
    outcome.map(|()| done)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_error_on_the_other_thread_is_returned() {
        assert_eq!(beside(|| Ok::<(), u8>(()), || "done"), Ok("done"));
        assert_eq!(beside(|| Err(3), || "done"), Err(3));
    }
}
