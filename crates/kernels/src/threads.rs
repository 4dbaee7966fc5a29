//! A pool of threads that run the numbered pieces of one piece of work.
//!
//! The pieces are chosen by the kernels from the size of the problem, never from the number of threads; threads take
//! them from a counter until none is left. A thread without work spins for some tens of microseconds and then sleeps.
//!
//! The protocol: `gate` holds the number of the current job, whether it is open, and how many workers are inside.
//! A worker enters only through an open gate. The caller opens it, takes pieces like everybody else until none is
//! left, closes it and waits until nobody is inside; so a worker that wakes late delays nobody.

use std::any::Any;
use std::cell::{Cell, UnsafeCell};
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use crate::Isa;
use crate::aligned::Aligned;

/// How long a thread spins before it sleeps.
const SPIN: Duration = Duration::from_micros(60);
/// Looks at an atomic between two looks at the clock.
const LOOKS: usize = 64;

const OPEN: u64 = 1 << 31;
const INSIDE: u64 = OPEN - 1;
const JOB: u64 = !(OPEN | INSIDE);
const NEXT_JOB: u64 = 1 << 32;

thread_local! {
    /// Whether this thread runs a piece: a run from inside a piece is serial.
    static BUSY: Cell<bool> = const { Cell::new(false) };
}

/// Threads that wait for work; the caller's own thread is one of them.
pub struct Pool {
    isa: Isa,
    shared: Arc<Shared>,
    workers: Vec<JoinHandle<()>>,
    /// Held for the length of a run: one caller at a time. It guards the scratch of the caller's thread.
    turn: Mutex<Aligned>,
}

/// What one thread does for a job: take pieces until none is left, with its scratch.
type Work<'a> = dyn Fn(&mut Aligned) + Sync + 'a;

struct Shared {
    gate: AtomicU64,
    /// The open job. Written by the caller while the gate is closed and nobody is inside, read by those inside.
    job: UnsafeCell<Option<*const Work<'static>>>,
    panic: Mutex<Option<Box<dyn Any + Send>>>,
    stop: AtomicBool,
    /// Workers that sleep or are about to.
    sleepers: AtomicUsize,
    /// Whether the caller sleeps, or is about to, until nobody is inside.
    caller_sleeps: AtomicBool,
    lock: Mutex<()>,
    opened: Condvar,
    left: Condvar,
}

// SAFETY: everything but `job` is `Sync` by itself; who may touch `job`, and when, is said at the field, and the
// gate's atomic operations order the accesses. The pointer's target is `Sync`.
unsafe impl Sync for Shared {}
// SAFETY: as above; the pointer is used only while the caller keeps its target alive.
unsafe impl Send for Shared {}

impl Pool {
    /// A pool of `threads` (at least one, the caller's included) with the best instruction set.
    pub fn new(threads: usize) -> Self {
        Self::with_isa(threads, Isa::best())
    }

    /// A pool whose kernels use `isa`.
    pub fn with_isa(threads: usize, isa: Isa) -> Self {
        let shared = Arc::new(Shared::new());
        let spawn = |number| {
            let shared = Arc::clone(&shared);
            let named = std::thread::Builder::new().name(format!("kernels-{number}"));
            // A thread that the system refuses is done without: the others take its pieces.
            named.spawn(move || shared.work_until_stopped()).ok()
        };
        let workers = (1..threads).map_while(spawn).collect();
        Self { isa, shared, workers, turn: Mutex::default() }
    }

    /// The number of threads, the caller's included.
    pub fn threads(&self) -> usize {
        self.workers.len() + 1
    }

    /// The instruction set that kernels on this pool use.
    pub fn isa(&self) -> Isa {
        self.isa
    }

    /// Calls `work(0)` to `work(pieces - 1)`, each once, on any thread, and returns when all are done.
    ///
    /// From inside a piece it runs serially. When a piece panics, pieces not yet begun are left out and the panic
    /// goes on in the caller after those that run have ended.
    pub fn run(&self, pieces: usize, work: impl Fn(usize) + Sync) {
        if pieces <= 1 || self.workers.is_empty() || BUSY.get() {
            (0..pieces).for_each(work);
        } else {
            self.share_out(pieces, |piece, _| work(piece));
        }
    }

    /// As [`Pool::run`], each call with `floats` of scratch of its thread, 64-byte aligned, holding anything.
    pub fn run_with_scratch(&self, pieces: usize, floats: usize, work: impl Fn(usize, &mut [f32]) + Sync) {
        if pieces == 0 {
        } else if BUSY.get() {
            let mut scratch = Aligned::new(floats);
            (0..pieces).for_each(|piece| work(piece, scratch.as_mut_slice()));
        } else {
            self.share_out(pieces, |piece, scratch| work(piece, scratch.at_least(floats)));
        }
    }

    fn share_out(&self, pieces: usize, work: impl Fn(usize, &mut Aligned) + Sync) {
        let next = AtomicUsize::new(0);
        let take = |scratch: &mut Aligned| {
            let taken = catch_unwind(AssertUnwindSafe(|| {
                loop {
                    let piece = next.fetch_add(1, Ordering::Relaxed);
                    if piece >= pieces {
                        return;
                    }
                    work(piece, scratch);
                }
            }));
            if let Err(payload) = taken {
                next.store(pieces, Ordering::Relaxed);
                locked(&self.shared.panic).get_or_insert(payload);
            }
        };
        let mut scratch = locked(&self.turn);
        BUSY.set(true);
        if pieces == 1 || self.workers.is_empty() {
            take(&mut scratch);
        } else {
            self.shared.open(&take, pieces - 1);
            take(&mut scratch);
            self.shared.close();
        }
        BUSY.set(false);
        let panic = locked(&self.shared.panic).take();
        drop(scratch);
        if let Some(payload) = panic {
            resume_unwind(payload);
        }
    }
}

impl Drop for Pool {
    fn drop(&mut self) {
        self.shared.stop.store(true, Ordering::SeqCst);
        {
            let _guard = locked(&self.shared.lock);
            self.shared.opened.notify_all();
        }
        for worker in self.workers.drain(..) {
            // A worker catches the panics of its pieces, so there is nothing to learn from the result.
            drop(worker.join());
        }
    }
}

impl Shared {
    fn new() -> Self {
        Self {
            gate: AtomicU64::new(0),
            job: UnsafeCell::new(None),
            panic: Mutex::default(),
            stop: AtomicBool::new(false),
            sleepers: AtomicUsize::new(0),
            caller_sleeps: AtomicBool::new(false),
            lock: Mutex::default(),
            opened: Condvar::new(),
            left: Condvar::new(),
        }
    }

    /// Opens the gate for `work`, which must stay alive until [`Shared::close`] has returned, and wakes `helpers`.
    fn open(&self, work: &Work<'_>, helpers: usize) {
        let work: *const Work<'_> = work;
        // SAFETY: only the lifetime changes; the caller closes the gate, after which nobody uses the pointer,
        // before `work` ends.
        let work: *const Work<'static> = unsafe { std::mem::transmute(work) };
        // SAFETY: the gate is closed and nobody is inside: the pool's turn is held, and the last run has closed.
        unsafe { *self.job.get() = Some(work) };
        let job = self.gate.load(Ordering::Relaxed) & JOB;
        // In one total order with the sleepers' own operations: either a worker sees the open gate before it
        // sleeps, or it is seen here.
        self.gate.store(job.wrapping_add(NEXT_JOB) | OPEN, Ordering::SeqCst);
        let sleepers = self.sleepers.load(Ordering::SeqCst);
        if sleepers > 0 {
            let _guard = locked(&self.lock);
            if helpers >= sleepers {
                self.opened.notify_all();
            } else {
                (0..helpers).for_each(|_| self.opened.notify_one());
            }
        }
    }

    /// Lets nobody in any more and waits until those inside have left.
    fn close(&self) {
        self.gate.fetch_and(!OPEN, Ordering::SeqCst);
        let empty = || self.gate.load(Ordering::SeqCst) & INSIDE == 0;
        if spin_until(empty) {
            return;
        }
        let mut guard = locked(&self.lock);
        self.caller_sleeps.store(true, Ordering::SeqCst);
        while !empty() {
            guard = self.left.wait(guard).unwrap_or_else(PoisonError::into_inner);
        }
        self.caller_sleeps.store(false, Ordering::SeqCst);
    }

    fn work_until_stopped(&self) {
        BUSY.set(true);
        let mut scratch = Aligned::default();
        let mut done = 0;
        loop {
            let news = || self.stop.load(Ordering::SeqCst) || self.is_open_after(done).is_some();
            if !spin_until(news) {
                let mut guard = locked(&self.lock);
                self.sleepers.fetch_add(1, Ordering::SeqCst);
                while !news() {
                    guard = self.opened.wait(guard).unwrap_or_else(PoisonError::into_inner);
                }
                self.sleepers.fetch_sub(1, Ordering::SeqCst);
            }
            if self.stop.load(Ordering::SeqCst) {
                return;
            }
            done = self.help(done, &mut scratch);
        }
    }

    /// The gate's value if it is open for another job than `done`.
    fn is_open_after(&self, done: u64) -> Option<u64> {
        let gate = self.gate.load(Ordering::SeqCst);
        (gate & OPEN != 0 && gate & JOB != done).then_some(gate)
    }

    /// Enters if the gate is open for another job than `done`, and returns the number of the last job entered.
    fn help(&self, done: u64, scratch: &mut Aligned) -> u64 {
        let Some(gate) = self.is_open_after(done) else { return done };
        if self.gate.compare_exchange(gate, gate + 1, Ordering::SeqCst, Ordering::SeqCst).is_err() {
            return done;
        }
        // SAFETY: this thread is inside an open gate: the caller wrote the job before it opened, and keeps both the
        // field and the target as they are until this thread has left.
        if let Some(work) = unsafe { *self.job.get() } {
            // SAFETY: as above.
            unsafe { (*work)(scratch) };
        }
        let before = self.gate.fetch_sub(1, Ordering::SeqCst);
        if before & (OPEN | INSIDE) == 1 && self.caller_sleeps.load(Ordering::SeqCst) {
            let _guard = locked(&self.lock);
            self.left.notify_all();
        }
        gate & JOB
    }
}

/// Waits for `ready` for [`SPIN`], and tells whether it came.
fn spin_until(ready: impl Fn() -> bool) -> bool {
    let start = Instant::now();
    loop {
        for _ in 0..LOOKS {
            if ready() {
                return true;
            }
            std::hint::spin_loop();
        }
        if start.elapsed() > SPIN {
            return false;
        }
    }
}

/// The mutexes here guard nothing that a panic could leave half done.
fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests;
