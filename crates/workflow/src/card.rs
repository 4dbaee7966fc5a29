//! `linnaeus.json`, the member of a model file that says what goes in and what the answer means.

use graph::Graph;
use images::{Channels, Preprocess};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::{Error, ErrorKind, Result, decimal};

/// What [`Card`] is written as. A reader that meets another number refuses it.
const VERSION: u32 = 1;

/// Class names, how a picture becomes an input, the decision threshold, and where the model came from.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Card {
    /// The version of this description.
    pub version: u32,
    /// The classes in the order of the model's outputs; none for a base, which has no answer.
    pub classes: Vec<String>,
    /// How a picture becomes an input.
    pub preprocess: Preprocess,
    /// The probability of the second class above which a model of two classes answers with it.
    #[serde(serialize_with = "as_decimal")]
    pub threshold: f32,
    /// Where it came from.
    pub trained: Trained,
}

/// Where a model came from.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Trained {
    /// The zoo's name of the architecture; empty when it is not known.
    pub architecture: String,
    /// What its base started from, as "imagenet" and the package, or "none".
    pub weights: String,
    /// The program that wrote it.
    pub by: String,
}

impl Trained {
    /// By this version of the program.
    pub fn now(architecture: &str, weights: &str) -> Self {
        let by = format!("linnaeus {}", env!("CARGO_PKG_VERSION"));
        Self { architecture: architecture.into(), weights: weights.into(), by }
    }
}

impl Card {
    /// A card of today's version with the plain threshold.
    pub fn new(classes: Vec<String>, preprocess: Preprocess, trained: Trained) -> Self {
        Self { version: VERSION, classes, preprocess, threshold: 0.5, trained }
    }

    /// For a model that another program wrote: classes are called by their numbers, pictures are stretched.
    ///
    /// # Errors
    /// The model takes no pictures or is no classifier.
    pub fn of_foreign(graph: &Graph) -> Result<Self> {
        let shape = graph.input_shape();
        let (size, channels) = match shape.as_map() {
            Some([height, width, 1]) => ([height, width], Channels::Grey),
            Some([height, width, 3]) => ([height, width], Channels::Rgb),
            _ => {
                let message = format!(
                    "model {}: expected an input of pictures (None, height, width, 1 or 3), received {shape}",
                    graph.name()
                );
                return Err(Error::new(ErrorKind::Model, message));
            }
        };
        let classes = train::Answer::of(graph)?.classes();
        let classes = (0..classes).map(|class| class.to_string()).collect();
        Ok(Self::new(classes, Preprocess::new(size, channels)?, Trained::default()))
    }

    /// From the member of a model file, held against the model itself.
    ///
    /// # Errors
    /// It is no card, of a newer version, or does not fit the model.
    pub fn read(value: Value, graph: &Graph) -> Result<Self> {
        let card = Self::parse(value)?;
        let expected = train::Answer::of(graph)?.classes();
        if card.classes.len() != expected {
            return Err(wrong(format!(
                "{} class names for a model of {expected} classes",
                card.classes.len()
            )));
        }
        let [height, width] = card.preprocess.size;
        let input = [height, width, card.preprocess.channels.count()];
        if graph.input_shape().dims() != input {
            return Err(wrong(format!(
                "pictures of {input:?} for a model that takes {}",
                graph.input_shape()
            )));
        }
        if !(0.0..=1.0).contains(&card.threshold) {
            return Err(wrong(format!("a threshold of {} is no probability", card.threshold)));
        }
        Ok(card)
    }

    /// From the member of a model file that is not read itself.
    ///
    /// # Errors
    /// It is no card, or of a newer version.
    pub(crate) fn parse(value: Value) -> Result<Self> {
        let card: Self = serde_json::from_value(value).map_err(|e| wrong(e.to_string()))?;
        match card.version {
            VERSION => Ok(card),
            other => Err(wrong(format!(
                "it is of version {other}, and this program knows version {VERSION}: use the program that wrote it"
            ))),
        }
    }

    /// As the member of a model file.
    ///
    /// # Errors
    /// A value cannot be written as JSON.
    pub fn to_value(&self) -> Result<Value> {
        serde_json::to_value(self).map_err(|e| Error::new(ErrorKind::Model, format!("linnaeus.json: {e}")))
    }
}

/// With the digits that it has as float32.
fn as_decimal<S: serde::Serializer>(value: &f32, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_f64(decimal(*value))
}

fn wrong(why: impl std::fmt::Display) -> Error {
    Error::new(ErrorKind::Model, format!("linnaeus.json in the model file: {why}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_threshold_keeps_its_digits() {
        let preprocess = Preprocess::new([8; 2], Channels::Rgb).unwrap();
        let classes = ["cat", "dog"].map(String::from).to_vec();
        let card = Card { threshold: 0.37, ..Card::new(classes, preprocess, Trained::default()) }
            .to_value()
            .unwrap();
        assert_eq!(card["threshold"].to_string(), "0.37");
        assert_eq!(serde_json::from_value::<Card>(card).unwrap().threshold, 0.37);
    }
}
