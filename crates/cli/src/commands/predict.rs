//! `linnaeus predict`: what pictures show.

use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;

use engine::Pool;
use serde_json::{Map, Value, json};
use workflow::{Answer, Classifier, Error, ErrorKind, decimal};

use crate::arguments::Predict;
use crate::commands::model::{self, Named, load};
use crate::commands::{print_json, threads};
use crate::output::{self, Form};

/// Classes that are named in a line, where nobody says how many.
const TOP: usize = 3;

pub(crate) fn run(arguments: &Predict, form: Form) -> anyhow::Result<ExitCode> {
    let pictures = pictures(&arguments.pictures)?;
    let classifier = load(&file(&arguments.model)?)?;
    let pool = Arc::new(Pool::new(threads(arguments.threads)));
    let batch = arguments.batch_size.clamp(1, pictures.len());
    let mut predictor = classifier.predictor(batch, &pool)?;
    let (mut failed, mut lines) = (0, Vec::new());
    for paths in pictures.chunks(batch) {
        let decoded: Vec<_> = paths.iter().map(|path| classifier.card.preprocess.decode(path)).collect();
        let readable: Vec<_> = decoded.iter().filter_map(|picture| picture.as_ref().ok().cloned()).collect();
        let mut answers = classifier.answer(&mut predictor, &readable)?.into_iter();
        for (path, picture) in paths.iter().zip(&decoded) {
            match (picture, form) {
                (Err(error), _) => {
                    failed += 1;
                    output::tell(format_args!("linnaeus: {error}"));
                    lines.push(json!({"picture": path, "error": error.to_string()}));
                }
                (Ok(_), Form::Json) => lines
                    .extend(answers.next().map(|answer| object(&classifier, path, &answer, arguments.top))),
                (Ok(_), Form::Text) => {
                    if let Some(answer) = answers.next() {
                        let top = arguments.top.unwrap_or(TOP);
                        output::result(line(&classifier, path, &answer, top))?;
                    }
                }
            }
        }
    }
    if form == Form::Json {
        print_json(&lines)?;
    }
    Ok(ExitCode::from(u8::from(failed > 0)))
}

/// The file that `model` means: a path, or the published weights of a network of the zoo.
fn file(model: &str) -> Result<PathBuf, Error> {
    match Named::find(model)? {
        Named::File(file) => Ok(file),
        Named::Network(architecture) if architecture.has_published_top() => model::published(architecture),
        Named::Network(_) => Err(Error::new(
            ErrorKind::Usage,
            format!(
                "{model} was never published with a classifier: train one with `linnaeus train DATA --base {model}`"
            ),
        )),
    }
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

/// With all classes in the model's order, or with the `top` most probable ones.
fn object(classifier: &Classifier, path: &Path, answer: &Answer, top: Option<usize>) -> Value {
    let ranked = match top {
        Some(top) => answer.ranked().into_iter().take(top).collect(),
        None => answer.probabilities.iter().copied().enumerate().collect::<Vec<_>>(),
    };
    let of = |(class, p): (usize, f32)| (classifier.class_name(class).to_string(), json!(decimal(p)));
    let probabilities: Map<String, Value> = ranked.into_iter().map(of).collect();
    json!({
        "picture": path,
        "class": classifier.class_name(answer.class),
        "probability": decimal(answer.probabilities[answer.class]),
        "probabilities": probabilities,
    })
}

fn line(classifier: &Classifier, path: &Path, answer: &Answer, top: usize) -> String {
    let ranked = answer.ranked().into_iter().take(top);
    let classes = ranked.map(|(class, p)| format!("{} {:.1} %", classifier.class_name(class), 100.0 * p));
    format!("{}: {}", path.display(), classes.collect::<Vec<_>>().join(", "))
}
