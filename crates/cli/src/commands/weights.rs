//! `linnaeus weights`: what was published, fetched once and kept.

use std::process::ExitCode;

use serde_json::json;
use workflow::{Error, ErrorKind, published};
use zoo::Architecture;

use crate::arguments::{Weights, WeightsAction};
use crate::commands::print_json;
use crate::output;
use crate::screen::Screen;

pub(crate) fn run(arguments: &Weights, json: bool) -> anyhow::Result<ExitCode> {
    let path = match &arguments.action {
        WeightsAction::List => {
            list(json)?;
            return Ok(ExitCode::SUCCESS);
        }
        WeightsAction::Pull { name } => {
            let mut screen = Screen::new();
            let path = published::pull(find(name)?, &mut |event| screen.draw(&event))?;
            screen.finish();
            path
        }
        WeightsAction::Import { name, file } => published::import(find(name)?, file)?,
    };
    match json {
        true => print_json(&json!({"path": path}))?,
        false => output::result(path.display())?,
    }
    Ok(ExitCode::SUCCESS)
}

fn find(name: &str) -> Result<&'static Architecture, Error> {
    zoo::find(name).map_err(|e| Error::new(ErrorKind::Usage, e.to_string()))
}

fn list(json: bool) -> anyhow::Result<()> {
    let mut rows = Vec::new();
    for architecture in zoo::all() {
        let path = published::path(architecture)?;
        let (package, license) = architecture
            .published
            .as_ref()
            .map_or(("", ""), |published| (published.package, published.license));
        let is_here = path.is_file();
        if json {
            let name = architecture.name;
            rows.push(json!({"name": name, "package": package, "license": license, "path": path, "cached": is_here}));
        } else if is_here {
            output::result(format_args!("{:<20} {license:<12} {}", architecture.name, path.display()))?;
        } else if architecture.published.is_some() {
            output::result(format_args!(
                "{:<20} {license:<12} not fetched yet: linnaeus weights pull {}",
                architecture.name, architecture.name
            ))?;
        }
    }
    if json { print_json(&rows) } else { Ok(()) }
}
