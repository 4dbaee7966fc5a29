//! One architecture: what it is called, what pictures it takes, and how its graph is built.

use std::ops::RangeInclusive;

use graph::{Error, ErrorKind, Graph, NodeId, Result};

use crate::block::{self, Block};
use crate::options::{Head, Options, Top};
use crate::stack::Stack;
use crate::{HeadPooling, InputScaling, top};

/// An entry of the zoo. Its file says what it is made of; [`Architecture::build`] makes the graph.
///
/// Every graph begins with an input of values 0 to 255 and the layers of its [`InputScaling`], goes on with the base,
/// and ends in what [`Options::top`] asks for.
#[derive(Debug)]
pub struct Architecture {
    /// What the user types, as `mobilenet_v2`.
    pub name: &'static str,
    /// What people call it.
    pub title: &'static str,
    /// What it is good for, in one sentence.
    pub description: &'static str,
    /// Where it was published; empty when it is this project's own.
    pub paper: &'static str,
    /// Height, width and channels that it was made for.
    pub default_input: [usize; 3],
    /// The least height and width that it takes.
    pub minimum_size: usize,
    /// The width multipliers that it takes; `1.0..=1.0` when its width is fixed.
    pub alphas: RangeInclusive<f32>,
    /// How pixel values become what the base reads.
    pub scaling: InputScaling,
    /// The share of ImageNet's validation pictures that its published weights name rightly at first guess.
    pub top1: Option<f32>,
    /// How a new head reads the base's last feature map.
    pub head_pooling: HeadPooling,
    /// How those who publish it in PyTorch name its parameters, a function for each way: `stem_conv/kernel` is in
    /// `_conv_stem.weight`. `None` for a parameter that they do not have.
    pub torch_names: &'static [fn(&str) -> Option<String>],
    /// Puts the classifier that it was published with on the base, for so many classes.
    pub(crate) top: Option<PushTop>,
    /// Puts the base's layers on a stack that ends in the scaled input.
    pub(crate) base: fn(&mut Stack, &Options) -> Result<()>,
    /// Names of the base's last layer: the first of these that a graph has.
    pub(crate) last_of_base: &'static [&'static str],
    /// The base's blocks after its stem, from the input to the top.
    pub(crate) blocks: &'static [block::Row],
}

/// Puts a classifier for so many classes on a base.
pub(crate) type PushTop = fn(&mut Stack, &Options, usize) -> Result<()>;

impl Architecture {
    /// What most architectures have in common; each says the rest.
    pub(crate) const COMMON: Self = Self {
        name: "",
        title: "",
        description: "",
        paper: "",
        default_input: [224, 224, 3],
        minimum_size: 32,
        alphas: 1.0..=1.0,
        scaling: InputScaling::Torch,
        top1: None,
        head_pooling: HeadPooling::Average,
        torch_names: &[],
        top: None,
        base: |_, _| Ok(()),
        last_of_base: &[],
        blocks: &[],
    };

    /// The graph for `options`, with no layer frozen.
    ///
    /// # Errors
    /// The pictures are too small or have a number of channels other than 1, 3 or 4; alpha is not among
    /// [`Architecture::alphas`]; there is no published top; or the head's values are out of range.
    pub fn build(&self, options: &Options) -> Result<Graph> {
        options.check(self)?;
        let mut stack = Stack::new(self.name, options.input)?;
        options.scaling.unwrap_or(self.scaling).push(&mut stack)?; // [H, W, C]
        (self.base)(&mut stack, options)?; // [h, w, features]
        match (&options.top, self.top) {
            (Top::Features(pooling), _) => self.head_pooling.push_chosen(&mut stack, *pooling, "features")?,
            (Top::Head(head), _) => top::push_head(&mut stack, head, &self.head_pooling)?, // [classes]
            (Top::Published { classes }, Some(push)) => push(&mut stack, options, *classes)?, // [classes]
            (Top::Published { .. }, None) => {
                let message =
                    format!("{} was never published with a classifier: give it a new head", self.name);
                return Err(Error::new(ErrorKind::Value, message));
            }
        }
        Ok(stack.into_graph())
    }

    /// Whether it was published with a classifier, which [`Top::Published`] builds.
    pub fn has_published_top(&self) -> bool {
        self.top.is_some()
    }

    /// The classifier that it was published with, else a new head: what makes it name `classes`.
    pub fn classifier(&self, classes: usize) -> Top {
        match self.has_published_top() {
            true => Top::Published { classes },
            false => Top::Head(Head::new(classes)),
        }
    }

    /// The scaling that PyTorch's weights of it were trained with, for [`Options::scaling`]:
    /// nobody there scales as Caffe.
    pub fn torch_scaling(&self) -> InputScaling {
        match self.scaling {
            InputScaling::Caffe => InputScaling::Torch,
            scaling => scaling,
        }
    }

    /// The last node of the base in a graph of this architecture: what a head reads and where a freeze stops.
    ///
    /// `None` when `graph` is no graph of this architecture.
    pub fn base_output(&self, graph: &Graph) -> Option<NodeId> {
        self.last_of_base.iter().find_map(|name| graph.find(name).ok())
    }

    /// The blocks of the base in a graph of this architecture, from the stem to the top: what transfer unfreezes one
    /// after the other. A small input may leave out the last ones.
    pub fn blocks(&self, graph: &Graph) -> Vec<Block> {
        block::blocks(self.blocks, graph)
    }
}
