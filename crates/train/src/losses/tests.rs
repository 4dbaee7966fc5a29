use super::*;
use crate::golden::{assert_close, golden, golden_labels};
use graph::Activation;

fn answer_of(loss: Loss) -> Answer {
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

/// Every loss, and its other settings: the name of the golden numbers, the loss, and whether pictures are mixed.
fn cases() -> Vec<(&'static str, Loss, bool)> {
    let by_name = NAMES.iter().map(|name| (*name, find(name).unwrap(), false));
    let focal = |alpha, gamma| Loss::from(CategoricalFocalCrossentropy { alpha, gamma });
    let balanced = BinaryFocalCrossentropy { alpha: 0.7, gamma: 1.5, apply_class_balancing: true };
    let balanced = Loss::from(balanced).smoothed(0.1);
    let (many, two) = (Loss::from(CategoricalCrossentropy), Loss::from(BinaryCrossentropy));
    let others = [
        ("categorical.smoothed", many.smoothed(0.1), false),
        ("categorical.mixed", many, true),
        ("categorical.both", many.smoothed(0.1), true),
        ("categorical_focal.smoothed", focal(0.6, 0.5).smoothed(0.1), false),
        ("categorical_focal.mixed", focal(0.25, 3.0), true),
        ("binary.smoothed", two.smoothed(0.2), false),
        ("binary.mixed", two, true),
        ("binary.both", two.smoothed(0.2), true),
        ("binary_focal.smoothed", balanced, false),
        ("binary_focal.mixed", balanced, true),
    ];
    by_name.chain(others).collect()
}

/// Calls `check` with the targets that the golden numbers have under `name`.
fn with_targets(name: &str, loss: Loss, mixed: bool, check: impl Fn(Targets<'_>)) {
    let name = format!("loss.{name}.truth");
    match mixed {
        true => check(Targets::Shares { rows: &golden(&name), classes: answer_of(loss).classes() }),
        false => check(Targets::Labels(&golden_labels(&name))),
    }
}

#[test]
fn agree_with_keras() {
    for (name, loss, mixed) in cases() {
        let get = |what: &str| golden(&format!("loss.{name}.{what}"));
        let (logits, values, weights) = (get("logits"), get("values"), get("weights"));
        let output = output(answer_of(loss), &logits, &values);
        with_targets(name, loss, mixed, |targets| {
            let mut gradient = vec![f32::NAN; logits.len()];
            let mean = loss.learn(&output, targets, None, &mut gradient);
            assert_close(&[mean as f32], &get("mean"), 1e-5, name);
            assert_close(&gradient, &get("gradient"), 1e-6, name);
            let most =
                gradient.iter().zip(get("gradient")).fold(0.0_f32, |most, (a, b)| most.max((a - b).abs()));
            println!("{name}: {:e}, gradient {most:e}", mean as f32 - get("mean")[0]);
            let weighted = loss.learn(&output, targets, Some(&weights), &mut gradient);
            assert_close(&[weighted as f32], &get("weighted"), 1e-5, name);
        });
    }
}

#[test]
fn probabilities_say_what_logits_say() {
    for (name, loss, mixed) in cases() {
        let get = |what: &str| golden(&format!("loss.{name}.{what}"));
        let answer = answer_of(loss);
        let mut probabilities = Vec::new();
        answer.expand(&get("values"), &mut probabilities);
        with_targets(name, loss, mixed, |targets| match answer {
            // Keras gives these for bare probabilities.
            Answer::Sigmoid => {
                let rows = probabilities.chunks_exact(2).enumerate();
                let formula = loss.kind.formula();
                let of = rows.map(|(index, row)| {
                    formula.of_probabilities(row, targets.of(index, loss.label_smoothing)) as f32
                });
                assert_close(&of.collect::<Vec<_>>(), &get("of_probabilities"), 1e-5, name);
            }
            // Where a share of a class has no probability in float32, its logarithm is held.
            Answer::Softmax(_) if name.starts_with("categorical.") => {}
            Answer::Softmax(_) => {
                let all = loss.mean(&probabilities, targets, None) as f32;
                assert_close(&[all], &get("mean"), 1e-5, name);
                let weighted = loss.mean(&probabilities, targets, Some(&get("weights"))) as f32;
                assert_close(&[weighted], &get("weighted"), 1e-5, name);
            }
        });
    }
}

#[test]
fn gradients_agree_with_finite_differences() {
    for (name, loss, _) in cases() {
        let answer = answer_of(loss);
        let (units, classes) = (answer.units(), answer.classes());
        let logits: Vec<f32> = (0..3 * units).map(|i| (i as f32 * 1.7).sin() * 2.0).collect();
        let weights = [1.0, 0.5, 2.0];
        let mut rows = vec![0.0; 3 * classes];
        rows.iter_mut().enumerate().for_each(|(i, share)| *share = if i % classes == 0 { 0.75 } else { 0.0 });
        rows.iter_mut()
            .enumerate()
            .for_each(|(i, share)| *share += if i % classes == 1 { 0.25 } else { 0.0 });
        for targets in [Targets::Labels(&[1, 0, 1]), Targets::Shares { rows: &rows, classes }] {
            let mut gradient = vec![0.0; logits.len()];
            let of = |logits: &[f32], gradient: &mut [f32]| {
                let values = activate(answer, logits);
                loss.learn(&output(answer, logits, &values), targets, Some(&weights), gradient)
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
                let off = (gradient[index] - difference).abs();
                assert!(off < 2e-5, "{name} {index}: {} {difference}", gradient[index]);
            }
        }
    }
}

#[test]
fn a_share_of_one_is_a_label() {
    for (name, loss, _) in cases() {
        let answer = answer_of(loss);
        let logits: Vec<f32> = (0..answer.units()).map(|i| i as f32 - 1.5).collect();
        let values = activate(answer, &logits);
        let output = output(answer, &logits, &values);
        let mut row = vec![0.0; answer.classes()];
        row[1] = 1.0;
        let of = |targets| {
            let mut gradient = vec![0.0; logits.len()];
            (loss.learn(&output, targets, None, &mut gradient), gradient)
        };
        let shares = Targets::Shares { rows: &row, classes: row.len() };
        assert_eq!(of(Targets::Labels(&[1])), of(shares), "{name}");
        assert_eq!((shares.len(), shares.weight(0, &[0.0, 3.0, 0.0, 0.0][..row.len()])), (1, 3.0));
    }
}

#[test]
fn certain_answers_have_finite_gradients() {
    for (name, loss, _) in cases() {
        let answer = answer_of(loss);
        for size in [0.0, 1.0, 30.0, 1e4] {
            let logits: Vec<f32> = (0..answer.units()).map(|i| if i == 0 { size } else { -size }).collect();
            let values = activate(answer, &logits.iter().map(|z| z.clamp(-300.0, 300.0)).collect::<Vec<_>>());
            for label in [0, 1] {
                let mut gradient = vec![f32::NAN; logits.len()];
                let output = output(answer, &logits, &values);
                let value = loss.learn(&output, Targets::Labels(&[label]), None, &mut gradient);
                assert!(value.is_finite() && gradient.iter().all(|g| g.is_finite()), "{name} {size} {label}");
            }
        }
    }
}

#[test]
fn no_number_is_not_hidden() {
    for (name, loss, _) in cases() {
        let answer = answer_of(loss);
        let logits = vec![f32::NAN; answer.units()];
        let mut gradient = vec![0.0; logits.len()];
        let nan = loss.learn(&output(answer, &logits, &logits), Targets::Labels(&[1]), None, &mut gradient);
        assert!(!nan.is_finite() && gradient.iter().any(|g| g.is_nan()), "{name}");
        let row = vec![f32::NAN; answer.classes()];
        assert!(!loss.mean(&row, Targets::Labels(&[1]), None).is_finite(), "{name}");
        let mut row = vec![0.0; answer.classes()];
        row[0] = 1.0;
        assert!(loss.mean(&row, Targets::Labels(&[1]), None).is_finite(), "{name}");
    }
}

#[test]
fn names_are_found_and_ends_checked() {
    for name in NAMES {
        let loss = find(name).unwrap();
        assert_eq!(loss.name(), *name);
        assert!(check(loss, answer_of(loss)).is_ok());
        let message = check(loss.smoothed(1.0), answer_of(loss)).unwrap_err().to_string();
        assert_eq!(message, "label_smoothing: expected 0 or more and less than 1, received 1");
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
    let focal = CategoricalFocalCrossentropy { gamma: -1.0, ..Default::default() };
    let message = check(focal.into(), Answer::Softmax(3)).unwrap_err().to_string();
    assert_eq!(message, "gamma: expected 0 or more, received -1");
    let focal = BinaryFocalCrossentropy { alpha: 2.0, ..Default::default() };
    assert!(check(focal.into(), Answer::Sigmoid).is_err());
}

#[test]
fn every_setting_of_a_loss_can_be_written() {
    let focal = CategoricalFocalCrossentropy { gamma: 3.0, alpha: 0.5 };
    assert_eq!(find("categorical_focal_crossentropy=3,alpha=0.5").unwrap(), focal.into());
    let balanced = BinaryFocalCrossentropy { alpha: 0.4, gamma: 2.0, apply_class_balancing: true };
    assert_eq!(find("binary_focal_crossentropy,alpha=0.4,apply_class_balancing").unwrap(), balanced.into());
    for (text, expected) in [
        ("mse", "there is no loss mse; there are sparse_categorical_crossentropy, "),
        ("binary_focal_crossentropy,gama=1", "called gama; did you mean gamma? There are gamma, alpha, "),
        ("binary_focal_crossentropy,alpha=2", "alpha: expected 0 to 1, received 2"),
        ("categorical_focal_crossentropy=-1", "gamma: expected 0 or more, received -1"),
        ("binary_crossentropy=1", "binary_crossentropy takes no value"),
        ("binary_crossentropy,gamma=1", "the loss binary_crossentropy has no options, received gamma"),
    ] {
        let message = find(text).unwrap_err().to_string();
        assert!(message.contains(expected), "{message}");
    }
}
