"""Lays Fashion-MNIST's IDX arrays out as class folders of PNG pictures, in the official split.

usage: fashion_mnist.py ARRAYS FOLDER      → FOLDER/{train,test}/<class>/<number>.png, which appears when complete
"""

import gzip
import pathlib
import sys

from PIL import Image

CLASSES = ["t_shirt", "trouser", "pullover", "dress", "coat", "sandal", "shirt", "sneaker", "bag", "ankle_boot"]
SIDE = 28
# The headers: a magic number and one length a dimension, four bytes each.
LABELS_HEADER, PICTURES_HEADER = 8, 16

arrays, folder = pathlib.Path(sys.argv[1]), pathlib.Path(sys.argv[2])
partial = folder.with_name(folder.name + ".partial")
for part, prefix in [("train", "train"), ("test", "t10k")]:
    labels = gzip.open(arrays / f"{prefix}-labels-idx1-ubyte.gz").read()[LABELS_HEADER:]
    pixels = gzip.open(arrays / f"{prefix}-images-idx3-ubyte.gz").read()[PICTURES_HEADER:]
    assert len(pixels) == len(labels) * SIDE * SIDE, f"{part}: {len(pixels)} pixels for {len(labels)} labels"
    for name in CLASSES:
        (partial / part / name).mkdir(parents=True, exist_ok=True)
    for number, label in enumerate(labels):
        start = number * SIDE * SIDE
        picture = Image.frombytes("L", (SIDE, SIDE), pixels[start : start + SIDE * SIDE])
        picture.save(partial / part / CLASSES[label] / f"{number:05}.png")
    print(f"{part}: {len(labels)} pictures")
partial.rename(folder)
