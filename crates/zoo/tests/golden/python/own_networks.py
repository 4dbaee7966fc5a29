"""Networks that `keras.applications` has no function for, written with Keras's layers, as its functions are called."""

import keras
from keras import applications, layers


def function(name):
    """The function that builds a network: one of these, or Keras's own."""
    return globals().get(name) or getattr(applications, name)


def PlainCNN(input_shape, weights=None, classes=1000, classifier_activation="softmax"):
    """What tutorials begin with: two convolutions, a max pool and a hidden layer."""
    x = picture = keras.Input(input_shape)
    x = layers.Rescaling(1 / 255, name="rescaling")(x)
    x = layers.Conv2D(32, 3, activation="relu", name="conv1")(x)
    x = layers.Conv2D(64, 3, activation="relu", name="conv2")(x)
    x = layers.MaxPooling2D(2, name="pool")(x)
    x = layers.Flatten(name="head_flatten")(x)
    x = layers.Dense(128, activation="relu", name="head_hidden")(x)
    x = layers.Dense(classes, activation=classifier_activation, name="head_dense")(x)
    return keras.Model(picture, x, name="plain_cnn")


def SmallCNN(input_shape, weights=None, classes=1000, classifier_activation="softmax"):
    """Convolutions at full size, at half, at a quarter, and on while 6 rows and columns are left; a hidden layer reads a
    map of at most 8 × 8."""
    x = picture = keras.Input(input_shape)
    x = layers.Rescaling(1 / 255, name="rescaling")(x)
    for block, filters in enumerate([32, 64, 128, 256, 256], 1):
        if block > 3 and min(x.shape[1:3]) // 2 < 6:
            break
        if block > 1:
            x = layers.MaxPooling2D(2, name=f"block{block}_pool")(x)
        x = layers.Conv2D(filters, 3, padding="same", activation="relu", name=f"block{block}_conv")(x)
    window = [-(-side // 8) for side in x.shape[1:3]]
    if max(window) > 1:
        x = layers.MaxPooling2D(window, name="shrink")(x)
    x = layers.Flatten(name="head_flatten")(x)
    x = layers.Dense(128, activation="relu", name="head_hidden")(x)
    x = layers.Dense(classes, activation=classifier_activation, name="head_dense")(x)
    return keras.Model(picture, x, name="small_cnn")
