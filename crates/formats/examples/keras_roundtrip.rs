//! Reads a `.keras` file and writes the model again: `keras_roundtrip IN.keras OUT.keras`.

use std::path::Path;
use std::process::ExitCode;

use linnaeus_formats::keras;

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [input, output] = arguments.as_slice() else {
        return fail("usage: keras_roundtrip IN.keras OUT.keras");
    };
    let written = keras::read(Path::new(input)).and_then(|contents| {
        let keras::Contents { graph, weights, card, .. } = contents;
        keras::write(Path::new(output), &graph, &weights, card.as_ref())
    });
    match written {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => fail(&error.to_string()),
    }
}

#[allow(clippy::print_stderr, reason = "a program that a person runs")]
fn fail(message: &str) -> ExitCode {
    eprintln!("{message}");
    ExitCode::FAILURE
}
