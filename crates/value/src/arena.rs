//! The bump arena: everything an evaluation makes lives here and dies at once.
//!
//! Nothing is dropped, so only `Copy` data goes in. A [`Mark`] remembers a position; [`Arena::rewind`] gives back what
//! came after it: a loop that keeps nothing runs in constant memory. [`Frozen`] owns an arena together with the values
//! in it. This is one of the files that may hold `unsafe`.
#![expect(unsafe_code, reason = "the arena hands out memory that it owns")]

use std::cell::{Cell, RefCell};
use std::mem::{MaybeUninit, align_of, size_of};
use std::ptr::NonNull;
use std::sync::Arc;

use crate::value::Value;

const FIRST_CHUNK: usize = 16 << 10;
const ALIGN: usize = 8;

type Chunk = Box<[MaybeUninit<u64>]>;

/// Memory for the values of one evaluation. Allocating needs only `&self`; one thread at a time.
pub struct Arena {
    chunks: RefCell<Vec<Chunk>>,
    /// The chunk in use and the bytes of it that are taken.
    chunk: Cell<usize>,
    at: Cell<usize>,
    /// Start and size of the chunk in use, kept here so that an allocation reads no vector.
    base: Cell<*mut u8>,
    size: Cell<usize>,
    /// Bytes in the chunks before the one in use.
    before: Cell<usize>,
    peak: Cell<usize>,
    limit: usize,
}

/// A position in the arena. Later positions are greater.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default, Debug)]
pub struct Mark {
    chunk: usize,
    at: usize,
}

impl Mark {
    /// The beginning of an arena.
    pub const ZERO: Mark = Mark { chunk: 0, at: 0 };
}

impl Default for Arena {
    fn default() -> Self {
        Self::with_limit(usize::MAX)
    }
}

impl Arena {
    /// An arena that reports more than `limit` bytes in use ([`Arena::over_limit`]).
    pub fn with_limit(limit: usize) -> Self {
        let mut first: Chunk = Box::new_uninit_slice(FIRST_CHUNK / 8);
        let base = first.as_mut_ptr().cast();
        Arena {
            chunks: RefCell::new(vec![first]),
            chunk: Cell::new(0),
            at: Cell::new(0),
            base: Cell::new(base),
            size: Cell::new(FIRST_CHUNK),
            before: Cell::new(0),
            peak: Cell::new(0),
            limit,
        }
    }

    /// Forgets everything. `&mut` proves that no value of the last evaluation is alive.
    #[inline]
    pub fn reset(&mut self) {
        if self.chunk.get() == 0 {
            self.at.set(0);
        } else {
            self.enter(0, 0);
        }
        self.peak.set(0);
    }

    /// The present position.
    #[inline(always)]
    pub fn mark(&self) -> Mark {
        Mark { chunk: self.chunk.get(), at: self.at.get() }
    }

    /// Bytes in use now.
    pub fn used(&self) -> usize {
        self.before.get() + self.at.get()
    }

    /// The most bytes that were in use since the last reset.
    pub fn peak(&self) -> usize {
        self.peak.get().max(self.used())
    }

    /// Whether more bytes are in use than the limit allows. The engine asks on back edges and after calls, so the limit
    /// is soft: what may allocate much at once asks [`Arena::has_room`] first.
    #[inline(always)]
    pub fn over_limit(&self) -> bool {
        self.used() > self.limit
    }

    /// Whether `bytes` more stay within the limit.
    pub fn has_room(&self, bytes: usize) -> bool {
        self.used().saturating_add(bytes) <= self.limit
    }

    /// How many more bytes stay within the limit.
    pub fn room(&self) -> usize {
        self.limit.saturating_sub(self.used())
    }

    /// Changes the limit, in bytes.
    pub fn set_limit(&mut self, limit: usize) {
        self.limit = limit;
    }

    /// Gives back what was allocated after `mark`.
    ///
    /// # Safety
    /// No value that was allocated after `mark` may be read again.
    #[cold]
    pub unsafe fn rewind(&self, mark: Mark) {
        self.peak.set(self.peak());
        self.enter(mark.chunk, mark.at);
    }

    /// Copies one item into the arena.
    #[inline]
    pub fn one<T: Copy>(&self, item: T) -> &T {
        &self.slice(&[item])[0]
    }

    /// Gathers an iterator's items in the arena: as many as it said, or fewer where it ends early.
    #[inline]
    pub fn collect<T: Copy>(&self, items: impl ExactSizeIterator<Item = T>) -> &[T] {
        let most = items.len();
        // The room is taken before the iterator runs, so it may itself allocate from this arena.
        let to = self.room_for::<T>(most);
        let mut len = 0;
        for item in items.take(most) {
            // SAFETY: `len` < `most`, and there is room for `most` items.
            unsafe { to.add(len).write(item) };
            len += 1;
        }
        // SAFETY: the first `len` items are written; otherwise as in `slice`.
        unsafe { std::slice::from_raw_parts(to.as_ptr(), len) }
    }

    /// `len` copies of an item, to be written over.
    #[expect(clippy::mut_from_ref, reason = "each call hands out other memory")]
    pub fn filled<T: Copy>(&self, len: usize, item: T) -> &mut [T] {
        let to = self.room_for::<T>(len);
        for at in 0..len {
            // SAFETY: `at` < `len`, and there is room for `len` items.
            unsafe { to.add(at).write(item) };
        }
        // SAFETY: all items are written and nobody else knows the memory; otherwise as in `slice`.
        unsafe { std::slice::from_raw_parts_mut(to.as_ptr(), len) }
    }

    /// Copies `items` into the arena.
    #[inline]
    pub fn slice<T: Copy>(&self, items: &[T]) -> &[T] {
        let to = self.room_for::<T>(items.len());
        // SAFETY: there is room for that many items, aligned for T, that nobody else holds; T is Copy, so nothing needs
        // a drop; the borrow of `self` keeps `reset` away, and `rewind` is unsafe.
        unsafe {
            std::ptr::copy_nonoverlapping(items.as_ptr(), to.as_ptr(), items.len());
            std::slice::from_raw_parts(to.as_ptr(), items.len())
        }
    }

    /// Room for `len` items, that nobody else holds.
    ///
    /// # Panics
    /// Where that many items fit no address space.
    #[inline]
    fn room_for<T: Copy>(&self, len: usize) -> NonNull<T> {
        const { assert!(align_of::<T>() <= ALIGN) };
        let bytes = size_of::<T>().checked_mul(len).filter(|bytes| *bytes <= isize::MAX as usize - ALIGN);
        self.take(bytes.expect("a slice fits the address space")).cast()
    }

    #[inline]
    fn take(&self, bytes: usize) -> NonNull<u8> {
        let bytes = bytes.next_multiple_of(ALIGN);
        if self.at.get() + bytes > self.size.get() {
            self.next_chunk(bytes);
        }
        let at = self.at.get();
        self.at.set(at + bytes);
        // SAFETY: at + bytes <= size of the chunk that starts at `base`, which is never null.
        unsafe { NonNull::new_unchecked(self.base.get().add(at)) }
    }

    /// Moves to the next chunk that can hold `bytes`; chunks that a rewind left behind are used again.
    #[cold]
    fn next_chunk(&self, bytes: usize) {
        let next = self.chunk.get() + 1;
        {
            let mut chunks = self.chunks.borrow_mut();
            let fits = chunks.get(next).is_some_and(|c| size_of_val(&**c) >= bytes);
            if !fits {
                let size = bytes.max(self.size.get() * 2);
                chunks.truncate(next);
                chunks.push(Box::new_uninit_slice(size.div_ceil(8)));
            }
        }
        self.enter(next, 0);
    }

    fn enter(&self, chunk: usize, at: usize) {
        let mut chunks = self.chunks.borrow_mut();
        self.before.set(chunks[..chunk].iter().map(|c| size_of_val(&**c)).sum());
        self.base.set(chunks[chunk].as_mut_ptr().cast());
        self.size.set(size_of_val(&*chunks[chunk]));
        self.chunk.set(chunk);
        self.at.set(at);
    }

    /// Rewinds within the chunk in use, which is what a loop does nearly always.
    ///
    /// # Safety
    /// As for `rewind`.
    #[inline]
    pub unsafe fn rewind_near(&self, mark: Mark) {
        if mark.chunk == self.chunk.get() {
            self.peak.set(self.peak.get().max(self.used()));
            self.at.set(mark.at);
        } else {
            // SAFETY: the caller's promise is the same.
            unsafe { self.rewind(mark) }
        }
    }
}

/// A value together with the arena it lives in: a program's constants, a snapshot of base data, a parsed input.
/// Immutable once built, so threads may share it.
pub struct Frozen {
    root: Value<'static>,
    arena: Arena,
    /// What the value may point into besides its own arena.
    _parent: Option<Arc<Frozen>>,
}

// SAFETY: the arena's cells are written only while `build` runs; afterwards a Frozen can only be read.
unsafe impl Sync for Frozen {}
// SAFETY: the arena owns its chunks and nothing in it belongs to a thread.
unsafe impl Send for Frozen {}

impl Frozen {
    /// Builds a value in an arena of its own.
    pub fn build(make: impl for<'a> FnOnce(&'a Arena) -> Value<'a>) -> Self {
        let arena = Arena::default();
        // SAFETY: the value points into the arena's chunks, which live on the heap as long as this Frozen and do not
        // move with it; `root()` shortens the lifetime to a borrow of it.
        let root = unsafe { std::mem::transmute::<Value<'_>, Value<'static>>(make(&arena)) };
        Frozen { root, arena, _parent: None }
    }

    /// Builds a value that may point into another frozen one, which it keeps alive: paths of base data looked up once, or
    /// a patched copy that shares what did not change.
    pub fn derive(parent: Arc<Frozen>, make: impl for<'a> FnOnce(&'a Arena, Value<'a>) -> Value<'a>) -> Self {
        let arena = Arena::default();
        // SAFETY: as in `build`; what belongs to the parent lives as long as its `Arc`, which moves in here.
        let root = unsafe { std::mem::transmute::<Value<'_>, Value<'static>>(make(&arena, parent.root())) };
        Frozen { root, arena, _parent: Some(parent) }
    }

    /// Builds a value, or fails and keeps nothing.
    ///
    /// # Errors
    /// What `make` returned.
    pub fn try_build<E>(make: impl for<'a> FnOnce(&'a Arena) -> Result<Value<'a>, E>) -> Result<Self, E> {
        let mut failure = None;
        let frozen = Frozen::build(|arena| match make(arena) {
            Ok(value) => value,
            Err(error) => {
                failure = Some(error);
                Value::NULL
            }
        });
        failure.map_or(Ok(frozen), Err)
    }

    /// The value.
    #[inline(always)]
    pub fn root(&self) -> Value<'_> {
        self.root
    }

    /// Bytes that the value takes, itself excluded.
    pub fn bytes(&self) -> usize {
        self.arena.used()
    }
}
