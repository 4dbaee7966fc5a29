//! ResNeXt (Xie et al. 2016, arXiv:1611.05431), as torchvision and timm build it:
//! ResNet v1.5 with grouped convolutions.
//!
//! Of `32x4d`, 32 is the number of groups that a 3×3 convolution is cut into, and 4 the channels of each in the first
//! stage.

use super::resnet_v1_5::{Network, SHARED as RESNET, base};
use crate::Architecture;

pub(super) const FAMILY: &[Architecture] = &[
    Architecture {
        name: "resnext50_32x4d",
        title: "ResNeXt50 32x4d",
        description: "ResNet50 with convolutions in 32 groups: more accurate at the same arithmetic.",
        top1: Some(0.776),
        base: |stack, _| base(stack, &Network { blocks: [3, 4, 6, 3], groups: 32, group_width: 4 }),
        ..SHARED
    },
    Architecture {
        name: "resnext101_32x4d",
        title: "ResNeXt101 32x4d",
        description: "ResNeXt50 with twice its depth.",
        base: |stack, _| base(stack, &Network { blocks: [3, 4, 23, 3], groups: 32, group_width: 4 }),
        ..SHARED
    },
    Architecture {
        name: "resnext101_32x8d",
        title: "ResNeXt101 32x8d",
        description: "ResNeXt50 with twice its depth and twice its groups' width.",
        top1: Some(0.793),
        base: |stack, _| base(stack, &Network { blocks: [3, 4, 23, 3], groups: 32, group_width: 8 }),
        ..SHARED
    },
];

/// What the members of the family share.
const SHARED: Architecture = Architecture {
    paper: "Xie et al. 2016, Aggregated Residual Transformations for Deep Neural Networks, arXiv:1611.05431",
    ..RESNET
};
