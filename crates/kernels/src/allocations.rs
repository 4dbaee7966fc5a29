//! An allocator that counts: for tests that nothing is allocated while a network learns, and that hostile files take
//! little memory.

use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;

thread_local! {
    static COUNT: Cell<usize> = const { Cell::new(0) };
    /// Bytes that this thread has asked for and not given back; below zero where it frees what others asked for.
    static HELD: Cell<isize> = const { Cell::new(0) };
    static MOST_HELD: Cell<isize> = const { Cell::new(0) };
}

/// The system's allocator; it counts what each thread asks for. A test binary makes it its `#[global_allocator]`.
pub struct Counting;

impl Counting {
    /// How often this thread has asked for memory, larger memory for what it had included.
    pub fn of_this_thread() -> usize {
        COUNT.get()
    }

    /// The most bytes that this thread held while it ran `work`, beyond those that it held before.
    pub fn most_bytes_during(work: impl FnOnce()) -> usize {
        let before = HELD.get();
        MOST_HELD.set(before);
        work();
        (MOST_HELD.get() - before).max(0) as usize
    }

    /// Counts one call that changes what is held by so many bytes.
    fn count(bytes: isize) {
        // A thread that is ending asks no more questions.
        let _ = COUNT.try_with(|count| count.set(count.get() + 1));
        Self::hold(bytes);
    }

    fn hold(bytes: isize) {
        let held = HELD.try_with(|held| {
            held.set(held.get() + bytes);
            held.get()
        });
        if let Ok(held) = held {
            let _ = MOST_HELD.try_with(|most| most.set(most.get().max(held)));
        }
    }
}

// SAFETY: every call goes to the system's allocator as it came.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        Self::count(layout.size() as isize);
        // SAFETY: the caller's promise.
        unsafe { System.alloc(layout) }
    }

    unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
        Self::count(layout.size() as isize);
        // SAFETY: the caller's promise.
        unsafe { System.alloc_zeroed(layout) }
    }

    unsafe fn realloc(&self, pointer: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        Self::count(size as isize - layout.size() as isize);
        // SAFETY: the caller's promise.
        unsafe { System.realloc(pointer, layout, size) }
    }

    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        Self::hold(-(layout.size() as isize));
        // SAFETY: the caller's promise.
        unsafe { System.dealloc(pointer, layout) }
    }
}
