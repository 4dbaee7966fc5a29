//! What watches a run's training: its history, its checkpoints, when it ends, what TensorBoard shows of it.

use std::path::Path;

use graph::{Graph, Weights};
use report::{ConfusionPicture, Outcome};
use serde_json::Value;
use train::Predictions;
use train::callbacks::{
    Callback, CsvLogger, EarlyStopping, Existing, HyperParameter, Keep, ModelCheckpoint, Picture,
    TensorBoard, TensorBoardFolder,
};

use crate::run_folder::RunFolder;
use crate::{Classifier, Error, ErrorKind, Plan, Recipe, Result};

/// All callbacks of a run.
pub(crate) fn callbacks(
    plan: &Plan,
    classifier: &Classifier,
    folder: &RunFolder,
    existing: Existing,
) -> Result<Vec<Box<dyn Callback>>> {
    let card = classifier.card.to_value()?;
    let store = move |path: &Path, graph: &Graph, weights: &Weights| {
        formats::keras::write(path, graph, weights, Some(&card)).map_err(Into::into)
    };
    let monitor = plan.monitor.clone();
    let mut models = ModelCheckpoint::new(folder.best(), monitor, Keep::BestOnly, Box::new(store))?;
    if let Some(checkpoint) = &plan.checkpoint {
        models = models.also(folder.checkpoints().join(&checkpoint.file), checkpoint.keep)?;
    }
    let mut callbacks: Vec<Box<dyn Callback>> = vec![
        Box::new(CsvLogger::new(folder.history(), existing)),
        Box::new(tensorboard(&plan.recipe, &classifier.card.classes, folder)?),
        Box::new(models),
    ];
    callbacks.extend(deciding(plan));
    Ok(callbacks)
}

/// Those that decide at which rates stages train, when they end and which weights they leave; these in the order in
/// which they may choose.
pub(crate) fn deciding(plan: &Plan) -> Vec<Box<dyn Callback>> {
    let mut callbacks: Vec<Box<dyn Callback>> = Vec::new();
    callbacks.extend(plan.plateau.iter().map(|plateau| Box::new(plateau.clone()) as Box<dyn Callback>));
    callbacks.extend(plan.stop_when.iter().map(|stop| Box::new(stop.clone()) as Box<dyn Callback>));
    let early = EarlyStopping::new(plan.monitor.clone(), plan.recipe.patience);
    callbacks.push(Box::new(early.restoring_best()));
    callbacks
}

fn tensorboard(recipe: &Recipe, classes: &[String], folder: &RunFolder) -> Result<TensorBoard> {
    let mut board = TensorBoard::new(folder.tensorboard());
    board.histogram_freq = recipe.histogram_freq;
    board.hyperparameters = hyperparameters(recipe)?;
    let names = classes.to_vec();
    board.confusion = Some(Box::new(move |predictions: &Predictions| {
        Ok(ConfusionPicture::of_pairs(&names, pairs(predictions))?.map(picture))
    }));
    Ok(board)
}

/// The true class of each picture and the most probable one; what is no number is taken for nothing.
fn pairs(predictions: &Predictions) -> impl Iterator<Item = (usize, usize)> {
    let answers = predictions.labels.iter().zip(predictions.predicted()).enumerate();
    let is_known = |row: usize| predictions.row(row).iter().all(|probability| !probability.is_nan());
    answers
        .filter(move |(row, _)| is_known(*row))
        .map(|(_, (truth, predicted))| (*truth as usize, predicted as usize))
}

fn picture(ConfusionPicture { png, size, description }: ConfusionPicture) -> Picture {
    Picture { png, size, description }
}

/// A run's settings as TensorBoard compares them; lists are written as their members.
fn hyperparameters(recipe: &Recipe) -> Result<Vec<(String, HyperParameter)>> {
    let written = serde_json::to_value(Recipe { out: Default::default(), ..recipe.clone() })
        .map_err(|e| Error::new(ErrorKind::File, format!("the recipe cannot be written: {e}")))?;
    let text = |value: &Value| value.as_str().map_or_else(|| value.to_string(), str::to_owned);
    let parameter = |value: &Value| match value {
        Value::Bool(flag) => HyperParameter::Flag(*flag),
        Value::Number(number) => HyperParameter::Number(number.as_f64().unwrap_or(f64::NAN)),
        Value::Array(members) => HyperParameter::Text(members.iter().map(text).collect::<Vec<_>>().join(",")),
        value => HyperParameter::Text(text(value)),
    };
    let settings = written.as_object().into_iter().flatten();
    Ok(settings.map(|(name, value)| (name.clone(), parameter(value))).collect())
}

/// The confusion matrices of what was judged, and the end of the session.
pub(crate) fn conclude_tensorboard(folder: &RunFolder, outcome: &Outcome) -> Result<()> {
    let epochs = outcome.stages.iter().map(|stage| stage.epochs.len()).sum();
    let board = TensorBoardFolder::new(folder.tensorboard(), epochs);
    for (part, evaluation) in [("validation", &outcome.validation), ("test", &outcome.test)] {
        let Some(evaluation) = evaluation else { continue };
        if let Some(drawn) = ConfusionPicture::of(evaluation)? {
            board.picture(part, "confusion_matrix", picture(drawn))?;
        }
    }
    Ok(board.end_session()?)
}
