"""TFRecord files as TensorFlow writes and reads them, in the handbook's three ways.

usage: tfrecords.py write DATA FOLDER      pictures of the class folders DATA to FOLDER/{compressed,raw,normalized}/,
                                           two shards each
       tfrecords.py read FOLDER ENCODING   what the shards in FOLDER hold, as a list of {label, shape, pixels} in JSON
"""

import json
import os
import pathlib
import sys

os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"

import numpy as np
import tensorflow as tf

SHARDS = 2


def bytes_feature(value):
    return tf.train.Feature(bytes_list=tf.train.BytesList(value=[value]))


def integers(values):
    return tf.train.Feature(int64_list=tf.train.Int64List(value=values))


def encoded(file, encoding):
    """A picture's bytes for a record, and its shape."""
    data = file.read_bytes()
    pixels = tf.io.decode_image(data).numpy()
    images = {
        "compressed": data,
        "raw": pixels.tobytes(),
        "normalized": (pixels / np.float32(255)).astype(np.float32).tobytes(),
    }
    return images[encoding], pixels.shape


def write(data, folder):
    data, folder = pathlib.Path(data), pathlib.Path(folder)
    classes = sorted(path.name for path in data.iterdir())
    files = [(label, file) for label, name in enumerate(classes) for file in sorted((data / name).iterdir())]
    for encoding in ("compressed", "raw", "normalized"):
        place = folder / encoding
        place.mkdir(parents=True)
        for shard in range(SHARDS):
            path = place / f"train-{shard:05}-of-{SHARDS:05}.tfrecord"
            with tf.io.TFRecordWriter(str(path)) as writer:
                for label, file in files[shard::SHARDS]:
                    image, shape = encoded(file, encoding)
                    feature = {"image": bytes_feature(image), "label": integers([label]), "shape": integers(shape)}
                    example = tf.train.Example(features=tf.train.Features(feature=feature))
                    writer.write(example.SerializeToString())


def read(folder, encoding):
    features = {
        "image": tf.io.FixedLenFeature([], tf.string),
        "label": tf.io.FixedLenFeature([], tf.int64),
        "shape": tf.io.FixedLenFeature([3], tf.int64),
    }
    found = []
    for record in tf.data.TFRecordDataset(sorted(str(path) for path in pathlib.Path(folder).glob("*.tfrecord"))):
        example = tf.io.parse_single_example(record, features)
        match encoding:
            case "compressed":
                pixels = tf.io.decode_image(example["image"])
            case "raw":
                pixels = tf.io.decode_raw(example["image"], tf.uint8)
            case "normalized":
                pixels = tf.math.rint(tf.io.decode_raw(example["image"], tf.float32) * 255)
        found.append(
            {
                "label": int(example["label"]),
                "shape": example["shape"].numpy().tolist(),
                "pixels": pixels.numpy().astype(int).flatten().tolist(),
            }
        )
    print(json.dumps(found))


{"write": write, "read": read}[sys.argv[1]](*sys.argv[2:])
