"""Keras's networks with weights made by a formula, written and opened as a partner asks.

usage: zoo_networks.py      Reads a JSON object a line, and answers each with one.

{"networks": true}                              names of the networks that Keras has, a list for each family
{"make": NAME, "folder": FOLDER}                NAME with 10 classes into FOLDER/keras.keras; pictures, what
                                                `preprocess_input` makes of them, and the answers to these into
                                                pictures.f32, scaled.f32 and keras.f32; answers with their size
{"open": FILE, "pictures": FILE, "answers": FILE}
                                                a model's answers to pictures that lie in a file
"""

import json
import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).parents[2] / "crates/zoo/tests/golden/python"))

import keras
import numpy as np
from keras import applications

import formula
import keras_networks as golden
import numbers_kept as kept

PICTURES = 2
MEMBERS = {member[0]: (module, least, *member) for module, least, members in golden.FAMILIES for member in members}


def make(name, folder):
    folder = pathlib.Path(folder)
    module, least, _, function, _ = MEMBERS[name]
    size = kept.small(least)
    keras.backend.clear_session()
    model = getattr(applications, function)(input_shape=(*size, 3), weights=None, classes=kept.CLASSES)
    golden.scale_as_imagenet(model)
    numbers = json.loads((kept.FOLDER / f"{name}.json").read_text())
    golden.assign(model, numbers["gain"], numbers["pixels"])
    model.save(folder / "keras.keras")
    made = np.stack([formula.picture(number, *size) for number in range(PICTURES)])
    made.tofile(folder / "pictures.f32")
    scaled = np.asarray(getattr(applications, module).preprocess_input(made.copy()), "float32")
    scaled.tofile(folder / "scaled.f32")
    model(scaled, training=False).numpy().tofile(folder / "keras.f32")
    return {"input": [*size, 3]}


def open_and_answer(file, pictures, answers):
    keras.backend.clear_session()
    model = keras.models.load_model(file)
    made = np.fromfile(pictures, "float32").reshape(-1, *model.input_shape[1:])
    model(made, training=False).numpy().tofile(answers)
    return {"opened": model.name}


def answer(order):
    match order:
        case {"networks": True}:
            return {"families": [[member[0] for member in members] for _, _, members in golden.FAMILIES]}
        case {"make": name, "folder": folder}:
            return make(name, folder)
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
