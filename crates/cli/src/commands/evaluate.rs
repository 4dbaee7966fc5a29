//! `linnaeus evaluate`: a model on labelled pictures.

use std::path::Path;
use std::process::ExitCode;

use workflow::{Error, ErrorKind};

use crate::arguments::Evaluate;
use crate::commands::model::{self, load};
use crate::commands::{print_json, threads};
use crate::output::{self, Form};
use crate::screen::Screen;

pub(crate) fn run(arguments: &Evaluate, form: Form) -> anyhow::Result<ExitCode> {
    let file = model::file(&arguments.model)?;
    let mut classifier = load(&file)?;
    if let Some(threshold) = arguments.threshold {
        classifier.decide_at(threshold)?;
    }
    if let Some(folder) = &arguments.out {
        refuse_another_result(folder)?;
        files::create_folder(folder)?;
    }
    let mut screen = Screen::new();
    let how = (arguments.batch_size, threads(arguments.threads));
    let data = (arguments.data.as_path(), &arguments.listing.columns());
    let outcome = workflow::evaluate(&classifier, &file, data, how, &mut |event| screen.draw(&event))?;
    screen.finish();
    if let Some(folder) = &arguments.out {
        outcome.write(&folder.join("result.json"))?;
        report::html::write(&outcome, &folder.join("report.html"))?;
    }
    match form {
        Form::Json => print_json(&outcome)?,
        Form::Text => output::result(report::text::outcome(&outcome, report::text::Style::default()))?,
    }
    if let Some(folder) = &arguments.out {
        output::tell(format_args!("report  {}", folder.join("report.html").display()));
    }
    Ok(ExitCode::SUCCESS)
}

/// A run's own result must not be lost to an evaluation.
fn refuse_another_result(folder: &Path) -> Result<(), Error> {
    let names = ["result.json", "report.html"].map(|name| folder.join(name));
    match names.iter().find(|path| path.exists()) {
        None => Ok(()),
        Some(path) => Err(Error::new(
            ErrorKind::Usage,
            format!(
                "{} is there already: choose another folder with --out, so that no result is lost",
                path.display()
            ),
        )),
    }
}
