//! Work that is cut into shares, one a thread.

/// Does all shares side by side, the last of them on this thread and the others on those of rayon's current pool, which
/// does not start before there are two.
pub(crate) fn side_by_side<T: Send>(mut shares: Vec<T>, work: impl Fn(T) + Sync) {
    let own = shares.pop();
    if shares.is_empty() {
        return own.into_iter().for_each(work);
    }
    rayon::in_place_scope(|scope| {
        let work = &work;
        for share in shares {
            scope.spawn(move |_| work(share));
        }
        own.into_iter().for_each(work);
    });
}

/// Does both side by side, `own` on this thread.
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
    use std::sync::atomic::{AtomicU64, Ordering};

    use super::*;

    #[test]
    fn every_share_is_done_once() {
        for count in [0, 1, 2, 9] {
            let done = AtomicU64::new(0);
            let bits = (0..count).map(|share| 1 << (4 * share)).collect();
            side_by_side(bits, |bit| {
                done.fetch_add(bit, Ordering::Relaxed);
            });
            assert_eq!(done.into_inner(), (0..count).map(|share| 1 << (4 * share)).sum::<u64>());
        }
    }
}
