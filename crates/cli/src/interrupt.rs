//! Ctrl-C: the first asks a training to end after its batch and keep the best so far, the second ends the program.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use crate::output;

/// A flag that is set by the first Ctrl-C (or termination signal).
pub(crate) fn flag() -> Arc<AtomicBool> {
    let flag = Arc::new(AtomicBool::new(false));
    let set = Arc::clone(&flag);
    let installed = ctrlc::set_handler(move || {
        if set.swap(true, Ordering::SeqCst) {
            std::process::exit(1);
        }
        output::tell(format_args!(
            "\nstopping in order; the best epoch so far is kept, if there is one (Ctrl-C once more stops at once)"
        ));
    });
    if let Err(error) = installed {
        output::tell(format_args!("linnaeus: Ctrl-C will end the program at once: {error}"));
    }
    flag
}
