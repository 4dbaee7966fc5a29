//! Loads a file of weights into a model and writes it: `load_weights MODEL.(keras|json) WEIGHTS OUT.keras [HEAD...]`.
//!
//! The layers called HEAD may stay as they are in the model.

use std::path::Path;
use std::process::ExitCode;

use graph::Weights;
use linnaeus_formats::{Loaded, Result, Which, keras, weights};

#[allow(clippy::print_stdout, clippy::print_stderr, reason = "a program that a person runs")]
fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [model, file, output, head @ ..] = arguments.as_slice() else {
        eprintln!("usage: load_weights MODEL.(keras|json) WEIGHTS OUT.keras [HEAD...]");
        return ExitCode::FAILURE;
    };
    match load(Path::new(model), Path::new(file), Path::new(output), head) {
        Ok(Loaded { loaded, skipped, matching }) => {
            println!("{} loaded, {matching:?}", loaded.len());
            skipped.iter().for_each(|(layer, why)| println!("skipped {layer}: {why}"));
            ExitCode::SUCCESS
        }
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}

fn load(model: &Path, file: &Path, output: &Path, head: &[String]) -> Result<Loaded> {
    let (graph, mut values) = match std::fs::read_to_string(model) {
        Ok(text) => {
            let graph = keras::from_json(&text)?.graph;
            let values = Weights::zeros(&graph);
            (graph, values)
        }
        Err(_) => {
            let keras::Contents { graph, weights, .. } = keras::read(model)?;
            (graph, weights)
        }
    };
    let head: Vec<&str> = head.iter().map(String::as_str).collect();
    let which = if head.is_empty() { Which::All } else { Which::AllBut(&head) };
    let loaded = weights::read_into(file, &graph, &mut values, which, weights::NO_NAMES)?;
    keras::write(output, &graph, &values, None)?;
    Ok(loaded)
}
