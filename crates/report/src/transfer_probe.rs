//! What a probe for negative transfer found, as its JSON has it.

use serde::{Deserialize, Serialize};

/// The same pictures learned in several ways with the same number of epochs.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct TransferProbe {
    /// The data's name.
    pub name: String,
    /// The network.
    pub architecture: String,
    /// Pictures that every way learned from.
    pub pictures: usize,
    /// Pictures that judge.
    pub validation_pictures: usize,
    /// Epochs of each way.
    pub epochs: usize,
    /// Frozen, fine-tuned, from scratch.
    pub ways: Vec<TransferWay>,
    /// Whether the pretrained base helps.
    pub transfer: Transfer,
    /// The name of the way to take.
    pub take: String,
    /// All of it in words, a sentence each.
    pub verdict: Vec<String>,
    /// How long it took.
    pub seconds: f64,
}

/// One way of learning.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct TransferWay {
    /// `frozen`, `fine-tuned` or `from scratch`.
    pub name: String,
    /// Validation pictures that its best epoch gets right.
    pub correct: usize,
    /// The share of them.
    pub accuracy: f64,
    /// The 95 % interval of that share.
    pub accuracy_interval: [f64; 2],
    /// The validation loss of that epoch.
    pub loss: Option<f64>,
    /// How long it took.
    pub seconds: f64,
}

/// What pretrained weights do, beyond what chance explains.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Transfer {
    /// They help.
    Positive,
    /// They hurt: negative transfer.
    Negative,
    /// The difference is within the noise of the validation pictures.
    Undecided,
}
