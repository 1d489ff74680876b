//! The same work for many things, on all cores.

use std::num::NonZero;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc;
use std::thread;

use crate::Failure;

/// Does `work` for each of `things`, and `then` with what came of it, here, as soon as it is there.
///
/// # Errors
/// The first of `then`. What was begun is ended, and nothing else is begun.
pub(crate) fn each<T: Sync, R: Send>(
    things: &[T],
    work: impl Fn(&T) -> R + Sync,
    mut then: impl FnMut(&T, R) -> Result<(), Failure>,
) -> Result<(), Failure> {
    let next = AtomicUsize::new(0);
    let (done, all) = mpsc::channel();
    thread::scope(|scope| {
        for _ in 0..thread::available_parallelism().map_or(1, NonZero::get) {
            let (done, next, work) = (done.clone(), &next, &work);
            scope.spawn(move || {
                while let Some(thing) = things.get(next.fetch_add(1, Ordering::Relaxed)) {
                    if done.send((thing, work(thing))).is_err() {
                        return;
                    }
                }
            });
        }
        drop(done);
        all.into_iter().try_for_each(|(thing, result)| then(thing, result))
    })
}
