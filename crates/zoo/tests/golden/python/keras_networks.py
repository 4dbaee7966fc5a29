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

tf.config.threading.set_intra_op_parallelism_threads(2)
tf.config.threading.set_inter_op_parallelism_threads(1)

# A family: the module with its `preprocess_input`, the least size, and our name of each member, its function and its
# own size. The first member of a family takes a training step too.
FAMILIES = [
    ("vgg16", 32, [("vgg16", "VGG16", 224), ("vgg19", "VGG19", 224)]),
    ("resnet", 32, [("resnet50", "ResNet50", 224), ("resnet101", "ResNet101", 224), ("resnet152", "ResNet152", 224)]),
    ("resnet_v2", 32, [(f"resnet{n}_v2", f"ResNet{n}V2", 224) for n in (50, 101, 152)]),
    ("inception_v3", 75, [("inception_v3", "InceptionV3", 299)]),
    ("inception_resnet_v2", 75, [("inception_resnet_v2", "InceptionResNetV2", 299)]),
    ("xception", 71, [("xception", "Xception", 299)]),
    ("densenet", 32, [(f"densenet{n}", f"DenseNet{n}", 224) for n in (121, 169, 201)]),
    ("nasnet", 32, [("nasnet_mobile", "NASNetMobile", 224), ("nasnet_large", "NASNetLarge", 331)]),
    ("mobilenet", 32, [("mobilenet", "MobileNet", 224)]),
    ("mobilenet_v2", 32, [("mobilenet_v2", "MobileNetV2", 224)]),
    ("mobilenet_v3", 32, [("mobilenet_v3_small", "MobileNetV3Small", 224),
                          ("mobilenet_v3_large", "MobileNetV3Large", 224)]),
    ("efficientnet", 32, [(f"efficientnet_b{n}", f"EfficientNetB{n}", size)
                          for n, size in enumerate([224, 240, 260, 300, 380, 456, 528, 600])]),
    ("efficientnet_v2", 32, [(f"efficientnet_v2_b{n}", f"EfficientNetV2B{n}", size)
                             for n, size in enumerate([224, 240, 260, 300])]
                            + [("efficientnet_v2_s", "EfficientNetV2S", 384)]),
    ("convnext", 32, [("convnext_tiny", "ConvNeXtTiny", 224), ("convnext_small", "ConvNeXtSmall", 224)]),
]
# Families whose signal grows with the size of the picture, and rounding with it: their gain is looked for at 224 × 224.
GROWING = ["efficientnet"]
IMAGENET_MEAN, IMAGENET_DEVIATION = [0.485, 0.456, 0.406], [0.229, 0.224, 0.225]


def build(function, size, classes=1000):
    """The network without its softmax, the scaling that it has inside being ImageNet's."""
    keras.backend.clear_session()
    model = getattr(applications, function)(
        input_shape=(*size, 3), weights=None, classes=classes, classifier_activation=None)
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


def pictures(module, count, size, dtype="float32"):
    made = np.stack([formula.picture(number, *size) for number in range(count)]).astype(dtype)
    return np.asarray(getattr(applications, module).preprocess_input(made))


def read(model, module, size):
    """What the first convolution reads of a picture: behind the scaling that is inside the model."""
    scaled = model.inputs[0]
    for layer in model.layers:
        if isinstance(layer, (keras.layers.Rescaling, keras.layers.Normalization)):
            scaled = layer.output
    return keras.Model(model.inputs[0], scaled)(pictures(module, 1, size)).numpy()


def stage_ends(model):
    """The last layer of each size of feature maps, in Keras's order."""
    ends = {}
    for layer in model.operations:
        name, shape = type(layer).__name__, getattr(layer.output, "shape", ())
        passed = name not in ("InputLayer", "Rescaling", "Normalization", "Flip", "ZeroPadding2D", "Cropping2D", "Sequential")
        if passed and len(shape) == 4 and tuple(shape[1:3]) != (1, 1):
            ends[tuple(shape[1:3])] = layer
    return list(ends.values())


def forward(model, module, size, with_stages):
    """The outputs of the stages by name, and the logits."""
    ends = stage_ends(model) if with_stages else []
    outputs = keras.Model(model.inputs[0], [end.output for end in ends] + [model.output])(
        pictures(module, 1, size), training=False)
    outputs = [output.numpy() for output in (outputs if ends else [outputs[0] if isinstance(outputs, list) else outputs])]
    return [(end.name, output) for end, output in zip(ends, outputs)], outputs[-1]


def step(module, function, size, gain, pixels, dtype):
    """The loss of one training step and the norms of its gradients."""
    keras.config.set_floatx(dtype)
    model = build(function, size, kept.CLASSES)
    assign(model, gain, pixels)
    labels = np.arange(kept.PICTURES) % kept.CLASSES
    with tf.GradientTape() as tape:
        logits = model(pictures(module, kept.PICTURES, size, dtype), training=True)
        loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)(labels, logits)
    learned = [(name, variable.value) for name, variable, _ in named_variables(model) if variable.trainable]
    gradients = tape.gradient(loss, [variable for _, variable in learned])
    keras.config.set_floatx("float32")
    return float(loss), kept.layer_norms((name, gradient) for (name, _), gradient in zip(learned, gradients))


def tuned(name, module, function, least, first):
    """The gain at which the signal keeps its size, and the deviation of what the first convolution reads."""
    size = (224, 224) if module in GROWING else kept.small(least)
    model = build(function, size)
    pixels = float(f"{read(model, module, size).std():.2g}")
    assign(model, 1, pixels)
    kernels = [(variable, variable.numpy()) for one, variable, _ in named_variables(model) if one.endswith("kernel")]

    def deviations(gain):
        for variable, of_gain_1 in kernels:
            variable.assign(of_gain_1 * np.sqrt(gain))
        stages, logits = forward(model, module, size, True)
        return [values.std() for _, values in stages] + [logits.std()]

    return kept.known_gain(name) or kept.best_gain(deviations, first), pixels


def judge(module, least, member, first):
    name, function, own = member
    began = time.time()
    gain, pixels = tuned(name, module, function, least, first)
    size = kept.small(least)
    model = build(function, size)
    assign(model, gain, pixels)
    stages, logits = forward(model, module, size, True)
    passes = [kept.inference((*size, 3), stages, logits)]
    model = build(function, (own, own))
    assign(model, gain, pixels)
    parameters = sum(int(np.prod(variable.shape)) for _, variable, _ in named_variables(model))
    passes.insert(0, kept.inference((own, own, 3), *forward(model, module, (own, own), False)))
    of_step = None
    if name == first:
        size = kept.trained(least)
        steps = (step(module, function, size, gain, pixels, dtype) for dtype in ("float64", "float32"))
        of_step = kept.training((*size, 3), *steps)
    versions = f"Keras {keras.__version__}, TensorFlow {tf.__version__}"
    kept.write(name, versions, gain, pixels, parameters, passes, of_step)
    apart = of_step["float32_apart"] if of_step else ""
    deviations = " ".join(f"{stage[2]:.3g}" for stage in passes[1]["stages"])
    logits, seconds = passes[0]["logits"]["figures"], time.time() - began
    print(f"{name}: gain {gain}, stages {deviations}, logits {logits} {apart} {seconds:.0f} s", flush=True)


def main(names):
    for module, least, members in FAMILIES:
        for member in members:
            if not names or member[0] in names:
                judge(module, least, member, members[0][0])


if __name__ == "__main__":
    main(sys.argv[1:])
