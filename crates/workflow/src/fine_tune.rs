//! What the second stage trains besides the head: the last layers of a base, in the order in which Keras lists them.
//!
//! Keras's `for layer in base.layers[from:]: layer.trainable = True`, where `from` is `-N` or the place of a layer that is
//! named. Both give Keras's layers for every family but ConvNeXt, whose sums are layers here and operations there: a name
//! means the same, a number does not.

use std::convert::Infallible;
use std::str::FromStr;

use graph::{Graph, Node, NodeId};
use serde::{Deserialize, Serialize};

use crate::{Error, Result};

/// The layers of a base that are trained in a second stage.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged, expecting = "expected a number of layers, 0 or more, or the name of a layer")]
pub enum FineTune {
    /// So many at its end; 0 for no second stage.
    Last(usize),
    /// The one of this name and all after it.
    From(String),
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

/// A whole number is a number of layers, anything else a name.
impl FromStr for FineTune {
    type Err = Infallible;

    fn from_str(text: &str) -> Result<Self, Infallible> {
        Ok(text.parse().map_or_else(|_| Self::From(text.into()), Self::Last))
    }
}

impl std::fmt::Display for FineTune {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Last(layers) => layers.fmt(f),
            Self::From(name) => f.write_str(name),
        }
    }
}

/// The layers among which a second stage chooses.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Tunable<'a> {
    pub(crate) graph: &'a Graph,
    /// The last layer of the base, where a new head stands on it; `None` for a model that is trained as it is, whose
    /// layers all count.
    pub(crate) base_output: Option<NodeId>,
}

impl Tunable<'_> {
    /// The layers that `fine_tune` asks for, in Keras's order.
    ///
    /// # Errors
    /// There is no layer of this name, or it is one of the head; or the layers have nothing to learn.
    pub(crate) fn layers(self, fine_tune: &FineTune) -> Result<Vec<NodeId>> {
        let all = self.all();
        let from = match fine_tune {
            FineTune::Last(count) => all.len().saturating_sub(*count),
            FineTune::From(name) => self.place(&all, name)?,
        };
        if let Some(last) = all.iter().rposition(|id| self.has_something_to_learn(*id))
            && last < from
        {
            return Err(Error::usage(format!(
                "--fine-tune {fine_tune}: from {} on, the {} has nothing to learn; the last layer that has is {}, \
                 --fine-tune {}",
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
        let (whole, count) = (self.whole(), layers.len());
        let which = match fine_tune {
            FineTune::Last(asked) if *asked > count => {
                format!("all {count} layers of the {whole} ({asked} were asked for)")
            }
            _ => format!("the last {count} layers of the {whole}"),
        };
        let first = layers.first().map_or("", |id| self.node(*id).name.as_str());
        let learn = layers.iter().filter(|id| self.has_something_to_learn(**id)).count();
        format!("fine-tuning {which}, from {first} on; {learn} of them have something to learn")
    }

    /// Every layer of the base as Keras lists `base.layers`.
    fn all(self) -> Vec<NodeId> {
        let ids: Vec<NodeId> = self.graph.ids().collect();
        let listed = formats::keras::order_of_graph(self.graph).into_iter().map(|index| ids[index]);
        listed.filter(|id| self.base_output.is_none_or(|last| *id <= last)).collect()
    }

    fn place(self, all: &[NodeId], name: &str) -> Result<usize> {
        let wrong = |why: String| Err(Error::usage(format!("--fine-tune {name}: {why}")));
        if let Some(place) = all.iter().position(|id| self.node(*id).name == name) {
            return Ok(place);
        }
        let whole = self.whole();
        if self.graph.find(name).is_ok() {
            return wrong(format!(
                "this is a layer of the new head, which is trained from the first stage on; name one of the {whole}"
            ));
        }
        let near = graph::nearest(name, all.iter().map(|id| self.node(*id).name.as_str()), 4).join(", ");
        wrong(format!("the {whole} has no such layer; the nearest names are {near}"))
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
