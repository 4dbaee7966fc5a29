//! How timm names the tensors of EfficientNets: `blocks.<stage>.<block>.<part>`, its parts by the kind of the block.
//!
//! It names them so whatever a convolution's padding and a norm's epsilon are: its networks called `tf_…` are those of
//! the authors and of Keras (padding as TensorFlow's, 1e-3), the others of the same shapes pad evenly and add 1e-5.
//! Weights of the latter fit here by name, and are another network's.

use crate::torch_names;

/// What a stage's blocks are, each after timm's class of that name.
#[derive(Debug, Clone, Copy)]
pub(crate) enum TimmBlock {
    /// A depthwise convolution and a projection.
    DepthwiseSeparable,
    /// Expansion, depthwise convolution, projection.
    InvertedResidual,
    /// One convolution.
    ConvNormAct,
    /// A convolution that expands, projection.
    EdgeResidual,
}
use TimmBlock::{ConvNormAct, DepthwiseSeparable, EdgeResidual, InvertedResidual};

/// EfficientNet's and EfficientNet-Lite's: the first stage expands nothing.
pub(crate) const EFFICIENTNET: [TimmBlock; 7] = [
    DepthwiseSeparable,
    InvertedResidual,
    InvertedResidual,
    InvertedResidual,
    InvertedResidual,
    InvertedResidual,
    InvertedResidual,
];

/// EfficientNetV2's.
pub(crate) const EFFICIENTNET_V2: [TimmBlock; 6] =
    [ConvNormAct, EdgeResidual, EdgeResidual, InvertedResidual, InvertedResidual, InvertedResidual];

/// The tensor that holds `parameter` of a network of these `stages`: `block2a_dwconv/kernel` is in
/// `blocks.1.0.conv_dw.weight`.
pub(crate) fn timm_name(stages: &[TimmBlock], parameter: &str) -> Option<String> {
    torch_names::tensor_name(parameter, |layer| {
        let outside = match layer {
            "stem_conv" => "conv_stem",
            "stem_bn" => "bn1",
            "top_conv" => "conv_head",
            "top_bn" => "bn2",
            "predictions" => "classifier",
            _ => {
                let (block, part) = layer.strip_prefix("block")?.split_once('_')?;
                let &[stage @ b'1'..=b'9', repeat @ b'a'..=b'z'] = block.as_bytes() else { return None };
                let stage = usize::from(stage - b'1');
                let part = stages.get(stage)?.part(part)?;
                return Some(format!("blocks.{stage}.{}.{part}", repeat - b'a'));
            }
        };
        Some(outside.into())
    })
}

impl TimmBlock {
    /// timm's name for a part of the block.
    fn part(self, part: &str) -> Option<&'static str> {
        Some(match (self, part) {
            (InvertedResidual, "expand_conv") => "conv_pw",
            (InvertedResidual, "expand_bn") => "bn1",
            (DepthwiseSeparable | InvertedResidual, "dwconv" | "dwconv2") => "conv_dw",
            (DepthwiseSeparable, "bn") => "bn1",
            (InvertedResidual, "bn") => "bn2",
            (DepthwiseSeparable | InvertedResidual, "se_reduce") => "se.conv_reduce",
            (DepthwiseSeparable | InvertedResidual, "se_expand") => "se.conv_expand",
            (DepthwiseSeparable, "project_conv") => "conv_pw",
            (DepthwiseSeparable, "project_bn") => "bn2",
            (InvertedResidual, "project_conv") => "conv_pwl",
            (InvertedResidual, "project_bn") => "bn3",
            (ConvNormAct, "project_conv") => "conv",
            (ConvNormAct, "project_bn") => "bn1",
            (EdgeResidual, "expand_conv") => "conv_exp",
            (EdgeResidual, "expand_bn") => "bn1",
            (EdgeResidual, "project_conv") => "conv_pwl",
            (EdgeResidual, "project_bn") => "bn2",
            _ => return None,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_are_named_by_the_kind_of_their_block() {
        let name = |stages: &[TimmBlock], parameter| timm_name(stages, parameter).unwrap_or_default();
        assert_eq!(name(&EFFICIENTNET, "block1a_project_bn/beta"), "blocks.0.0.bn2.bias");
        assert_eq!(name(&EFFICIENTNET, "block5m_project_bn/beta"), "blocks.4.12.bn3.bias");
        assert_eq!(name(&EFFICIENTNET_V2, "block1b_project_bn/beta"), "blocks.0.1.bn1.bias");
        assert_eq!(name(&EFFICIENTNET_V2, "block2a_project_bn/beta"), "blocks.1.0.bn2.bias");
        for name in ["head_dense/kernel", "block8a_bn/gamma", "block1a_expand_bn/gamma", "block1a_add/kernel"]
        {
            assert_eq!(timm_name(&EFFICIENTNET, name), None, "{name}");
        }
        assert_eq!(timm_name(&EFFICIENTNET_V2, "block7a_bn/gamma"), None);
        assert_eq!(timm_name(&EFFICIENTNET_V2, "block1a_se_reduce/kernel"), None);
    }
}
