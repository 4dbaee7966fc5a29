//! What a user may choose when a graph is built.

use graph::{Error, ErrorKind, Result};

use crate::{Architecture, InputScaling};

/// Choices for [`Architecture::build`].
#[derive(Debug, Clone, PartialEq)]
pub struct Options {
    /// Height, width and channels of a picture: 1 channel is grey, 3 are RGB, 4 are RGB and alpha.
    pub input: [usize; 3],
    /// What stands on the base.
    pub top: Top,
    /// The width multiplier: how many times the published numbers of channels.
    pub alpha: f32,
    /// How pixel values become what the base reads, where its weights want something other than
    /// [`Architecture::scaling`].
    pub scaling: Option<InputScaling>,
}

/// What stands on the base.
#[derive(Debug, Clone, PartialEq)]
pub enum Top {
    /// The classifier that the architecture was published with: Keras's `include_top=True`.
    Published {
        /// How many classes it tells apart: 1000 with ImageNet's weights.
        classes: usize,
    },
    /// Nothing but a pooling of the base's last feature map: Keras's `include_top=False`.
    Features(Pooling),
    /// A new, untrained classifier.
    Head(Head),
}

/// What becomes of the base's last feature map: Keras's `pooling`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Pooling {
    /// It stays a map.
    None,
    /// The mean of each channel.
    Average,
    /// The largest value of each channel.
    Max,
    /// All values in one row.
    Flatten,
}

/// A new classifier: pooling, dropout when its rate is not 0, and one dense layer.
#[derive(Debug, Clone, PartialEq)]
pub struct Head {
    /// How many classes it tells apart, 2 at least.
    pub classes: usize,
    /// How it reads the base's last feature map; `None` for what suits the architecture.
    pub pooling: Option<Pooling>,
    /// The share of features that training drops, `0.0..1.0`.
    pub dropout: f32,
    /// How its output is read.
    pub activation: HeadActivation,
}

/// How a head's output is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum HeadActivation {
    /// A probability for each class.
    Softmax,
    /// One unit: the probability of the second of two classes.
    Sigmoid,
}

impl Options {
    /// `input` (height, width, channels) and `top`, at the published width.
    pub fn new(input: [usize; 3], top: Top) -> Self {
        Self { input, top, alpha: 1.0, scaling: None }
    }

    /// The same at another width.
    pub fn alpha(self, alpha: f32) -> Self {
        Self { alpha, ..self }
    }

    /// The same for weights that were trained with another scaling.
    pub fn scaling(self, scaling: InputScaling) -> Self {
        Self { scaling: Some(scaling), ..self }
    }

    /// Fails unless `architecture` can be built so.
    pub(crate) fn check(&self, architecture: &Architecture) -> Result<()> {
        let name = architecture.name;
        let refuse = |message: String| Err(Error::new(ErrorKind::Value, format!("{name}: {message}")));
        let [height, width, channels] = self.input;
        let least = architecture.minimum_size;
        if height.min(width) < least {
            return refuse(format!(
                "pictures of {height} × {width} are too small; it needs {least} × {least} or more"
            ));
        }
        if ![1, 3, 4].contains(&channels) {
            return refuse(format!(
                "expected 1 channel (grey), 3 (RGB) or 4 (RGB and alpha), received {channels}"
            ));
        }
        let alphas = &architecture.alphas;
        if !alphas.contains(&self.alpha) {
            let expected = match alphas.start() == alphas.end() {
                true => "its width is fixed: leave alpha at 1".to_string(),
                false => format!("expected an alpha from {} to {}", alphas.start(), alphas.end()),
            };
            return refuse(format!("{expected}, received {}", self.alpha));
        }
        match &self.top {
            Top::Head(head) => head.check().or_else(refuse),
            Top::Published { .. } | Top::Features(_) => Ok(()),
        }
    }
}

impl Head {
    /// Softmax over `classes`, without dropout.
    pub fn new(classes: usize) -> Self {
        Self { classes, pooling: None, dropout: 0.0, activation: HeadActivation::Softmax }
    }

    /// The same with another pooling.
    pub fn pooling(self, pooling: Pooling) -> Self {
        Self { pooling: Some(pooling), ..self }
    }

    /// The same with dropout.
    pub fn dropout(self, dropout: f32) -> Self {
        Self { dropout, ..self }
    }

    /// The same with another activation.
    pub fn activation(self, activation: HeadActivation) -> Self {
        Self { activation, ..self }
    }

    /// What is wrong with it, if anything.
    fn check(&self) -> Result<(), String> {
        let classes = self.classes;
        if classes < 2 {
            return Err(format!("a head needs 2 classes or more, received {classes}"));
        }
        if self.activation == HeadActivation::Sigmoid && classes != 2 {
            return Err(format!("a sigmoid head tells 2 classes apart, received {classes}: use softmax"));
        }
        if self.pooling == Some(Pooling::None) {
            return Err("a head reads a row of values: pool by avg, max or flatten".to_string());
        }
        if !(0.0..1.0).contains(&self.dropout) {
            return Err(format!("expected a dropout of at least 0 and below 1, received {}", self.dropout));
        }
        Ok(())
    }
}
