//! The same work for many things, on all cores at once.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::thread;

/// Fewer are done in their turn: a thread costs more than they do. In tests nothing is too little.
#[cfg(not(test))]
pub(super) const FEW: usize = 16;
#[cfg(test)]
pub(super) const FEW: usize = 1;
/// The most threads at once.
const MOST: usize = 5;

/// How many threads: one a core.
pub(super) fn threads() -> usize {
    let cores = thread::available_parallelism().map_or(1, usize::from);
    cores.clamp(1, MOST)
}

/// Does `work` for each of the items, and keeps their order. Nothing stands where it gives nothing or panics.
pub(super) fn each<I: Send, T: Send>(
    items: Vec<I>,
    work: impl Fn(I) -> Option<T> + Sync,
) -> Vec<Option<T>> {
    let threads = threads();
    if items.len() < FEW || threads < 2 {
        return items.into_iter().map(work).collect();
    }
    let size = items.len().div_ceil(threads);
    let (mut parts, mut rest) = (Vec::new(), items);
    while rest.len() > size {
        parts.push(rest.split_off(rest.len() - size));
    }
    let one = |item| catch_unwind(AssertUnwindSafe(|| work(item))).ok().flatten();
    let all = |part: Vec<I>| part.into_iter().map(one).collect::<Vec<_>>();
    thread::scope(|scope| {
        let others: Vec<_> = parts
            .into_iter()
            .map(|part| scope.spawn(move || all(part)))
            .collect();
        let mut done = all(rest);
        for other in others.into_iter().rev() {
            done.extend(other.join().unwrap_or_default());
        }
        done
    })
}
