//! `Rescaling` and `Normalization`.

use graph::{Op, Shape};
use serde_json::{Value, json};

use super::super::fields::brief;
use super::super::model::Layer;
use super::super::number;
use super::{Meaning, check_last_axis};
use crate::{ErrorKind, Result};

/// `x * scale + offset`. With a scale for each channel, as in Keras's EfficientNet with weights of ImageNet, it is a
/// normalization: mean `-offset / scale`, variance `1 / scale²`.
pub(super) fn read_rescaling(layer: &Layer<'_>, inputs: &[&Shape]) -> Result<Op> {
    let scales = numbers(layer, "scale")?.unwrap_or_else(|| vec![1.0]);
    let offsets = numbers(layer, "offset")?.unwrap_or_else(|| vec![0.0]);
    if let (Some(scale), Some(offset)) = (all_same(&scales), all_same(&offsets)) {
        return Ok(Op::Rescaling { scale: scale as f32, offset: offset as f32 });
    }
    let channels = channels(layer, inputs)?;
    let (Some(scales), Some(offsets)) = (for_each(&scales, channels), for_each(&offsets, channels)) else {
        let message = format!("expected a scale and an offset for all or for each of {channels} channels");
        return Err(layer.config.error(ErrorKind::Malformed, message));
    };
    if scales.iter().any(|scale| *scale <= 0.0) {
        return Err(layer.config.unsupported("a scale for each channel that is not positive"));
    }
    let mean = scales.iter().zip(&offsets).map(|(scale, offset)| (-offset / scale) as f32).collect();
    let variance = scales.iter().map(|scale| (1.0 / (scale * scale)) as f32).collect();
    Ok(Op::Normalization { mean, variance })
}

/// No layer with figures for each channel may have more: a few bytes of text may ask for any number of them.
const MOST_CHANNELS: usize = 4096;

fn channels(layer: &Layer<'_>, inputs: &[&Shape]) -> Result<usize> {
    match inputs.first().map_or(1, |shape| shape.channels()) {
        channels if channels > MOST_CHANNELS => {
            let message = format!("figures for each of {channels} channels; {MOST_CHANNELS} is the most");
            Err(layer.config.error(ErrorKind::TooLarge, message))
        }
        channels => Ok(channels),
    }
}

fn all_same(values: &[f64]) -> Option<f64> {
    let (first, rest) = values.split_first()?;
    rest.iter().all(|value| value == first).then_some(*first)
}

fn for_each(values: &[f64], channels: usize) -> Option<Vec<f64>> {
    match values {
        [one] => Some(vec![*one; channels]),
        _ => (values.len() == channels).then(|| values.to_vec()),
    }
}

pub(super) fn write_rescaling(scale: f32, offset: f32) -> Value {
    json!({"scale": number::write(scale), "offset": number::write(offset)})
}

pub(super) fn read_normalization(layer: &Layer<'_>, inputs: &[&Shape]) -> Result<Meaning> {
    layer.config.must_be_off("invert")?;
    let over_all = layer.config.get("axis").and_then(Value::as_array).is_some_and(Vec::is_empty);
    let (mean, variance) = (numbers(layer, "mean")?, numbers(layer, "variance")?);
    let channels = channels(layer, inputs)?;
    match (mean, variance) {
        (Some(mean), Some(variance)) => {
            if !over_all {
                check_last_axis(layer, inputs)?;
            }
            let each = |figures: Vec<f64>| {
                let figures = if figures.len() == 1 { vec![figures[0]; channels] } else { figures };
                figures.into_iter().map(|figure| figure as f32).collect()
            };
            Ok(Meaning::Op(Op::Normalization { mean: each(mean), variance: each(variance) }))
        }
        (None, None) if !over_all => {
            check_last_axis(layer, inputs)?;
            Ok(Meaning::Adapted)
        }
        _ => Err(layer.config.unsupported("expected a mean and a variance for each channel")),
    }
}

pub(super) fn write_normalization(mean: &[f32], variance: &[f32]) -> Value {
    let numbers = |values: &[f32]| values.iter().map(|value| number::write(*value)).collect::<Value>();
    json!({"axis": [-1], "invert": false, "mean": numbers(mean), "variance": numbers(variance)})
}

/// A number or a list of them, plain or as numpy's; `None` where there is nothing.
fn numbers(layer: &Layer<'_>, key: &str) -> Result<Option<Vec<f64>>> {
    fn flatten(value: &Value, found: &mut Vec<f64>) -> Option<()> {
        match value {
            Value::Array(values) => values.iter().try_for_each(|value| flatten(value, found)),
            number => {
                found.push(number.as_f64().filter(|number| (*number as f32).is_finite())?);
                Some(())
            }
        }
    }
    let Some(value) = layer.config.get(key) else { return Ok(None) };
    let mut found = Vec::new();
    match flatten(value.pointer("/config/value").unwrap_or(value), &mut found) {
        Some(()) if !found.is_empty() => Ok(Some(found)),
        _ => {
            let message = format!("{key}: expected numbers, received {}", brief(value));
            Err(layer.config.error(ErrorKind::Malformed, message))
        }
    }
}
