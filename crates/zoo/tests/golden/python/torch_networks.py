"""Writes what networks that Keras lacks compute in PyTorch: torchvision's ResNets and ResNeXts, timm's EfficientNet-Lites.

usage: torch_networks.py [NAME...]      All networks, or those that are named.

Weights and pictures are made by a formula from Keras's names and layouts, and brought into PyTorch's.
"""

import sys
import time

import numpy as np
import timm
import torch
import torchvision

import formula
import numbers_kept as kept

torch.set_num_threads(2)

LEAST = 32


def lite(number):
    """timm's network, the scaling of its pictures, and our names of its modules."""
    def build(classes):
        model = timm.create_model(f"tf_efficientnet_lite{number}", pretrained=False, num_classes=classes, drop_rate=0.0)
        names = {"conv_stem": "stem_conv", "bn1": "stem_bn", "conv_head": "top_conv", "bn2": "top_bn",
                 "classifier": "predictions"}
        ends = {}
        for stage, blocks in enumerate(model.blocks):
            for index, block in enumerate(blocks):
                place, prefix = f"blocks.{stage}.{index}", f"block{stage + 1}{chr(97 + index)}_"
                parts = {"conv_pw": "expand_conv", "bn1": "expand_bn", "conv_dw": "dwconv", "bn2": "bn",
                         "conv_pwl": "project_conv", "bn3": "project_bn"}
                if not hasattr(block, "conv_pwl"):
                    parts = {"conv_dw": "dwconv", "bn1": "bn", "conv_pw": "project_conv", "bn2": "project_bn"}
                names |= {f"{place}.{module}": prefix + part for module, part in parts.items()}
            ends[place] = prefix + ("add" if block.has_skip else "project_bn")
        ends["bn2"] = "top_activation"
        return model.eval(), names, ends

    return build, lambda pixels: (pixels - 127) / 128


def resnet(function):
    """torchvision's network, or timm's where torchvision has none, the scaling of its pictures, and our names of its modules."""
    def build(classes):
        made = getattr(torchvision.models, function, None)
        model = made(weights=None, num_classes=classes) if made else timm.create_model(function, num_classes=classes)
        names, ends = {"conv1": "conv1_conv", "bn1": "conv1_bn", "fc": "predictions"}, {}
        for stage in range(1, 5):
            blocks = getattr(model, f"layer{stage}")
            for index in range(len(blocks)):
                place, prefix = f"layer{stage}.{index}", f"conv{stage + 1}_block{index + 1}"
                for part in (1, 2, 3):
                    names |= {f"{place}.conv{part}": f"{prefix}_{part}_conv", f"{place}.bn{part}": f"{prefix}_{part}_bn"}
                names |= {f"{place}.downsample.0": f"{prefix}_0_conv", f"{place}.downsample.1": f"{prefix}_0_bn"}
            ends[place] = f"{prefix}_out"
        return model.eval(), names, ends

    mean, deviation = (np.array(x, "float32") for x in ([0.485, 0.456, 0.406], [0.229, 0.224, 0.225]))
    return build, lambda pixels: (pixels / 255 - mean) / deviation


# A family: our name of each member, how it is built, and its own size. The first member takes a training step too.
FAMILIES = [
    [(f"efficientnet_lite{n}", lite(n), size) for n, size in enumerate([224, 240, 260, 280, 300])],
    [(f"resnet{n}_v1_5", resnet(f"resnet{n}"), 224) for n in (50, 101, 152)],
    [(name, resnet(name), 224) for name in ("resnext50_32x4d", "resnext101_32x4d", "resnext101_32x8d")],
]
VARIABLES = {"weight": "gamma", "bias": "beta", "running_mean": "moving_mean", "running_var": "moving_variance"}


def named_tensors(model, names):
    """Keras's name, the tensor, its module, of every parameter and every figure of a norm."""
    for place, module in model.named_modules():
        tensors = dict(module.named_parameters(recurse=False)) | dict(module.named_buffers(recurse=False))
        for variable, tensor in tensors.items():
            if variable == "num_batches_tracked":
                continue
            if isinstance(module, torch.nn.BatchNorm2d):
                variable = VARIABLES[variable]
            else:
                variable = {"weight": "kernel"}.get(variable, variable)
            yield f"{names[place]}/{variable}", tensor, module


def assign(model, names, gain, pixels):
    for name, tensor, module in named_tensors(model, names):
        shape = tuple(tensor.shape)
        if name.endswith("kernel") and len(shape) == 4:
            depthwise = module.groups == shape[0] == module.in_channels
            out, into, height, width = shape
            if depthwise:
                made = formula.parameter(name, (height, width, out, 1), gain, pixels, True).transpose(2, 3, 0, 1)
            else:
                made = formula.parameter(name, (height, width, into, out), gain, pixels).transpose(3, 2, 0, 1)
        elif name.endswith("kernel"):
            made = formula.parameter(name, shape[::-1], gain, pixels).T
        else:
            made = formula.parameter(name, shape, gain, pixels)
        with torch.no_grad():
            tensor.copy_(torch.from_numpy(np.ascontiguousarray(made)))


def pictures(scaling, count, size):
    made = np.stack([formula.picture(number, *size) for number in range(count)])
    return torch.from_numpy(np.ascontiguousarray(scaling(made).astype("float32").transpose(0, 3, 1, 2)))


def forward(model, ends, scaling, size):
    """The outputs of the stages by name, and the logits."""
    stages, hooks = [], []
    for place, end in ends.items():
        keep = lambda module, inputs, output, end=end: stages.append((end, output.numpy()))
        hooks.append(model.get_submodule(place).register_forward_hook(keep))
    with torch.no_grad():
        logits = model(pictures(scaling, 1, size)).numpy()
    for hook in hooks:
        hook.remove()
    return stages, logits


def step(build, scaling, size, gain, pixels, dtype):
    """The loss of one training step and the norms of its gradients."""
    model, names, _ = build(kept.CLASSES)
    assign(model, names, gain, pixels)
    model = model.to(dtype).train()
    labels = torch.arange(kept.PICTURES) % kept.CLASSES
    loss = torch.nn.functional.cross_entropy(model(pictures(scaling, kept.PICTURES, size).to(dtype)), labels)
    loss.backward()
    gradients = [(name, tensor.grad) for name, tensor, _ in named_tensors(model, names) if tensor.requires_grad]
    return float(loss.detach()), kept.layer_norms((name, gradient.numpy()) for name, gradient in gradients)


def tuned(name, build, scaling, first):
    """The gain at which the signal keeps its size, and the deviation of what the first convolution reads."""
    if known := kept.known(name):
        return known
    size = kept.small(LEAST)
    pixels = float(f"{pictures(scaling, 1, size).numpy().std():.2g}")
    model, names, ends = build(1000)
    assign(model, names, 1, pixels)
    kernels = [(tensor, tensor.detach().clone()) for one, tensor, _ in named_tensors(model, names)
               if one.endswith("kernel")]

    def deviations(gain):
        with torch.no_grad():
            for tensor, of_gain_1 in kernels:
                tensor.copy_(of_gain_1 * gain**0.5)
        stages, logits = forward(model, ends, scaling, size)
        return [values.std() for _, values in stages] + [logits.std()]

    return kept.best_gain(deviations, first), pixels


def version(library):
    return library.__version__.split("+")[0]


def judge(member, first):
    name, (build, scaling), own = member
    began = time.time()
    gain, pixels = tuned(name, build, scaling, first)
    model, names, ends = build(1000)
    assign(model, names, gain, pixels)
    sizes = (own, own), kept.small(LEAST)
    passes = [kept.inference((*size, 3), *forward(model, ends, scaling, size)) for size in sizes]
    parameters = sum(tensor.numel() for _, tensor, _ in named_tensors(model, names))
    of_step = None
    if name == first:
        size = kept.trained(LEAST)
        both = (step(build, scaling, size, gain, pixels, dtype) for dtype in (torch.float64, torch.float32))
        of_step = kept.training((*size, 3), *both)
    library = torchvision if type(model).__module__.startswith("torchvision") else timm
    versions = f"{library.__name__} {version(library)}, PyTorch {version(torch)}"
    kept.write(name, versions, gain, pixels, parameters, passes, of_step)
    kept.report(name, gain, passes, of_step, time.time() - began)


wanted = sys.argv[1:]
for family in FAMILIES:
    for member in family:
        if not wanted or member[0] in wanted:
            judge(member, family[0][0])
