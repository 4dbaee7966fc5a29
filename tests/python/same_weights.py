"""Prints, as JSON, how many variables MODEL has, how many of them each OTHER has too, in the same order, and how far the
first OTHER's answer to a picture is from MODEL's.

usage: same_weights.py MODEL OTHER...      Files of whole models. Figures of normalizations are not counted; what OTHER has
beyond MODEL's is not looked at.
"""

import json
import os
import sys

os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"

import keras
import numpy as np


def variables(model):
    found = []
    for layer in model.layers:
        if isinstance(layer, keras.layers.Normalization):
            continue
        found += variables(layer) if hasattr(layer, "layers") else layer.get_weights()
    return found


model, *others = (keras.saving.load_model(path, compile=False) for path in sys.argv[1:])
own = variables(model)
same = [sum(np.array_equal(a, b) for a, b in zip(own, variables(other))) for other in others]
picture = np.random.default_rng(7).uniform(0, 1, (1, *model.input_shape[1:])).astype("float32")
answers = [np.asarray(one(picture)) for one in (model, others[0])]
apart = float(np.abs(answers[0] - answers[1]).max())
print(json.dumps({"variables": len(own), "same": same, "apart": apart}))
