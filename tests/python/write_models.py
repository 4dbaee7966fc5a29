"""Writes models as Keras saves them, with random weights and random batch-norm figures.

usage: write_models.py FOLDER MODEL...      A .keras file and a .json for each MODEL: a function below; of `wrapped` an .h5.
"""

import os
import sys

os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"

import keras
import numpy as np
from keras import layers

keras.utils.set_random_seed(7)  # of the kernels, which Keras draws itself
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


def resnet():
    """ResNet50 with its top, its way of scaling in front, in one flat graph; an odd input size."""
    inputs = keras.Input((65, 65, 3))
    caffe = layers.Normalization(mean=[103.939, 116.779, 123.68], variance=[1.0] * 3)
    scaled = caffe(keras.ops.flip(inputs, axis=-1))
    model = keras.applications.ResNet50(input_tensor=scaled, weights=None, classes=6)
    seen = squares(65)
    expected = keras.applications.resnet50.preprocess_input(seen.copy())
    np.testing.assert_allclose(keras.Model(inputs, scaled)(seen), expected, atol=1e-4)
    randomise(model, seen)
    return model


def wrapped():
    """What people hold from Keras 2: the base as one layer of a whole model. It is saved by itself too, as base.keras."""
    base = keras.applications.MobileNetV2((64, 64, 3), include_top=False, weights=None)
    randomise(base, pictures(64) / 127.5 - 1)
    base.save(os.path.join(folder, "base.keras"))
    head = [layers.GlobalAveragePooling2D(), layers.Dense(4, activation="softmax", name="another_head")]
    return keras.Sequential([keras.Input((64, 64, 3)), layers.Rescaling(1 / 127.5, offset=-1), base, *head])


def own():
    """A network of nobody's: branches of different lengths that are joined and summed, a gate, a model in the model."""
    inputs = keras.Input((40, 48, 3), name="picture")
    x = layers.Rescaling(1 / 127.5, offset=-1)(layers.RandomFlip("horizontal")(inputs))
    x = layers.Conv2D(8, 3, strides=2, padding="same", use_bias=False, name="stem")(x)
    x = layers.ReLU()(layers.BatchNormalization()(x))
    wide = layers.SeparableConv2D(8, 5, padding="same", activation="relu")(x)
    narrow = layers.Conv2D(8, 1, activation="gelu")(layers.DepthwiseConv2D(3, padding="same")(x))
    x = layers.Concatenate()([x, wide, layers.Add()([narrow, x])])
    gate = layers.GlobalAveragePooling2D(keepdims=True)(x)
    x = layers.Multiply()([x, layers.Conv2D(24, 1, activation="sigmoid", name="gate")(gate)])
    end = keras.Sequential([layers.Input((20, 24, 24)), layers.MaxPooling2D(), layers.LayerNormalization(),
                            layers.Conv2D(12, 3, activation="relu", name="last")], name="end")
    pooled = layers.Concatenate()([layers.GlobalMaxPooling2D()(end(x)), layers.GlobalAveragePooling2D()(x)])
    hidden = layers.Dropout(0.2)(layers.Dense(16, activation="relu", name="hidden")(pooled))
    return keras.Model(inputs, layers.Dense(3, activation="softmax", name="answer")(hidden))


def own_frozen():
    """The same, of which all but the last two dense layers wait for a second stage."""
    model = own()
    for layer in model.layers[:-3]:
        layer.trainable = False
    return model


def pictures(*size):
    """Eight pictures of coloured patches."""
    patches = random.uniform(0, 255, (8, 4, 4, 3))
    return keras.ops.image.resize(patches.astype("float32"), (size[0], size[-1])).numpy()


def squares(size):
    """Eight pictures of a coloured square on dark noise: ReLU without a bound tells them from patches too well."""
    noise = random.uniform(0, 80, (8, size, size, 3))
    for picture in noise:
        top, left = random.integers(0, size // 2, 2)
        picture[top : top + size // 2, left : left + size // 2] = random.uniform(90, 255, 3)
    return noise.round().astype("float32")


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


folder, *names = sys.argv[1:]
for name in names:
    models = [with_top, with_head, nested, resnet, wrapped, own, own_frozen]
    model = {model.__name__: model for model in models}[name]()
    height, width, _ = model.input_shape[1:]
    make_answers_differ(model, squares(height) if name == "resnet" else pictures(height, width))
    model.save(os.path.join(folder, f"{name}.h5" if name == "wrapped" else f"{name}.keras"))
    with open(os.path.join(folder, f"{name}.json"), "w") as file:
        file.write(model.to_json())
