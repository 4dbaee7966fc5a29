"""Writes a network of torchvision or timm in every format that PyTorch has, with random weights and figures.

usage: write_torch.py FOLDER LIBRARY:NETWORK SIZE      FOLDER becomes that of

    legacy.pth  zipped.pth  checkpoint.pt  model.safetensors  input.f32  logits.f32

The network has ten classes. The logits are those of two pictures, each [channels, SIZE, SIZE] of float32, as the input.
PyTorch computes them in float64, so that what ours are apart is our own rounding.
"""

import os
import sys

import torch
from safetensors.torch import save_file
from torch import nn


def build(library, network, size):
    """VGG's dense layers read the map of a small picture as it is, where the libraries would stretch it to 7 × 7."""
    if library == "timm":
        import timm

        model = timm.create_model(network, num_classes=10)
        if network.startswith("vgg"):
            model.pre_logits = timm.models.vgg.ConvMlp(512, 4096, size // 32)
        return model
    import torchvision

    model = getattr(torchvision.models, network)(num_classes=10)
    if network.startswith("vgg"):
        model.avgpool = nn.Identity()
        model.classifier[0] = nn.Linear(512 * (size // 32) ** 2, 4096)
    return model


def randomise(model, pictures, factors):
    """Values that tell each tensor from every other one, and that a deep network bears: figures of norms are of the
    size of what the pictures give. Norms have other factors than one where `factors` says so."""
    for module in model.modules():
        if isinstance(module, (nn.Conv2d, nn.Linear)):
            nn.init.normal_(module.weight, std=(2 / module.weight[0].numel()) ** 0.5)
        elif isinstance(module, (nn.BatchNorm2d, nn.LayerNorm)) and factors:
            nn.init.uniform_(module.weight, 0.8, 1.2)
        if isinstance(getattr(module, "bias", None), nn.Parameter):
            nn.init.uniform_(module.bias, -0.1, 0.1)
    for name, tensor in model.named_parameters():
        if name.endswith(("gamma", "layer_scale")):
            nn.init.uniform_(tensor, 0.4, 0.8)
    norms = [module for module in model.modules() if isinstance(module, nn.BatchNorm2d)]
    hooks = [norm.register_forward_pre_hook(settle) for norm in norms]
    model.eval()(pictures)
    for hook in hooks:
        hook.remove()


def settle(norm, inputs):
    """Figures of the size of what the norm is about to read. Those of each channel would be its mean and its little
    deviation from it, and leave nothing but rounding errors in the end."""
    size = inputs[0].square().mean()
    norm.running_mean.uniform_(-0.1, 0.1).mul_(size.sqrt())
    norm.running_var.uniform_(0.8, 1.2).mul_(size)


folder, name, size = sys.argv[1], sys.argv[2], int(sys.argv[3])
library, network = name.split(":")
torch.manual_seed(7)
model = build(library, network, size)
with torch.no_grad():
    # InceptionResNetV2's norms were trained without factors, so that in published files all are one.
    pictures = torch.randn(16, 3, size, size) + torch.randn(16, 3, 1, 1)  # noise, of another colour each
    randomise(model, pictures, factors=network != "inception_resnet_v2")
os.makedirs(folder)
path = lambda name: os.path.join(folder, name)
state = model.state_dict()
torch.save(state, path("legacy.pth"), _use_new_zipfile_serialization=False)
torch.save(state, path("zipped.pth"))
parallel = {f"module.{name}": tensor for name, tensor in state.items()}
torch.save({"epoch": 3, "state_dict": parallel}, path("checkpoint.pt"))
save_file({name: tensor.contiguous() for name, tensor in state.items()}, path("model.safetensors"))
pictures = pictures[:2]
with torch.no_grad():
    logits = model.double()(pictures.double())
pictures.numpy().astype("<f4").tofile(path("input.f32"))
logits.numpy().astype("<f4").tofile(path("logits.f32"))
