"""The networks that are compared, as PyTorch has them, with random weights."""

import torchvision
from efficientnet_lite_pytorch import EfficientNet


def network(name, classes):
    """The network called `name` with an output for each of `classes`, and its last layer."""
    if name == "efficientnet_lite0":
        model = EfficientNet.from_name("efficientnet-lite0", num_classes=classes)
        return model, model._fc
    model = getattr(torchvision.models, name)(num_classes=classes)
    return model, model.fc if hasattr(model, "fc") else model.classifier
