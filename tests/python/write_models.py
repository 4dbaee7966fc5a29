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
    model = keras.applications.MobileNetV2(input_tensor=scaled, weights=None, classes=10)
    randomise(model, pictures(128))
    return model


def with_head():
    """Without its top, and a head of one's own, in one flat graph."""
    inputs = keras.Input((96, 96, 3))
    scaled = layers.Rescaling(1 / 127.5, offset=-1)(inputs)
    base = keras.applications.MobileNetV2(alpha=0.5, input_tensor=scaled, include_top=False, weights=None)
    randomise(base, pictures(96))
    pooled = layers.GlobalAveragePooling2D()(base.output)
    return keras.Model(inputs, layers.Dense(5, activation="softmax")(layers.Dropout(0.3)(pooled)))


def nested():
    """The base as one layer of the model, as Keras's guide to transfer learning builds it; an odd input size."""
    inputs = keras.Input((97, 97, 3))
    scaled = layers.Rescaling(1 / 127.5, offset=-1)(inputs)
    base = keras.applications.MobileNetV2((97, 97, 3), alpha=0.35, include_top=False, weights=None)
    randomise(base, pictures(97) / 127.5 - 1)
    base.trainable = False
    pooled = layers.GlobalAveragePooling2D()(base(scaled, training=False))
    return keras.Model(inputs, layers.Dense(4, activation="softmax")(layers.Dropout(0.2)(pooled)))


def pictures(size):
    """Eight pictures of coloured patches."""
    patches = random.uniform(0, 255, (8, 4, 4, 3))
    return keras.ops.image.resize(patches.astype("float32"), (size, size)).numpy()


def randomise(base, inputs):
    """Random figures for every batch norm, around those of `inputs`: else a deep network answers all alike."""
    norms = [layer for layer in base.layers if isinstance(layer, layers.BatchNormalization)]
    for norm in norms:
        n = norm.gamma.shape[0]
        norm.set_weights([random.uniform(0.5, 1.5, n), random.normal(0, 0.2, n), *norm.get_weights()[2:]])
    momenta = [norm.momentum for norm in norms]
    for norm in norms:
        norm.momentum = 0.0
    base(inputs, training=True)
    for norm, momentum in zip(norms, momenta):
        norm.momentum = momentum
        gamma, beta, mean, variance = norm.get_weights()
        mean += random.normal(0, 0.2, mean.shape) * np.sqrt(variance)
        norm.set_weights([gamma, beta, mean, variance * random.uniform(0.8, 1.2, variance.shape)])


def make_answers_differ(model, inputs):
    """A last layer whose answers to `inputs` are neither alike nor certain."""
    last = model.layers[-1]
    features = keras.Model(model.inputs, last.input).predict(inputs, verbose=0)
    kernel = random.normal(0, 1, last.kernel.shape)
    logits = features @ kernel
    last.set_weights([kernel / logits.std(), -logits.mean(axis=0) / logits.std()])


for build in (with_top, with_head, nested):
    model = build()
    make_answers_differ(model, pictures(model.input_shape[1]))
    model.save(os.path.join(sys.argv[1], f"{build.__name__}.keras"))
