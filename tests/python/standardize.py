"""Prints, as JSON, what Keras's Normalization adapts to over training pictures, what a model's first layer has, and the
probabilities that the model gives for other pictures.

usage: standardize.py MODEL FOLDER PICTURE...      Pictures have the model's input size, so nothing is resized.
"""

import json
import os
import pathlib
import sys

os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"

import keras
import numpy as np
from PIL import Image


def read(paths):
    return np.stack([np.asarray(Image.open(path).convert("RGB"), "float32") for path in paths])


model = keras.saving.load_model(sys.argv[1], compile=False)
training = read(sorted(pathlib.Path(sys.argv[2]).rglob("*.png")))
layer = keras.layers.Normalization()
layer.adapt(training)
own = [layer for layer in model.layers if isinstance(layer, keras.layers.Normalization)]
assert len(own) == 1 and not any(isinstance(layer, keras.layers.Rescaling) for layer in model.layers)
numbers = lambda values: np.asarray(values, "float64").ravel().tolist()
print(json.dumps({
    "pictures": len(training),
    "adapted": [numbers(layer.mean), numbers(layer.variance)],
    "exact": [numbers(figure(training, axis=(0, 1, 2), dtype="float64")) for figure in (np.mean, np.var)],
    "own": [numbers(own[0].mean), numbers(own[0].variance)],
    "standardized": numbers(layer(training[:1])),
    "by the model": numbers(own[0](training[:1])),
    "probabilities": model.predict(read(sys.argv[3:]), verbose=0).tolist(),
}))
