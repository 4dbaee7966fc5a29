"""Writes a network with random weights as an ONNX file for any batch size.

usage: onnx_export.py MODEL FILE.onnx
"""

import sys

import torch
from torch_networks import network

CLASSES, SIDE = 6, 224

name, path = sys.argv[1:]
model, _ = network(name, CLASSES)
torch.onnx.export(
    model.eval(),
    torch.rand(2, 3, SIDE, SIDE),
    path,
    dynamo=False,
    opset_version=17,
    input_names=["pictures"],
    dynamic_axes={"pictures": {0: "batch"}},
)
