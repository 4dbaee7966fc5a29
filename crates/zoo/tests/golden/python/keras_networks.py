"""Writes what Keras's networks compute with weights and pictures made by a formula into `../networks`.

usage: keras_networks.py [NAME...]      All networks, or those that are named; in a moment each, or minutes.
"""

import os
import sys
import time

os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"
os.environ["KERAS_BACKEND"] = "tensorflow"
os.environ["CUDA_VISIBLE_DEVICES"] = ""

import keras
import numpy as np
import tensorflow as tf
from keras import applications

import formula
import numbers_kept as kept
import own_networks
from families import FAMILIES

tf.config.threading.set_intra_op_parallelism_threads(2)
tf.config.threading.set_inter_op_parallelism_threads(1)

IMAGENET_MEAN, IMAGENET_DEVIATION = [0.485, 0.456, 0.406], [0.229, 0.224, 0.225]


def build(function, input, classes=1000):
    """The network without its softmax, with nothing dropped, the scaling that it has inside being ImageNet's."""
    keras.backend.clear_session()
    model = own_networks.function(function)(
        input_shape=input, weights=None, classes=classes, classifier_activation=None)
    scale_as_imagenet(model)
    for layer in model.layers:
        if isinstance(layer, keras.layers.Dropout):
            layer.rate = 0.0
    return model


def scale_as_imagenet(model):
    """Gives a normalization inside the model, which without weights has no figures, those of ImageNet."""
    for layer in model.layers:
        if isinstance(layer, keras.layers.Normalization) and layer.input_mean is None:
            layer.adapt_mean.assign(IMAGENET_MEAN)
            layer.adapt_variance.assign(np.square(IMAGENET_DEVIATION))
            layer.finalize_state()


def leaves(model):
    """The layers, those inside others by themselves, without scaling."""
    for layer in model.layers:
        if isinstance(layer, keras.Sequential):
            yield from leaves(layer)
        elif not isinstance(layer, keras.layers.Normalization):
            yield layer


def named_variables(model):
    """Name, variable and whether it is a depthwise kernel, of every parameter."""
    for layer in leaves(model):
        for variable in layer.weights:
            name = "gamma" if type(layer).__name__ == "LayerScale" else variable.name
            depthwise = isinstance(layer, keras.layers.DepthwiseConv2D) or name == "depthwise_kernel"
            yield f"{layer.name}/{name}", variable, depthwise


def assign(model, gain, pixels):
    for name, variable, depthwise in named_variables(model):
        variable.assign(formula.parameter(name, tuple(variable.shape), gain, pixels, depthwise))


def drawn(count, input):
    return np.stack([formula.picture(number, *input) for number in range(count)])


def preprocessed(module, pictures):
    """What one gives to a model of the family whose module this is."""
    return np.asarray(getattr(applications, module).preprocess_input(pictures.copy())) if module else pictures


def read(model, pictures):
    """What the first convolution reads of pictures: behind the scaling that is inside the model."""
    scaled = model.inputs[0]
    for layer in model.layers:
        if isinstance(layer, (keras.layers.Rescaling, keras.layers.Normalization)):
            scaled = layer.output
    return keras.Model(model.inputs[0], scaled)(pictures).numpy()


def stage_ends(model):
    """The last layer of each size of feature maps, in Keras's order."""
    ends = {}
    for layer in model.operations:
        name, shape = type(layer).__name__, getattr(layer.output, "shape", ())
        passed = name not in ("InputLayer", "Rescaling", "Normalization", "Flip", "ZeroPadding2D", "Cropping2D", "Sequential")
        if passed and len(shape) == 4 and tuple(shape[1:3]) != (1, 1):
            ends[tuple(shape[1:3])] = layer
    return list(ends.values())


def forward(model, pictures):
    """The outputs of the stages by name, and the logits."""
    ends = stage_ends(model)
    outputs = keras.Model(model.inputs[0], [end.output for end in ends] + [model.output])(pictures, training=False)
    *stages, logits = (output.numpy() for output in outputs)
    return [(end.name, output) for end, output in zip(ends, stages)], logits


class Judged:
    """A network, with weights of this gain for pixels of this deviation."""

    def __init__(self, family, member):
        self.family, self.name, self.function, self.own = family, *member[:3]
        self.first = family.members[0].name
        self.gain, self.pixels = self.tuned()

    def input(self, size):
        return *size, self.family.channels

    def model(self, size, classes=1000):
        model = build(self.function, self.input(size), classes)
        assign(model, self.gain, self.pixels)
        return model

    def pictures(self, count, size, dtype="float32"):
        return preprocessed(self.family.module, drawn(count, self.input(size)).astype(dtype))

    def tuned(self):
        """The gain at which the signal keeps its size, and the deviation of what the first convolution reads."""
        if known := kept.known(self.name):
            return known
        size = (224, 224) if self.family.grows else kept.small(self.family.least)
        model, picture = build(self.function, self.input(size)), self.pictures(1, size)
        pixels = float(f"{read(model, picture).std():.2g}")
        assign(model, 1, pixels)
        kernels = [(variable, variable.numpy()) for one, variable, _ in named_variables(model) if one.endswith("kernel")]

        def deviations(gain):
            for variable, of_gain_1 in kernels:
                variable.assign(of_gain_1 * np.sqrt(gain))
            stages, logits = forward(model, picture)
            return [values.std() for _, values in stages] + [logits.std()]

        return kept.best_gain(deviations, self.first), pixels

    def inference(self, size):
        """The number of parameters, and what comes of a picture."""
        model = self.model(size)
        parameters = sum(int(np.prod(variable.shape)) for _, variable, _ in named_variables(model))
        return parameters, kept.inference(self.input(size), *forward(model, self.pictures(1, size)))

    def training(self, size):
        return kept.training(self.input(size), *(self.step(size, dtype) for dtype in ("float64", "float32")))

    def step(self, size, dtype):
        """The loss of one training step and the norms of its gradients."""
        keras.config.set_floatx(dtype)
        model = self.model(size, kept.CLASSES)
        labels = np.arange(kept.PICTURES) % kept.CLASSES
        with tf.GradientTape() as tape:
            logits = model(self.pictures(kept.PICTURES, size, dtype), training=True)
            loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)(labels, logits)
        learned = [(name, variable.value) for name, variable, _ in named_variables(model) if variable.trainable]
        gradients = tape.gradient(loss, [variable for _, variable in learned])
        keras.config.set_floatx("float32")
        return float(loss), kept.layer_norms((name, gradient) for (name, _), gradient in zip(learned, gradients))


def judge(family, member):
    began = time.time()
    network = Judged(family, member)
    parameters, own_pass = network.inference((network.own, network.own))
    _, small_pass = network.inference(kept.small(family.least))
    passes = [own_pass, small_pass]
    of_step = network.training(kept.trained(family.least)) if network.name == network.first else None
    versions = f"Keras {keras.__version__}, TensorFlow {tf.__version__}"
    kept.write(network.name, versions, network.gain, network.pixels, parameters, passes, of_step)
    kept.report(network.name, network.gain, passes, of_step, time.time() - began)


def main(names):
    for family in FAMILIES:
        for member in family.members:
            if not names or member.name in names:
                judge(family, member)


if __name__ == "__main__":
    main(sys.argv[1:])
