"""Writes a network of keras.applications in every format that Keras has, with random weights and figures.

usage: write_files.py FOLDER NETWORK SIZE      NETWORK as mobilenet_v2; FOLDER becomes that of

    model.keras  model.weights.h5  whole.h5  weights.h5  wrapped.h5  model.json

The network has ten classes; wrapped.h5 holds it without its top, in a model that scales pictures and has another head.
The last two are Keras 2's form, which Keras 3 still writes.
"""

import os
import sys

os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"

import h5py
import keras
import numpy as np
from keras import layers
from keras.src.legacy.saving import legacy_h5_format

folder, network, size = sys.argv[1], sys.argv[2].replace("_", ""), int(sys.argv[3])
build = {name.lower(): value for name, value in vars(keras.applications).items()}[network]
random = np.random.default_rng(7)


def values(shape):
    """Values that tell each variable from every other one, and that a deep network bears."""
    if len(shape) == 1:
        return random.uniform(0.8, 1.2, shape)
    inputs = np.prod(shape[:-1] if shape[-1] > 1 else shape[:2])
    return random.normal(0, np.sqrt(1 / inputs), shape)


def randomise(model):
    """Figures of normalizations stay."""
    for layer in model.layers:
        if hasattr(layer, "layers"):
            randomise(layer)
        elif not isinstance(layer, layers.Normalization):
            layer.set_weights([values(value.shape) for value in layer.get_weights()])


# Another one before it, so that layers without names of their own are numbered from a later start.
build(weights=None, input_shape=(size, size, 3), classes=10)
model = build(weights=None, input_shape=(size, size, 3), classes=10)
randomise(model)
path = lambda name: os.path.join(folder, name)
model.save(path("model.keras"))
model.save_weights(path("model.weights.h5"))
model.save(path("whole.h5"))
with h5py.File(path("weights.h5"), "w") as file:
    legacy_h5_format.save_weights_to_hdf5_group(file, model)
with open(path("model.json"), "w") as file:
    file.write(model.to_json())
base = build(weights=None, input_shape=(size, size, 3), include_top=False)
for own, other in zip(base.layers, model.layers):
    own.set_weights(other.get_weights())
head = [layers.GlobalAveragePooling2D(), layers.Dense(3, activation="softmax", name="another_head")]
keras.Sequential([keras.Input((size, size, 3)), layers.Rescaling(1.0), base, *head]).save(path("wrapped.h5"))
