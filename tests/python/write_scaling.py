"""Writes EfficientNetB0 as it is made, and with the scaling of the published weights, in Keras's formats.

usage: write_scaling.py FOLDER      FOLDER becomes that of plain.* and published.*: .keras, .h5, .weights.h5

`keras.applications` adds a layer behind the normalization where the weights are those of ImageNet, which are not fetched
here: the published network is built by the same function, told that it has them.
"""

import os
import sys
from unittest import mock

os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"

import h5py
import keras
import numpy as np
from keras.src.applications import efficientnet
from keras.src.legacy.saving import legacy_h5_format

MEAN = [0.485, 0.456, 0.406]
folder = sys.argv[1]


def write(model, name):
    path = os.path.join(folder, name)
    model.save(f"{path}.keras")
    model.save_weights(f"{path}.weights.h5")
    with h5py.File(f"{path}.h5", "w") as file:
        legacy_h5_format.save_weights_to_hdf5_group(file, model)


write(keras.applications.EfficientNetB0(weights=None, input_shape=(64, 64, 3), classes=10), "plain")

with (
    mock.patch.object(efficientnet.file_utils, "get_file", lambda *_, **__: "nothing.h5"),
    mock.patch.object(keras.Model, "load_weights", lambda *_, **__: None),
):
    base = keras.applications.EfficientNetB0(weights="imagenet", include_top=False, input_shape=(64, 64, 3))
figures = [MEAN, efficientnet.IMAGENET_STDDEV_RGB, 0]
base.get_layer(index=2).set_weights([np.array(figure) for figure in figures])
x = keras.layers.GlobalAveragePooling2D(name="avg_pool")(base.output)
x = keras.layers.Dense(10, activation="softmax", name="predictions")(x)
write(keras.Model(base.input, x), "published")
