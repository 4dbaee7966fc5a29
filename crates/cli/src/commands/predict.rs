//! `linnaeus predict`: what pictures show.

use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use engine::Pool;
use serde_json::{Map, Value, json};
use workflow::{Answer, Classifier, Error, ErrorKind, published};
use zoo::{Part, Wanted};

use crate::arguments::Predict;
use crate::commands::{load, model_file, print_json, threads};
use crate::output;
use crate::screen::Screen;

pub(crate) fn run(arguments: &Predict, json: bool) -> anyhow::Result<ExitCode> {
    let pictures = pictures(&arguments.pictures)?;
    let classifier = load(&model(&arguments.model)?)?;
    let pool = Arc::new(Pool::new(threads(arguments.threads)));
    let batch = arguments.batch_size.clamp(1, pictures.len());
    let mut predictor = classifier.predictor(batch, &pool)?;
    let (mut failed, mut lines) = (0, Vec::new());
    for paths in pictures.chunks(batch) {
        let decoded: Vec<_> = paths.iter().map(|path| classifier.card.preprocess.decode(path)).collect();
        let readable: Vec<_> = decoded.iter().filter_map(|picture| picture.as_ref().ok().cloned()).collect();
        let mut answers = classifier.answer(&mut predictor, &readable)?.into_iter();
        for (path, picture) in paths.iter().zip(&decoded) {
            match (picture, json) {
                (Err(error), _) => {
                    failed += 1;
                    output::tell(format_args!("linnaeus: {error}"));
                    lines.push(json!({"picture": path, "error": error.to_string()}));
                }
                (Ok(_), true) => {
                    lines.extend(answers.next().map(|answer| object(&classifier, path, &answer)))
                }
                (Ok(_), false) => {
                    if let Some(answer) = answers.next() {
                        output::result(line(&classifier, path, &answer, arguments.top))?;
                    }
                }
            }
        }
    }
    if json {
        print_json(&lines)?;
    }
    Ok(ExitCode::from(u8::from(failed > 0)))
}

/// The file that `model` means: a path, or the published weights of a network of the zoo.
fn model(model: &str) -> anyhow::Result<PathBuf> {
    match zoo::find(model) {
        Ok(architecture) if !Path::new(model).exists() => {
            if !architecture.has_published_top() {
                let message = format!(
                    "{model} was never published with a classifier: train one with `linnaeus train DATA --base {model}`"
                );
                return Err(Error::new(ErrorKind::Usage, message).into());
            }
            let mut screen = Screen::new();
            let wanted = Wanted::of(architecture, Part::Whole);
            let never = AtomicBool::new(false);
            let path = published::ensure(architecture, &wanted, &mut |event| screen.draw(&event), &never)?;
            screen.finish();
            Ok(path)
        }
        Err(_) if !Path::new(model).exists() && looks_like_a_name(model) => {
            let published: Vec<&str> =
                zoo::all().filter(|a| a.published().next().is_some()).map(|a| a.name).collect();
            let message = format!(
                "there is no model {model}: give a .keras file, a run's folder, or a network with published weights; {}",
                graph::choices(model, &published)
            );
            Err(Error::new(ErrorKind::Usage, message).into())
        }
        _ => Ok(model_file(Path::new(model))?),
    }
}

/// Names have no dots and no folders.
fn looks_like_a_name(model: &str) -> bool {
    model.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
}

/// The pictures that are named, and all those below the folders that are.
fn pictures(named: &[PathBuf]) -> anyhow::Result<Vec<PathBuf>> {
    let mut all = Vec::new();
    for path in named {
        if !path.is_dir() {
            all.push(path.clone());
            continue;
        }
        let (pictures, skipped) = images::pictures_below(path)?;
        for images::Skipped { path, reason } in skipped {
            output::tell(format_args!("note: {} is left out: {reason}", path.display()));
        }
        if pictures.is_empty() {
            let message =
                format!("there is no picture in {}: give pictures, or a folder of them", path.display());
            return Err(Error::new(ErrorKind::Data, message).into());
        }
        all.extend(pictures);
    }
    Ok(all)
}

fn object(classifier: &Classifier, path: &Path, answer: &Answer) -> Value {
    let of = |(class, p): (usize, &f32)| (classifier.class_name(class).to_string(), json!(p));
    let probabilities: Map<String, Value> = answer.probabilities.iter().enumerate().map(of).collect();
    json!({
        "picture": path,
        "class": classifier.class_name(answer.class),
        "probability": answer.probabilities[answer.class],
        "probabilities": probabilities,
    })
}

fn line(classifier: &Classifier, path: &Path, answer: &Answer, top: usize) -> String {
    let ranked = answer.ranked().into_iter().take(top.max(1));
    let classes = ranked.map(|(class, p)| format!("{} {:.1} %", classifier.class_name(class), 100.0 * p));
    format!("{}: {}", path.display(), classes.collect::<Vec<_>>().join(", "))
}
