//! How pixel values of 0 to 255 become what a base reads: the first layers of every graph.

use graph::{Op, Result};

use crate::stack::Stack;

/// How pixel values become what a base reads.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum InputScaling {
    /// One layer, `rescaling`: `x * scale + offset`.
    Rescaling {
        /// Factor.
        scale: f32,
        /// Added after.
        offset: f32,
    },
    /// As Caffe did, `keras.applications.imagenet_utils.preprocess_input(mode="caffe")`: RGB becomes BGR (layer `bgr`)
    /// and each channel's mean over ImageNet is subtracted (layer `centering`).
    ///
    /// Keras knows it for three channels only. Of grey, and of pictures with alpha, which no published weights fit, the
    /// mean of the three means is subtracted, and the channels stay in their order.
    Caffe,
}

/// Of ImageNet, in BGR.
const MEANS: [f32; 3] = [103.939, 116.779, 123.68];

impl InputScaling {
    pub(crate) fn push(self, stack: &mut Stack) -> Result<()> {
        match self {
            Self::Rescaling { scale, offset } => stack.push("rescaling", Op::Rescaling { scale, offset }),
            Self::Caffe if stack.channels() == MEANS.len() => {
                stack.push("bgr", Op::ReverseChannels)?;
                stack.push(
                    "centering",
                    Op::Normalization { mean: MEANS.to_vec(), variance: vec![1.0; MEANS.len()] },
                )
            }
            Self::Caffe => {
                let mean = MEANS.iter().sum::<f32>() / MEANS.len() as f32;
                stack.push("centering", Op::Rescaling { scale: 1.0, offset: -mean })
            }
        }
    }
}
