//! The EfficientNet-Lite family (Tan & Le 2019; Lite: TensorFlow 2020): one table of stages, scaled.
//!
//! Lite is EfficientNet-B without squeeze-and-excitation, with ReLU6 for swish, and with a stem, a last convolution
//! and a first and last stage that scaling leaves alone. Layer names are those of
//! `keras.applications.EfficientNetB0`. Stochastic depth, which the training from nothing used, is left out.

use graph::{Conv2d, DepthwiseConv2d, Initializer, Op, Result};

use crate::efficientnet_stages::{self, NORM, STAGES, Scaling, blocks, deepened};
use crate::efficientnet_timm_names::{EFFICIENTNET, timm_name};
use crate::stack::Stack;
use crate::top::push_average_top;
use crate::width::round_to_eight;
use crate::{Architecture, InputScaling};

pub(super) const FAMILY: &[Architecture] = &[
    Architecture {
        name: "efficientnet_lite0",
        title: "EfficientNet-Lite0",
        description: "The best start for photos: small, quick on a CPU, easy to quantize, and its weights are at hand.",
        default_input: [224, 224, 3],
        top1: Some(0.751),
        top: Some(|stack, _, classes| push_top(stack, 0.2, classes)),
        torch_names: &[
            |parameter| tensor_name(&LITE0, parameter),
            |parameter| timm_name(&EFFICIENTNET, parameter),
        ],
        base: |stack, _| base(stack, &LITE0),
        ..SHARED
    },
    Architecture {
        name: "efficientnet_lite1",
        title: "EfficientNet-Lite1",
        description: "EfficientNet-Lite0, deeper by a tenth.",
        default_input: [240, 240, 3],
        top1: Some(0.767),
        top: Some(|stack, _, classes| push_top(stack, 0.2, classes)),
        base: |stack, _| base(stack, &Scaling { width: 1.0, depth: 1.1 }),
        ..SHARED
    },
    Architecture {
        name: "efficientnet_lite2",
        title: "EfficientNet-Lite2",
        description: "EfficientNet-Lite0, wider by a tenth and deeper by a fifth.",
        default_input: [260, 260, 3],
        top1: Some(0.776),
        top: Some(|stack, _, classes| push_top(stack, 0.3, classes)),
        base: |stack, _| base(stack, &Scaling { width: 1.1, depth: 1.2 }),
        ..SHARED
    },
    Architecture {
        name: "efficientnet_lite3",
        title: "EfficientNet-Lite3",
        description: "More accurate than ResNet50 at a third of its arithmetic.",
        default_input: [280, 280, 3],
        top1: Some(0.798),
        top: Some(|stack, _, classes| push_top(stack, 0.3, classes)),
        base: |stack, _| base(stack, &Scaling { width: 1.2, depth: 1.4 }),
        ..SHARED
    },
    Architecture {
        name: "efficientnet_lite4",
        title: "EfficientNet-Lite4",
        description: "The most accurate network of its family that is easy to quantize.",
        default_input: [300, 300, 3],
        top1: Some(0.815),
        top: Some(|stack, _, classes| push_top(stack, 0.3, classes)),
        base: |stack, _| base(stack, &Scaling { width: 1.4, depth: 1.8 }),
        ..SHARED
    },
];

/// What the members of the family share.
const SHARED: Architecture = Architecture {
    paper: "Tan & Le 2019, EfficientNet: Rethinking Model Scaling for Convolutional Neural Networks, arXiv:1905.11946",
    // (x − 127) / 128, exactly.
    scaling: InputScaling::Rescaling { scale: 1.0 / 128.0, offset: -127.0 / 128.0 },
    torch_names: &[|parameter| timm_name(&EFFICIENTNET, parameter)],
    last_of_base: &[LAST_OF_BASE],
    blocks: efficientnet_stages::BLOCKS,
    ..Architecture::COMMON
};

const LITE0: Scaling = Scaling { width: 1.0, depth: 1.0 };

const STEM_FILTERS: usize = 32;
const LAST_FILTERS: usize = 1280;
/// The authors draw from a normal distribution of this kind, by outgoing connections; no weights need it.
const INITIALIZER: Initializer = Initializer::HeNormal;

/// The name of the last layer of every member of the family.
const LAST_OF_BASE: &str = "top_activation";

/// Puts the base on `stack`.
fn base(stack: &mut Stack, scaling: &Scaling) -> Result<()> {
    let conv = |filters, kernel| Conv2d::new(filters, kernel).same().no_bias().initializer(INITIALIZER);
    stack.push("stem_conv", Op::Conv2d(conv(STEM_FILTERS, 3).stride(2)))?; // [H / 2, W / 2, 32]
    stack.push_norm_relu6(("stem_bn".into(), &NORM), "stem_activation".into())?;
    for (name, stage, stride) in blocks(|stage| repeats(stage, scaling)) {
        let name = |part: &str| format!("block{name}_{part}");
        let (input, channels) = (stack.top(), stack.channels());
        if stage.expansion > 1 {
            stack.push(name("expand_conv"), Op::Conv2d(conv(channels * stage.expansion, 1)))?;
            stack.push_norm_relu6((name("expand_bn"), &NORM), name("expand_activation"))?;
        }
        let depthwise = DepthwiseConv2d::new(stage.kernel).stride(stride).same().no_bias();
        stack.push(name("dwconv"), Op::DepthwiseConv2d(depthwise.initializer(INITIALIZER)))?;
        stack.push_norm_relu6((name("bn"), &NORM), name("activation"))?;
        let filters = round_to_eight(stage.filters as f64 * scaling.width);
        stack.push(name("project_conv"), Op::Conv2d(conv(filters, 1)))?;
        stack.push(name("project_bn"), Op::BatchNorm(NORM))?;
        if stride == 1 && channels == filters {
            stack.push_sum(name("add"), input)?;
        }
    } // [H / 32, W / 32, 320]
    stack.push("top_conv", Op::Conv2d(conv(LAST_FILTERS, 1)))?; // [H / 32, W / 32, 1280]
    stack.push_norm_relu6(("top_bn".into(), &NORM), LAST_OF_BASE.into())
}

fn push_top(stack: &mut Stack, dropout: f32, classes: usize) -> Result<()> {
    push_average_top(stack, "avg_pool", Some(("top_dropout", dropout)), classes)
}

/// How many blocks a stage has; the first and the last stage are never deepened.
fn repeats(stage: usize, scaling: &Scaling) -> usize {
    match stage == 0 || stage == STAGES.len() - 1 {
        true => STAGES[stage].repeats,
        false => deepened(stage, scaling),
    }
}

/// The tensor of the first PyTorch port that holds `parameter`: `block1a_dwconv/kernel` is in
/// `_blocks.0._depthwise_conv.weight`.
fn tensor_name(scaling: &Scaling, parameter: &str) -> Option<String> {
    let (layer, variable) = parameter.split_once('/')?;
    let is_norm = layer.ends_with("bn");
    let variable = match (variable, is_norm) {
        ("kernel", false) | ("gamma", true) => "weight",
        ("bias", false) | ("beta", true) => "bias",
        ("moving_mean", true) => "running_mean",
        ("moving_variance", true) => "running_var",
        _ => return None,
    };
    let layer = match layer {
        "stem_conv" => "_conv_stem".to_string(),
        "stem_bn" => "_bn0".to_string(),
        "top_conv" => "_conv_head".to_string(),
        "top_bn" => "_bn1".to_string(),
        "predictions" => "_fc".to_string(),
        _ => {
            let (block, part) = layer.strip_prefix("block")?.split_once('_')?;
            let index = blocks(|stage| repeats(stage, scaling)).position(|(name, ..)| name == block)?;
            format!("_blocks.{index}.{}", tensor_part(part)?)
        }
    };
    Some(format!("{layer}.{variable}"))
}

/// The PyTorch port's name for a part of a block.
fn tensor_part(part: &str) -> Option<&'static str> {
    Some(match part {
        "expand_conv" => "_expand_conv",
        "expand_bn" => "_bn0",
        "dwconv" => "_depthwise_conv",
        "bn" => "_bn1",
        "project_conv" => "_project_conv",
        "project_bn" => "_bn2",
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Options, Pooling, Top};

    /// Parameters that the PyTorch port counts in Lite0 to Lite4 without their classifier of 1,281,000.
    #[test]
    fn scaling_gives_the_familys_sizes() {
        let counts = [3_371_008, 4_135_680, 4_811_072, 6_916_096, 11_725_568];
        assert_eq!(FAMILY.len(), counts.len());
        for (member, expected) in FAMILY.iter().zip(counts) {
            let options = Options::new(member.default_input, Top::Features(Pooling::None));
            assert_eq!(member.build(&options).unwrap().trained_count(), expected, "{}", member.name);
        }
    }

    #[test]
    fn a_parameter_that_is_not_published_has_no_tensor() {
        let lite0 = Scaling { width: 1.0, depth: 1.0 };
        for name in
            ["head_dense/kernel", "block1b_dwconv/kernel", "stem_bn/kernel", "block1a_add/kernel", "stem"]
        {
            assert_eq!(tensor_name(&lite0, name), None, "{name}");
        }
        let second = tensor_name(&lite0, "block2a_expand_bn/moving_variance");
        assert_eq!(second.as_deref(), Some("_blocks.1._bn0.running_var"));
    }
}
