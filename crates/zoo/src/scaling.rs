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
    /// As PyTorch does, `preprocess_input(mode="torch")`: `(x / 255 - mean) / deviation` with each channel's figures
    /// over ImageNet (layer `normalization`).
    ///
    /// Of grey, and of pictures with alpha, every channel has the mean of the three channels' figures.
    Torch,
    /// By figures of one's own, for values of 0 to 255: `(x - mean) / sqrt(variance)` (layer `normalization`).
    ///
    /// Of fewer channels than three the first figures count, and of more the last ones for the others too.
    Standardization {
        /// Red, green, blue; or grey first.
        mean: [f32; 3],
        /// As the means.
        variance: [f32; 3],
    },
}

/// Of ImageNet, RGB, for values of 0 to 1.
const TORCH_MEANS: [f32; 3] = [0.485, 0.456, 0.406];
const TORCH_DEVIATIONS: [f32; 3] = [0.229, 0.224, 0.225];
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
            Self::Torch => {
                let of_channels = |figures: [f32; 3]| match stack.channels() {
                    3 => figures.to_vec(),
                    channels => vec![figures.iter().sum::<f32>() / 3.0; channels],
                };
                let mean = of_channels(TORCH_MEANS.map(|mean| mean * 255.0));
                let variance = of_channels(TORCH_DEVIATIONS.map(|deviation| (deviation * 255.0).powi(2)));
                stack.push("normalization", Op::Normalization { mean, variance })
            }
            Self::Standardization { mean, variance } => {
                let of_channels = |figures: [f32; 3]| {
                    let each = |channel: usize| figures[channel.min(figures.len() - 1)];
                    (0..stack.channels()).map(each).collect::<Vec<f32>>()
                };
                let (mean, variance) = (of_channels(mean), of_channels(variance));
                stack.push("normalization", Op::Normalization { mean, variance })
            }
        }
    }
}
