//! `linnaeus evaluate`: a model on labelled pictures.

use std::process::ExitCode;

use workflow::Classifier;

use crate::arguments::Evaluate;
use crate::commands::{model_file, print_json, threads};
use crate::screen::Screen;

pub(crate) fn run(arguments: &Evaluate, json: bool) -> anyhow::Result<ExitCode> {
    let file = model_file(&arguments.model)?;
    let classifier = Classifier::load(&file)?;
    let mut screen = Screen::new();
    let how = (arguments.batch_size.max(1), threads(arguments.threads));
    let outcome =
        workflow::evaluate(&classifier, &file, &arguments.data, how, &mut |event| screen.draw(&event))?;
    screen.finish();
    if let Some(folder) = &arguments.out {
        files::create_folder(folder)?;
        outcome.write(&folder.join("result.json"))?;
        report::html::write(&outcome, &folder.join("report.html"))?;
    }
    match json {
        true => print_json(&outcome)?,
        false => println!("{}", report::text::outcome(&outcome, report::text::Style::default())),
    }
    if let Some(folder) = &arguments.out {
        eprintln!("report  {}", folder.join("report.html").display());
    }
    Ok(ExitCode::SUCCESS)
}
