"""Writes what Keras says of shapes, parameters and summaries into the .txt files beside this script.

usage: python golden.py        with Keras 3 and a backend installed
"""
import itertools, os, pathlib

os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"
os.environ["COLUMNS"] = "400"
import keras
from keras import layers as L

here = pathlib.Path(__file__).parent


def windows():
    """op padding input kernel stride dilation -> output ('-' where Keras refuses)"""
    make = {
        "conv2d": lambda k, s, d, p: L.Conv2D(2, k, strides=s, dilation_rate=d, padding=p),
        "depthwise": lambda k, s, d, p: L.DepthwiseConv2D(k, strides=s, dilation_rate=d, padding=p),
        "max_pool": lambda k, s, d, p: L.MaxPooling2D(k, strides=s, padding=p),
        "average_pool": lambda k, s, d, p: L.AveragePooling2D(k, strides=s, padding=p),
    }
    for name, padding, size, kernel, stride, dilation in itertools.product(
        make, ("valid", "same"), (1, 4, 7, 32, 225), (1, 2, 3, 5), (1, 2, 3), (1, 2)
    ):
        if dilation > 1 and (stride > 1 or "pool" in name):
            continue
        try:
            output = make[name](kernel, stride, dilation, padding)(keras.Input((size, size, 2))).shape[1]
        except ValueError:
            output = "-"
        yield f"{name} {padding} {size} {kernel} {stride} {dilation} {output}"


def parameters():
    """case name:shape ..."""
    map_, row = keras.Input((9, 8, 6)), keras.Input((5,))
    cases = {
        "conv2d": (L.Conv2D(4, (3, 5)), map_),
        "conv2d_groups_no_bias": (L.Conv2D(8, 3, groups=2, use_bias=False), map_),
        "depthwise": (L.DepthwiseConv2D(3, depth_multiplier=2), map_),
        "depthwise_no_bias": (L.DepthwiseConv2D((5, 3), use_bias=False), map_),
        "dense": (L.Dense(7), row),
        "dense_on_map": (L.Dense(7, use_bias=False), map_),
        "batch_norm": (L.BatchNormalization(), map_),
        "batch_norm_no_scale": (L.BatchNormalization(scale=False), map_),
        "batch_norm_bare": (L.BatchNormalization(scale=False, center=False), row),
        "max_pool": (L.MaxPooling2D(), map_),
        "flatten": (L.Flatten(), map_),
    }
    for name, (layer, input) in cases.items():
        shape = "x".join(map(str, layer(input).shape[1:]))
        weights = (f"{w.name}:{'x'.join(map(str, w.shape))}" for w in layer.weights)
        yield " ".join([name, shape, *weights])


def chain(x):
    x = L.Rescaling(1 / 255, name="rescaling")(x)
    x = L.Conv2D(16, 3, padding="same", use_bias=False, name="stem_conv", trainable=False)(x)
    x = L.BatchNormalization(name="stem_bn", trainable=False)(x)
    return L.ReLU(6.0, name="stem_relu")(x)


def summaries():
    x = keras.Input((32, 24, 3), name="input")
    y = chain(x)
    z = L.DepthwiseConv2D(3, padding="same", name="depthwise")(y)
    z = L.Add(name="add")([y, z])
    z = L.GlobalAveragePooling2D(name="pool")(z)
    yield "branched", keras.Model(x, L.Dense(1000, activation="softmax", name="predictions")(z), name="branched")
    z = L.Dropout(0.5, name="dropout")(L.Flatten(name="flatten")(chain(x)))
    yield "chain", keras.Model(x, L.Dense(2, activation="softmax", name="predictions")(z), name="chain")


def write(name, lines):
    (here / name).write_text("".join(line + "\n" for line in lines), encoding="utf-8")


write("windows.txt", windows())
write("parameters.txt", parameters())
for name, model in summaries():
    text = []
    model.summary(line_length=140, print_fn=text.append)
    write(f"summary_{name}.txt", (line.rstrip() for line in "".join(text).splitlines()))
