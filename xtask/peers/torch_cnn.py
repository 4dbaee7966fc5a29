"""The plain CNN of many tutorials on Fashion-MNIST with PyTorch: seconds of an epoch, accuracy on the test part.

usage: torch_cnn.py DATA eager|compile      DATA/{train,test}/<class>/*.png, 28×28 grey
As in keras_cnn.py: the pictures are read before the epoch; the epoch includes the validation. What torch.compile needs
before the first step is left out.
"""

import json
import pathlib
import sys
import time

import numpy as np
import torch
from PIL import Image
from torch import nn

BATCH = 32


def read(part):
    """All pictures and labels of a part, in memory."""
    folder = pathlib.Path(sys.argv[1]) / part
    pictures, labels = [], []
    for label, name in enumerate(sorted(path.name for path in folder.iterdir())):
        for path in sorted((folder / name).iterdir()):
            pictures.append(np.array(Image.open(path)))
            labels.append(label)
    return torch.tensor(np.stack(pictures))[:, None].float() / 255, torch.tensor(labels)  # [N, 1, 28, 28], [N]


torch.manual_seed(0)
(x, y), (test_x, test_y) = read("train"), read("test")
order = torch.randperm(len(x))
x, y = x[order].to(memory_format=torch.channels_last), y[order]
training = len(x) * 9 // 10
model = nn.Sequential(
    nn.Conv2d(1, 32, 3),
    nn.ReLU(),
    nn.Conv2d(32, 64, 3),
    nn.ReLU(),
    nn.MaxPool2d(2),
    nn.Flatten(),
    nn.Linear(9216, 128),
    nn.ReLU(),
    nn.Linear(128, 10),
).to(memory_format=torch.channels_last)
optimizer = torch.optim.Adam(model.parameters())
cross_entropy = nn.CrossEntropyLoss()


def loss(x, y):
    return cross_entropy(model(x), y)


def accuracy(x, y):
    with torch.inference_mode():
        right = sum((model(a).argmax(1) == b).sum().item() for a, b in zip(x.split(500), y.split(500)))
    return right / len(x)


if sys.argv[2] == "compile":
    loss = torch.compile(loss, dynamic=False)
    # Compiled once for a whole batch, once for the last one of the epoch; no parameter changes.
    for size in {BATCH, training % BATCH or BATCH}:
        chosen = torch.arange(size)
        loss(x[chosen], y[chosen]).backward()

begun = time.perf_counter()
for chosen in torch.randperm(training).split(BATCH):
    optimizer.zero_grad()
    loss(x[chosen], y[chosen]).backward()
    optimizer.step()
accuracy(x[training:], y[training:])
seconds = time.perf_counter() - begun
figures = {"stages": [{"epochs": [{"seconds": seconds}]}], "test": {"accuracy": accuracy(test_x, test_y)}}
print(json.dumps({"version": f"PyTorch {torch.__version__}", **figures}))
