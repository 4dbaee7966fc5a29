//! `cargo xtask bench`: our program and those that people would use instead, run in turn on this machine.
//!
//! Every comparison runs its programs one after the other, round by round, so that a machine that grows slower does so
//! for all of them. A program that is not installed and cannot be is left out and named.

mod cnn;
mod comparison;
mod engine;
mod figure;
mod machine;
mod measured;
mod memory;
mod part;
mod peers;
mod pictures;
mod start;
mod table;
mod workbench;
mod workflow;

use anyhow::{Context, Result};

use crate::steps::Steps;
use comparison::Row;
pub(crate) use part::Request;
pub(crate) use peers::TORCH;
use table::Report;
use workbench::Workbench;

/// Measures what the request names, prints the table, and leaves it in `target/bench/table.md`.
///
/// # Errors
/// Our program does not build or fails, or the pictures that it is measured on cannot be had.
pub(crate) fn bench(request: &Request) -> Result<()> {
    let mut steps = Steps::new("bench");
    let result = measure(&mut steps, request);
    steps.finish(result)
}

fn measure(steps: &mut Steps, request: &Request) -> Result<()> {
    let mut workbench = steps.step("build the program", Workbench::new)?;
    let path = workbench.folder.join("table.md");
    let mut rows: Vec<Row> = Vec::new();
    for part in &request.parts {
        let comparisons = steps.step(&format!("prepare {}", part.name()), || part.prepare(&mut workbench))?;
        for mut comparison in comparisons.into_iter().filter(|c| c.task.contains(&request.only)) {
            let name = comparison.task.clone();
            let measured = steps.step(&name, || comparison.run(request.runs, &mut workbench.left_out))?;
            rows.extend(measured);
            // After each one: whoever stops here keeps what was measured so far.
            let report = Report { runs: request.runs, rows: &rows, left_out: &workbench.left_out };
            std::fs::write(&path, report.to_string())
                .with_context(|| format!("cannot write {}", path.display()))?;
        }
    }
    println!("\n{}", Report { runs: request.runs, rows: &rows, left_out: &workbench.left_out });
    println!("written to {}", path.display());
    Ok(())
}
