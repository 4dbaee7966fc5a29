//! One stage of training, as written: a `[[stage]]` of a recipe.

use serde::{Deserialize, Serialize, Serializer};

use crate::FineTune;

/// What is not given is as in the rest of the recipe.
///
/// ```toml
/// [[stage]]
/// layers = "head"
/// epochs = 10
///
/// [[stage]]
/// layers = "blocks"
/// epochs = 3
/// learning_rate = 1e-4
/// rate_decay = 0.5
/// ```
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct StageRecipe {
    /// What it is called in history and report. Empty: by its layers.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub name: String,
    /// What learns: `head`; the last layers of the base, so many or from the one of a name on; `2 blocks`; `blocks`, which
    /// makes a stage of each, from the top down; or `all`.
    #[serde(serialize_with = "written")]
    pub layers: FineTune,
    /// How many, at most; of `blocks`, for each.
    pub epochs: usize,
    /// Step size.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub learning_rate: Option<f64>,
    /// How that goes within the stage. Empty: it stays.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub schedule: String,
    /// Of `blocks`: by what the step size is multiplied from one block to the next.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rate_decay: Option<f64>,
    /// By what the step size is multiplied with each block that a layer is farther from the top.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub layer_decay: Option<f64>,
    /// Which optimizer, which starts anew with the stage.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub optimizer: String,
    /// For an optimizer of its own.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub momentum: Option<f64>,
    /// The part of each weight that goes in a step, times the step size.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub weight_decay: Option<f64>,
    /// `moving`: batch norms of the base stay in inference mode (Keras's `training=False`); or `batch`.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub batch_norm: String,
    /// Epochs without a better one before the next stage begins.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub patience: Option<usize>,
}

impl StageRecipe {
    /// So many epochs of these layers, everything else as in the rest of the recipe.
    pub fn new(layers: FineTune, epochs: usize) -> Self {
        Self {
            name: String::new(),
            layers,
            epochs,
            learning_rate: None,
            schedule: String::new(),
            rate_decay: None,
            layer_decay: None,
            optimizer: String::new(),
            momentum: None,
            weight_decay: None,
            batch_norm: String::new(),
            patience: None,
        }
    }
}

/// The head by its name.
fn written<S: Serializer>(layers: &FineTune, serializer: S) -> Result<S::Ok, S::Error> {
    match layers {
        FineTune::Last(0) => serializer.serialize_str("head"),
        layers => layers.serialize(serializer),
    }
}
