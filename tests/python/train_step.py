"""Prints, as JSON, the loss of one training step in float64, the parameters' names, and how far off float32 is.

usage: train_step.py MODEL GRADIENTS PICTURE...

Everything is trained, norms take the batch's figures, and picture i is of class i modulo the number of classes.
GRADIENTS becomes a file of float32: those of one parameter after the other, in the order that is printed. How far
Keras's own float32 step is from them is the largest relative distance of a parameter's gradient; one shorter than a
thousandth of the whole counts as that long.
"""

import json
import os
import sys

os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"
os.environ["KERAS_BACKEND"] = "tensorflow"

import keras
import numpy as np
import tensorflow as tf
from PIL import Image

path, target, *pictures = sys.argv[1:]
model = keras.saving.load_model(path, compile=False)
model.trainable = True
images = np.stack([np.asarray(Image.open(picture).convert("RGB"), "float32") for picture in pictures])
labels = np.arange(len(images)) % model.output_shape[-1]


def in_float64(model):
    """The same network and weights, computed in float64."""
    text = json.dumps(model.get_config()).replace('"float32"', '"float64"')
    wide = model.__class__.from_config(json.loads(text))
    wide.set_weights([weight.astype("float64") for weight in model.get_weights()])
    wide.trainable = True
    return wide


def step(model, dtype):
    """The loss and the gradients by name."""
    with tf.GradientTape() as tape:
        loss = keras.losses.SparseCategoricalCrossentropy()(labels, model(images.astype(dtype), training=True))
    named = {
        f"{layer.name}/{variable.name}": variable.value
        for layer in model.layers
        for variable in layer.trainable_variables
    }
    gradients = tape.gradient(loss, list(named.values()))
    return float(loss), dict(zip(named, (np.asarray(gradient, "float64") for gradient in gradients)))


wide = in_float64(model)
_, narrow = step(model, "float32")
loss, exact = step(wide, "float64")
length = np.sqrt(sum((gradient**2).sum() for gradient in exact.values()))
apart = {
    name: float(np.linalg.norm(narrow[name] - exact[name]) / max(np.linalg.norm(exact[name]), 1e-3 * length))
    for name in exact
}
with open(target, "wb") as file:
    for gradient in exact.values():
        np.asarray(gradient, "<f4").tofile(file)
print(json.dumps({"loss": loss, "parameters": list(exact), "float32_apart": max(apart.values())}))
