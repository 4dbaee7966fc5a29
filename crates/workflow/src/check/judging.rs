//! What a training is judged by: its metrics, and the figure that says which epoch is the best.

use train::callbacks::{Mode, Monitor};
use train::metrics::{self, Entry};

use super::choice::choose;
use super::spelling;
use crate::{Error, Recipe, Result};

/// The metrics, by their names.
pub(super) fn metrics(recipe: &Recipe) -> Result<Vec<Entry>> {
    let find = |name: &String| {
        let ours = spelling::metric(name).map_err(|why| Error::usage(format!("--metrics {name}: {why}")))?;
        Ok::<_, Error>(metrics::find(&ours)?)
    };
    let found = recipe.metrics.iter().map(find).collect::<Result<Vec<_>>>()?;
    match (1..found.len()).find(|place| found[..*place].contains(&found[*place])) {
        None => Ok(found),
        Some(place) => Err(Error::usage(format!(
            "--metrics: {} is given twice, perhaps by another of its names: leave one out",
            found[place].name()
        ))),
    }
}

/// The monitor; an unknown one fails here, before any picture is read.
pub(super) fn monitor(recipe: &Recipe, metrics: &[Entry]) -> Result<Monitor> {
    let modes = [("auto", Mode::Auto), ("min", Mode::Min), ("max", Mode::Max)];
    let mode = choose("--mode", &recipe.mode, &modes)?;
    let names = figures(metrics);
    match names.contains(&recipe.monitor) {
        true => {
            let monitor = Monitor { name: recipe.monitor.clone(), mode, min_delta: recipe.min_delta };
            monitor.check_delta().map_err(|error| Error::usage(format!("--min-delta: {error}")))?;
            Ok(monitor)
        }
        false => Err(unknown(recipe, &names)),
    }
}

/// What can be looked at: the names that an epoch's figures may have.
pub(super) fn figures(metrics: &[Entry]) -> Vec<String> {
    let plain = || std::iter::once("loss").chain(metrics.iter().map(Entry::name));
    plain().map(|name| format!("val_{name}")).chain(plain().map(String::from)).collect()
}

fn unknown(recipe: &Recipe, names: &[String]) -> Error {
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    let choices = graph::choices(&recipe.monitor, &names);
    let hint = match metrics::find(recipe.monitor.trim_start_matches("val_")) {
        Ok(metric) => format!("; add it with --metrics {},{}", recipe.metrics.join(","), metric.name()),
        Err(_) => String::new(),
    };
    Error::usage(format!("--monitor {}: there is no such figure; {choices}{hint}", recipe.monitor))
}
