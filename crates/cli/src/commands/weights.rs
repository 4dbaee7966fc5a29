//! `linnaeus weights`: what was published, fetched once and kept.

use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::atomic::AtomicBool;

use serde_json::{Value, json};
use workflow::published::{self, Kept, State};
use zoo::{Algorithm, Architecture, Part, Place, Published, Wanted};

use crate::arguments::{Variant, Weights, WeightsAction};
use crate::commands::{model, print_json};
use crate::output::{self, Form};
use crate::screen::{Screen, loaded_lines};

pub(crate) fn run(arguments: &Weights, form: Form) -> anyhow::Result<ExitCode> {
    match &arguments.action {
        WeightsAction::List { name: None } => list(form)?,
        WeightsAction::List { name: Some(name) } => list_files(workflow::architecture(name)?, form)?,
        WeightsAction::Pull { name, variant, no_top } => {
            let part = if *no_top { Part::Base } else { Part::Whole };
            let architecture = workflow::architecture(name)?;
            pull(architecture, &wanted(architecture, variant, part), form)?;
        }
        WeightsAction::Import { name, file, variant } => {
            let architecture = workflow::architecture(name)?;
            import(architecture, &wanted(architecture, variant, Part::Whole), file, form)?;
        }
    }
    Ok(ExitCode::SUCCESS)
}

fn wanted(architecture: &Architecture, variant: &Variant, part: Part) -> Wanted {
    let own = Wanted::of(architecture, part);
    let size = variant.image_size.map_or(own.size, |side| [side, side]);
    Wanted { alpha: variant.alpha, size, part }
}

fn pull(architecture: &Architecture, wanted: &Wanted, form: Form) -> anyhow::Result<()> {
    let mut screen = Screen::new();
    let never = AtomicBool::new(false);
    let path = published::pull(architecture, wanted, &mut |event| screen.draw(&event), &never)?;
    screen.finish();
    match form {
        Form::Json => print_json(&json!({"path": path})),
        Form::Text => output::result(path.display()),
    }
}

fn import(architecture: &Architecture, wanted: &Wanted, file: &Path, form: Form) -> anyhow::Result<()> {
    let file = match file.is_dir() || !file.exists() {
        true => model::file(file)?,
        false => file.to_path_buf(),
    };
    let published::Imported { path, part, loaded } = published::import(architecture, wanted, &file)?;
    if form == Form::Json {
        return print_json(&json!({"path": path, "part": word(part), "loaded": loaded}));
    }
    loaded_lines(&loaded).iter().for_each(output::tell);
    if part == Part::Base && architecture.has_published_top() {
        output::tell(
            "note: the file lacks the classifier of 1000 classes, so it is kept as a base to train on",
        );
    }
    output::result(path.display())
}

/// One line a network that can be had or is here.
fn list(form: Form) -> anyhow::Result<()> {
    if form == Form::Json {
        let rows: workflow::Result<Vec<Value>> = zoo::all().map(row).collect();
        return print_json(&rows?);
    }
    output::result(format_args!(
        "{:<20} {:>6}  how to come by them, or where they are",
        "weights of", "size"
    ))?;
    for architecture in zoo::all() {
        let (name, here) = (architecture.name, published::kept(architecture)?);
        for file in &here {
            let size = std::fs::metadata(&file.path).map_or(0, |file| file.len().div_ceil(1 << 20));
            output::result(format_args!("{name:<20} {:>6}  {}", format!("{size} MB"), described(file)))?;
        }
        if let (true, Some(file)) = (here.is_empty(), architecture.published().next()) {
            let size = file.megabytes.map_or(String::new(), |megabytes| format!("{megabytes} MB"));
            output::result(format_args!("{name:<20} {size:>6}  linnaeus weights pull {name}"))?;
        }
    }
    Ok(())
}

fn row(architecture: &Architecture) -> workflow::Result<Value> {
    let files: Vec<Value> = architecture.published().map(|file| facts(&file)).collect();
    let here = published::kept(architecture)?;
    let usable: Vec<&PathBuf> = here
        .iter()
        .filter(|file| matches!(file.state, State::Usable { .. }))
        .map(|file| &file.path)
        .collect();
    let kept: Vec<Value> = here.iter().map(facts_of_kept).collect();
    Ok(json!({
        "name": architecture.name,
        "files": files,
        "cached": !usable.is_empty(),
        "paths": usable,
        "kept": kept,
    }))
}

fn described(file: &Kept) -> String {
    let path = file.path.display();
    match &file.state {
        State::Usable { part, origin } => {
            let what = match part {
                Part::Whole => "whole",
                Part::Base => "the base only",
            };
            let origin = if origin.is_empty() { String::new() } else { format!(", {origin}") };
            format!("here: {path} ({what}{origin})")
        }
        State::Damaged { why, run } => format!("damaged: {why}: run `{run}`"),
    }
}

fn facts_of_kept(file: &Kept) -> Value {
    let mut value = json!({"path": file.path, "alpha": file.alpha, "image_size": file.image_size});
    match &file.state {
        State::Usable { part, origin } => {
            value["part"] = json!(word(*part));
            value["origin"] = json!(origin);
        }
        State::Damaged { why, run } => {
            value["damaged"] = json!(why);
            value["run"] = json!(run);
        }
    }
    value
}

/// Everything that was published for one network.
fn list_files(architecture: &Architecture, form: Form) -> anyhow::Result<()> {
    let files: Vec<Published> = architecture.published().collect();
    if form == Form::Json {
        return print_json(&files.iter().map(facts).collect::<Vec<Value>>());
    }
    for file in published::kept(architecture)? {
        output::result(described(&file))?;
    }
    for file in &files {
        let mut about = vec![match file.part {
            Part::Whole => "with the classifier".to_string(),
            Part::Base => "the base alone".to_string(),
        }];
        about.extend((file.alpha != 1.0).then(|| format!("alpha {}", file.alpha)));
        about.extend(file.image_size.map(|size| format!("pictures of {size} × {size}")));
        about.extend(file.megabytes.map(|megabytes| format!("{megabytes} MB")));
        about.extend(file.license.map(str::to_string));
        about.extend(
            file.checksum.map(|checksum| format!("{} {}", algorithm(checksum.algorithm), checksum.digits)),
        );
        let place = match &file.place {
            Place::Address(address) => address.clone(),
            Place::Package { requirement, .. } => format!("{requirement} (Python package)"),
        };
        output::result(format_args!("{}\n    {place}", about.join(", ")))?;
    }
    match files.is_empty() {
        true => output::result(format_args!("{} was published without weights", architecture.name)),
        false => Ok(()),
    }
}

fn facts(file: &Published) -> Value {
    let mut value = json!({
        "alpha": file.alpha,
        "image_size": file.image_size,
        "part": word(file.part),
        "megabytes": file.megabytes,
        "license": file.license,
        "source": file.source,
    });
    match &file.place {
        Place::Address(address) => value["address"] = json!(address),
        Place::Package { requirement, member } => {
            value["package"] = json!(requirement);
            value["member"] = json!(member);
        }
    }
    if let Some(checksum) = file.checksum {
        value[algorithm(checksum.algorithm)] = json!(checksum.digits);
    }
    value
}

fn algorithm(algorithm: Algorithm) -> &'static str {
    match algorithm {
        Algorithm::Md5 => "md5",
        Algorithm::Sha256 => "sha256",
    }
}

fn word(part: Part) -> &'static str {
    match part {
        Part::Whole => "whole",
        Part::Base => "base",
    }
}
