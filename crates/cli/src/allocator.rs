//! The command's allocator: mimalloc, and a count of what a thread asks of it while `lictor bench` wants to know.
//!
//! Each thread has its own counts, so that nothing is shared; where nobody counts, an allocation costs one look more at
//! memory that is the thread's own.
#![expect(unsafe_code, reason = "an allocator is an unsafe trait; every call is handed on as it came")]

use std::alloc::{GlobalAlloc, Layout};
use std::cell::Cell;

use mimalloc::MiMalloc;

/// mimalloc, counting where asked.
pub(crate) struct Counting;

/// What was asked of the allocator.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Count {
    /// How often memory was asked for. Making a block larger counts as asking for it anew.
    pub(crate) allocations: u64,
    /// How many bytes in all, given back or not.
    pub(crate) bytes: u64,
}

/// Reserves the memory that the command begins with, before anything is allocated: in small pages.
///
/// mimalloc asks for huge ones, and clearing the first of them takes longer than the rest of a short command.
#[cfg(target_os = "linux")]
extern "C" fn begin() {
    // SAFETY: both may be called at any time; where there is no such memory mimalloc reserves its own.
    unsafe {
        libmimalloc_sys::mi_process_init();
        libmimalloc_sys::mi_reserve_os_memory_ex(64 << 20, true, false, false, std::ptr::null_mut());
    }
}

// SAFETY: what stands there is called once before `main`, with what a C function may ignore.
#[cfg(target_os = "linux")]
#[used]
#[unsafe(link_section = ".init_array")]
static BEGIN: extern "C" fn() = begin;

thread_local! {
    static COUNTING: Cell<bool> = const { Cell::new(false) };
    static COUNT: Cell<Count> = const { Cell::new(Count { allocations: 0, bytes: 0 }) };
}

/// Runs `work` and counts what it asks of the allocator on this thread.
pub(crate) fn counted<T>(work: impl FnOnce() -> T) -> (T, Count) {
    COUNT.set(Count::default());
    COUNTING.set(true);
    let result = work();
    COUNTING.set(false);
    (result, COUNT.get())
}

#[inline(always)]
fn count(bytes: usize) {
    if COUNTING.get() {
        let so_far = COUNT.get();
        COUNT.set(Count { allocations: so_far.allocations + 1, bytes: so_far.bytes + bytes as u64 });
    }
}

// SAFETY: mimalloc keeps the trait's promises, and every call goes to it with the arguments that it came with. Counting
// touches only cells of the thread that need neither setting up nor dropping, so it never allocates.
unsafe impl GlobalAlloc for Counting {
    #[inline(always)]
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        count(layout.size());
        // SAFETY: the caller's promises are passed on.
        unsafe { MiMalloc.alloc(layout) }
    }

    #[inline(always)]
    unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
        count(layout.size());
        // SAFETY: the caller's promises are passed on.
        unsafe { MiMalloc.alloc_zeroed(layout) }
    }

    #[inline(always)]
    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        // SAFETY: the caller's promises are passed on.
        unsafe { MiMalloc.dealloc(pointer, layout) }
    }

    #[inline(always)]
    unsafe fn realloc(&self, pointer: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        count(size);
        // SAFETY: the caller's promises are passed on.
        unsafe { MiMalloc.realloc(pointer, layout, size) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_thread_asks_for_is_counted_and_nothing_else() {
        drop(vec![0u8; 10]);
        let (kept, count) = counted(|| {
            let elsewhere = std::thread::scope(|scope| scope.spawn(|| vec![1u8; 5000]).join().is_ok());
            assert!(elsewhere);
            let mut kept: Vec<u8> = Vec::with_capacity(100);
            kept.extend_from_slice(&[1; 100]);
            kept.reserve_exact(200);
            drop(std::hint::black_box(Box::new([0u64; 4])));
            kept
        });
        assert_eq!(kept.capacity(), 300);
        // Starting a thread takes some too, so what is known is a bound from below; the other thread's is not in it.
        assert!(count.allocations >= 3 && (432..5000).contains(&count.bytes), "{count:?}");
        assert_eq!(
            counted(|| std::hint::black_box(Vec::<u8>::with_capacity(64))).1,
            Count { allocations: 1, bytes: 64 }
        );
        assert_eq!(counted(|| 1 + 1).1, Count::default());
    }
}
