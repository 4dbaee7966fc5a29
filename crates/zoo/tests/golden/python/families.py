"""The networks that real Keras builds: the one table of what is judged by it, and at which sizes.

A family is a file of `crates/zoo/src/architectures`. Its first member takes a training step too.
"""

from typing import NamedTuple


class Member(NamedTuple):
    name: str       # ours
    function: str   # of `keras.applications`, or of `own_networks.py` for what Keras has no function for
    size: int       # its own, height and width
    inputs: list    # further ones whose layers are compared, each alone or behind an alpha


class Family(NamedTuple):
    file: str
    module: str | None  # of `keras.applications`, with the family's `preprocess_input`; None: pixels are read as they are
    least: int          # height and width
    members: list
    channels: int = 3   # of the pictures that it was made for
    grows: bool = False # its signal grows with the size of the picture, and rounding with it: the gain is looked for at 224 × 224


WIDE = [(33, 301, 3)]
ODD = WIDE + [(64, 50, 1), (32, 32, 4)]
LARGE = [(97, 122, 1), (75, 75, 4)]
MOBILENET = [(a, (160, 160, 3)) for a in (0.25, 0.5, 0.75)]
MOBILENET += [(0.1, (64, 64, 3)), (0.35, (97, 131, 3)), (1.4, (50, 60, 1)), (2.0, (40, 40, 3))]
MOBILENET_V2 = [(a, (n, n, 3)) for a in (0.35, 0.5, 0.75, 1.3, 1.4) for n in (32, 96, 128, 160, 192, 224)]
MOBILENET_V2 += [(0.1, (64, 64, 3)), (0.6, (50, 60, 3)), (0.75, (33, 64, 1)), (2.0, (40, 40, 3))]
MOBILENET_V3 = [(0.75, (224, 224, 3)), (0.35, (97, 131, 3)), (1.25, (50, 64, 1))]


def members(names, sizes):
    """Members whose name and function are these, the first being compared at more inputs than the others."""
    return [Member(name, function, size, WIDE if number else ODD)
            for number, ((name, function), size) in enumerate(zip(names, sizes))]


FAMILIES = [
    Family("convnext", "convnext", 32,
           members([("convnext_tiny", "ConvNeXtTiny"), ("convnext_small", "ConvNeXtSmall")], [224, 224])),
    Family("densenet", "densenet", 32,
           members([(f"densenet{n}", f"DenseNet{n}") for n in (121, 169, 201)], [224] * 3)),
    Family("efficientnet", "efficientnet", 32,
           members([(f"efficientnet_b{n}", f"EfficientNetB{n}") for n in range(8)],
                   [224, 240, 260, 300, 380, 456, 528, 600]), grows=True),
    Family("efficientnet_v2", "efficientnet_v2", 32,
           members([(f"efficientnet_v2_{n}", f"EfficientNetV2{n.upper()}") for n in ("b0", "b1", "b2", "b3", "s")],
                   [224, 240, 260, 300, 384])),
    Family("inception_resnet_v2", "inception_resnet_v2", 75,
           [Member("inception_resnet_v2", "InceptionResNetV2", 299, [(75, 301, 3)] + LARGE)]),
    Family("inception_v3", "inception_v3", 75,
           [Member("inception_v3", "InceptionV3", 299, [(75, 301, 3)] + LARGE)]),
    Family("mobilenet", "mobilenet", 32, [Member("mobilenet", "MobileNet", 224, ODD + MOBILENET)]),
    Family("mobilenet_v2", "mobilenet_v2", 32, [Member("mobilenet_v2", "MobileNetV2", 224, ODD + MOBILENET_V2)]),
    Family("mobilenet_v3", "mobilenet_v3", 32,
           [Member(f"mobilenet_v3_{n}", f"MobileNetV3{n.capitalize()}", 224, ODD + MOBILENET_V3)
            for n in ("small", "large")]),
    Family("nasnet", "nasnet", 32,
           members([("nasnet_mobile", "NASNetMobile"), ("nasnet_large", "NASNetLarge")], [224, 331])),
    Family("plain_cnn", None, 6,
           [Member("plain_cnn", "PlainCNN", 28, [(6, 6, 1), (7, 6, 3), (33, 50, 4)])], channels=1),
    Family("resnet", "resnet", 32, members([(f"resnet{n}", f"ResNet{n}") for n in (50, 101, 152)], [224] * 3)),
    Family("resnet_v2", "resnet_v2", 32,
           members([(f"resnet{n}_v2", f"ResNet{n}V2") for n in (50, 101, 152)], [224] * 3)),
    Family("small_cnn", None, 16,
           [Member("small_cnn", "SmallCNN", 64,
                   [(16, 16, 1), (28, 28, 1), (47, 300, 3), (95, 48, 4), (96, 96, 3), (224, 224, 3)])]),
    Family("vgg", "vgg16", 32, members([("vgg16", "VGG16"), ("vgg19", "VGG19")], [224, 224])),
    Family("xception", "xception", 71, [Member("xception", "Xception", 299, [(71, 301, 3)] + LARGE)]),
]
