//! Work on several threads, results in order: parsing, and what other crates compile piece by piece.

use std::num::NonZeroUsize;
use std::sync::{Mutex, MutexGuard, PoisonError};

/// The stack of a thread that compiles: policies that are deep but legal recurse further than a thread's usual one allows.
pub const STACK: usize = 64 << 20;

/// Less text than this, in bytes, is worked on before another thread has begun.
const WORTH: usize = 64 << 10;

/// How often each thread comes for more.
const TURNS: usize = 16;

/// What `of` gives for each item, in their order; `size` is how many bytes of text they stand for. Each thread has a state
/// of its own. A panic goes on to the caller.
pub fn map_with<T: Sync, S, R: Send>(
    items: &[T],
    size: usize,
    state: impl Fn() -> S + Sync,
    of: impl Fn(&mut S, &T) -> R + Sync,
) -> Vec<R> {
    let (threads, step) = share(items.len(), size);
    work(threads, items.chunks(step), state, |state, items| items.iter().map(|item| of(state, item)).collect())
}

/// The same with items that may be changed.
pub fn map_mut<T: Send, S, R: Send>(
    items: &mut [T],
    size: usize,
    state: impl Fn() -> S + Sync,
    of: impl Fn(&mut S, &mut T) -> R + Sync,
) -> Vec<R> {
    let (threads, step) = share(items.len(), size);
    work(threads, items.chunks_mut(step), state, |state, items| items.iter_mut().map(|item| of(state, item)).collect())
}

/// How many threads work, and how many items each takes at once.
fn share(items: usize, size: usize) -> (usize, usize) {
    let threads = if size < WORTH { 1 } else { std::thread::available_parallelism().map_or(1, NonZeroUsize::get) };
    match threads.min(items) {
        0 | 1 => (1, items.max(1)),
        threads => (threads, (items / (threads * TURNS)).max(1)),
    }
}

fn work<C: Send, S, R: Send>(
    threads: usize,
    chunks: impl Iterator<Item = C> + Send,
    state: impl Fn() -> S + Sync,
    of: impl Fn(&mut S, C) -> Vec<R> + Sync,
) -> Vec<R> {
    if threads < 2 {
        let mut state = state();
        return chunks.flat_map(|chunk| of(&mut state, chunk)).collect();
    }
    let open = Mutex::new(chunks.enumerate());
    let done = Mutex::new(vec![]);
    let run = || {
        let (mut state, mut own) = (state(), vec![]);
        loop {
            let next = lock(&open).next();
            let Some((at, chunk)) = next else { break };
            own.push((at, of(&mut state, chunk)));
        }
        lock(&done).append(&mut own);
    };
    std::thread::scope(|scope| {
        // Where no thread can be had, this one does everything.
        let spawn = |_| std::thread::Builder::new().stack_size(STACK).spawn_scoped(scope, run).ok();
        let others: Vec<_> = (1..threads).filter_map(spawn).collect();
        run();
        for other in others {
            if let Err(panic) = other.join() {
                std::panic::resume_unwind(panic);
            }
        }
    });
    let mut done: Vec<(usize, Vec<R>)> = done.into_inner().unwrap_or_else(PoisonError::into_inner);
    done.sort_unstable_by_key(|(at, _)| *at);
    done.into_iter().flat_map(|(_, results)| results).collect()
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// The same without a state.
pub fn map<T: Sync, R: Send>(items: &[T], size: usize, of: impl Fn(&T) -> R + Sync) -> Vec<R> {
    map_with(items, size, || (), |(), item| of(item))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn results_stand_in_the_order_of_items_on_one_thread_and_on_many() {
        let items: Vec<usize> = (0..1_001).collect();
        for size in [0, WORTH] {
            assert_eq!(map(&items, size, |item| item + 1), (1..1_002).collect::<Vec<_>>());
            let mut items = items.clone();
            let before = map_mut(&mut items, size, || (), |(), item| std::mem::replace(item, *item + 1));
            assert_eq!((before[1_000], items[1_000]), (1_000, 1_001));
        }
    }

    #[test]
    fn a_panic_goes_on() {
        assert!(map(&[(); 0], WORTH, |()| ()).is_empty());
        let caught = std::panic::catch_unwind(|| map(&[1, 2, 3], WORTH, |item| assert_ne!(*item, 2)));
        assert!(caught.is_err());
    }
}
