use super::*;

fn sum_of_pieces(pool: &Pool, pieces: usize) -> usize {
    let sum = AtomicUsize::new(0);
    pool.run(pieces, |piece| {
        sum.fetch_add(piece + 1, Ordering::Relaxed);
    });
    sum.into_inner()
}

#[test]
fn every_piece_runs_once() {
    for threads in [1, 2, 3, 8] {
        let pool = Pool::new(threads);
        for pieces in [0, 1, 2, 3, 17, 1000] {
            let counts: Vec<AtomicUsize> = (0..pieces).map(|_| AtomicUsize::new(0)).collect();
            pool.run(pieces, |piece| {
                counts[piece].fetch_add(1, Ordering::Relaxed);
            });
            assert!(counts.iter().all(|count| count.load(Ordering::Relaxed) == 1), "{threads} threads");
        }
    }
}

#[test]
fn many_tiny_runs_with_sleeps_between() {
    let pool = Pool::new(4);
    for round in 0..20_000 {
        assert_eq!(sum_of_pieces(&pool, 5), 15);
        if round % 1000 == 0 {
            std::thread::sleep(2 * SPIN);
        }
    }
}

#[test]
fn a_run_inside_a_piece_is_serial() {
    let pool = Pool::new(3);
    let sum = AtomicUsize::new(0);
    pool.run_with_scratch(8, 10, |_, outer| {
        outer.fill(1.0);
        let thread = std::thread::current().id();
        pool.run(4, |_| assert_eq!(std::thread::current().id(), thread));
        pool.run_with_scratch(4, 20, |piece, inner| {
            inner.fill(2.0);
            sum.fetch_add(piece + 1, Ordering::Relaxed);
        });
        assert!(outer.iter().all(|value| *value == 1.0));
    });
    assert_eq!(sum.into_inner(), 80);
}

#[test]
fn two_callers_take_turns() {
    let pool = Pool::new(2);
    std::thread::scope(|scope| {
        for _ in 0..3 {
            scope.spawn(|| {
                for _ in 0..2000 {
                    assert_eq!(sum_of_pieces(&pool, 7), 28);
                }
            });
        }
    });
}

#[test]
fn a_panic_reaches_the_caller_and_the_pool_lives_on() {
    for threads in [1, 2, 4] {
        let pool = Pool::new(threads);
        for bad in [0, 5, 15] {
            let caught = catch_unwind(AssertUnwindSafe(|| {
                pool.run_with_scratch(16, 1, |piece, _| assert_ne!(piece, bad, "piece {bad}"));
            }));
            let message = caught.unwrap_err().downcast::<String>().unwrap();
            assert!(message.contains(&format!("piece {bad}")), "{message}");
            assert_eq!(sum_of_pieces(&pool, 10), 55);
        }
    }
}

#[test]
fn scratch_is_aligned_and_long_enough() {
    let pool = Pool::new(2);
    for floats in [0, 1, 100, 10, 5000] {
        pool.run_with_scratch(9, floats, |_, scratch| {
            assert_eq!(scratch.len(), floats);
            assert_eq!(scratch.as_ptr() as usize % 64, 0);
            scratch.fill(1.0);
        });
    }
}

#[test]
fn dropping_a_pool_ends_its_threads() {
    for _ in 0..50 {
        let pool = Pool::new(3);
        assert_eq!(sum_of_pieces(&pool, 3), 6);
        let shared = Arc::downgrade(&pool.shared);
        drop(pool);
        assert_eq!(shared.strong_count(), 0);
    }
}
