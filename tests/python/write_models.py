"""Writes MobileNetV2 models as Keras saves them, with random weights and random batch-norm figures.

usage: write_models.py FOLDER      Writes one .keras file for each way to build such a model.
"""

import os
import sys

os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"

import keras
import numpy as np
from keras import layers

random = np.random.default_rng(7)


def with_top():
    """The published network, its scaling in front, in one flat graph."""
    inputs = keras.Input((128, 128, 3))
    scaled = layers.Rescaling(1 / 127.5, offset=-1)(inputs)
    return keras.applications.MobileNetV2(input_tensor=scaled, weights=None, classes=10)


def with_head():
    """Without its top, and a head of one's own, in one flat graph."""
    inputs = keras.Input((96, 96, 3))
    scaled = layers.Rescaling(1 / 127.5, offset=-1)(inputs)
    base = keras.applications.MobileNetV2(alpha=0.5, input_tensor=scaled, include_top=False, weights=None)
    pooled = layers.GlobalAveragePooling2D()(base.output)
    return keras.Model(inputs, layers.Dense(5, activation="softmax")(layers.Dropout(0.3)(pooled)))


def nested():
    """The base as one layer of the model, as Keras's guide to transfer learning builds it; an odd input size."""
    inputs = keras.Input((97, 97, 3))
    scaled = layers.Rescaling(1 / 127.5, offset=-1)(inputs)
    base = keras.applications.MobileNetV2((97, 97, 3), alpha=0.35, include_top=False, weights=None)
    base.trainable = False
    pooled = layers.GlobalAveragePooling2D()(base(scaled, training=False))
    return keras.Model(inputs, layers.Dense(4, activation="softmax")(layers.Dropout(0.2)(pooled)))


def all_layers(model):
    for layer in model.layers:
        yield from all_layers(layer) if isinstance(layer, keras.Model) else [layer]


def randomise(model):
    """Random figures for every batch norm, and a last layer whose answers are neither alike nor certain."""
    for layer in all_layers(model):
        if isinstance(layer, layers.BatchNormalization):
            n = layer.gamma.shape[0]
            draws = [random.uniform(0.5, 1.5, n), random.normal(0, 0.2, n)]
            layer.set_weights([*draws, random.normal(0, 0.2, n), random.uniform(0.5, 1.5, n)])
    last = model.layers[-1]
    pictures = random.uniform(0, 255, (8, *model.input_shape[1:])).astype("float32")
    features = keras.Model(model.inputs, last.input).predict(pictures, verbose=0)
    kernel = random.normal(0, 1, last.kernel.shape) / np.linalg.norm(features, axis=1).mean()
    last.set_weights([kernel * 1.5, random.normal(0, 0.2, last.bias.shape)])


for build in (with_top, with_head, nested):
    model = build()
    randomise(model)
    model.save(os.path.join(sys.argv[1], f"{build.__name__}.keras"))
