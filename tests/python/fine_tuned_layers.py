"""Prints, as JSON, which layers of a base learn in a model, and which do after Keras's own unfreezing.

usage: fine_tuned_layers.py MODEL APPLICATION ARGUMENTS LAYER
    APPLICATION is a function of keras.applications, ARGUMENTS JSON for it; LAYER a layer's name, or how many at the end.
"""

import json
import os
import sys

os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"

import keras

path, application, arguments, layer = sys.argv[1:]
model = keras.saving.load_model(path, compile=False)
make = getattr(keras.applications, application)
base = make(include_top=False, weights=None, input_shape=model.input_shape[1:], **json.loads(arguments))
names = [layer.name for layer in base.layers]
first = -int(layer) if layer.isdigit() else names.index(layer)
for frozen in base.layers[:first]:
    frozen.trainable = False
print(json.dumps({
    "keras": [layer.name for layer in base.layers if layer.trainable],
    "ours": [layer.name for layer in model.layers if layer.trainable and layer.name in names],
}))
