//! What `result.json` says of a run, and the judgement of a model on a folder of pictures.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::time::{Instant, SystemTime};

use engine::Pool;
use images::{Columns, Skipped, Source};
use report::{
    Best, Epoch, Evaluation, Finding, ImageFacts, LoadedWeights, ModelFacts, Outcome, Part, Settings,
    SkippedPicture, SkippedPictures, StageSettings, Training,
};
use train::losses::Loss;
use train::{Ended, EpochRecord, History};

use crate::data::{Pictures, all_skipped, read_for_evaluation};
use crate::guessing::guessing;
use crate::planned_stage::{Outline, PlannedStage};
use crate::{Classifier, Error, ErrorKind, Event, FineTune, Observer, Plan, Result};

/// What a finished training knows.
pub(crate) struct Facts<'a> {
    pub(crate) plan: &'a Plan,
    /// That of the start that was trained, where there were several.
    pub(crate) seed: u64,
    pub(crate) pictures: &'a Pictures,
    pub(crate) classifier: &'a Classifier,
    /// What of a file of weights the base started from.
    pub(crate) loaded: Option<LoadedWeights>,
    pub(crate) histories: &'a [(String, History)],
    /// Where the threshold came from, if it was chosen.
    pub(crate) chosen: Option<String>,
    pub(crate) starts: Vec<report::Start>,
    /// The network as it was before the first stage.
    pub(crate) outline: &'a Outline,
}

/// Judges the model and gathers everything that is known.
pub(crate) fn outcome(
    facts: &Facts,
    pool: &Arc<Pool>,
    model: &Path,
    observer: &mut Observer,
) -> Result<Outcome> {
    let Facts { plan, seed, pictures, classifier, loaded, histories, chosen, starts, outline } = facts;
    let batch = plan.recipe.batch_size;
    let validation = judge(classifier, &pictures.validation, plan.loss, batch, pool)?;
    observer(Event::Testing { pictures: pictures.test.len() });
    let begun = Instant::now();
    let test = judge(classifier, &pictures.test, plan.loss, batch, pool)?;
    let predict = test.as_ref().map(|test| test.pictures as f64 / begun.elapsed().as_secs_f64());
    let mut notes = pictures.notes.clone();
    notes.extend(note_on_starts(starts, *seed));
    notes.extend(chosen.clone());
    notes.extend(note_without_test(validation.as_ref(), test.as_ref()).map(String::from));
    let planned = histories.iter().zip(&plan.stages);
    let stages = planned.map(|((name, history), planned)| planned_stage(name, history, planned, outline));
    let stages = stages.collect::<Result<Vec<_>>>()?;
    let trained = stages.iter().filter_map(|stage| stage.trained_parameters).max().unwrap_or(0);
    let recipe = serde_json::to_value(&plan.recipe)
        .map_err(|e| Error::new(ErrorKind::File, format!("the recipe cannot be written: {e}")))?;
    let findings = findings(facts, &stages, validation.as_ref());
    Ok(Outcome {
        name: data_name(&plan.recipe.data),
        created: Some(humantime::format_rfc3339_seconds(SystemTime::now()).to_string()),
        seed: Some(*seed),
        model: ModelFacts { loaded: loaded.clone(), ..model_facts(classifier, model, trained) },
        images: image_facts(pictures, &plan.recipe.data, classifier.card.classes.len()),
        images_per_second: report::Throughput { train: learned_per_second(facts), predict },
        starts: starts.clone(),
        stages,
        interrupted: histories.iter().any(|(_, history)| history.ended == Ended::Interrupted),
        best: best(facts),
        validation,
        test,
        findings,
        recipe,
        versions: versions(),
        notes,
        ..Outcome::default()
    })
}

/// Pictures that training took in a second, in the epochs that were finished.
fn learned_per_second(Facts { plan, pictures, histories, .. }: &Facts) -> Option<f64> {
    let epochs: Vec<&EpochRecord> = histories.iter().flat_map(|(_, history)| &history.epochs).collect();
    let seconds: f64 = epochs.iter().map(|epoch| epoch.seconds).sum();
    let seen = epochs.len() as f64 * plan.pictures_per_epoch(pictures.train.len()) as f64;
    (seconds > 0.0).then(|| seen / seconds)
}

/// Where training was stopped before it was known which start is the run.
fn note_on_starts(starts: &[report::Start], seed: u64) -> Option<String> {
    let is_open = !starts.is_empty() && !starts.iter().any(|start| start.went_on);
    is_open.then(|| {
        format!("Training was stopped while starts were tried: the model is the best of them so far, with seed {seed}.")
    })
}

/// What the figures are not, where there is no test part.
fn note_without_test(validation: Option<&Evaluation>, test: Option<&Evaluation>) -> Option<&'static str> {
    match (validation, test) {
        (_, Some(_)) => None,
        (Some(_), None) => Some(
            "There is no test part: the figures of the validation part took part in choosing the best epoch.",
        ),
        (None, None) => Some(
            "There is neither a validation part nor a test part: all figures are of the pictures that the model was \
             trained on, and say nothing about others.",
        ),
    }
}

/// Judges a finished model on the pictures in `folder` (its test part, where it has parts).
///
/// # Errors
/// The pictures cannot be used, or their classes are not the model's.
pub fn evaluate(
    classifier: &Classifier,
    model: &Path,
    (folder, columns): (&Path, &Columns),
    (batch, threads): (usize, usize),
    observer: &mut Observer,
) -> Result<Outcome> {
    let begun = Instant::now();
    let Classifier { model: inner, card, .. } = classifier;
    let loss = train::losses::for_answer(train::Answer::of(&inner.graph)?);
    let (source, skipped) =
        read_for_evaluation((folder, columns), &card.classes, &card.preprocess, threads, observer)?;
    let decode = begun.elapsed().as_secs_f64();
    observer(Event::Testing { pictures: source.len() });
    let judging = Instant::now();
    let pool = Arc::new(Pool::new(threads));
    let test = judge(classifier, &source, loss, batch, &pool)?;
    let evaluation = judging.elapsed().as_secs_f64();
    let predict = test.as_ref().map(|test| test.pictures as f64 / evaluation);
    let skipped = all_skipped(&skipped, &[&source]);
    if !skipped.is_empty() {
        observer(Event::Skipped(&skipped));
    }
    let classes = card.classes.len();
    Ok(Outcome {
        name: data_name(folder),
        created: Some(humantime::format_rfc3339_seconds(SystemTime::now()).to_string()),
        model: model_facts(classifier, model, 0),
        images: ImageFacts {
            source: Some(folder.display().to_string()),
            parts: vec![part("test", &source, classes)],
            skipped: skipped_pictures(&skipped),
        },
        images_per_second: report::Throughput { train: None, predict },
        seconds: report::Seconds {
            total: begun.elapsed().as_secs_f64(),
            parts: BTreeMap::from([("decode".to_string(), decode), ("evaluation".to_string(), evaluation)]),
        },
        test,
        versions: versions(),
        ..Outcome::default()
    })
}

fn judge(
    classifier: &Classifier,
    source: &Source,
    loss: Loss,
    batch: usize,
    pool: &Arc<Pool>,
) -> Result<Option<Evaluation>> {
    if source.is_empty() {
        return Ok(None);
    }
    let never = AtomicBool::new(false);
    let predictions = train::predict(&classifier.model, source, batch, &mut |_| {}, &never, pool)?;
    let paths: Vec<&Path> = predictions.indices.iter().map(|&i| source.samples()[i].path.as_path()).collect();
    let scores = train::evaluate(&predictions, loss, &[]);
    let two = classifier.card.classes.len() == 2;
    let settings = Settings {
        loss: scores.get("loss"),
        threshold: two.then_some(classifier.card.threshold),
        ..Settings::default()
    };
    let evaluation = Evaluation::new(
        &classifier.card.classes,
        &predictions.probabilities,
        &predictions.labels,
        &paths,
        &settings,
    )?;
    Ok(Some(evaluation))
}

/// What the data is called.
pub(crate) fn data_name(folder: &Path) -> String {
    let full = std::fs::canonicalize(folder).unwrap_or_else(|_| folder.to_path_buf());
    full.file_name().map_or_else(String::new, |name| name.to_string_lossy().into_owned())
}

fn versions() -> BTreeMap<String, String> {
    BTreeMap::from([("linnaeus".to_string(), env!("CARGO_PKG_VERSION").to_string())])
}

fn model_facts(classifier: &Classifier, file: &Path, trained_parameters: u64) -> ModelFacts {
    let card = &classifier.card;
    let known = |text: &String| (!text.is_empty()).then(|| text.clone());
    ModelFacts {
        architecture: known(&card.trained.architecture)
            .unwrap_or_else(|| classifier.model.graph.name().to_string()),
        weights: known(&card.trained.weights),
        loaded: None,
        input: classifier.model.graph.input_shape().as_map(),
        classes: card.classes.clone(),
        parameters: classifier.model.graph.parameter_count() as u64,
        trained_parameters,
        size_bytes: std::fs::metadata(file).ok().map(|m| m.len()),
        file: Some(file.display().to_string()),
    }
}

fn image_facts(pictures: &Pictures, data: &Path, classes: usize) -> ImageFacts {
    let parts = [("train", &pictures.train), ("validation", &pictures.validation), ("test", &pictures.test)];
    let parts = parts.into_iter().filter(|(_, source)| !source.is_empty());
    ImageFacts {
        source: Some(data.display().to_string()),
        parts: parts.map(|(name, source)| part(name, source, classes)).collect(),
        skipped: skipped_pictures(&pictures.all_skipped()),
    }
}

/// Without the pictures that turned out not to be readable when their turn came.
fn part(name: &str, source: &Source, classes: usize) -> Part {
    let skipped = source.skipped();
    let skipped: BTreeSet<&Path> = skipped.iter().map(|skipped| skipped.path.as_path()).collect();
    let mut counts = vec![0; classes];
    let read = source.samples().iter().filter(|sample| !skipped.contains(sample.path.as_path()));
    read.for_each(|sample| counts[sample.label as usize] += 1);
    Part { name: name.into(), pictures: counts.iter().sum(), classes: counts }
}

fn skipped_pictures(skipped: &[Skipped]) -> SkippedPictures {
    let list =
        skipped.iter().map(|s| SkippedPicture { path: PathBuf::from(&s.path), reason: s.reason.clone() });
    SkippedPictures { count: skipped.len(), list: list.collect() }
}

/// What the training's figures and the validation part show.
fn findings(facts: &Facts, stages: &[report::Stage], validation: Option<&Evaluation>) -> Vec<Finding> {
    let Facts { plan, pictures, classifier, histories, .. } = facts;
    let end = histories.last().filter(|(_, history)| matches!(history.ended, Ended::NotANumber(_)));
    let epochs: usize = histories.iter().map(|(_, history)| history.epochs.len()).sum();
    let training = Training {
        stages,
        steps_per_epoch: plan.steps_per_epoch(pictures.train.len()),
        guessing: guessing(plan, &classifier.card.classes, pictures),
        not_a_number: end.map(|_| epochs + 1),
        validation,
        monitor: Some(&plan.monitor.name),
    };
    training.findings()
}

pub(crate) fn epoch(record: &EpochRecord) -> Epoch {
    Epoch {
        epoch: record.epoch,
        seconds: record.seconds,
        learning_rate: Some(decimal(record.learning_rate)),
        metrics: record
            .scores
            .iter()
            .map(|(name, v)| (name.to_string(), Some(v).filter(|v| v.is_finite())))
            .collect(),
    }
}

/// What a stage did, and what it is set by.
pub(crate) fn stage(name: &str, history: &History, settings: &StageSettings) -> report::Stage {
    let epochs = history.epochs.iter().map(epoch);
    let stopped = match &history.ended {
        Ended::Finished => None,
        Ended::Interrupted => Some("stopped by the user".to_string()),
        Ended::StoppedEarly(why) | Ended::Reached(why) | Ended::NotANumber(why) | Ended::Diverged(why) => {
            Some(why.clone())
        }
    };
    let settings = settings.clone();
    report::Stage {
        name: name.into(),
        epochs: epochs.collect(),
        stopped,
        settings,
        ..report::Stage::default()
    }
}

/// A stage with what was planned for it.
fn planned_stage(
    name: &str,
    history: &History,
    planned: &PlannedStage,
    outline: &Outline,
) -> Result<report::Stage> {
    Ok(report::Stage {
        layers: Some(planned.layers(outline)?.1),
        learning_rate: Some(decimal(planned.learning_rate as f32)),
        layer_decay: Some(planned.layer_decay)
            .filter(|decay| *decay != 1.0 && planned.layers != FineTune::Last(0)),
        optimizer: Some(planned.optimizer.name().into()),
        trained_parameters: Some(planned.graph(outline)?.trained_count() as u64),
        ..stage(name, history, &planned.settings)
    })
}

fn best(facts: &Facts) -> Option<Best> {
    let epoch = facts.histories.iter().rev().find_map(|(_, history)| history.best_epoch)?;
    let mut records = facts.histories.iter().flat_map(|(_, history)| &history.epochs);
    let record = records.find(|record| record.epoch == epoch)?;
    let monitor = facts.plan.monitor.name.clone();
    let stage = Some(record.stage.clone());
    Some(Best { epoch, stage, value: record.scores.get(&monitor), monitor })
}

/// The float64 that is written with the same digits: 0.001, not 0.0010000000474974513.
pub fn decimal(value: f32) -> f64 {
    value.to_string().parse().unwrap_or_else(|_| f64::from(value))
}

#[cfg(test)]
mod tests {
    #[test]
    fn a_float32_keeps_its_digits() {
        for value in [0.713, 1e-7, 0.1, 1.0, 0.0] {
            assert_eq!(super::decimal(value).to_string(), value.to_string());
        }
    }
}
