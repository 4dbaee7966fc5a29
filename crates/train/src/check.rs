//! What must hold before the first step, so that nothing fails hours later.

use graph::Graph;
use images::Source;

use crate::callbacks::Callback;
use crate::{Answer, Data, Error, Model, Result, Stage, course, losses};

/// Fails unless model, pictures, stage and callbacks fit each other.
pub(crate) fn check(
    model: &Model,
    data: &Data<'_>,
    stage: &Stage,
    callbacks: &[Box<dyn Callback>],
) -> Result<Answer> {
    stage.check(data)?;
    course::check(data)?;
    model.weights.check(&model.graph)?;
    let answer = Answer::of(&model.graph)?;
    losses::check(stage.loss, answer)?;
    check_factors(&model.graph, &stage.rate_factors)?;
    check_weights("class_weights", stage.class_weights.as_deref(), answer.classes())?;
    check_weights("sample_weights", data.sample_weights, data.train.samples().len())?;
    check_pictures(&model.graph, answer, data.train).map_err(|error| error.within("training"))?;
    if let Some(validation) = data.validation {
        check_pictures(&model.graph, answer, validation).map_err(|error| error.within("validation"))?;
    }
    stage.metrics.iter().try_for_each(|metric| metric.check(answer.classes()))?;
    let names = stage.score_names(data);
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    callbacks.iter().try_for_each(|callback| callback.check(&names))?;
    Ok(answer)
}

/// Fails unless each parameter has a factor of its rate, or none has.
fn check_factors(graph: &Graph, factors: &[f32]) -> Result<()> {
    match factors.is_empty() {
        true => Ok(()),
        false => check_weights("rate_factors", Some(factors), graph.parameters().len()),
    }
}

/// Fails unless there are so many weights, if any, and each is one.
fn check_weights(name: &str, weights: Option<&[f32]>, count: usize) -> Result<()> {
    let Some(weights) = weights else { return Ok(()) };
    if weights.len() != count {
        return Err(Error::setting(format!("{name}: expected {count} of them, received {}", weights.len())));
    }
    match weights.iter().find(|weight| !(weight.is_finite() && **weight >= 0.0)) {
        None => Ok(()),
        Some(weight) => Err(Error::setting(format!("{name}: expected 0 or more, received {weight}"))),
    }
}

/// Fails unless there are pictures, of the model's input size and of its classes.
pub(crate) fn check_pictures(graph: &Graph, answer: Answer, source: &Source) -> Result<()> {
    if source.is_empty() {
        return Err(Error::pictures("there is no picture"));
    }
    let preprocess = source.preprocess();
    let [height, width] = preprocess.size;
    let size = [height, width, preprocess.channels.count()];
    let input = graph.input_shape().dims();
    if input != size {
        let message = format!("model {} expects pictures of {input:?}, received {size:?}", graph.name());
        return Err(Error::model(message));
    }
    let classes = answer.classes();
    match source.samples().iter().find(|sample| sample.label as usize >= classes) {
        None => Ok(()),
        Some(sample) => Err(Error::model(format!(
            "model {} knows {classes} classes, numbered from 0; {} is of class {}",
            graph.name(),
            sample.path.display(),
            sample.label
        ))),
    }
}
