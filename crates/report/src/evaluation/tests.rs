use serde_json::Value;

use super::*;

fn names(classes: usize) -> Vec<String> {
    (0..classes).map(|c| format!("class {c}")).collect()
}

fn paths(pictures: usize) -> Vec<String> {
    (0..pictures).map(|p| format!("{p}.jpg")).collect()
}

fn judge(classes: usize, probabilities: &[f32], labels: &[u32]) -> Evaluation {
    judge_with(classes, probabilities, labels, &Settings::default())
}

fn judge_with(classes: usize, probabilities: &[f32], labels: &[u32], settings: &Settings) -> Evaluation {
    Evaluation::new(&names(classes), probabilities, labels, &paths(labels.len()), settings).unwrap()
}

fn close(ours: f64, theirs: f64, what: &str) {
    assert!((ours - theirs).abs() < 1e-6, "{what}: {ours} but scikit-learn says {theirs}");
}

fn figure_agrees(ours: Option<f64>, theirs: &Value, what: &str) {
    match (ours, theirs.as_f64()) {
        (Some(ours), Some(theirs)) => close(ours, theirs, what),
        (ours, theirs) => assert_eq!(ours, theirs, "{what}"),
    }
}

/// `golden/make.py` wrote the file.
#[test]
fn figures_agree_with_scikit_learn() {
    let cases: Value = serde_json::from_str(include_str!("../../golden/evaluation.json")).unwrap();
    assert_eq!(cases.as_object().unwrap().len(), 6);
    for (name, case) in cases.as_object().unwrap() {
        let classes = case["classes"].as_u64().unwrap() as usize;
        let labels: Vec<u32> = serde_json::from_value(case["truth"].clone()).unwrap();
        let probabilities: Vec<f32> = serde_json::from_value(case["probabilities"].clone()).unwrap();
        let ours = judge(classes, &probabilities, &labels);
        close(ours.accuracy, case["accuracy"].as_f64().unwrap(), name);
        close(ours.loss.unwrap(), case["loss"].as_f64().unwrap(), name);
        assert_eq!(serde_json::to_value(&ours.confusion).unwrap(), case["confusion"], "{name}");
        for (class, figures) in ours.classes.iter().enumerate() {
            let ours = [figures.precision, figures.recall, figures.f1];
            for (kind, ours) in ours.into_iter().enumerate() {
                figure_agrees(
                    ours,
                    &case["each"][kind][class],
                    &format!("{name}, class {class}, figure {kind}"),
                );
            }
        }
        for (key, average) in [("macro", ours.macro_average), ("weighted", ours.weighted_average)] {
            for (kind, ours) in [average.precision, average.recall, average.f1].into_iter().enumerate() {
                figure_agrees(ours, &case[key][kind][0], &format!("{name}, {key} average, figure {kind}"));
            }
        }
        figure_agrees(ours.two_classes.as_ref().and_then(|t| t.roc_auc), &case["roc_auc"], name);
        figure_agrees(ours.calibration.expected_error, &case["calibration_error"], name);
    }
}

/// `scipy.stats.binomtest(right, all).proportion_ci(method="wilson")`
#[test]
fn the_interval_agrees_with_scipy() {
    let golden = [
        ((53, 60), [0.778_212_119_758_291_4, 0.942_322_793_599_439_6]),
        ((0, 10), [0.0, 0.277_532_799_862_889_26]),
        ((10, 10), [0.722_467_200_137_110_7, 1.0]),
        ((1, 1), [0.206_549_314_377_237_45, 1.0]),
    ];
    for ((right, all), theirs) in golden {
        let ours = interval::wilson(right, all);
        assert!(ours.iter().zip(theirs).all(|(a, b)| (a - b).abs() < 1e-12), "{right} of {all}: {ours:?}");
    }
}

#[test]
fn one_column_is_the_second_class() {
    let two = judge(2, &[0.3, 0.7, 0.9, 0.1, 0.4, 0.6], &[1, 0, 0]);
    let one = judge(2, &[0.7, 0.1, 0.6], &[1, 0, 0]);
    assert_eq!(one.confusion, two.confusion);
    assert_eq!(one.confusion, [[1, 1], [0, 1]]);
    assert!((one.loss.unwrap() - two.loss.unwrap()).abs() < 1e-6);
}

#[test]
fn a_threshold_decides_between_two_classes() {
    let strict = Settings { threshold: Some(0.8), ..Settings::default() };
    let evaluation = judge_with(2, &[0.7, 0.9, 0.8], &[1, 1, 1], &strict);
    assert_eq!(evaluation.confusion, [[0, 0], [2, 1]]);
    assert_eq!(evaluation.two_classes.unwrap().threshold, 0.8);
    assert_eq!(evaluation.mistakes[0].confidence, 1.0 - 0.7);
}

#[test]
fn between_equal_probabilities_the_first_class_wins() {
    assert_eq!(judge(3, &[0.2, 0.4, 0.4], &[1]).correct, 1);
    assert_eq!(judge(3, &[0.2, 0.4, 0.4], &[2]).correct, 0);
    assert_eq!(judge(2, &[0.5], &[0]).correct, 1);
}

#[test]
fn figures_that_do_not_exist_are_none_and_explained() {
    let evaluation = judge(3, &[0.8, 0.2, 0.0, 0.9, 0.1, 0.0], &[0, 2]);
    let [_, absent, missed] = &evaluation.classes[..] else { panic!() };
    assert_eq!((absent.precision, absent.recall, absent.f1), (None, None, None));
    assert_eq!((missed.precision, missed.recall, missed.f1), (None, Some(0.0), Some(0.0)));
    assert_eq!(evaluation.notes.len(), 2, "{:?}", evaluation.notes);
    assert!(evaluation.notes[0].contains("No pictures of class 1:"), "{:?}", evaluation.notes);
    assert!(
        evaluation.notes[1].contains("Never predicted on these 2 pictures: class 1, class 2."),
        "{:?}",
        evaluation.notes
    );
}

#[test]
fn a_probability_that_is_not_a_number_is_a_wrong_answer() {
    let nan = f32::NAN;
    let evaluation = judge(2, &[0.9, 0.1, nan, nan, nan, 0.5], &[0, 0, 1]);
    assert_eq!((evaluation.pictures, evaluation.correct, evaluation.undefined_predictions), (3, 1, 2));
    assert_eq!(evaluation.confusion, [[1, 0], [0, 0]]);
    assert_eq!(evaluation.classes[0].recall, Some(0.5));
    assert_eq!(evaluation.loss, None);
    assert_eq!(evaluation.two_classes.as_ref().unwrap().roc_auc, None);
    assert!(evaluation.mistakes.is_empty());
    assert!(evaluation.notes.iter().any(|n| n.contains("2 pictures probabilities that are not numbers")));
    let json = serde_json::to_string(&evaluation).unwrap();
    assert_eq!(serde_json::from_str::<Evaluation>(&json).unwrap(), evaluation);
    assert_eq!(judge(3, &[nan; 6], &[0, 1]).calibration.expected_error, None);
}

#[test]
fn the_surest_mistake_comes_first_and_ties_keep_their_order() {
    let probabilities = [0.4, 0.6, 0.0, 0.3, 0.6, 0.1, 0.1, 0.0, 0.9, 0.3, 0.6, 0.1, 1.0, 0.0, 0.0];
    let evaluation = judge(3, &probabilities, &[0, 0, 0, 0, 0]);
    let order: Vec<_> = evaluation.mistakes.iter().map(|m| m.path.to_str().unwrap()).collect();
    assert_eq!(order, ["2.jpg", "1.jpg", "3.jpg", "0.jpg"]);
    let first = &evaluation.mistakes[0];
    assert_eq!((first.true_class.as_str(), first.predicted_class.as_str()), ("class 0", "class 2"));
    assert_eq!((first.confidence, first.true_probability), (0.9, 0.1));
    let few = Settings { mistakes: 2, ..Settings::default() };
    assert_eq!(judge_with(3, &probabilities, &[0; 5], &few).mistakes, evaluation.mistakes[..2]);
}

#[test]
fn examples_are_the_surest_of_each_class() {
    let probabilities = [0.1, 0.9, 0.8, 0.2, 0.3, 0.7, 0.9, 0.1, 0.2, 0.8];
    let few = Settings { examples_per_class: 2, ..Settings::default() };
    let evaluation = judge_with(2, &probabilities, &[1, 0, 1, 1, 1], &few);
    let examples: Vec<_> =
        evaluation.examples.iter().map(|e| (e.path.to_str().unwrap(), e.confidence)).collect();
    assert_eq!(examples, [("1.jpg", 0.8), ("0.jpg", 0.9), ("4.jpg", 0.8)]);
}

#[test]
fn confused_pairs_are_sorted_by_count() {
    let one_hot = |class: usize| (0..3).map(move |c| if c == class { 1.0 } else { 0.0 });
    let probabilities: Vec<f32> = [1, 1, 2, 0, 2].into_iter().flat_map(one_hot).collect();
    assert_eq!(judge(3, &probabilities, &[2, 2, 0, 0, 2]).confused_pairs(), [(2, 1, 2), (0, 2, 1)]);
}

#[test]
fn input_that_does_not_fit_is_refused() {
    let refused =
        |classes: usize, probabilities: &[f32], labels: &[u32], files: usize, settings: &Settings| {
            let result = Evaluation::new(&names(classes), probabilities, labels, &paths(files), settings);
            let error = result.unwrap_err();
            (error.kind(), error.to_string())
        };
    use crate::ErrorKind::{Shape, Value};
    let plain = Settings::default();
    let threshold = |value| Settings { threshold: Some(value), ..Settings::default() };
    let cases = [
        (refused(2, &[], &[], 0, &plain), Shape, "a class and a picture"),
        (refused(0, &[], &[0], 1, &plain), Shape, "0 classes"),
        (refused(3, &[0.5, 0.5], &[0], 1, &plain), Shape, "need 3 probabilities, received 2"),
        (refused(2, &[0.5, 0.5], &[0], 3, &plain), Shape, "received 3"),
        (refused(2, &[0.5, 0.5], &[2], 1, &plain), Value, "label 2"),
        (refused(2, &[7.5, 0.5], &[1], 1, &plain), Value, "7.5"),
        (refused(2, &[f32::INFINITY, 0.5], &[1], 1, &plain), Value, "inf"),
        (refused(3, &[0.5, 0.5, 0.0], &[1], 1, &threshold(0.4)), Value, "these are 3"),
        (refused(2, &[0.5, 0.5], &[1], 1, &threshold(f32::NAN)), Value, "NaN"),
    ];
    for ((kind, message), expected, part) in cases {
        assert_eq!(kind, expected, "{message}");
        assert!(message.contains(part), "{message:?} does not say {part:?}");
    }
}
