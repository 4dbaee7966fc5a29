//! Work on numbered things by several threads, whose results come back in order.

use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::mpsc;

/// The results of `work` on 0 to `count`, in order, by so many `workers`, each with a `tool` of its own; `progress`
/// gets how many are done. None if `stop` was set before all were.
pub(crate) fn in_order<T: Send, Tool>(
    (count, workers): (usize, usize),
    tool: impl Fn() -> Tool + Sync,
    work: impl Fn(&mut Tool, usize) -> T + Sync,
    progress: &mut dyn FnMut(usize),
    stop: &AtomicBool,
) -> Option<Vec<T>> {
    let next = AtomicUsize::new(0);
    let (sender, receiver) = mpsc::channel();
    let run = |sender: mpsc::Sender<(usize, T)>| {
        let mut tool = tool();
        loop {
            let index = next.fetch_add(1, Ordering::Relaxed);
            if index >= count || stop.load(Ordering::Relaxed) {
                return;
            }
            if sender.send((index, work(&mut tool, index))).is_err() {
                return;
            }
        }
    };
    let mut results: Vec<Option<T>> = (0..count).map(|_| None).collect();
    std::thread::scope(|scope| {
        for _ in 0..workers.clamp(1, count.max(1)) {
            let sender = sender.clone();
            scope.spawn(|| run(sender));
        }
        drop(sender);
        for (done, (index, result)) in receiver.into_iter().enumerate() {
            results[index] = Some(result);
            progress(done + 1);
        }
    });
    results.into_iter().collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn results_are_in_order_for_any_number_of_threads() {
        let run = |workers| {
            let mut last = 0;
            let squares =
                in_order((100, workers), || (), |(), i| i * i, &mut |done| last = done, &false.into());
            (squares, last)
        };
        let expected = (Some((0..100).map(|i| i * i).collect::<Vec<_>>()), 100);
        for workers in [0, 1, 3, 200] {
            assert_eq!(run(workers), expected);
        }
        assert_eq!(in_order((9, 2), || (), |(), i| i, &mut |_| {}, &true.into()), None);
        assert_eq!(in_order((0, 2), || (), |(), i| i, &mut |_| {}, &false.into()), Some(Vec::new()));
    }
}
