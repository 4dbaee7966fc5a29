//! `linnaeus tune lr`: which learning rate to take.

use std::process::ExitCode;

use workflow::tune::{self, Rates};
use workflow::{Event, Recipe};

use super::{check_out, line, recipe, write_json};
use crate::arguments::TuneRate;
use crate::commands::print_json;
use crate::interrupt;
use crate::output::{self, Form};
use crate::screen::Screen;

const JSON: &str = "tune-lr.json";
const PAGE: &str = "tune-lr.html";

pub(crate) fn run(arguments: &TuneRate, form: Form) -> anyhow::Result<ExitCode> {
    let recipe = recipe(&arguments.asked, Recipe::default())?;
    recipe.check_given(&arguments.asked.settings)?;
    [JSON, PAGE].iter().try_for_each(|name| check_out(&recipe, name))?;
    arguments.html.iter().try_for_each(|page| workflow::check_file("--html", page))?;
    let fine_tunes = recipe.fine_tune.is_asked_for();
    let folder = recipe.out.clone();
    let plan = recipe.check()?;
    let rates = Rates {
        from: arguments.from,
        to: arguments.to,
        epochs: arguments.trial_epochs,
        range_steps: arguments.range_steps,
        pictures: arguments.asked.pictures,
    };
    let stop = interrupt::flag();
    let mut screen = Screen::new();
    if fine_tunes {
        let note =
            "the rate of the first stage is searched; that of the second stays --fine-tune-learning-rate";
        screen.draw(&Event::Notice(note));
    }
    let search = tune::rates(&plan, &rates, &mut |event| screen.draw(&event), &stop)?;
    screen.finish();
    let rate = report::numbers::rate(search.learning_rate);
    let command = line::train(&arguments.asked, &[("learning_rate", rate.into())])?;
    if !folder.as_os_str().is_empty() {
        write_json(&folder, JSON, &search)?;
        report::html::write_rates(&search, &command, &folder.join(PAGE))?;
    }
    if let Some(page) = &arguments.html {
        report::html::write_rates(&search, &command, page)?;
    }
    match form {
        Form::Json => print_json(&search)?,
        Form::Text => {
            output::result(report::text::rates(&search, report::text::Style::default()))?;
            output::result(command)?;
        }
    }
    Ok(ExitCode::SUCCESS)
}
