use super::*;
use crate::golden::{golden, golden_labels};
use crate::{Answer, Scores};

/// What is compared in both sets of pictures: five classes, of which one does not occur, and two.
const COMPARED: &[&str] = &[
    "accuracy",
    "precision",
    "recall",
    "f1",
    "precision_macro",
    "recall_macro",
    "f1_macro",
    "precision[0]",
    "recall[0]",
    "f1[1]",
    "top_k_categorical_accuracy[2]",
];

/// What has a golden figure for Keras's thresholds and an exact one.
const CURVES: &[&str] = &[
    "auc",
    "auc_pr",
    "recall_at_precision[0.6]",
    "precision_at_recall[0.6]",
    "sensitivity_at_specificity[0.6]",
    "specificity_at_sensitivity[0.6]",
    "auc_macro",
    "auc[0]",
    "auc_pr[1]",
    "recall_at_precision[0.6/0]",
];

/// Keras's names of classes and functions, those of a figure with a class or a number in brackets, and another name.
#[test]
fn keras_s_other_names_are_ours() {
    for (written, ours) in [
        ("acc", "accuracy"),
        ("Accuracy", "accuracy"),
        ("binary_accuracy", "accuracy"),
        ("CategoricalAccuracy", "accuracy"),
        ("val_sparse_categorical_accuracy", "val_accuracy"),
        ("SparseTopKCategoricalAccuracy[3]", "top_k_categorical_accuracy[3]"),
        ("AUC", "auc"),
        ("val_Recall", "val_recall"),
        ("F1Score[PNEUMONIA]", "f1[PNEUMONIA]"),
        ("f1_score_macro", "f1_macro"),
        ("RecallAtPrecision[0.9/Recall]", "recall_at_precision[0.9/Recall]"),
        ("loss", "loss"),
        ("val_los", "val_los"),
    ] {
        assert_eq!(figure(written), ours);
    }
    for name in NAMES {
        assert_eq!(known_as(name), Some(*name));
    }
}

struct Pictures {
    name: &'static str,
    probabilities: Vec<f32>,
    labels: Vec<u32>,
    classes: usize,
}

fn sets() -> [Pictures; 2] {
    let mut two = Vec::new();
    Answer::Sigmoid.expand(&golden("metric.two.unit"), &mut two);
    let set = |name, probabilities, classes| {
        let labels = golden_labels(&format!("metric.{name}.labels"));
        Pictures { name, probabilities, labels, classes }
    };
    [set("many", golden("metric.many.probabilities"), 5), set("two", two, 2)]
}

impl Pictures {
    /// The figures of `names`, gathered in batches of `batch` pictures.
    fn gathered(&self, names: &[&str], batch: usize) -> Scores {
        let entries: Vec<Entry> = names.iter().map(|name| find(name).unwrap()).collect();
        entries.iter().for_each(|entry| entry.check(self.classes).unwrap());
        let mut meter = Meter::new(&entries, self.classes);
        for (rows, labels) in self.probabilities.chunks(batch * self.classes).zip(self.labels.chunks(batch)) {
            meter.add(rows, labels);
        }
        let mut scores = Scores::new();
        meter.write_to(&mut scores);
        scores
    }

    fn expect(&self, name: &str, found: f64) {
        let expected = f64::from(golden(&format!("metric.{}.{name}", self.name))[0]);
        assert!((found - expected).abs() < 1e-6, "{} {name}: {found} instead of {expected}", self.name);
    }
}

#[test]
fn agree_with_keras_and_scikit_learn_however_they_are_batched() {
    for pictures in sets() {
        for batch in [1, 7, pictures.labels.len()] {
            let names: Vec<&str> = COMPARED.iter().chain(CURVES).copied().collect();
            pictures.gathered(&names, batch).iter().for_each(|(name, value)| pictures.expect(name, value));
        }
    }
}

#[test]
fn are_exact_where_all_predictions_are_known() {
    for pictures in sets() {
        let Pictures { probabilities, labels, classes, .. } = &pictures;
        for name in COMPARED {
            pictures.expect(name, exact(&find(name).unwrap(), probabilities, labels, *classes));
        }
        for name in CURVES {
            let found = exact(&find(name).unwrap(), probabilities, labels, *classes);
            pictures.expect(&format!("{name}.exact"), found);
        }
    }
}

#[test]
fn nothing_counted_is_zero_and_perfect_is_one() {
    let perfect = [0.9, 0.1, 0.0, 0.2, 0.7, 0.1, 0.0, 0.0, 1.0];
    for entry in all() {
        let value = |rows: &[f32], labels: &[u32]| {
            let mut meter = Meter::new(std::slice::from_ref(&entry), 3);
            meter.add(rows, labels);
            let mut scores = Scores::new();
            meter.write_to(&mut scores);
            (scores.get(entry.name()).unwrap(), exact(&entry, rows, labels, 3))
        };
        assert_eq!(value(&[], &[]), (0.0, 0.0), "{}", entry.name());
        let (gathered, exact) = value(&perfect, &[0, 1, 2]);
        assert!(
            (gathered - 1.0).abs() < 1e-12 && (exact - 1.0).abs() < 1e-12,
            "{}: {gathered} {exact}",
            entry.name()
        );
    }
}

#[test]
fn probabilities_that_are_no_numbers_do_no_harm() {
    for entry in all() {
        let rows = [f32::NAN, 0.3, f32::INFINITY, 0.2, 0.8, -1.0];
        let mut meter = Meter::new(std::slice::from_ref(&entry), 3);
        meter.add(&rows, &[0, 1]);
        assert!((0.0..=1.0).contains(&exact(&entry, &rows, &[0, 1], 3)), "{}", entry.name());
    }
}

#[test]
fn classes_as_probable_as_the_last_are_among_the_first() {
    let first_two = find("top_k_categorical_accuracy[2]").unwrap();
    let row = [0.2, 0.4, 0.2, 0.2];
    for label in 0..4 {
        assert_eq!(exact(&first_two, &row, &[label], 4), 1.0, "{label}");
    }
    assert_eq!(exact(&find("top_k_categorical_accuracy[1]").unwrap(), &row, &[2], 4), 0.0);
}

#[test]
fn names_are_found() {
    for name in NAMES.iter().filter(|name| !name.contains("_at_")) {
        assert_eq!(find(name).unwrap().name(), *name);
    }
    assert_eq!(all().len(), NAMES.len());
    for (name, expected) in [
        ("acuracy", "there is no metric acuracy; did you mean accuracy? There are accuracy, top_k"),
        ("acuracy_macro", "there is no metric acuracy_macro"),
        (
            "accuracy[NORMAL]",
            "metric accuracy[NORMAL]: it is a figure of all pictures, not of a class: use accuracy",
        ),
        ("accuracy_macro", "not of a class: use accuracy"),
        ("recall_macro[NORMAL]", "expected recall_macro or a class, received both (NORMAL)"),
        (
            "recall_at_precision",
            "expected 0 to 1, such as [0.9] or [0.9/CLASS], in brackets, received nothing",
        ),
        ("recall_at_precision[90]", "in brackets, received 90"),
        ("top_k_categorical_accuracy[0]", "expected a whole number from 1 on"),
    ] {
        let message = find(name).unwrap_err().to_string();
        assert!(message.contains(expected), "{message}");
    }
}

#[test]
fn classes_are_found_by_name() {
    let classes = ["1", "NORMAL", "PNEUMONIA"];
    let pictures = [0.1, 0.2, 0.7, 0.6, 0.3, 0.1, 0.1, 0.8, 0.1];
    let recall = |name: &str| {
        let entry = find(name).unwrap().resolve(&classes).unwrap();
        entry.check(3).unwrap();
        assert_eq!(entry.name(), name);
        exact(&entry, &pictures, &[2, 2, 1], 3)
    };
    assert_eq!((recall("recall[PNEUMONIA]"), recall("recall[NORMAL]"), recall("recall[1]")), (0.5, 1.0, 0.0));
    assert_eq!(recall("recall"), recall("recall_macro"));
    let message = find("f1[PNEUMONIC]").unwrap().resolve(&classes).unwrap_err().to_string();
    assert!(
        message.contains("metric f1[PNEUMONIC]: there is no class PNEUMONIC; did you mean PNEUMONIA?"),
        "{message}"
    );
    // Without names, numbers are classes.
    assert_eq!(exact(&find("recall[1]").unwrap(), &pictures, &[2, 2, 1], 3), 1.0);
    for (name, expected) in
        [("recall[3]", "expected a class below 3, received 3"), ("recall[x]", "looked up")]
    {
        let message = find(name).unwrap().check(3).unwrap_err().to_string();
        assert!(message.contains(expected), "{message}");
    }
}
