//! ResNet152: 50 bottleneck blocks.

use crate::Architecture;
use crate::resnet::{self, FAMILY};

pub(super) const ARCHITECTURE: Architecture = Architecture {
    name: "resnet152",
    title: "ResNet152",
    description: "The deepest of its family, for much data and patience.",
    base: |stack, _| resnet::base(stack, [3, 8, 36, 3]),
    ..FAMILY
};
