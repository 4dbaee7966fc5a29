"""Makes legacy.pth and zipped.pth with PyTorch 2.15: python make_torch.py"""

import torch

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
