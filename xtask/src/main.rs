//! The project's chores: `cargo xtask <chore>`; with no chore it lists them.
#![allow(clippy::print_stdout, clippy::print_stderr, reason = "a chore speaks to the terminal")]

mod bench;
mod check;
mod data;
mod format;
mod golden;
mod lint;
mod process;
mod program;
mod steps;
mod test;
mod tidy;
mod tracked;
mod venv;
mod workspace;
mod zoo;

use std::process::ExitCode;

use anyhow::Result;

const USAGE: &str = "\
usage: cargo xtask <chore>

  tidy                          the design's rules about the source; fast, no network
  lint                          tidy, rustfmt and clippy
  fmt                           rustfmt, also of the modules that macros declare, which `cargo fmt` does not see
  test [lint|unit|interop|e2e]  everything that must pass, or the parts that are named; sets up what it needs
  test torch                    the files of PyTorch; its environment takes 6 GB, so only where it is named
  data fashion-mnist DIR        Fashion-MNIST as folders of PNG pictures: DIR/train/<class>, DIR/test/<class>
  check fashion                 small_cnn reaches 0.90 on Fashion-MNIST after 3 epochs (minutes)
  check kills                   runs that are killed 50 times each, at random moments, end with the bits of those that
                                are not (minutes)
  golden [train] [NAME...]      what Keras and PyTorch build and compute of the networks of the zoo, all or those that are
                                named, for the tests to compare with; only when a network is new (an hour); `train` is
                                the figures of optimizers, schedules, losses, metrics and callbacks (a minute)
  zoo [golden|overfit|zoo...]   docs/zoo.md: every network and what the tests show of it (13 minutes), or a part anew
  bench [predict|train|cnn|pictures|workflow|start] [--runs N] [--only TEXT]
                                our speed and memory beside ONNX Runtime, PyTorch and Keras, 3 runs of each in turn,
                                as a table (half an hour); or the parts that are named,
                                and of these the tasks whose name holds TEXT";

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    match run(&arguments) {
        Ok(Ok(())) => ExitCode::SUCCESS,
        Ok(Err(error)) => {
            eprintln!("error: {error:#}");
            ExitCode::from(1)
        }
        Err(misuse) => {
            eprintln!("{misuse}{USAGE}");
            ExitCode::from(2)
        }
    }
}

/// Runs the chore that the arguments name. The outer error is what is wrong with the arguments, as `error: …` and an
/// empty line; it is empty where there are none.
fn run(arguments: &[&str]) -> Result<Result<()>, String> {
    let misuse = |why: String| format!("error: {why}\n\n");
    Ok(match arguments {
        ["tidy"] => tidy::tidy(&workspace::root()),
        ["lint"] => lint::lint(),
        ["fmt"] => format::format(format::Unformatted::Write),
        ["test", parts @ ..] => test::test(&test::Part::parse(parts).map_err(misuse)?),
        ["data", "fashion-mnist", folder] => data::fashion_mnist(folder.as_ref()),
        ["check", "fashion"] => check::fashion(),
        ["check", "kills"] => check::kills(),
        ["golden", names @ ..] => golden::golden(names),
        ["zoo", names @ ..] => zoo::zoo(names),
        ["bench", words @ ..] => bench::bench(&bench::Request::parse(words).map_err(misuse)?),
        [] => return Err(String::new()),
        words => return Err(misuse(format!("there is no chore `{}`", words.join(" ")))),
    })
}
