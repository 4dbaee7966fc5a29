use super::*;
use crate::golden::{assert_close, golden, golden_labels};
use graph::Activation;

fn answer_of(loss: &dyn Loss) -> Answer {
    if loss.fits(Answer::Sigmoid) { Answer::Sigmoid } else { Answer::Softmax(4) }
}

fn output<'a>(answer: Answer, logits: &'a [f32], values: &'a [f32]) -> Output<'a> {
    let activation = if answer == Answer::Sigmoid { Activation::Sigmoid } else { Activation::Softmax };
    Output { values, logits, activation }
}

/// The activation, in double precision.
fn activate(answer: Answer, logits: &[f32]) -> Vec<f32> {
    if answer == Answer::Sigmoid {
        return logits.iter().map(|&z| (1.0 / (1.0 + (-f64::from(z)).exp())) as f32).collect();
    }
    let softmax = |row: &[f32]| {
        let exps: Vec<f64> = row.iter().map(|&z| f64::from(z).exp()).collect();
        let sum: f64 = exps.iter().sum();
        exps.into_iter().map(move |e| (e / sum) as f32).collect::<Vec<_>>()
    };
    logits.chunks_exact(answer.units()).flat_map(softmax).collect()
}

#[test]
fn agree_with_keras() {
    for loss in ALL {
        let get = |what: &str| golden(&format!("loss.{}.{what}", loss.name()));
        let labels = golden_labels(&format!("loss.{}.labels", loss.name()));
        let (logits, values, weights) = (get("logits"), get("values"), get("weights"));
        let answer = answer_of(*loss);
        let output = output(answer, &logits, &values);
        let mut gradient = vec![f32::NAN; logits.len()];
        let mean = learn(*loss, &output, &labels, None, &mut gradient);
        assert_close(&[mean as f32], &get("mean"), 1e-5, loss.name());
        assert_close(&gradient, &get("gradient"), 1e-6, loss.name());
        let weighted = learn(*loss, &output, &labels, Some(&weights), &mut gradient);
        assert_close(&[weighted as f32], &get("weighted"), 1e-5, loss.name());
    }
}

#[test]
fn probabilities_say_what_logits_say() {
    for loss in ALL {
        let get = |what: &str| golden(&format!("loss.{}.{what}", loss.name()));
        let labels = golden_labels(&format!("loss.{}.labels", loss.name()));
        let answer = answer_of(*loss);
        let mut probabilities = Vec::new();
        answer.expand(&get("values"), &mut probabilities);
        let of_probabilities: Vec<f32> = probabilities
            .chunks_exact(answer.classes())
            .zip(&labels)
            .map(|(row, &label)| loss.of_probabilities(row, label) as f32)
            .collect();
        match answer {
            // Keras gives these for bare probabilities.
            Answer::Sigmoid => assert_close(&of_probabilities, &get("of_probabilities"), 1e-5, loss.name()),
            Answer::Softmax(_) => {
                let all = mean(*loss, &probabilities, &labels, None) as f32;
                assert_close(&[all], &get("mean"), 1e-5, loss.name());
                let weighted = mean(*loss, &probabilities, &labels, Some(&get("weights"))) as f32;
                assert_close(&[weighted], &get("weighted"), 1e-5, loss.name());
            }
        }
    }
}

#[test]
fn gradients_agree_with_finite_differences() {
    for loss in ALL {
        let answer = answer_of(*loss);
        let units = answer.units();
        let logits: Vec<f32> = (0..3 * units).map(|i| (i as f32 * 1.7).sin() * 2.0).collect();
        let (labels, weights) = ([1, 0, 1], [1.0, 0.5, 2.0]);
        let mut gradient = vec![0.0; logits.len()];
        let of = |logits: &[f32], gradient: &mut [f32]| {
            let values = activate(answer, logits);
            learn(*loss, &output(answer, logits, &values), &labels, Some(&weights), gradient)
        };
        of(&logits, &mut gradient);
        for index in 0..logits.len() {
            let moved = |by: f32| {
                let mut logits = logits.clone();
                logits[index] += by;
                (f64::from(logits[index]), of(&logits, &mut vec![0.0; logits.len()]))
            };
            let ((high, above), (low, below)) = (moved(0.01), moved(-0.01));
            let difference = ((above - below) / (high - low)) as f32;
            assert!(
                (gradient[index] - difference).abs() < 1e-5,
                "{loss:?} {index}: {} {difference}",
                gradient[index]
            );
        }
    }
}

#[test]
fn no_number_is_not_hidden() {
    for loss in ALL {
        let answer = answer_of(*loss);
        let logits = vec![f32::NAN; answer.units()];
        assert!(!loss.of_logits(&logits, 1).is_finite());
        assert!(!loss.of_probabilities(&vec![f32::NAN; answer.classes()], 1).is_finite());
        assert!(loss.of_probabilities(&[1.0, 0.0], 1).is_finite());
    }
}

#[test]
fn names_are_found_and_ends_checked() {
    for loss in ALL {
        assert_eq!(find(loss.name()).unwrap().name(), loss.name());
        assert!(check(*loss, answer_of(*loss)).is_ok());
    }
    let message = find("binary_crossentrop").unwrap_err().to_string();
    assert!(
        message
            .starts_with("there is no loss binary_crossentrop; did you mean binary_crossentropy? There are "),
        "{message}"
    );
    let message = check(for_answer(Answer::Sigmoid), Answer::Softmax(3)).unwrap_err().to_string();
    assert!(
        message.contains("ends in a softmax over 3 classes; use sparse_categorical_crossentropy or"),
        "{message}"
    );
}
