"""Prints, as JSON, the loss of one training step and the names of the parameters; writes the gradients.

usage: train_step.py MODEL GRADIENTS PICTURE...

Everything is trained, norms take the batch's figures, and picture i is of class i modulo the number of classes.
GRADIENTS becomes a file of float32: those of one parameter after the other, in the order that is printed.
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
with tf.GradientTape() as tape:
    loss = keras.losses.SparseCategoricalCrossentropy()(labels, model(images, training=True))
named = {
    f"{layer.name}/{variable.name}": variable.value
    for layer in model.layers
    for variable in layer.trainable_variables
}
with open(target, "wb") as file:
    for gradient in tape.gradient(loss, list(named.values())):
        np.asarray(gradient, "<f4").tofile(file)
print(json.dumps({"loss": float(loss), "parameters": list(named)}))
