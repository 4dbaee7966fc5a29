//! Reads a model of Keras and writes it again: `keras_roundtrip IN.(keras|h5|json) OUT.(keras|json)`.

use std::path::Path;
use std::process::ExitCode;

use linnaeus_formats::{Result, keras};

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [input, output] = arguments.as_slice() else {
        return fail("usage: keras_roundtrip IN.(keras|h5|json) OUT.(keras|json)");
    };
    match again(Path::new(input), Path::new(output)) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => fail(&error.to_string()),
    }
}

fn again(input: &Path, output: &Path) -> Result<()> {
    if let Ok(text) = std::fs::read_to_string(input) {
        let text = keras::to_json(&keras::from_json(&text)?.graph)?;
        return files::write_with(output, |file| {
            let failed = |source| files::Error::new("write", output, source);
            std::io::Write::write_all(file, text.as_bytes()).map_err(failed)
        })
        .map_err(Into::into);
    }
    let keras::Contents { graph, weights, card, .. } = keras::read(input)?;
    keras::write(output, &graph, &weights, card.as_ref())
}

#[allow(clippy::print_stderr, reason = "a program that a person runs")]
fn fail(message: &str) -> ExitCode {
    eprintln!("{message}");
    ExitCode::FAILURE
}
