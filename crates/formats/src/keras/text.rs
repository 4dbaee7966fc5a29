//! The architecture alone, as the text that Keras's `model.to_json()` gives.

use std::cell::RefCell;

use graph::Graph;
use serde_json::Value;

use super::{MOST_TEXT_BYTES, config, flatten, model};
use crate::{Error, Result};

/// A model without its weights.
#[derive(Debug, Clone, PartialEq)]
pub struct Architecture {
    /// The model.
    pub graph: Graph,
    /// What was left out since it acts in training only, as in [`Contents`](super::Contents).
    pub left_out: Vec<String>,
    /// Normalizations whose figures lie among the weights: as in Keras, they change nothing here (mean 0, variance 1).
    pub without_figures: Vec<String>,
}

/// The text for `graph`, which `keras.models.model_from_json` reads.
///
/// # Errors
/// A name or a number in the graph cannot be in Keras; a node does not lead to the output.
pub fn to_json(graph: &Graph) -> Result<String> {
    Ok(config::write(graph, &config::order(graph)?)?.to_string())
}

/// Reads a functional or sequential model of layers that a graph knows, from Keras 2 or 3.
///
/// # Errors
/// The text is no such JSON or too long; or a layer is unknown, and is named with its place.
pub fn from_json(text: &str) -> Result<Architecture> {
    if text.len() as u64 > MOST_TEXT_BYTES {
        return Err(Error::too_large(format!("{} bytes of JSON; {MOST_TEXT_BYTES} is the most", text.len())));
    }
    from_config(&crate::json::parse(text.as_bytes())?)
}

/// As [`from_json`], of the configuration itself.
pub(super) fn from_config(json: &Value) -> Result<Architecture> {
    let model = model::read(json, "")?;
    let without_figures = RefCell::new(Vec::new());
    let flat = flatten::flatten(&model, &|place, channels| {
        without_figures.borrow_mut().push(place.layer.clone());
        Ok([vec![0.0; channels], vec![1.0; channels]])
    })?;
    let without_figures = without_figures.take();
    Ok(Architecture { graph: flat.graph, left_out: flat.left_out, without_figures })
}
