"""Writes evaluation.json: what scikit-learn and numpy say about some predictions (run with scikit-learn 1.9)."""
import json, pathlib, warnings
import numpy as np
from sklearn import metrics

warnings.simplefilter("ignore")


def expected_calibration_error(truth, probabilities, bins=15):
    confidence, right = probabilities.max(1), probabilities.argmax(1) == truth
    edges, error = np.linspace(0, 1, bins + 1), 0.0
    for low, high in zip(edges[:-1], edges[1:]):
        inside = (confidence > low) & (confidence <= high)
        if inside.any():
            error += inside.mean() * abs(right[inside].mean() - confidence[inside].mean())
    return error


def case(seed, pictures, classes, absent=(), never=()):
    random = np.random.default_rng(seed)
    truth = random.choice([c for c in range(classes) if c not in absent], pictures)
    scores = random.normal(size=(pictures, classes)) + 1.5 * np.eye(classes)[truth]
    scores[:, list(never)] -= 50
    probabilities = np.exp(scores) / np.exp(scores).sum(1, keepdims=True)
    # Four digits make ties, and the file small.
    probabilities = np.round(probabilities, 4)
    predicted, labels = probabilities.argmax(1), list(range(classes))
    figures = lambda average: [
        [None if np.isnan(v) else float(v) for v in np.atleast_1d(f)]
        for f in metrics.precision_recall_fscore_support(
            truth, predicted, labels=labels, average=average, zero_division=np.nan)[:3]]
    weighted = figures("weighted")
    # Where no class with a picture has a figure, scikit-learn gives the plain mean; we say that there is none.
    support = np.bincount(truth, minlength=classes)
    for mean, each in zip(weighted, figures(None)):
        if not any(weight for weight, figure in zip(support, each) if figure is not None):
            mean[0] = None
    clipped = np.clip(probabilities, 1e-7, 1 - 1e-7)
    return {
        "classes": classes,
        "truth": truth.tolist(),
        "probabilities": probabilities.ravel().tolist(),
        "accuracy": metrics.accuracy_score(truth, predicted),
        "loss": float(-np.log(clipped[np.arange(pictures), truth]).mean()),
        "confusion": metrics.confusion_matrix(truth, predicted, labels=labels).tolist(),
        "each": figures(None), "macro": figures("macro"), "weighted": weighted,
        "roc_auc": metrics.roc_auc_score(truth, probabilities[:, 1]) if classes == 2 else None,
        "calibration_error": float(expected_calibration_error(truth, probabilities)),
    }


cases = {
    "four classes": case(1, 60, 4),
    "two classes": case(2, 41, 2),
    "a class without pictures": case(3, 30, 3, absent=[1]),
    "a class never predicted": case(4, 30, 3, never=[2]),
    "neither pictures nor predictions": case(5, 30, 4, absent=[0], never=[0]),
    "one picture": case(6, 1, 3),
}
text = ",\n".join(f"{json.dumps(name)}: {json.dumps(content)}" for name, content in cases.items())
pathlib.Path(__file__).with_name("evaluation.json").write_text("{" + text + "}\n")
