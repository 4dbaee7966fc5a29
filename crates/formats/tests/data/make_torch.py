"""Makes legacy.pth, zipped.pth and torch.safetensors with PyTorch 2.15: python make_torch.py"""

import torch
from safetensors.torch import save_file

ramp = torch.arange(24.0).reshape(2, 3, 4)
state = {
    "conv.weight": ramp,
    "conv.bias": torch.tensor([0.5, -1.5]),
    "turned": ramp.permute(2, 0, 1),  # not contiguous: strides 1, 12, 4
    "part": ramp[1:, ::2, 1:3],
    "half": torch.tensor([0.5, -2.0]).half(),
    "count": torch.tensor(7),
    "shared": ramp[0],
}
torch.save(state, "legacy.pth", _use_new_zipfile_serialization=False)
torch.save({"epoch": 3, "state_dict": state}, "zipped.pth")

# As the safetensors library itself writes it, version 0.8.
tensors = {
    "conv.weight": ramp,
    "half": torch.tensor([0.5, -2.0]).half(),
    "brain": torch.tensor([1.5, -2.0]).bfloat16(),
    "double": torch.tensor([0.25], dtype=torch.float64),
    "count": torch.tensor(7),
    "flags": torch.tensor([True, False]),
}
save_file(tensors, "torch.safetensors", metadata={"format": "pt"})
