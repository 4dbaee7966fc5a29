"""Pictures a second of torchvision's loader alone: read, decode, resize to 224; then flip, rotation and zoom too.

usage: torchvision_pictures.py FOLDER      FOLDER/<class>/*.jpg; batches of 32, one worker process a core
"""

import json
import os
import sys
import time

import torch
import torchvision
from torch.utils.data import DataLoader
from torchvision.datasets import ImageFolder
from torchvision.transforms import v2

# A tenth of a turn, as keras.layers.RandomRotation(0.1) means it. As people leave it, RandomAffine takes the nearest
# pixel, where the other programs interpolate.
AUGMENT = [v2.RandomHorizontalFlip(), v2.RandomAffine(36, scale=(0.9, 1.1))]
TO_TENSOR = [v2.ToImage(), v2.ToDtype(torch.float32, scale=True)]


def rate(augment):
    """Pictures a second of the second pass, when the workers are there."""
    pictures = ImageFolder(sys.argv[1], v2.Compose([v2.Resize((224, 224)), *augment, *TO_TENSOR]))
    loader = DataLoader(pictures, 32, shuffle=True, num_workers=os.cpu_count(), persistent_workers=True)
    for _ in loader:
        pass
    begun = time.perf_counter()
    for _ in loader:
        pass
    return len(pictures) / (time.perf_counter() - begun)


version = f"torchvision {torchvision.__version__}"
figures = {"plain_images_per_second": rate([]), "augmented_images_per_second": rate(AUGMENT)}
print(json.dumps({"version": version, **figures}))
