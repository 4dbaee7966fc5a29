"""The plain CNN of many tutorials on Fashion-MNIST with Keras: seconds of an epoch, accuracy on the test part.

usage: keras_cnn.py DATA      DATA/{train,test}/<class>/*.png, 28×28 grey
The pictures are read, and the network is traced and compiled, before the epoch; the epoch includes the validation on a tenth of the training part.
"""

import json
import os
import sys
import time

os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"
import keras
import numpy as np
import tensorflow
from keras import layers

SIDE = 28


def read(part):
    """All pictures and labels of a part, in memory."""
    pictures = keras.utils.image_dataset_from_directory(
        f"{sys.argv[1]}/{part}", color_mode="grayscale", image_size=(SIDE, SIDE), batch_size=1000, shuffle=False, verbose=0
    )
    x, y = zip(*((x.numpy(), y.numpy()) for x, y in pictures))
    return np.concatenate(x) / 255.0, np.concatenate(y)


keras.utils.set_random_seed(0)
(x, y), (test_x, test_y) = read("train"), read("test")
# `validation_split` takes the end, and the pictures come class by class.
order = np.random.permutation(len(x))
x, y = x[order], y[order]
model = keras.Sequential(
    [
        keras.Input((SIDE, SIDE, 1)),
        layers.Conv2D(32, 3, activation="relu"),
        layers.Conv2D(64, 3, activation="relu"),
        layers.MaxPooling2D(),
        layers.Flatten(),
        layers.Dense(128, activation="relu"),
        layers.Dense(10, activation="softmax"),
    ]
)
model.compile("adam", "sparse_categorical_crossentropy", metrics=["accuracy"])
# Traced on a few pictures, with a last batch as short as the epoch's in training and in validation; then everything is
# as it was before.
model.optimizer.build(model.trainable_variables)
variables = model.variables + model.optimizer.variables
before = [keras.ops.convert_to_numpy(variable) for variable in variables]
model.fit(x[:480], y[:480], batch_size=32, epochs=1, validation_split=0.1, verbose=0)
for variable, value in zip(variables, before):
    variable.assign(value)
keras.utils.set_random_seed(0)

begun = time.perf_counter()
model.fit(x, y, batch_size=32, epochs=1, validation_split=0.1, verbose=0)
seconds = time.perf_counter() - begun
_, accuracy = model.evaluate(test_x, test_y, verbose=0)
version = f"Keras {keras.__version__} on TensorFlow {tensorflow.__version__}"
figures = {"stages": [{"epochs": [{"seconds": seconds}]}], "test": {"accuracy": accuracy}}
print(json.dumps({"version": version, **figures}))
