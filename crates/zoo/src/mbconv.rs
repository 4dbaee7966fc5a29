//! The inverted bottleneck with squeeze-and-excitation (MBConv: Tan et al. 2018, arXiv:1807.11626; Hu et al. 2017,
//! arXiv:1709.01507), and what else EfficientNet and EfficientNetV2 share.
//!
//! `y = x + drop(project(excite(depthwise(expand(x)))))`, with a norm behind each convolution and swish behind the
//! first two. Names are those of `keras.applications`.

use graph::{Activation, BatchNorm, Conv2d, Dense, DepthwiseConv2d, Initializer, NodeId, Op, Result};

use crate::stack::Stack;

/// Of all convolutions.
pub(crate) const KERNEL: Initializer = Initializer::FanOutNormal(2.0);
const CLASSIFIER: Initializer = Initializer::FanOutUniform(1.0 / 3.0);
/// A squeeze leaves this share of the block's input channels.
const SQUEEZE: f64 = 0.25;
/// The share of blocks that training drops at the end of the network; from 0 at its start it grows evenly.
const MOST_DROPPED: f64 = 0.2;
const SWISH: Op = Op::Activation(Activation::Swish);

/// What Keras does differently in the two families' depthwise convolutions.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Depthwise {
    /// `dwconv`; where it steps, a layer `dwconv_pad` puts the zeros around its input.
    PaddedApart,
    /// `dwconv2`, which pads by itself.
    Same,
}

/// One block.
#[derive(Debug, Clone)]
pub(crate) struct Block<'a> {
    /// What its layers' names begin with, as `block1a_`.
    pub(crate) name: &'a str,
    pub(crate) kernel: usize,
    pub(crate) stride: usize,
    pub(crate) expansion: usize,
    pub(crate) filters: usize,
    /// The share of pictures for which training leaves the block out, see [`drop_rate`].
    pub(crate) drop_rate: f32,
    pub(crate) norm: &'a BatchNorm,
}

/// Without a bias, with TensorFlow's "same" padding.
pub(crate) fn conv(filters: usize, kernel: usize) -> Conv2d {
    Conv2d::new(filters, kernel).same().no_bias().initializer(KERNEL)
}

/// The rate of block `index` of `blocks`.
pub(crate) fn drop_rate(index: usize, blocks: usize) -> f32 {
    (MOST_DROPPED * index as f64 / blocks as f64) as f32
}

impl Block<'_> {
    /// The name of a part of it.
    pub(crate) fn part(&self, part: &str) -> String {
        format!("{}{part}", self.name)
    }

    /// Puts the block on `stack`.
    pub(crate) fn push(&self, stack: &mut Stack, depthwise: Depthwise) -> Result<()> {
        let (input, channels) = (stack.top(), stack.channels());
        if self.expansion != 1 {
            stack.push(self.part("expand_conv"), Op::Conv2d(conv(channels * self.expansion, 1)))?;
            self.push_norm(stack, "expand_bn")?;
            stack.push(self.part("expand_activation"), SWISH)?;
        }
        self.push_depthwise(stack, depthwise)?;
        self.push_norm(stack, "bn")?;
        stack.push(self.part("activation"), SWISH)?;
        self.push_excitation(stack, channels)?;
        stack.push(self.part("project_conv"), Op::Conv2d(conv(self.filters, 1)))?;
        self.push_norm(stack, "project_bn")?;
        self.push_shortcut(stack, input, channels)
    }

    fn push_depthwise(&self, stack: &mut Stack, depthwise: Depthwise) -> Result<()> {
        let layer = DepthwiseConv2d::new(self.kernel).stride(self.stride).no_bias().initializer(KERNEL);
        match depthwise {
            Depthwise::PaddedApart if self.stride == 2 => {
                stack.push_pad_for_stride_two(self.part("dwconv_pad"), self.kernel)?;
                stack.push(self.part("dwconv"), Op::DepthwiseConv2d(layer))
            }
            Depthwise::PaddedApart => stack.push(self.part("dwconv"), Op::DepthwiseConv2d(layer.same())),
            Depthwise::Same => stack.push(self.part("dwconv2"), Op::DepthwiseConv2d(layer.same())),
        }
    }

    /// `x * sigmoid(W₂ swish(W₁ mean(x)))`; `channels` are those of the block's input.
    fn push_excitation(&self, stack: &mut Stack, channels: usize) -> Result<()> {
        let (map, wide) = (stack.top(), stack.channels());
        let squeezed = ((channels as f64 * SQUEEZE) as usize).max(1);
        let conv = |filters, activation| {
            Op::Conv2d(Conv2d::new(filters, 1).same().initializer(KERNEL).activation(activation))
        };
        stack.push(self.part("se_squeeze"), Op::GlobalAveragePool { keepdims: false })?; // [wide]
        stack.push(self.part("se_reshape"), Op::Reshape([1, 1, wide].into()))?;
        stack.push(self.part("se_reduce"), conv(squeezed, Activation::Swish))?;
        stack.push(self.part("se_expand"), conv(wide, Activation::Sigmoid))?;
        stack.push_product(self.part("se_excite"), map) // [h, w, wide]
    }

    /// Puts the norm called `part` on `stack`.
    pub(crate) fn push_norm(&self, stack: &mut Stack, part: &str) -> Result<()> {
        stack.push(self.part(part), Op::BatchNorm(self.norm.clone()))
    }

    /// Adds the block's `input` of so many `channels`, if the block changed no shape.
    pub(crate) fn push_shortcut(&self, stack: &mut Stack, input: NodeId, channels: usize) -> Result<()> {
        if self.stride != 1 || channels != self.filters {
            return Ok(());
        }
        if self.drop_rate > 0.0 {
            stack.push(self.part("drop"), Op::StochasticDepth(self.drop_rate))?;
        }
        stack.push_sum_of(self.part("add"), [stack.top(), input])
    }
}

/// Puts a norm and a swish, `<prefix>_bn` and `<prefix>_activation`, on `stack`.
pub(crate) fn push_norm_swish(stack: &mut Stack, prefix: &str, norm: &BatchNorm) -> Result<()> {
    stack.push(format!("{prefix}_bn"), Op::BatchNorm(norm.clone()))?;
    stack.push(format!("{prefix}_activation"), SWISH)
}

/// The classifier that both families are published with.
pub(crate) fn push_top(stack: &mut Stack, dropout: f32, classes: usize) -> Result<()> {
    stack.push("avg_pool", Op::GlobalAveragePool { keepdims: false })?; // [features]
    stack.push("top_dropout", Op::Dropout(dropout))?;
    let dense = Dense::new(classes).activation(Activation::Softmax).initializer(CLASSIFIER);
    stack.push("predictions", Op::Dense(dense)) // [classes]
}
