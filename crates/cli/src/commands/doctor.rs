//! `linnaeus doctor`: what is wrong with a set of pictures.

use std::process::ExitCode;

use doctor::{Options, Quarantine, Severity, examine};
use images::{Columns, Listing, read_set};
use report::text::{Colour, Style};
use workflow::{Error, ErrorKind};

use crate::arguments::Doctor;
use crate::commands::{print_json, threads};
use crate::interrupt;
use crate::output::{self, Form};
use crate::screen::Screen;

pub(crate) fn run(arguments: Doctor, form: Form) -> anyhow::Result<ExitCode> {
    arguments.html.iter().try_for_each(|page| workflow::check_file("--html", page))?;
    let listing = list(&arguments)?;
    let Doctor { data, html, quarantine, .. } = arguments;
    if let Some(folder) = &quarantine {
        Quarantine::check(&data, &listing, folder).map_err(said)?;
    }
    let stop = interrupt::flag();
    let mut screen = Screen::new();
    let mut progress = |done, total| screen.count("looking at the pictures", done, total);
    let options = Options { data, workers: threads(arguments.threads) };
    let examination = examine(listing, options, &mut progress, &stop).map_err(said)?;
    screen.finish();
    // Before anything is moved: the page shows the pictures.
    if let Some(page) = &html {
        doctor::html::write(&examination, page).map_err(said)?;
    }
    let moved = quarantine.map(|folder| Quarantine::fill(&examination, &folder)).transpose().map_err(said)?;
    match form {
        Form::Json => print_json(&examination.json(moved.as_ref()))?,
        Form::Text => {
            let style = Style { colour: Colour::Never, ..Style::default() };
            output::result(doctor::text(&examination, moved.as_ref(), style).trim_end())?;
            html.iter().try_for_each(|page| output::result(format_args!("page    {}", page.display())))?;
        }
    }
    let faults = match &moved {
        Some(moved) => moved.faults_left(&examination),
        None => examination.count(Severity::Fault),
    };
    Ok(ExitCode::from(u8::from(faults > 0)))
}

fn list(arguments: &Doctor) -> Result<Listing, Error> {
    let columns = Columns { group: arguments.group_column.clone(), ..arguments.listing.columns() };
    let listing = read_set(&arguments.data, &columns)?;
    match &arguments.group_by {
        None => Ok(listing),
        Some(pattern) => listing
            .group_by(pattern)
            .map_err(|error| Error::new(ErrorKind::Usage, format!("--group-by: {error}"))),
    }
}

fn said(error: doctor::Error) -> Error {
    let kind = match error.kind() {
        doctor::ErrorKind::Usage => ErrorKind::Usage,
        doctor::ErrorKind::File => ErrorKind::File,
        _ => ErrorKind::Data,
    };
    Error::new(kind, error.to_string())
}
