//! Metrics as Keras writes them, `AUC(curve="PR")`, as ours.

use train::metrics;

use crate::check::call::{Arguments, Call, Counterpart, Form, unquoted};

/// Each of our names, which what is called so elsewhere has too, and what Keras gives other arguments than those.
const METRICS: &[Counterpart] = &[
    Counterpart { name: "accuracy", arguments: &["name", "dtype"], ours: |_| Ok("accuracy".into()) },
    Counterpart {
        name: "binary_accuracy",
        arguments: &["name", "dtype", THRESHOLD],
        ours: |given| at_half(given, "accuracy"),
    },
    Counterpart { name: "top_k_categorical_accuracy", arguments: &["k", "name", "dtype"], ours: top_k },
    Counterpart {
        name: "precision",
        arguments: &[THRESHOLDS, "top_k", CLASS, "name", "dtype"],
        ours: |given| at_half(given, "precision"),
    },
    Counterpart {
        name: "recall",
        arguments: &[THRESHOLDS, "top_k", CLASS, "name", "dtype"],
        ours: |given| at_half(given, "recall"),
    },
    Counterpart { name: "f1", arguments: &["average", THRESHOLD, "name", "dtype"], ours: f1 },
    Counterpart { name: "auc", arguments: AREA, ours: area },
    Counterpart { name: "auc_pr", arguments: &["name", "dtype"], ours: |_| Ok("auc_pr".into()) },
    Counterpart {
        name: "recall_at_precision",
        arguments: &["precision", "num_thresholds", CLASS],
        ours: |given| bounded(given, "recall_at_precision", "precision"),
    },
    Counterpart {
        name: "precision_at_recall",
        arguments: &["recall", "num_thresholds", CLASS],
        ours: |given| bounded(given, "precision_at_recall", "recall"),
    },
    Counterpart {
        name: "sensitivity_at_specificity",
        arguments: &["specificity", "num_thresholds", CLASS],
        ours: |given| bounded(given, "sensitivity_at_specificity", "specificity"),
    },
    Counterpart {
        name: "specificity_at_sensitivity",
        arguments: &["sensitivity", "num_thresholds", CLASS],
        ours: |given| bounded(given, "specificity_at_sensitivity", "sensitivity"),
    },
];

const AREA: &[&str] = &[
    "num_thresholds",
    "curve",
    "summation_method",
    "name",
    "dtype",
    THRESHOLDS,
    "multi_label",
    "num_labels",
    "label_weights",
    "from_logits",
];

const THRESHOLD: &str = "threshold";
const THRESHOLDS: &str = "thresholds";
const CLASS: &str = "class_id";
const EVERY_THRESHOLD: &str = "once an epoch is over, there is a threshold at every probability that occurs";

/// `text` in our words where it is such a call, as it is where it is none.
///
/// # Errors
/// A bracket is not closed, or an argument means something that is said otherwise here.
pub(in crate::check) fn metric(text: &str) -> Result<String, String> {
    if !is_call(text) {
        return Ok(text.to_owned());
    }
    let call = Call::read(text)?;
    let by = |name: &str| Counterpart::find(METRICS, name);
    let (Some(known), Form::Brackets) =
        (by(call.name).or_else(|| metrics::known_as(call.name).and_then(by)), call.form)
    else {
        return Ok(text.to_owned());
    };
    let given = call.named((known.arguments, &[]), is_idle)?;
    let ours = (known.ours)(&given)?;
    match given.called.filter(|called| metrics::figure(called) != ours) {
        None => Ok(ours),
        Some(called) => Err(format!(
            "its figures are called {ours} and val_{ours} here: leave name={called} out, and write --monitor val_{ours} \
             for val_{called}"
        )),
    }
}

/// The metrics that a list's commas part: those in brackets part arguments.
pub(in crate::check) fn rejoined(words: &[String]) -> Vec<String> {
    let (mut joined, mut rest) = (Vec::new(), words);
    while let Some(first) = rest.first() {
        let whole = |count: &usize| is_call(first) && Call::read(&rest[..*count].join(",")).is_ok();
        let count = (1..=rest.len()).find(whole).unwrap_or(1);
        joined.push(rest[..count].join(","));
        rest = &rest[count..];
    }
    joined
}

/// Whether a bracket follows the name: within those of `recall[cat (wild)]` anything may stand.
fn is_call(text: &str) -> bool {
    text.find(['(', '[']).is_some_and(|place| text[place..].starts_with('('))
}

fn is_idle(name: &str, value: &str) -> Result<bool, String> {
    match (name, unquoted(value)) {
        ("from_logits", _) | ("multi_label" | "from_sorted_ids", "False") => Ok(true),
        ("num_thresholds", "200" | "None") | ("summation_method", "interpolation") => Ok(true),
        ("summation_method", _) => Err(format!(
            "areas are summed by interpolation here: leave summation_method out, received {value}"
        )),
        ("multi_label" | "num_labels" | "label_weights", value) if value != "None" => {
            Err(format!("a picture has one label here: leave {name} out"))
        }
        ("num_thresholds", _) => Err(format!("{EVERY_THRESHOLD}: leave num_thresholds out")),
        _ => Ok(false),
    }
}

/// What counts hits where the probability is above one half, of the class that the name alone means.
fn at_half(given: &Arguments<'_>, ours: &str) -> Result<String, String> {
    let threshold = [THRESHOLD, THRESHOLDS].iter().find_map(|name| given.get(name));
    if threshold.is_some_and(|threshold| threshold.parse() != Ok(0.5)) {
        return Err(format!(
            "one threshold is for all figures: write {ours}, and give --threshold with a number beside it, which the \
             evaluation goes by"
        ));
    }
    if given.get("top_k").is_some() {
        return Err(format!("it is of the most probable class here: write {ours}"));
    }
    no_number(given, &format!("{ours}[CLASS]")).map(|()| ours.to_owned())
}

/// Classes have names here.
fn no_number(given: &Arguments<'_>, ours: &str) -> Result<(), String> {
    match given.get(CLASS) {
        None => Ok(()),
        Some(_) => Err(format!("a class goes by its name here, as {ours}")),
    }
}

fn top_k(given: &Arguments<'_>) -> Result<String, String> {
    let ours = "top_k_categorical_accuracy";
    Ok(given.get("k").map_or_else(|| ours.to_owned(), |k| format!("{ours}[{k}]")))
}

/// Keras's default is a figure of each class, and the mean is what can be watched.
fn f1(given: &Arguments<'_>) -> Result<String, String> {
    match given.get("average").map(unquoted) {
        None => at_half(given, "f1"),
        Some("macro") => at_half(given, "f1_macro"),
        Some("micro") => Err("of single labels that is the accuracy: write accuracy".into()),
        Some(other) => Err(format!("average is none or macro here, received {other}: write f1_macro")),
    }
}

fn area(given: &Arguments<'_>) -> Result<String, String> {
    if given.get(THRESHOLDS).is_some() {
        return Err(format!("{EVERY_THRESHOLD}: leave thresholds out"));
    }
    match given.get("curve").map_or("ROC", unquoted) {
        "ROC" => Ok("auc".into()),
        "PR" => Ok("auc_pr".into()),
        other => Err(format!("curve: expected ROC, which is auc, or PR, which is auc_pr, received {other}")),
    }
}

fn bounded(given: &Arguments<'_>, ours: &str, bound: &str) -> Result<String, String> {
    let bound = given.needed(bound)?;
    no_number(given, &format!("{ours}[{bound}/CLASS]"))?;
    Ok(format!("{ours}[{bound}]"))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A metric that is new has its arguments here too.
    #[test]
    fn every_metric_has_its_arguments() {
        for name in metrics::NAMES {
            assert!(Counterpart::find(METRICS, name).is_some(), "{name}: give it a row in METRICS");
        }
    }

    /// Left as Keras's documentation has it.
    #[test]
    fn keras_s_metrics_are_ours() {
        for (keras, ours) in [
            ("AUC()", "auc"),
            ("AUC(curve=\"PR\")", "auc_pr"),
            ("keras.metrics.AUC(200, 'PR', name='auc_pr', from_logits=True)", "auc_pr"),
            ("AUC(200, 'PR', 'interpolation', 'auc_pr', None, None, False, None, None, True)", "auc_pr"),
            ("Recall(0.5, None, None, 'recall')", "recall"),
            ("BinaryAccuracy('accuracy', None, 0.5)", "accuracy"),
            ("F1Score(None, None, 'f1_score')", "f1"),
            ("SparseTopKCategoricalAccuracy(k=3, from_sorted_ids=False)", "top_k_categorical_accuracy[3]"),
            ("TopKCategoricalAccuracy(k=2)", "top_k_categorical_accuracy[2]"),
            ("SparseTopKCategoricalAccuracy(3)", "top_k_categorical_accuracy[3]"),
            ("TopKCategoricalAccuracy()", "top_k_categorical_accuracy"),
            ("SparseCategoricalAccuracy(name='acc')", "accuracy"),
            ("BinaryAccuracy(threshold=0.5)", "accuracy"),
            ("Recall(thresholds=None)", "recall"),
            ("F1Score(average='macro')", "f1_macro"),
            ("F1Score()", "f1"),
            ("RecallAtPrecision(0.9)", "recall_at_precision[0.9]"),
            ("PrecisionAtRecall(recall=0.95)", "precision_at_recall[0.95]"),
            ("SensitivityAtSpecificity(0.5, num_thresholds=200)", "sensitivity_at_specificity[0.5]"),
            ("SpecificityAtSensitivity(0.5)", "specificity_at_sensitivity[0.5]"),
            // Ours, and what nobody knows, stay as they are.
            ("recall[cat (wild)]", "recall[cat (wild)]"),
            ("MeanSquaredError()", "MeanSquaredError()"),
        ] {
            assert_eq!(metric(keras).as_deref(), Ok(ours), "{keras}");
            assert!(keras.starts_with("Mean") || metrics::find(ours).is_ok(), "{ours}");
        }
    }

    #[test]
    fn what_differs_is_answered_with_what_comes_near() {
        for (keras, expected) in [
            ("Recall(thresholds=0.3)", "write recall, and give --threshold"),
            ("Precision(class_id=1)", "a class goes by its name here, as precision[CLASS]"),
            ("Precision(top_k=3)", "write precision"),
            ("RecallAtPrecision(0.9, class_id=1)", "as recall_at_precision[0.9/CLASS]"),
            ("RecallAtPrecision()", "precision is missing"),
            ("F1Score(average='weighted')", "write f1_macro"),
            ("F1Score(average='micro')", "write accuracy"),
            ("AUC(num_thresholds=500)", "leave num_thresholds out"),
            ("AUC(thresholds=[0.1, 0.9])", "leave thresholds out"),
            ("AUC(summation_method='majoring')", "leave summation_method out, received 'majoring'"),
            ("AUC(multi_label=True)", "leave multi_label out"),
            ("AUC(name='prc', curve='PR')", "leave name=prc out, and write --monitor val_auc_pr for val_prc"),
            ("AUC(200, 'PR', 'interpolation', 'prc')", "called auc_pr and val_auc_pr here"),
            ("RecallAtPrecision(0.9, name='r')", "write --monitor val_recall_at_precision[0.9] for val_r"),
            ("CategoricalAccuracy('hits')", "write --monitor val_accuracy for val_hits"),
            ("Accuracy(0.5, None, 1)", "1 is one argument more than it takes"),
            ("AUC(curve='ROK')", "received ROK"),
            ("AUC(curv='PR')", "did you mean curve?"),
            ("AUC(curve='PR'", "the bracket behind AUC is not closed"),
        ] {
            let message = metric(keras).unwrap_err();
            assert!(message.contains(expected), "{keras}: {message}");
        }
    }

    #[test]
    fn what_commas_part_within_brackets_is_one_metric() {
        let rejoin = |text: &str| rejoined(&text.split(',').map(String::from).collect::<Vec<_>>());
        assert_eq!(
            rejoin("acc,AUC(name='a',curve='PR'),recall[it's (so]"),
            ["acc", "AUC(name='a',curve='PR')", "recall[it's (so]"]
        );
        assert_eq!(rejoin("AUC(curve='PR',acc"), ["AUC(curve='PR'", "acc"]);
    }
}
