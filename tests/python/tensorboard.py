"""What TensorFlow reads in a folder of TensorBoard events.

usage: tensorboard.py FOLDER    JSON: for each folder below, scalars, histograms and pictures by tag, and what the HParams
                                page is told
"""

import json
import os
import pathlib
import sys

os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"

import tensorflow as tf
from google.protobuf import descriptor_pb2, descriptor_pool, message_factory, struct_pb2


def hparams_message():
    """tensorboard/plugins/hparams/plugin_data.proto, as far as it is needed: TensorFlow comes without it."""
    field = descriptor_pb2.FieldDescriptorProto
    file = descriptor_pb2.FileDescriptorProto(name="h.proto", package="h", syntax="proto3")
    file.dependency.append("google/protobuf/struct.proto")
    start = file.message_type.add(name="Start")
    entry = start.nested_type.add(name="HparamsEntry")
    entry.options.map_entry = True
    entry.field.add(name="key", number=1, type=field.TYPE_STRING, label=field.LABEL_OPTIONAL)
    value = {"type": field.TYPE_MESSAGE, "type_name": ".google.protobuf.Value", "label": field.LABEL_OPTIONAL}
    entry.field.add(name="value", number=2, **value)
    many = {"type": field.TYPE_MESSAGE, "label": field.LABEL_REPEATED}
    start.field.add(name="hparams", number=1, type_name=".h.Start.HparamsEntry", **many)
    end = file.message_type.add(name="End")
    end.field.add(name="status", number=1, type=field.TYPE_INT32, label=field.LABEL_OPTIONAL)
    name = file.message_type.add(name="Name")
    for number, part in enumerate(["group", "tag"], 1):
        name.field.add(name=part, number=number, type=field.TYPE_STRING, label=field.LABEL_OPTIONAL)
    metric = file.message_type.add(name="Metric")
    one = {"type": field.TYPE_MESSAGE, "label": field.LABEL_OPTIONAL}
    metric.field.add(name="name", number=1, type_name=".h.Name", **one)
    experiment = file.message_type.add(name="Experiment")
    experiment.field.add(name="metric_infos", number=5, type_name=".h.Metric", **many)
    data = file.message_type.add(name="Data")
    for number, (part, kind) in enumerate([("experiment", "Experiment"), ("start", "Start"), ("end", "End")], 2):
        data.field.add(name=part, number=number, type_name=f".h.{kind}", **one)
    pool = descriptor_pool.DescriptorPool()
    pool.AddSerializedFile(struct_pb2.DESCRIPTOR.serialized_pb)
    pool.Add(file)
    return message_factory.GetMessageClass(pool.FindMessageTypeByName("h.Data"))


HPARAMS = hparams_message()


def plain(value):
    return getattr(value, value.WhichOneof("kind"))


def hparams(content, found):
    data = HPARAMS.FromString(content)
    if data.HasField("experiment"):
        found["metrics"] = [[info.name.group, info.name.tag] for info in data.experiment.metric_infos]
    if data.HasField("start"):
        found["settings"] = {name: plain(value) for name, value in data.start.hparams.items()}
    if data.HasField("end"):
        found["status"] = data.end.status


def read(folder):
    found = {"scalars": {}, "histograms": {}, "pictures": {}, "hparams": {}}
    for file in sorted(folder.glob("events.out.tfevents.*")):
        for event in tf.compat.v1.train.summary_iterator(str(file)):
            for value in event.summary.value:
                kind = value.WhichOneof("value")
                if kind == "simple_value":
                    found["scalars"].setdefault(value.tag, []).append([event.step, value.simple_value])
                elif kind == "histo":
                    histogram = value.histo
                    figures = {
                        "step": event.step,
                        "count": sum(histogram.bucket),
                        "min": histogram.min,
                        "max": histogram.max,
                        "last_limit": histogram.bucket_limit[-1],
                    }
                    found["histograms"].setdefault(value.tag, []).append(figures)
                elif kind == "image":
                    picture = tf.io.decode_png(value.image.encoded_image_string).numpy()
                    size = [value.image.height, value.image.width, value.image.colorspace]
                    assert list(picture.shape) == size, (picture.shape, size)
                    description = value.metadata.summary_description
                    steps = found["pictures"].get(value.tag, {"steps": []})["steps"] + [event.step]
                    found["pictures"][value.tag] = {"size": size, "description": description, "steps": steps}
                elif value.metadata.plugin_data.plugin_name == "hparams":
                    hparams(value.metadata.plugin_data.content, found["hparams"])
                else:
                    raise SystemExit(f"{file}: {value.tag} is of no kind that is known")
    return found


root = pathlib.Path(sys.argv[1])
print(json.dumps({part: read(root / part) for part in [".", "train", "validation", "test"]}))
