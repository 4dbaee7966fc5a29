"""Makes every.keras, handbook.keras, nested.keras and nested.weights.h5.gz with Keras 3.15.1: python make_keras.py

Each variable holds (k + the sum of the bytes of its "layer/variable") / 1024 for k = 0, 1, 2, …
The archives are packed again with deflate, to keep them small.
"""

import gzip
import os
import zipfile

os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"

import keras
import numpy as np
from keras.src.applications.convnext import LayerScale, StochasticDepth
from keras.src.applications.inception_resnet_v2 import CustomScaleLayer

L = keras.layers


def fill(model):
    for layer in model.layers:
        if isinstance(layer, keras.Model):
            fill(layer)
            continue
        for variable in layer.weights:
            if variable.dtype == "float32":
                name = f"{layer.name}/{variable.name}"
                values = np.arange(np.prod(variable.shape, dtype=int)) + sum(name.encode())
                variable.assign((values / 1024).reshape(variable.shape).astype("float32"))


def save(model, path):
    fill(model)
    model.save("stored.keras")
    with zipfile.ZipFile("stored.keras") as stored, zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as packed:
        for name in stored.namelist():
            packed.writestr(zipfile.ZipInfo(name), stored.read(name), zipfile.ZIP_DEFLATED, 9)
    os.remove("stored.keras")
    print(path, os.path.getsize(path))


def every():
    inputs = keras.Input((16, 16, 3), name="picture")
    x = L.Rescaling(1 / 127.5, -1.0, name="scale")(inputs)
    x = L.Normalization(mean=[0.1, 0.2, 0.3], variance=[1.0, 2.0, 3.0], name="norm")(x)
    x = keras.ops.flip(x, axis=-1)
    x = L.ZeroPadding2D(((0, 1), (2, 3)), name="pad")(x)
    x = L.Conv2D(4, 3, strides=2, padding="same", activation="relu6", kernel_initializer="he_normal", name="conv")(x)
    y = L.DepthwiseConv2D(3, padding="same", use_bias=False, depth_multiplier=2, name="depthwise")(x)
    y = L.BatchNormalization(name="bn", momentum=0.9, trainable=False)(y)
    y = L.ReLU(6.0, name="relu6")(y)
    y = L.Conv2D(4, (1, 3), padding="same", dilation_rate=(1, 2), groups=2, name="grouped")(y)
    x = L.Add(name="add")([x, y])
    z = L.Activation("silu", name="swish")(x)
    x = L.Concatenate(name="concat")([x, z])
    x = L.MaxPooling2D(2, name="max")(x)
    x = L.AveragePooling2D((2, 1), strides=1, padding="same", name="average")(x)
    x = L.BatchNormalization(name="bare", scale=False, center=False)(x)
    x = L.ReLU(name="relu")(x)
    x = L.Dropout(0.3, name="drop")(x)
    a = L.GlobalAveragePooling2D(name="mean")(x)
    b = L.GlobalMaxPooling2D(name="most")(x)
    c = L.Flatten(name="flat")(x)
    x = L.Concatenate(name="all")([a, b, c])
    x = L.Dense(5, activation="tanh", name="hidden")(x)
    return keras.Model(inputs, L.Dense(3, activation="softmax", name="out")(x), name="every")


def nested():
    """The course's form: augmentation and preprocessing in the model, and a frozen base that is called."""
    inputs = keras.Input((12, 12, 3), name="base_input")
    x = L.Conv2D(4, 3, name="conv")(inputs)
    x = L.SeparableConv2D(6, 3, depth_multiplier=2, activation="relu", name="separable")(x)
    base = keras.Model(inputs, L.Dense(2, name="dense")(x), name="base")
    base.trainable = False
    normalize = L.Normalization(name="adapted")
    normalize.build((None, 12, 12, 3))
    inputs = keras.Input((12, 12, 3), name="picture")
    x = keras.Sequential([L.RandomFlip("horizontal"), L.RandomRotation(0.1)], name="augment")(inputs)
    x = x / 127.5
    x = 1 - x
    x = normalize(x)
    x = base(x, training=False)
    x = L.GlobalAveragePooling2D(name="mean")(x)
    model = keras.Model(inputs, L.Dense(2, name="dense")(x), name="nested")
    model.compile("adam", "mse")
    return model


def handbook():
    """What the networks of keras.applications have beyond `every`."""
    inputs = keras.Input((12, 12, 3), name="picture")
    x = L.Rescaling([0.5, 0.25, 0.125], name="each")(inputs)
    x = L.SeparableConv2D(
        4,
        3,
        strides=2,
        padding="same",
        depth_multiplier=2,
        use_bias=False,
        activation="hard_silu",
        depthwise_initializer="he_uniform",
        pointwise_initializer=keras.initializers.TruncatedNormal(stddev=0.02),
        name="separable",
    )(x)
    x = L.LayerNormalization(epsilon=1e-6, name="layer_norm")(x)
    x = L.Cropping2D(((1, 0), (0, 1)), name="crop")(x)
    x = L.Dense(4, activation="gelu", name="exact")(x)
    y = LayerScale(1e-6, 4, name="layer_scale")(x)
    y = StochasticDepth(0.1, name="path")(y)
    x = L.Add(name="residual")([x, y])
    y = L.Conv2D(4, 1, kernel_initializer=keras.initializers.Constant(0.25), name="up")(x)
    y = L.Dropout(0.2, noise_shape=(None, 1, 1, 1), name="drop_path")(y)
    x = CustomScaleLayer(0.17, name="scaled")([x, y])
    s = L.GlobalAveragePooling2D(keepdims=True, name="squeeze")(x)
    s = L.Conv2D(4, 1, activation="hard_sigmoid", name="excite")(s)
    x = L.Multiply(name="gate")([x, s])
    x = x * (L.ReLU(6.0, name="relu6")(x + 3.0) * (1.0 / 6.0))
    x = keras.ops.gelu(x, approximate=False)
    x = L.GlobalMaxPooling2D(keepdims=True, name="most")(x)
    x = L.Reshape((-1,), name="row")(x)
    return keras.Model(inputs, L.Dense(3, name="out")(x), name="handbook")


save(every(), "every.keras")
save(nested(), "nested.keras")
keras.utils.clear_session()
save(handbook(), "handbook.keras")
model = nested()
fill(model)
model.save_weights("stored.weights.h5")
with open("stored.weights.h5", "rb") as stored, gzip.GzipFile("nested.weights.h5.gz", "wb", mtime=0) as packed:
    packed.write(stored.read())
os.remove("stored.weights.h5")
