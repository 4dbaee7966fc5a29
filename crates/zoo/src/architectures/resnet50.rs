//! ResNet50: 16 bottleneck blocks.

use crate::Architecture;
use crate::resnet::{self, FAMILY};

pub(super) const ARCHITECTURE: Architecture = Architecture {
    name: "resnet50",
    title: "ResNet50",
    description: "Larger and slower than the small networks; the one that others compare with.",
    base: |stack, _| resnet::base(stack, [3, 4, 6, 3]),
    ..FAMILY
};
