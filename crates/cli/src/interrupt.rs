//! Ctrl-C: the first asks a training to end after its batch and keep the best so far, the second ends the program.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

/// A flag that is set by the first Ctrl-C (or termination signal).
pub(crate) fn flag() -> Arc<AtomicBool> {
    let flag = Arc::new(AtomicBool::new(false));
    let set = Arc::clone(&flag);
    let installed = ctrlc::set_handler(move || {
        if set.swap(true, Ordering::SeqCst) {
            std::process::exit(1);
        }
        eprintln!("\nstopping after this batch; the best so far is kept (once more to stop at once)");
    });
    if let Err(error) = installed {
        eprintln!("linnaeus: Ctrl-C will end the program at once: {error}");
    }
    flag
}
