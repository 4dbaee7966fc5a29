"""Numbers that Keras and scikit-learn give, for the tests to be held against.

    python crates/train/golden/make.py

needs tensorflow-cpu 2.21, keras 3.15 and scikit-learn 1.9, and writes numbers.txt beside itself: a line is a name
and its values.
"""

import os
import pathlib
import tempfile

os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"

import keras
import numpy as np
import tensorflow as tf
from sklearn import metrics as sklearn_metrics
from sklearn.utils.class_weight import compute_class_weight

lines = []


def put(name, values):
    lines.append(" ".join([name] + [f"{float(v):.9g}" for v in np.asarray(values).reshape(-1)]))


def optimizers():
    """20 steps down 0.5 * sum(a * (w - t)^2), whose gradient is a * (w - t), with two variables of three values."""
    a = np.array([1e-3, 0.1, 1, 10, 0.5, 2], "float32")
    t = np.array([1, -1, 2, 0.5, 0, -3], "float32")
    start = np.array([0, 0.5, -1, 1, 0.25, 4], "float32")
    put("optimizer.a", a)
    put("optimizer.t", t)
    put("optimizer.start", start)
    of = keras.optimizers
    every = [of.SGD, of.Adagrad, of.Adadelta, of.RMSprop, of.Adam, of.Adamax, of.Nadam, of.AdamW, of.Lion]
    put("optimizer.default_learning_rates", [optimizer().learning_rate.numpy() for optimizer in every])
    plain = {
        "adadelta": lambda **more: of.Adadelta(1.0, **more),
        "adadelta_fast": lambda **more: of.Adadelta(0.5, rho=0.9, epsilon=1e-3, **more),
        "adagrad": lambda **more: of.Adagrad(0.1, **more),
        "adagrad_zero": lambda **more: of.Adagrad(0.3, initial_accumulator_value=0.0, epsilon=1e-3, **more),
        "adam": lambda **more: of.Adam(0.1, **more),
        "adam_slow": lambda **more: of.Adam(0.01, beta_1=0.5, beta_2=0.9, epsilon=1e-3, **more),
        "adamax": lambda **more: of.Adamax(0.1, **more),
        "adamax_fast": lambda **more: of.Adamax(0.05, beta_1=0.5, beta_2=0.8, epsilon=1e-3, **more),
        "amsgrad": lambda **more: of.Adam(0.1, beta_2=0.5, amsgrad=True, **more),
        "lion": lambda **more: of.Lion(0.03, **more),
        "lion_fast": lambda **more: of.Lion(0.1, beta_1=0.7, beta_2=0.5, **more),
        "nadam": lambda **more: of.Nadam(0.1, **more),
        "nadam_fast": lambda **more: of.Nadam(0.05, beta_1=0.6, beta_2=0.8, epsilon=1e-3, **more),
        "rmsprop": lambda **more: of.RMSprop(0.05, **more),
        "rmsprop_momentum": lambda **more: of.RMSprop(0.02, rho=0.8, momentum=0.7, **more),
        "rmsprop_centered": lambda **more: of.RMSprop(0.02, centered=True, **more),
        "rmsprop_both": lambda **more: of.RMSprop(0.02, momentum=0.5, epsilon=1e-3, centered=True, **more),
        "sgd": lambda **more: of.SGD(0.1, **more),
        "sgd_momentum": lambda **more: of.SGD(0.05, momentum=0.9, **more),
        "sgd_nesterov": lambda **more: of.SGD(0.05, momentum=0.9, nesterov=True, **more),
    }
    cases = {name: make() for name, make in plain.items()}
    # What optimizers have in common, with each of them.
    cases |= {f"{name}.bounded": make(weight_decay=0.05, clipnorm=1.0) for name, make in plain.items()}
    cases["adamw"] = of.AdamW(0.1)
    cases["adamw_amsgrad"] = of.AdamW(0.1, weight_decay=0.2, beta_2=0.5, amsgrad=True)
    cases["adam.kernels"] = of.Adam(0.1, weight_decay=0.2)
    cases["adam.kernels"].exclude_from_weight_decay(var_names=["gamma"])
    cases["sgd.value"] = of.SGD(0.1, clipvalue=0.5)
    cases["adam.value"] = of.Adam(0.1, clipvalue=0.5, weight_decay=0.1)
    cases["sgd.global"] = of.SGD(0.1, momentum=0.5, global_clipnorm=2.0)
    cases["rmsprop.global"] = of.RMSprop(0.1, global_clipnorm=0.5, weight_decay=0.1)
    cases["adam.gathered"] = of.Adam(0.1, gradient_accumulation_steps=3)
    cases["nadam.gathered"] = of.Nadam(0.1, gradient_accumulation_steps=2, clipvalue=0.3, weight_decay=0.1)
    cases["sgd.gathered"] = of.SGD(0.05, momentum=0.9, gradient_accumulation_steps=4, global_clipnorm=1.5)
    cases["sgd.average"] = of.SGD(0.1, use_ema=True, ema_momentum=0.8)
    cases["adam.average"] = of.Adam(0.1, use_ema=True, ema_momentum=0.9, ema_overwrite_frequency=4)
    cases["lion.average"] = of.Lion(0.03, use_ema=True, gradient_accumulation_steps=3, ema_overwrite_frequency=2)
    for name, optimizer in cases.items():
        variables = [keras.Variable(start[:3], name="gamma"), keras.Variable(start[3:], name="kernel")]
        together = lambda values: np.concatenate([v.numpy() for v in values])
        steps = []
        for _ in range(20):
            gradient = a * (together(variables) - t)
            optimizer.apply([tf.constant(gradient[:3]), tf.constant(gradient[3:])], variables)
            steps.append(together(variables))
        put(f"optimizer.{name}", steps)
        if optimizer.use_ema:
            put(f"optimizer.{name}.averages", together(optimizer._model_variables_moving_average))


def one_loss(name, loss, logits, activate, targets, truth):
    """What fit and evaluate report: Keras finds the logits behind the activation by itself."""
    weights = np.linspace(0.5, 2, len(targets)).astype("float32")
    z = tf.Variable(logits)
    with tf.GradientTape() as tape:
        mean = loss(targets, activate(z))
    name = f"loss.{name}"
    put(f"{name}.logits", logits)
    put(f"{name}.truth", truth)
    put(f"{name}.weights", weights)
    put(f"{name}.values", activate(z))
    put(f"{name}.mean", mean)
    put(f"{name}.gradient", tape.gradient(mean, z))
    put(f"{name}.weighted", loss(targets, activate(z), sample_weight=weights))
    put(f"{name}.of_probabilities", [loss(targets[i:i + 1], tf.constant(activate(z)[i:i + 1].numpy()))
                                     for i in range(len(targets))])


def losses():
    of = keras.losses
    random = np.random.default_rng(1)
    softmax, sigmoid = keras.activations.softmax, keras.activations.sigmoid
    logits = random.normal(0, 3, (6, 4)).astype("float32")
    mild = logits.copy()
    logits[1] = [40, -40, 0, 0]
    logits[2] = [60, 59, -30, 0]
    labels = np.array([0, 1, 1, 2, 3, 0])
    one_hot = np.eye(4, dtype="float32")[labels]
    mixed = 0.7 * one_hot + 0.3 * np.eye(4, dtype="float32")[[2, 1, 3, 3, 0, 1]]
    one_loss("sparse_categorical_crossentropy", of.SparseCategoricalCrossentropy(), logits, softmax, labels, labels)
    one_loss("categorical_crossentropy", of.CategoricalCrossentropy(), logits, softmax, one_hot, labels)
    smoothed = of.CategoricalCrossentropy(label_smoothing=0.1)
    one_loss("categorical.smoothed", smoothed, logits, softmax, one_hot, labels)
    one_loss("categorical.mixed", of.CategoricalCrossentropy(), logits, softmax, mixed, mixed)
    one_loss("categorical.both", smoothed, logits, softmax, mixed, mixed)
    # Keras's focal losses see probabilities alone and hold them: only such as it need not hold are compared.
    one_loss("categorical_focal_crossentropy", of.CategoricalFocalCrossentropy(), mild, softmax, one_hot, labels)
    other = of.CategoricalFocalCrossentropy(alpha=0.6, gamma=0.5, label_smoothing=0.1)
    one_loss("categorical_focal.smoothed", other, mild, softmax, one_hot, labels)
    one_loss("categorical_focal.mixed", of.CategoricalFocalCrossentropy(gamma=3.0), mild, softmax, mixed, mixed)
    logit = np.array([[0.3], [-2], [50], [-50], [50], [1.5]], "float32")
    mild = np.array([[0.3], [-2], [5], [-4], [3], [1.5]], "float32")
    binary = np.array([1, 0, 1, 0, 0, 0])
    targets = binary[:, None].astype("float32")
    mixed = (0.6 * targets + 0.4 * np.array([[1], [1], [0], [0], [1], [0]])).astype("float32")
    rows = np.concatenate([1 - mixed, mixed], 1)
    smoothed = of.BinaryCrossentropy(label_smoothing=0.2)
    one_loss("binary_crossentropy", of.BinaryCrossentropy(), logit, sigmoid, targets, binary)
    one_loss("binary.smoothed", smoothed, logit, sigmoid, targets, binary)
    one_loss("binary.mixed", of.BinaryCrossentropy(), logit, sigmoid, mixed, rows)
    one_loss("binary.both", smoothed, logit, sigmoid, mixed, rows)
    one_loss("binary_focal_crossentropy", of.BinaryFocalCrossentropy(), mild, sigmoid, targets, binary)
    other = of.BinaryFocalCrossentropy(apply_class_balancing=True, alpha=0.7, gamma=1.5, label_smoothing=0.1)
    one_loss("binary_focal.smoothed", other, mild, sigmoid, targets, binary)
    one_loss("binary_focal.mixed", other, mild, sigmoid, mixed, rows)
    labels = random.choice(3, 50, p=[0.7, 0.2, 0.1])
    put("class_weights.labels", labels)
    put("class_weights.balanced", compute_class_weight("balanced", classes=np.arange(3), y=labels))


def curve(name, scores, own):
    """One class's figures with Keras's thresholds and, as `exact`, with one at each score that occurs."""
    of = keras.metrics
    score = lambda metric: float(metric(own, scores))
    every = sorted(set(scores.tolist()))
    fine = 200001
    put(f"{name}.auc", score(of.AUC()))
    put(f"{name}.auc.exact", sklearn_metrics.roc_auc_score(own, scores))
    put(f"{name}.auc_pr", score(of.AUC(curve="PR")))
    put(f"{name}.auc_pr.exact", score(of.AUC(curve="PR", thresholds=every)))
    for figure, metric in [
        ("recall_at_precision", of.RecallAtPrecision),
        ("precision_at_recall", of.PrecisionAtRecall),
        ("sensitivity_at_specificity", of.SensitivityAtSpecificity),
        ("specificity_at_sensitivity", of.SpecificityAtSensitivity),
    ]:
        put(f"{name}.{figure}", score(metric(0.6)))
        put(f"{name}.{figure}.exact", score(metric(0.6, num_thresholds=fine)))


def all_metrics(name, probabilities, labels):
    """Every figure, of each class and over those that occur."""
    classes, occurring = probabilities.shape[1], sorted(set(labels.tolist()))
    answers = probabilities.argmax(-1)
    put(f"{name}.labels", labels)
    put(f"{name}.top_k_categorical_accuracy[2]",
        keras.metrics.SparseTopKCategoricalAccuracy(k=2)(labels, probabilities))
    for figure in ["precision", "recall", "f1"]:
        score = getattr(sklearn_metrics, f"{figure}_score")
        put(f"{name}.{figure}_macro", score(labels, answers, average="macro", zero_division=0))
        for c, value in enumerate(score(labels, answers, labels=range(classes), average=None, zero_division=0)):
            put(f"{name}.{figure}[{c}]", value)
    start = len(lines)
    for c in occurring:
        curve(f"class {c}", probabilities[:, c], labels == c)
    by_class = {}
    for line in lines[start:]:
        words = line.split(" ")
        by_class.setdefault(words[1].split(".", 1)[1], []).append(float(words[2]))
    del lines[start:]
    number = lambda figure, inner: f"{figure}[{inner}]" if figure.startswith("auc") else f"{figure}[0.6/{inner}]"
    for key, values in by_class.items():
        figure, dot, exact = key.partition(".")
        bare = figure if figure.startswith("auc") else f"{figure}[0.6]"
        whole = figure + "_macro" if figure.startswith("auc") else f"{figure}_macro[0.6]"
        put(f"{name}.{whole}{dot}{exact}", np.mean(values))
        put(f"{name}.{bare}{dot}{exact}", values[1] if classes == 2 else np.mean(values))
        for c, value in zip(occurring, values):
            put(f"{name}.{number(figure, c)}{dot}{exact}", value)


def metrics():
    random = np.random.default_rng(2)
    # Of five classes one occurs neither among the labels nor among the answers.
    logits = random.normal(0, 1, (40, 5))
    logits[:, 3] = -9
    labels = random.choice([0, 1, 2, 4], 40)
    logits[np.arange(40), labels] += 0.8
    # Some pictures are judged alike.
    logits[10:14] = logits[10]
    probabilities = keras.activations.softmax(tf.constant(logits, "float32")).numpy()
    answers = probabilities.argmax(-1)
    put("metric.many.probabilities", probabilities)
    put("metric.many.accuracy", keras.metrics.SparseCategoricalAccuracy()(labels, probabilities))
    for name in ["precision", "recall", "f1"]:
        score = getattr(sklearn_metrics, f"{name}_score")
        put(f"metric.many.{name}", score(labels, answers, average="macro", zero_division=0))
    all_metrics("metric.many", probabilities, labels)
    labels = random.integers(0, 2, 40)
    unit = (random.uniform(0, 0.85, 40) + 0.15 * labels).astype("float32")
    unit[:3] = [0.5, np.nextafter(np.float32(0.5), np.float32(1)), 0.5]
    # Some pictures are judged alike.
    unit[10:14] = unit[10]
    put("metric.two.unit", unit)
    put("metric.two.accuracy", keras.metrics.BinaryAccuracy()(labels[:, None], unit[:, None]))
    put("metric.two.precision", keras.metrics.Precision()(labels, unit))
    put("metric.two.recall", keras.metrics.Recall()(labels, unit))
    put("metric.two.f1", sklearn_metrics.f1_score(labels, unit > 0.5))
    all_metrics("metric.two", np.stack([1 - unit, unit], 1), labels)


def schedules():
    """Rates of the first 60 steps; a stage here has 40 of them, ten an epoch."""
    of = keras.optimizers.schedules
    cases = {
        "step": of.PiecewiseConstantDecay([7, 20], [0.1, 0.05, 0.001]),
        "exponential": of.ExponentialDecay(0.1, 8, 0.5),
        "exponential_epoch": of.ExponentialDecay(0.1, 10, 0.9),
        "exponential_staircase": of.ExponentialDecay(0.1, 6, 0.7, staircase=True),
        "polynomial": of.PolynomialDecay(0.1, 40),
        "polynomial_power": of.PolynomialDecay(0.1, 25, 0.01, power=0.5),
        "polynomial_cycle": of.PolynomialDecay(0.1, 9, 0.0, power=2.0, cycle=True),
        "inverse_time": of.InverseTimeDecay(0.1, 4, 0.3),
        "inverse_time_staircase": of.InverseTimeDecay(0.1, 10, 0.5, staircase=True),
        "cosine": of.CosineDecay(0.1, 40),
        "cosine_alpha": of.CosineDecay(0.1, 15, alpha=0.2),
        "cosine_warmup": of.CosineDecay(0.025, 32, alpha=0.1, warmup_target=0.1, warmup_steps=8),
        "cosine_restarts": of.CosineDecayRestarts(0.1, 5),
        "cosine_restarts_other": of.CosineDecayRestarts(0.1, 10, t_mul=1.5, m_mul=0.8, alpha=0.1),
        "cosine_restarts_even": of.CosineDecayRestarts(0.1, 7, t_mul=1.0, m_mul=0.5),
    }
    for name, schedule in cases.items():
        put(f"schedule.{name}", [float(schedule(step)) for step in range(60)])


class Pretend:
    """Enough of a model for callbacks: its weights are the epoch's number."""

    metrics = []
    stop_training = False

    def __init__(self):
        self.weights, self.saved = 0, []

    def get_weights(self):
        return self.weights

    def set_weights(self, weights):
        self.weights = weights

    def save(self, path, overwrite):
        self.saved.append(self.weights)


def callbacks():
    """Which epoch stops the training, whose weights stay, which epochs are saved."""
    noisy = [5, 4, 4.5, 3.9, 3.95, 3.85, 3.99, 4, 3.98, 3.97, 3.84, 5]
    cases = [
        ("val_loss", noisy, 2, 0, 0),
        ("val_loss", noisy, 3, 0.2, 0),
        ("val_loss", noisy, 0, 0, 0),
        ("val_loss", noisy, 2, 0, 5),
        ("val_accuracy", noisy, 2, 0, 0),
        ("val_loss", [1, 1, 1], 1, 0, 0),
        ("val_loss", [1, np.nan, np.nan, 0.5], 2, 0, 0),
    ]
    for index, (monitor, values, patience, min_delta, start) in enumerate(cases):
        mode = "min" if monitor == "val_loss" else "max"
        stopping, model = Pretend(), Pretend()
        early = keras.callbacks.EarlyStopping(monitor, min_delta, patience, mode=mode, restore_best_weights=True,
                                              start_from_epoch=start)
        checkpoint = keras.callbacks.ModelCheckpoint("best.keras", monitor, save_best_only=True, mode=mode)
        early.set_model(stopping)
        checkpoint.set_model(model)
        early.on_train_begin()
        stopped = 0
        for epoch, value in enumerate(values):
            model.weights = epoch + 1
            checkpoint.on_epoch_end(epoch, {monitor: value})
            if not stopped:
                stopping.weights = epoch + 1
                early.on_epoch_end(epoch, {monitor: value})
                stopped = epoch + 1 if stopping.stop_training else 0
        early.on_train_end()
        put(f"callback.{index}.values", values)
        put(f"callback.{index}.settings", [monitor == "val_accuracy", patience, min_delta, start])
        put(f"callback.{index}.stopped", [stopped])
        put(f"callback.{index}.restored", [stopping.weights])
        put(f"callback.{index}.saved", model.saved)


def events():
    """The bytes of an event file with its opening and one scalar."""
    scalar = tf.compat.v1.Summary.Value(tag="epoch_loss", simple_value=0.25)
    written = [
        tf.compat.v1.Event(wall_time=1234.5, file_version="brain.Event:2"),
        tf.compat.v1.Event(wall_time=1234.5, step=300, summary=tf.compat.v1.Summary(value=[scalar])),
    ]
    with tempfile.TemporaryDirectory() as folder:
        path = pathlib.Path(folder, "events")
        with tf.io.TFRecordWriter(str(path)) as writer:
            for event in written:
                writer.write(event.SerializeToString())
        put("events", list(path.read_bytes()))


class Rate:
    """Enough of an optimizer for a callback that sets its rate, in float32 as Keras keeps it."""

    def __init__(self, learning_rate):
        self.rate = np.float32(learning_rate)

    @property
    def learning_rate(self):
        return self.rate

    @learning_rate.setter
    def learning_rate(self, value):
        self.rate = np.float32(value)


def plateaus():
    """The rate of each epoch, as ReduceLROnPlateau has left it."""
    noisy = [5, 4, 4.5, 3.9, 3.90005, 3.85, 3.99, 4, 3.98, 3.97, 3.84, 5, 5, 5, 5, 5, 5, 5]
    cases = [
        ("val_loss", noisy, dict(factor=0.5, patience=2)),
        ("val_loss", noisy, dict(factor=0.5, patience=1, cooldown=2)),
        ("val_loss", noisy, dict(patience=2, min_lr=0.0005)),
        ("val_accuracy", noisy, dict(factor=0.2, patience=3, cooldown=1)),
        ("val_loss", noisy, dict(factor=0.9, patience=0)),
        ("val_loss", [1, np.nan, np.nan, 0.5, 0.5, 0.5], dict(factor=0.5, patience=2)),
        ("val_loss", noisy, dict()),
        ("val_loss", noisy, dict(factor=0.5, patience=2, min_delta=0.2)),
    ]
    for index, (monitor, values, settings) in enumerate(cases):
        model = Pretend()
        model.optimizer = Rate(0.1)
        mode = "min" if monitor == "val_loss" else "max"
        plateau = keras.callbacks.ReduceLROnPlateau(monitor, mode=mode, **settings)
        plateau.set_model(model)
        plateau.on_train_begin()
        rates = []
        for epoch, value in enumerate(values):
            rates.append(model.optimizer.learning_rate)
            plateau.on_epoch_end(epoch, {monitor: value})
        put(f"plateau.{index}.values", values)
        put(f"plateau.{index}.settings", [monitor == "val_accuracy", plateau.factor, plateau.patience,
                                          plateau.cooldown, plateau.min_lr, plateau.min_delta])
        put(f"plateau.{index}.rates", rates)


class MovingNormalization(keras.layers.BatchNormalization):
    """Learns, but with the moving figures: a functional model does not pass on a layer's own training=False."""

    def call(self, inputs, training=None, mask=None):
        return super().call(inputs, training=False, mask=mask)


def trainings():
    """Whole trainings of one small network, every picture in each step so that their order does not matter."""
    random = np.random.default_rng(3)
    pictures = random.integers(0, 256, (8, 4, 4, 3)).astype("float32")
    labels = np.array([0, 1, 2, 0, 1, 2, 1, 0])
    put("fit.pictures", pictures)
    put("fit.labels", labels)
    cases = {
        "adam": (keras.optimizers.Adam(0.02), True),
        "sgd": (keras.optimizers.SGD(0.1, momentum=0.9, nesterov=True), True),
        "moving": (keras.optimizers.Adam(0.02), False),
    }
    start = None
    for name, (optimizer, batch_statistics) in cases.items():
        x = inputs = keras.Input((4, 4, 3))
        x = keras.layers.Rescaling(1 / 64, -1)(x)
        x = keras.layers.Conv2D(4, 3, padding="same", use_bias=False)(x)
        x = (keras.layers.BatchNormalization if batch_statistics else MovingNormalization)(momentum=0.8)(x)
        x = keras.layers.ReLU()(x)
        x = keras.layers.GlobalAveragePooling2D()(x)
        x = keras.layers.Dense(3, activation="softmax")(x)
        model = keras.Model(inputs, x)
        if start is None:
            start = [random.normal(0, 0.5, w.shape).astype("float32") for w in model.get_weights()]
            start[4] = np.abs(start[4]) + 0.5  # the moving variance
            put("fit.start", np.concatenate([w.reshape(-1) for w in start]))
        model.set_weights(start)
        model.compile(optimizer, "sparse_categorical_crossentropy", metrics=["accuracy"])
        history = model.fit(pictures[:6], labels[:6], 6, 5, shuffle=False, verbose=0,
                            validation_data=(pictures[6:], labels[6:])).history
        for figure, values in history.items():
            put(f"fit.{name}.{figure}", values)
        put(f"fit.{name}.end", np.concatenate([w.reshape(-1) for w in model.get_weights()]))


optimizers()
schedules()
losses()
metrics()
callbacks()
plateaus()
events()
trainings()
pathlib.Path(__file__).with_name("numbers.txt").write_text("\n".join(lines) + "\n")
