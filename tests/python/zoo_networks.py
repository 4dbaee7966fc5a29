"""The zoo's networks in Keras with weights made by a formula, written and opened as a partner asks.

usage: zoo_networks.py      Reads a JSON object a line, and answers each with one.

{"networks": true}                              names of the networks that Keras builds by itself
{"make": NAME, "input": [HEIGHT, WIDTH, CHANNELS], "from": FILE, "folder": FOLDER}
                                                NAME with 10 classes into FOLDER/keras.keras, built by Keras, or opened from
                                                FILE where there is one; pictures, what the model reads of them, and its
                                                answers into pictures.f32, scaled.f32 and keras.f32
{"open": FILE, "pictures": FILE, "answers": FILE}
                                                a model's answers to pictures that lie in a file
"""

import json
import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).parents[2] / "crates/zoo/tests/golden/python"))

import keras
import numpy as np

import keras_networks as golden
import numbers_kept as kept
import own_networks
from families import FAMILIES

PICTURES = 2
MEMBERS = {member.name: (family, member) for family in FAMILIES for member in family.members}


def model_and_module(name, input, file):
    """The network, and the module whose scaling comes before it."""
    keras.backend.clear_session()
    if file:
        return keras.models.load_model(file), None
    family, member = MEMBERS[name]
    model = own_networks.function(member.function)(input_shape=input, weights=None, classes=kept.CLASSES)
    golden.scale_as_imagenet(model)
    return model, family.module


def make(name, input, file, folder):
    folder = pathlib.Path(folder)
    model, module = model_and_module(name, input, file)
    golden.assign(model, *kept.known(name))
    model.save(folder / "keras.keras")
    pictures = golden.drawn(PICTURES, input)
    pictures.tofile(folder / "pictures.f32")
    scaled = golden.preprocessed(module, pictures)
    scaled.tofile(folder / "scaled.f32")
    model(scaled, training=False).numpy().tofile(folder / "keras.f32")
    return {"made": name}


def open_and_answer(file, pictures, answers):
    keras.backend.clear_session()
    model = keras.models.load_model(file)
    made = np.fromfile(pictures, "float32").reshape(-1, *model.input_shape[1:])
    model(made, training=False).numpy().tofile(answers)
    return {"opened": model.name}


def answer(order):
    match order:
        case {"networks": True}:
            return {"networks": list(MEMBERS)}
        case {"make": name, "input": input, "folder": folder}:
            return make(name, tuple(input), order.get("from"), folder)
        case {"open": file, "pictures": pictures, "answers": answers}:
            return open_and_answer(file, pictures, answers)


# Keras and TensorFlow may print; the answers go where standard output went at the start.
out, sys.stdout = sys.stdout, sys.stderr
for line in sys.stdin:
    try:
        reply = answer(json.loads(line))
    except Exception as error:  # an answer too: the partner says which network it is
        reply = {"error": f"{type(error).__name__}: {error}"}
    print(json.dumps(reply), file=out, flush=True)
