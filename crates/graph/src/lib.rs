//! What a model is: ops, nodes, shapes and the table of parameters. No arithmetic, no files.
//!
//! A [`Graph`] is a list of named nodes in the order they run; a node is one Keras layer, with its name, its op
//! and the parameters it owns. [`Weights`] is one flat buffer laid out by the graph's table of parameters.

mod activation;
mod error;
mod graph;
mod nearest;
mod node;
mod op;
mod padding;
mod parameter;
mod shape;
mod summary;
mod synonym;
mod weights;

pub use activation::Activation;
pub use error::{Error, ErrorKind, Result};
pub use graph::Graph;
pub use nearest::{choices, meant, nearest};
pub use node::{Node, NodeId};
pub use op::{BatchNorm, Conv2d, Dense, DepthwiseConv2d, LayerNorm, Op, Pool, SeparableConv2d};
pub use padding::Padding;
pub use parameter::{Initializer, Parameter, ParameterId, Role};
pub use shape::Shape;
pub use synonym::known_as;
pub use weights::Weights;
