"""Images a second of PyTorch (channels last) on random pictures in memory, so that reading pictures is left out.

usage: torch_engine.py MODEL predict|frozen|full BATCH STEPS eager|compile
frozen trains a head on a frozen base (the base's forward included), full trains everything; both with Adam.
"""

import json
import sys
import time

import torch
from torch import nn
from torch_networks import network

CLASSES, SIDE, WARM_UP_STEPS = 6, 224, 2

name, mode, batch, steps, how = sys.argv[1], sys.argv[2], int(sys.argv[3]), int(sys.argv[4]), sys.argv[5]
torch.manual_seed(0)
pictures = (torch.rand(batch, 3, SIDE, SIDE) * 2 - 1).to(memory_format=torch.channels_last)
labels = torch.randint(0, CLASSES, (batch,))
model, head = network(name, CLASSES)
model = model.to(memory_format=torch.channels_last)
prepared = torch.compile if how == "compile" else lambda function: function


def predict_step():
    """Returns the step of a prediction."""
    forward = prepared(model.eval())

    def step():
        with torch.inference_mode():
            forward(pictures)

    return step


def training_step(trained):
    """Returns the step of a training that changes the parameters of `trained`."""
    model.train(trained is model)
    for parameter in model.parameters():
        parameter.requires_grad = False
    for parameter in trained.parameters():
        parameter.requires_grad = True
    cross_entropy = nn.CrossEntropyLoss()
    loss = prepared(lambda x, y: cross_entropy(model(x), y))
    optimizer = torch.optim.Adam(trained.parameters())

    def step():
        optimizer.zero_grad()
        loss(pictures, labels).backward()
        optimizer.step()

    return step


step = predict_step() if mode == "predict" else training_step({"frozen": head, "full": model}[mode])
for _ in range(WARM_UP_STEPS):
    step()
begun = time.perf_counter()
for _ in range(steps):
    step()
rate = batch * steps / (time.perf_counter() - begun)
print(json.dumps({"version": f"PyTorch {torch.__version__}", "images_per_second": rate}))
