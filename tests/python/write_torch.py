"""Writes networks of torchvision and timm in every format that PyTorch has, with random weights and figures.

usage: write_torch.py FOLDER LIBRARY:NETWORK...      FOLDER/NETWORK becomes the folder of

    legacy.pth  zipped.pth  checkpoint.pt  model.safetensors  input.f32  logits.f32

The logits are those of one picture, [channels, height, width] of float32, as the input.
"""

import os
import sys

import numpy as np
import torch
from safetensors.torch import save_file

folder, *networks = sys.argv[1:]
SIZE = 64


def build(library, network):
    if library == "timm":
        import timm

        return timm.create_model(network, num_classes=10)
    import torchvision

    return getattr(torchvision.models, network)(num_classes=10)


for library, network in (name.split(":") for name in networks):
    torch.manual_seed(7)
    model = build(library, network).eval()
    path = lambda name: os.path.join(folder, network, name)
    os.makedirs(os.path.join(folder, network))
    for module in model.modules():
        if isinstance(module, torch.nn.BatchNorm2d):
            for tensor, low, high in [(module.weight, 0.8, 1.2), (module.bias, -0.1, 0.1)]:
                torch.nn.init.uniform_(tensor, low, high)
            torch.nn.init.uniform_(module.running_mean, -0.1, 0.1)
            torch.nn.init.uniform_(module.running_var, 0.8, 1.2)
    state = model.state_dict()
    torch.save(state, path("legacy.pth"), _use_new_zipfile_serialization=False)
    torch.save(state, path("zipped.pth"))
    parallel = {f"module.{name}": tensor for name, tensor in state.items()}
    torch.save({"epoch": 3, "state_dict": parallel}, path("checkpoint.pt"))
    save_file({name: tensor.contiguous() for name, tensor in state.items()}, path("model.safetensors"))
    picture = torch.randn(1, 3, SIZE, SIZE)
    with torch.no_grad():
        logits = model(picture)
    picture.numpy().astype("<f4").tofile(path("input.f32"))
    logits.numpy().astype("<f4").tofile(path("logits.f32"))
