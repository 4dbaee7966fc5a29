"""The few numbers that are kept of a network, and the file that they are kept in."""

import json
import pathlib

import numpy as np

FOLDER = pathlib.Path(__file__).resolve().parents[1] / "networks"
# Classes, pictures, and how many of the logits are kept.
CLASSES, PICTURES, KEPT = 10, 4, 32


def figure(x):
    """With as many digits as a float32 can show."""
    return float(f"{float(x):.8g}")


def figures(values):
    """Mean and deviation."""
    values = np.asarray(values, "float64")
    return [figure(values.mean()), figure(values.std())]


def inference(size, stages, logits):
    """`stages` are pairs of a layer's name and its output."""
    logits = np.asarray(logits, "float64").ravel()
    return {
        "input": list(size),
        "stages": [[name, *figures(values)] for name, values in stages],
        "logits": {"count": len(logits), "figures": figures(logits), "first": [figure(x) for x in logits[:KEPT]]},
    }


def training(size, exact, narrow):
    """Of `exact` (float64) the loss and the gradients' norms a layer, and how far off these are in `narrow` (float32).

    Both are pairs of the loss and the norms by layer. A norm below a thousandth of the whole counts as that.
    """
    (loss, norms), (narrow_loss, narrow_norms) = exact, narrow
    least = 1e-3 * np.sqrt(sum(norm**2 for norm in norms.values()))
    apart = max(abs(narrow_norms[name] - norm) / max(norm, least) for name, norm in norms.items())
    return {
        "input": list(size),
        "pictures": PICTURES,
        "classes": CLASSES,
        "loss": figure(loss),
        "float32_apart": {"loss": figure(abs(narrow_loss / loss - 1)), "gradients": figure(apart)},
        "gradients": {name: figure(norm) for name, norm in norms.items()},
    }


def layer_norms(gradients):
    """Of pairs of a parameter's name and its gradient: the norm of each layer's."""
    squares = {}
    for name, gradient in gradients:
        layer = name.rsplit("/", 1)[0]
        squares[layer] = squares.get(layer, 0.0) + float((np.asarray(gradient, "float64") ** 2).sum())
    return {layer: square**0.5 for layer, square in squares.items()}


def small(least):
    """An odd size that is not square, a little above the least."""
    return least + 13, least + 46


def trained(least):
    """The size of a training step's pictures: larger, so that a norm has a few dozen values even in the last map."""
    return least + 33, least + 64


def known(name):
    """Gain, and deviation of pixels, of a network whose numbers are kept already; remove its file to have them looked for
    anew."""
    path = FOLDER / f"{name}.json"
    if not path.exists():
        return None
    numbers = json.loads(path.read_text())
    return numbers["gain"], numbers["pixels"]


def best_gain(deviations, first):
    """The gain at which the signal neither dies nor grows on its way: `deviations` gives those of the stages for a gain.

    It is looked for around that of the `first` member of the family, if that is known.
    """
    def drift(gain):
        logs = np.log(np.maximum(np.nan_to_num(deviations(gain), nan=1e30, posinf=1e30), 1e-30))
        return np.abs(logs).max()

    steps = {}
    of_first = known(first)
    best, step = (of_first[0], 1.19) if of_first else (2.0, 2.0)
    while step > 1.04:
        for gain in (best / step, best, best * step):
            if gain not in steps:
                steps[gain] = drift(gain)
        nearest = min(steps, key=steps.get)
        best, step = (nearest, step) if nearest != best else (best, step**0.5)
    return float(f"{best:.3g}")


def write(name, judge, gain, pixels, parameters, passes, step=None):
    """One network's file: a line for each of these, so that a change can be read."""
    content = {"judge": judge, "gain": gain, "pixels": pixels, "parameters": parameters, "inference": passes}
    if step:
        content["training"] = step
    lines = [f"{json.dumps(key)}: {json.dumps(value)}" for key, value in content.items() if key != "inference"]
    lines.insert(4, '"inference": [\n' + ",\n".join(map(json.dumps, passes)) + "\n]")
    (FOLDER / f"{name}.json").write_text("{\n" + ",\n".join(lines) + "\n}\n")


def report(name, gain, passes, step, seconds):
    """Says in a line what was computed of a network."""
    apart = step["float32_apart"] if step else ""
    deviations = " ".join(f"{stage[2]:.3g}" for stage in passes[1]["stages"])
    logits = passes[0]["logits"]["figures"]
    print(f"{name}: gain {gain}, stages {deviations}, logits {logits} {apart} {seconds:.0f} s", flush=True)
