//! ResNet101: 33 bottleneck blocks.

use crate::Architecture;
use crate::resnet::{self, FAMILY};

pub(super) const ARCHITECTURE: Architecture = Architecture {
    name: "resnet101",
    title: "ResNet101",
    description: "ResNet50 with twice its depth.",
    base: |stack, _| resnet::base(stack, [3, 4, 23, 3]),
    ..FAMILY
};
