"""Makes keras2.h5.gz, keras2_weights.h5.gz and keras2_long.h5.gz with Keras 2: tf_keras 2.21.0 on TensorFlow 2.21.

Each variable holds (k + the sum of the bytes of its "layer/variable") / 1024 for k = 0, 1, 2, …
"""

import gzip
import os

os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"

import numpy as np
import tf_keras as keras

L = keras.layers


def fill(model):
    for variable in model.weights:
        name = variable.name.split(":")[0]
        values = np.arange(np.prod(variable.shape, dtype=int)) + sum(name.encode())
        variable.assign((values / 1024).reshape(variable.shape).astype("float32"))


def pack(path):
    with open("stored.h5", "rb") as stored, gzip.GzipFile(path, "wb", mtime=0) as packed:
        packed.write(stored.read())
    os.remove("stored.h5")
    print(path, os.path.getsize(path))


def wrapper():
    """Preprocessing in the model, a base within it that is partly frozen, and a head on top."""
    inputs = keras.Input((10, 10, 3), name="base_input")
    x = L.Conv2D(4, 3, name="conv")(inputs)
    x = L.BatchNormalization(name="norm")(x)
    x = L.DepthwiseConv2D(3, name="depthwise")(x)
    x = L.SeparableConv2D(6, 3, use_bias=False, name="separable")(x)
    base = keras.Model(inputs, L.BatchNormalization(scale=False, name="last")(x), name="base")
    inputs = keras.Input((10, 10, 3), name="picture")
    x = keras.applications.mobilenet_v2.preprocess_input(inputs)
    x = base(x, training=False)
    x = L.GlobalAveragePooling2D(name="mean")(x)
    return keras.Model(inputs, L.Dense(2, activation="softmax", name="dense_7")(x), name="wrapper")


def long():
    """Names that do not fit one attribute."""
    layers = [L.Dense(2, use_bias=False, name=f"dense_{i:03}_{'x' * 500}") for i in range(130)]
    return keras.Sequential([keras.Input((2,)), *layers], name="long")


model = wrapper()
fill(model)
model.save("stored.h5")
pack("keras2.h5.gz")
model.save_weights("stored.h5")
pack("keras2_weights.h5.gz")
model = long()
fill(model)
model.save_weights("stored.h5")
pack("keras2_long.h5.gz")
