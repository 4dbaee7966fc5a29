"""Prints, as JSON, the probabilities that Keras computes for pictures: a list for each picture.

usage: predict.py MODEL PICTURE...      The pictures have the model's input size, so nothing is resized.
"""

import json
import os
import sys

os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"

import keras
import numpy as np
from PIL import Image

model = keras.saving.load_model(sys.argv[1], compile=False)
pictures = [np.asarray(Image.open(path).convert("RGB"), "float32") for path in sys.argv[2:]]
print(json.dumps(model.predict(np.stack(pictures), verbose=0).tolist()))
