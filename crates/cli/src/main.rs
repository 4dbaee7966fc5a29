//! The command `linnaeus`: one file a subcommand, and what draws the events of a job.

mod arguments;
mod commands;
mod exit;
mod interrupt;
mod memory;
mod numbers;
mod output;
mod quoted;
mod screen;

use std::process::ExitCode;

use arguments::{Arguments, Command};

fn main() -> ExitCode {
    let arguments = Arguments::read();
    let json = arguments.json;
    let done = match arguments.command {
        Command::Demo(demo) => commands::demo::run(&demo, json),
        Command::Train(train) => commands::train::run(&train, json),
        Command::Evaluate(evaluate) => commands::evaluate::run(&evaluate, json),
        Command::Predict(predict) => commands::predict::run(&predict, json),
        Command::Models(models) => commands::models::run(&models, json),
        Command::Weights(weights) => commands::weights::run(&weights, json),
        Command::Export(export) => commands::export::run(&export, json),
        Command::Convert(convert) => commands::convert::run(&convert, json),
        Command::Preview(preview) => commands::preview::run(&preview, json),
        Command::Doctor(doctor) => commands::doctor::run(doctor, json),
        Command::Tune(tune) => commands::tune::run(&tune, json),
        Command::Bench(bench) => commands::bench::run(&bench, json),
    };
    exit::status(done)
}
