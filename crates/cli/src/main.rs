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
use output::Form;

fn main() -> ExitCode {
    let arguments = Arguments::read();
    let form = if arguments.json { Form::Json } else { Form::Text };
    let done = match arguments.command {
        Command::Demo(demo) => commands::demo::run(&demo, form),
        Command::Train(train) => commands::train::run(&train, form),
        Command::Evaluate(evaluate) => commands::evaluate::run(&evaluate, form),
        Command::Predict(predict) => commands::predict::run(&predict, form),
        Command::Models(models) => commands::models::run(&models, form),
        Command::Weights(weights) => commands::weights::run(&weights, form),
        Command::Export(export) => commands::export::run(&export, form),
        Command::Convert(convert) => commands::convert::run(&convert, form),
        Command::Preview(preview) => commands::preview::run(&preview, form),
        Command::Doctor(doctor) => commands::doctor::run(doctor, form),
        Command::Tune(tune) => commands::tune::run(&tune, form),
        Command::Bench(bench) => commands::bench::run(&bench, form),
    };
    exit::status(done)
}
