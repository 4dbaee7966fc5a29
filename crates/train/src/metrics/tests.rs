use super::*;
use crate::Answer;
use crate::golden::{golden, golden_labels};

/// Every metric over `probabilities`, counted in batches of `batch` pictures.
fn scores(probabilities: &[f32], labels: &[u32], classes: usize, batch: usize) -> Scores {
    let mut meter = Meter::new(ALL, classes);
    for (rows, labels) in probabilities.chunks(batch * classes).zip(labels.chunks(batch)) {
        meter.add(rows, labels);
    }
    let mut scores = Scores::new();
    meter.write_to(&mut scores);
    scores
}

#[test]
fn agree_with_keras_and_scikit_learn_however_they_are_batched() {
    let mut two = Vec::new();
    Answer::Sigmoid.expand(&golden("metric.two.unit"), &mut two);
    for (set, probabilities, classes) in [("many", golden("metric.many.probabilities"), 5), ("two", two, 2)] {
        let labels = golden_labels(&format!("metric.{set}.labels"));
        for batch in [1, 7, labels.len()] {
            for (name, value) in scores(&probabilities, &labels, classes, batch).iter() {
                let expected = f64::from(golden(&format!("metric.{set}.{name}"))[0]);
                assert!((value - expected).abs() < 1e-6, "{set} {name}: {value} instead of {expected}");
            }
        }
    }
}

#[test]
fn nothing_counted_is_zero_and_perfect_is_one() {
    for entry in ALL {
        assert_eq!((entry.new)(3).value(), 0.0, "{}", entry.name);
        let perfect = [0.9, 0.1, 0.0, 0.2, 0.7, 0.1, 0.0, 0.0, 1.0];
        let mut meter = Meter::new(&[*entry], 3);
        meter.add(&perfect, &[0, 1, 2]);
        let mut scores = Scores::new();
        meter.write_to(&mut scores);
        assert_eq!(scores.get(entry.name), Some(1.0));
    }
}

#[test]
fn names_are_found() {
    for entry in ALL {
        assert_eq!(find(entry.name).unwrap(), *entry);
    }
    let message = find("acuracy").unwrap_err().to_string();
    assert!(
        message.starts_with("there is no metric acuracy; did you mean accuracy? There are accuracy, "),
        "{message}"
    );
}
