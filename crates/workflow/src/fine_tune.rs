//! What a stage trains besides the head: the last layers of a base in the order in which Keras lists them, or its last
//! blocks.
//!
//! Keras's `for layer in base.layers[from:]: layer.trainable = True`, where `from` is `-N` or the place of a layer that
//! is named. Both give Keras's layers for every family but ConvNeXt, whose sums are layers here and operations there: a
//! name means the same, a number does not.

use std::convert::Infallible;
use std::str::FromStr;

use graph::{Graph, Node, NodeId};
use report::numbers::count;
use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use zoo::Block;

use crate::{Error, Result};

/// The layers of a base that are trained beside the head.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum FineTune {
    /// So many at its end; 0, or `head`, for none.
    Last(usize),
    /// The one of this name and all after it.
    From(String),
    /// The blocks at its end, so many at once: `2 blocks`.
    LastBlocks(usize),
    /// The blocks one after the other, from the top down, the stem last: `blocks`.
    EachBlock,
    /// All of them: `all`, or `stem`.
    All,
}

impl Default for FineTune {
    fn default() -> Self {
        Self::Last(0)
    }
}

impl FineTune {
    /// Whether there is a second stage.
    pub fn is_asked_for(&self) -> bool {
        *self != Self::Last(0)
    }
}

impl From<usize> for FineTune {
    fn from(layers: usize) -> Self {
        Self::Last(layers)
    }
}

/// A whole number is a number of layers, a few words are what they say, anything else is a name.
impl FromStr for FineTune {
    type Err = Infallible;

    fn from_str(text: &str) -> Result<Self, Infallible> {
        let count = |suffix| text.strip_suffix(suffix)?.parse().ok().filter(|count| *count > 0);
        Ok(match text {
            "head" => Self::Last(0),
            "blocks" => Self::EachBlock,
            "all" | "stem" => Self::All,
            _ => match (text.parse(), count(" blocks").or_else(|| count(" block"))) {
                (Ok(layers), _) => Self::Last(layers),
                (_, Some(blocks)) => Self::LastBlocks(blocks),
                _ => Self::From(text.into()),
            },
        })
    }
}

impl std::fmt::Display for FineTune {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Last(0) => f.write_str("head"),
            Self::Last(layers) => layers.fmt(f),
            Self::From(name) => f.write_str(name),
            Self::LastBlocks(1) => f.write_str("1 block"),
            Self::LastBlocks(blocks) => write!(f, "{blocks} blocks"),
            Self::EachBlock => f.write_str("blocks"),
            Self::All => f.write_str("all"),
        }
    }
}

/// A number, else text.
impl Serialize for FineTune {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Last(layers) => layers.serialize(serializer),
            words => serializer.collect_str(words),
        }
    }
}

impl<'de> Deserialize<'de> for FineTune {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        #[derive(Deserialize)]
        #[serde(
            untagged,
            expecting = "expected a number of layers, 0 or more, the name of a layer, \"2 blocks\", \"blocks\", \"head\" or \"all\""
        )]
        enum Written {
            Layers(usize),
            #[serde(deserialize_with = "words")]
            Words(String),
        }
        Ok(match Written::deserialize(deserializer)? {
            Written::Layers(layers) => Self::Last(layers),
            Written::Words(words) => words.parse().unwrap_or_else(|never: Infallible| match never {}),
        })
    }
}

/// Text that is not empty.
fn words<'de, D: Deserializer<'de>>(deserializer: D) -> Result<String, D::Error> {
    let words = String::deserialize(deserializer)?;
    match words.trim().is_empty() {
        true => Err(D::Error::custom("nothing is called so")),
        false => Ok(words),
    }
}

/// The layers among which a stage chooses.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Tunable<'a> {
    pub(crate) graph: &'a Graph,
    /// The last layer of the base, where a new head stands on it; `None` for a model that is trained as it is, whose
    /// layers all count.
    pub(crate) base_output: Option<NodeId>,
    /// From the stem to the top; none where they are not known.
    pub(crate) blocks: &'a [Block],
    /// What asks, for messages: `--fine-tune`.
    pub(crate) option: &'a str,
}

impl<'a> Tunable<'a> {
    /// The layers that `fine_tune` asks for, in Keras's order.
    ///
    /// # Errors
    /// There are fewer layers, or none of this name, or it is one of the head; the layers have nothing to learn; or
    /// blocks are asked for where they are not known.
    pub(crate) fn layers(self, fine_tune: &FineTune) -> Result<Vec<NodeId>> {
        let all = self.all();
        let from = match fine_tune {
            FineTune::Last(0) => return Ok(Vec::new()),
            FineTune::Last(last) => all.len().checked_sub(*last).ok_or_else(|| {
                let (option, whole, layers) = (self.option, self.whole(), all.len());
                Error::usage(format!(
                    "{option} {last}: the {whole} has {}: give fewer, or all",
                    count(layers, "layer", "layers")
                ))
            })?,
            FineTune::From(name) => self.place(&all, name)?,
            FineTune::All | FineTune::EachBlock => 0,
            FineTune::LastBlocks(count) => {
                let first = self.first_of_last(*count)?;
                return Ok(all.into_iter().filter(|id| *id >= first).collect());
            }
        };
        if let Some(last) = all.iter().rposition(|id| self.has_something_to_learn(*id))
            && last < from
        {
            let option = self.option;
            return Err(Error::usage(format!(
                "{option} {fine_tune}: from {} on, the {} has nothing to learn; the last layer that has is {}, {option} {}",
                all.get(from).map_or("its end", |id| self.node(*id).name.as_str()),
                self.whole(),
                self.node(all[last]).name,
                all.len() - last
            )));
        }
        Ok(all[from..].to_vec())
    }

    /// What is said to a person of the layers that [`Tunable::layers`] gave.
    pub(crate) fn describe(self, fine_tune: &FineTune, layers: &[NodeId]) -> String {
        let (whole, counted) = (self.whole(), count(layers.len(), "layer", "layers"));
        let which = match fine_tune {
            FineTune::Last(0) if self.base_output.is_some() => return "the new head".into(),
            FineTune::Last(0) => return "the layers that its file marks as trainable".into(),
            FineTune::All => format!("all {counted} of the {whole}"),
            FineTune::LastBlocks(blocks) => {
                let blocks = if *blocks == 1 { "block".to_owned() } else { format!("{blocks} blocks") };
                format!("the last {blocks} ({counted}) of the {whole}")
            }
            _ if layers.len() == 1 => format!("the last layer of the {whole}"),
            _ => format!("the last {counted} of the {whole}"),
        };
        let first = layers.first().map_or("", |id| self.node(*id).name.as_str());
        format!("{which}, from {first} on")
    }

    /// How many of `layers` have something to learn.
    pub(crate) fn learning(self, layers: &[NodeId]) -> usize {
        layers.iter().filter(|id| self.has_something_to_learn(**id)).count()
    }

    /// How far each layer is from the top, by blocks: 0 for the head, 1 for the last block of the base, and so on.
    ///
    /// # Errors
    /// Blocks are not known.
    pub(crate) fn depths(self) -> Result<Vec<usize>> {
        let blocks = self.known_blocks()?;
        let depth = |id: NodeId| match self.base_output {
            Some(last) if id > last => 0,
            _ => blocks.iter().filter(|block| block.first > id).count() + 1,
        };
        Ok(self.graph.ids().map(depth).collect())
    }

    /// The blocks, from the stem to the top.
    ///
    /// # Errors
    /// They are not known.
    pub(crate) fn known_blocks(self) -> Result<&'a [Block]> {
        match (self.blocks, self.base_output) {
            ([_, ..], Some(_)) => Ok(self.blocks),
            _ => Err(Error::usage(format!(
                "{}: where the blocks of {} begin is known for networks of the zoo under a new head alone; name layers in \
                 their place",
                self.option,
                self.graph.name()
            ))),
        }
    }

    fn first_of_last(self, last: usize) -> Result<NodeId> {
        let blocks = self.known_blocks()?;
        let place = blocks.len().checked_sub(last).and_then(|place| blocks.get(place));
        place.map(|block| block.first).ok_or_else(|| {
            let names: Vec<&str> = blocks.iter().map(|block| block.name).collect();
            Error::usage(format!(
                "{} {}: the {} has {}: {}",
                self.option,
                FineTune::LastBlocks(last),
                self.whole(),
                count(blocks.len(), "block", "blocks"),
                names.join(", ")
            ))
        })
    }

    /// Every layer of the base as Keras lists `base.layers`.
    fn all(self) -> Vec<NodeId> {
        let ids: Vec<NodeId> = self.graph.ids().collect();
        let listed = formats::keras::order_of_graph(self.graph).into_iter().map(|index| ids[index]);
        listed.filter(|id| self.base_output.is_none_or(|last| *id <= last)).collect()
    }

    fn place(self, all: &[NodeId], name: &str) -> Result<usize> {
        let wrong = |why: String| Err(Error::usage(format!("{} {name}: {why}", self.option)));
        if let Some(place) = all.iter().position(|id| self.node(*id).name == name) {
            return Ok(place);
        }
        let whole = self.whole();
        if self.graph.find(name).is_ok() {
            return wrong(format!(
                "this is a layer of the new head, which is trained from the first stage on; name one of the {whole}"
            ));
        }
        if let Some(block) = self.blocks.iter().rposition(|block| block.name == name) {
            let all = self.blocks.len() - block;
            return wrong(format!(
                "this is a block; for it and those after it give {}",
                FineTune::LastBlocks(all)
            ));
        }
        let near = graph::nearest(name, all.iter().map(|id| self.node(*id).name.as_str()), 4).join(", ");
        let words =
            if self.blocks.is_empty() { "" } else { "; `blocks`, `2 blocks` and `all` are known too" };
        wrong(format!("the {whole} has no such layer; the nearest names are {near}{words}"))
    }

    /// What it is, for messages: `base resnet50`.
    fn whole(self) -> String {
        let kind = if self.base_output.is_some() { "base" } else { "model" };
        format!("{kind} {}", self.graph.name())
    }

    fn node(&self, id: NodeId) -> &Node {
        self.graph.node(id)
    }

    fn has_something_to_learn(self, id: NodeId) -> bool {
        self.node(id).parameters.iter().any(|parameter| self.graph.parameter(*parameter).role.is_learned())
    }
}

#[cfg(test)]
mod tests;
