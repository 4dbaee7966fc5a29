//! One file a subcommand.

pub(crate) mod bench;
pub(crate) mod convert;
pub(crate) mod demo;
pub(crate) mod doctor;
pub(crate) mod evaluate;
pub(crate) mod export;
mod model;
pub(crate) mod models;
pub(crate) mod pipeline;
pub(crate) mod predict;
pub(crate) mod preview;
pub(crate) mod profile;
pub(crate) mod train;
pub(crate) mod weights;

use crate::output;

/// Threads that compute: as asked for, else one a core.
fn threads(asked: usize) -> usize {
    match asked {
        0 => std::thread::available_parallelism().map_or(1, usize::from),
        threads => threads,
    }
}

/// Prints `value` as JSON on standard output.
fn print_json(value: &impl serde::Serialize) -> anyhow::Result<()> {
    output::result(serde_json::to_string_pretty(value)?)?;
    Ok(())
}
