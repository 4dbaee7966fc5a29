//! Made histories, one of each kind, and healthy ones of which nothing is said.

use std::collections::BTreeMap;

use super::FindingKind::{
    Disagreement, NeverPredicted, NotANumber, OneAnswer, Overfitting, Plateau, RateTooHigh, RateTooLow,
    StillImproving, TooFewSteps,
};
use super::*;
use crate::{Epoch, Settings, StageSettings};

/// ln(5): five classes.
const CHANCE: f64 = 1.609;

fn stage(first: usize, loss: &[f64], validation: &[f64]) -> Stage {
    let one = |index: usize| {
        let mut metrics = BTreeMap::from([("loss".to_owned(), Some(loss[index]).filter(|v| v.is_finite()))]);
        if let Some(value) = validation.get(index) {
            metrics.insert("val_loss".into(), Some(*value).filter(|v| v.is_finite()));
        }
        Epoch { epoch: first + index, seconds: 1.0, learning_rate: Some(0.001), metrics }
    };
    Stage { name: "head".into(), epochs: (0..loss.len()).map(one).collect(), ..Stage::default() }
}

/// Without weights of classes, and where all are equally frequent.
fn alike(chance: f64) -> Guessing {
    Guessing { training: chance, constant: chance, validation: chance }
}

fn training(stages: &[Stage], guessing: Guessing) -> Training<'_> {
    Training { stages, steps_per_epoch: 30, guessing, not_a_number: None, validation: None, monitor: None }
}

fn found(stages: &[Stage]) -> Vec<Finding> {
    training(stages, alike(CHANCE)).findings()
}

fn kinds(loss: &[f64], validation: &[f64]) -> Vec<FindingKind> {
    found(&[stage(1, loss, validation)]).iter().map(|finding| finding.kind).collect()
}

/// `value(0), value(1), …`
fn course(epochs: usize, value: impl Fn(f64) -> f64) -> Vec<f64> {
    (0..epochs).map(|epoch| value(epoch as f64)).collect()
}

/// What looks like chance, from −1 to 1.
fn noise(epoch: f64) -> f64 {
    (epoch * 12.9898).sin()
}

#[test]
fn of_healthy_histories_nothing_is_said() {
    let falling = |floor: f64, speed: f64| move |epoch: f64| floor + (1.4 - floor) * (-speed * epoch).exp();
    for epochs in [1, 2, 3, 5, 10, 30, 100] {
        for floor in [0.05, 0.3, 0.8] {
            for speed in [0.4, 0.8] {
                // Long enough that the end is flat, or so short that nobody expects it to be.
                if speed * (epochs as f64) < 6.0 && epochs > 3 {
                    continue;
                }
                let loss = course(epochs, falling(floor, speed));
                let validation = course(epochs, |e| falling(floor + 0.1, speed)(e) + 0.02 * noise(e));
                assert_eq!(kinds(&loss, &validation), [], "{epochs} epochs to {floor} at {speed}");
                assert_eq!(kinds(&loss, &[]), [], "{epochs} epochs to {floor} at {speed}, no validation");
            }
        }
    }
}

#[test]
fn early_stopping_after_the_best_epoch_is_healthy() {
    let loss = [1.2, 0.8, 0.6, 0.5, 0.44, 0.40, 0.37, 0.35, 0.33, 0.32];
    let validation = [1.0, 0.75, 0.62, 0.55, 0.52, 0.53, 0.54, 0.53, 0.55, 0.56];
    let stopped = Some("val_loss has not become better in the last 5 epochs".to_owned());
    assert_eq!(found(&[Stage { stopped, ..stage(1, &loss, &validation) }]), []);
}

/// Measured: a small network from scratch, which is thrown up twice and gets over it.
#[test]
fn what_was_got_over_is_healthy() {
    let loss = [
        3.3893, 0.7743, 0.2487, 0.0282, 0.0047, 1.0586, 0.8017, 0.0515, 0.2163, 0.0078, 0.0034, 0.0003,
        0.0001,
    ];
    let validation = [
        0.9459, 0.4943, 0.0990, 0.0378, 0.1346, 0.0219, 0.0062, 0.3327, 0.0315, 0.0041, 0.0014, 0.0005,
        0.0007,
    ];
    let stopped = Some("val_loss has not become better".to_owned());
    for epochs in 1..=loss.len() {
        let stages = [Stage { stopped: stopped.clone(), ..stage(1, &loss[..epochs], &validation[..epochs]) }];
        assert_eq!(training(&stages, alike(3_f64.ln())).findings(), [], "after {epochs} epochs");
    }
}

#[test]
fn a_second_stage_that_moves_little_is_healthy() {
    let first = stage(1, &[1.2, 0.6, 0.4, 0.33, 0.31, 0.305], &[1.0, 0.6, 0.5, 0.45, 0.44, 0.44]);
    let second = stage(7, &[0.30, 0.299, 0.298, 0.297], &[0.44, 0.439, 0.439, 0.438]);
    assert_eq!(found(&[first, second]), []);
}

#[test]
fn noise_on_the_way_down_is_healthy() {
    // An epoch of 30 pictures varies by a tenth.
    let loss = course(40, |e| (0.2 + 1.2 * (-0.2 * e).exp()) * (1.0 + 0.1 * noise(e)));
    let validation = course(40, |e| (0.35 + 1.1 * (-0.2 * e).exp()) * (1.0 + 0.1 * noise(e + 0.5)));
    assert_eq!(kinds(&loss, &validation), []);
    // A loss of almost nothing jumps by its own size.
    let learned = course(40, |e| (0.002 + 1.2 * (-0.4 * e).exp()) * (1.0 + 0.8 * noise(e)));
    assert_eq!(kinds(&learned, &validation), []);
}

#[test]
fn a_loss_that_is_no_number() {
    let found = found(&[stage(1, &[1.2, f64::NAN], &[1.0, 1.0])]);
    assert_eq!((found[0].kind, found[0].epoch), (NotANumber, Some(2)));
    assert!(found[0].advice.contains("--learning-rate 1e-4"), "{}", found[0].advice);
    assert_eq!(kinds(&[1.2, 0.9, 0.8], &[1.0, f64::INFINITY, 0.9]), [NotANumber]);
    // A table has rates of its own, of which the step size beside it says nothing.
    let listed_rates = Some("--schedule".to_owned());
    let settings = StageSettings { rate: Some(0.001), listed_rates, ..Default::default() };
    let broken = Stage { settings, ..stage(1, &[1.2, f64::NAN], &[]) };
    let advice = training(&[broken], alike(CHANCE)).findings().remove(0).advice;
    assert_eq!(advice, "a smaller rate, in --schedule; or hold the gradients with --clipnorm 1");
    // Ended within the third epoch, of which there is no record.
    let stages = [stage(1, &[1.2, 0.9], &[1.0, 0.9])];
    let found = Training { not_a_number: Some(3), ..training(&stages, alike(CHANCE)) }.findings();
    assert_eq!((found[0].kind, found[0].epoch), (NotANumber, Some(3)));
}

#[test]
fn a_plateau_from_the_start() {
    assert_eq!(kinds(&course(8, |e| CHANCE + 0.01 * noise(e)), &course(8, |_| CHANCE)), [Plateau]);
    // Nine pictures in ten are of one class: knowing that is all that was learned, ln 2 or not.
    let stuck = [stage(1, &course(8, |e| 0.33 + 0.002 * noise(e)), &[])];
    let guessing = Guessing { constant: 0.325, ..alike(0.693) };
    assert_eq!(training(&stuck, guessing).findings()[0].kind, Plateau);
    // Six steps prove nothing, whatever the rate.
    for flat in [course(3, |e| CHANCE + 0.01 * noise(e)), course(3, |e| 1.66 - 0.002 * e)] {
        let stages = [stage(1, &flat, &[])];
        let short = |epochs| Training { steps_per_epoch: epochs, ..training(&stages, alike(CHANCE)) };
        let found = short(2).findings();
        assert_eq!(found.iter().map(|finding| finding.kind).collect::<Vec<_>>(), [TooFewSteps]);
        assert!(found[0].message.starts_with("after 6 steps the training loss is still at guessing"));
        assert!(found[0].advice.starts_with("more epochs, --epochs 15, "), "{}", found[0].advice);
        assert_eq!(short(2).early(), [], "there are more to come");
        assert_ne!(short(20).findings()[0].kind, TooFewSteps);
    }
    let learned = [stage(1, &[1.2, 0.9], &[])];
    assert_eq!(Training { steps_per_epoch: 1, ..training(&learned, alike(CHANCE)) }.findings(), []);
    // Two epochs prove nothing.
    assert_eq!(kinds(&[1.61, 1.6], &[1.61, 1.61]), []);
}

#[test]
fn a_rate_that_is_too_high() {
    // Thrown up at once, and back to where guessing is.
    assert_eq!(kinds(&[412.0, 96.0, 31.0, 12.0, 7.0], &[150.0, 40.0, 20.0, 9.0, 6.0]), [RateTooHigh]);
    let rising = found(&[stage(1, &[1.2, 0.9, 1.4, 1.9, 2.2], &[1.0, 1.0, 1.5, 2.0, 2.3])]);
    assert_eq!((rising[0].kind, rising[0].epoch), (RateTooHigh, Some(3)));
    assert_eq!(kinds(&[1.2, 0.7, 1.5, 0.8, 1.6, 0.7, 1.5], &[]), [RateTooHigh]);
}

/// As of the second stage of a short form.
fn fine_tune() -> StageSettings {
    let base = BaseSettings { layers: "--fine-tune".into(), batch_norm: "--fine-tune-batch-norm".into() };
    StageSettings {
        learning_rate: "--fine-tune-learning-rate".into(),
        epochs: "--fine-tune-epochs".into(),
        base: Some(base),
        ..StageSettings::default()
    }
}

/// As of `[[stage]]` number `number`, whose blocks' rates fall from `rate` on.
fn listed(number: usize, rate: f64) -> StageSettings {
    let name = |key: &str| format!("stage {number}, {key} =");
    StageSettings {
        learning_rate: name("learning_rate"),
        rate: Some(rate),
        listed_rates: None,
        epochs: name("epochs"),
        base: Some(BaseSettings { layers: name("layers"), batch_norm: name("batch_norm") }),
        prepares: false,
    }
}

/// As of `--initial-epochs`.
fn initial() -> StageSettings {
    StageSettings { epochs: "--initial-epochs".into(), prepares: true, ..StageSettings::default() }
}

#[test]
fn a_listed_stage_is_told_its_own_keys() {
    let first =
        || Stage { settings: listed(1, 0.001), ..stage(1, &[1.2, 0.6, 0.4, 0.35], &[1.0, 0.6, 0.5, 0.45]) };
    let thrown = Stage { settings: listed(2, 0.02), ..stage(5, &[5.0, 4.5, 4.4], &[4.0, 4.0, 4.0]) };
    let found_of = |second: Stage| found(&[first(), second]).remove(0);
    let advice = found_of(thrown).advice;
    assert!(advice.contains("stage 2, learning_rate = 2e-3"), "{advice}");
    let broken = Stage { settings: listed(2, 0.02), ..stage(5, &[f64::NAN], &[]) };
    let advice = found_of(broken).advice;
    assert!(advice.contains("stage 2, learning_rate = 2e-3"), "{advice}");
    let falling = course(6, |e| 0.34 * (-0.2 * e).exp());
    let advice = found_of(Stage { settings: listed(2, 0.02), ..stage(5, &falling, &falling) }).advice;
    assert!(advice.contains("stage 2, epochs = 12"), "{advice}");
    let loss = course(30, |e| 1.3 * (-0.2 * e).exp() + 0.01);
    let validation = course(30, |e| 0.6 + 0.008 * (e - 9.0).powi(2));
    let advice =
        found(&[Stage { settings: listed(3, 0.02), ..stage(1, &loss, &validation) }]).remove(0).advice;
    assert!(advice.contains("stage 3, layers;") && !advice.contains("--fine-tune"), "{advice}");
    let apart = stage(1, &[1.0, 0.7, 0.5, 0.4, 0.35], &[3.2, 3.4, 3.1, 3.3, 3.2]);
    let advice = found(&[Stage { settings: listed(3, 0.02), ..apart.clone() }]).remove(0).advice;
    assert!(advice.contains("stage 3, batch_norm = moving") && !advice.contains("--fine-tune"), "{advice}");
    // Without a base that learns there is nothing of it to change.
    let advice = found(&[apart]).remove(0).advice;
    assert!(advice.ends_with("gives more steps"), "{advice}");
}

#[test]
fn a_stage_that_prepares_is_not_judged_and_the_next_is_told_the_main_options() {
    let flat = || Stage { settings: initial(), ..stage(1, &course(5, |e| CHANCE - 0.001 * e), &[]) };
    let healthy = stage(6, &[1.2, 0.6, 0.45, 0.42, 0.41], &[]);
    assert_eq!(found(&[flat()]), [], "under way");
    assert_eq!(found(&[flat(), healthy.clone()]), []);
    let thrown = Stage { settings: initial(), ..stage(1, &[900.0, 80.0, 20.0], &[800.0, 70.0, 18.0]) };
    assert_eq!(found(&[thrown, healthy]), []);
    // Judged from its own beginning, and told its own options.
    let stuck = found(&[flat(), stage(6, &course(8, |e| CHANCE + 0.01 * noise(e)), &[])]);
    assert_eq!((stuck.len(), stuck[0].kind, stuck[0].epoch), (1, Plateau, Some(6)));
    let slow = found(&[flat(), stage(6, &course(10, |e| 1.66 - 0.002 * e), &[])]);
    assert_eq!((slow[0].kind, slow[0].epoch), (RateTooLow, Some(6)));
    assert!(slow[0].advice.contains(", --learning-rate 0.1,"), "{}", slow[0].advice);
    let falling = course(6, |e| 1.4 * (-0.2 * e).exp());
    let found_more = found(&[flat(), stage(6, &falling, &falling)]);
    assert!(found_more[0].advice.contains(", --epochs 12"), "{}", found_more[0].advice);
    // No number is none in any stage.
    let broken = Stage { settings: initial(), ..stage(1, &[1.2, f64::NAN], &[]) };
    assert!(found(&[broken])[0].advice.contains(", --learning-rate 1e-4"));
}

/// NORMAL=1,PNEUMONIA=0.4 at 1:3: the weights make 0.55 of every training loss, and nothing of validation's.
#[test]
fn weights_of_classes_are_no_disagreement() {
    let weight = 0.55;
    let guessing = Guessing { training: weight * 0.693, constant: weight * 0.689, validation: 0.693 };
    let kinds = |loss: &[f64], validation: &[f64]| {
        let weighted: Vec<f64> = loss.iter().map(|loss| weight * loss).collect();
        let stages = [stage(1, &weighted, validation)];
        let found = training(&stages, guessing).findings();
        found.iter().map(|finding| finding.kind).collect::<Vec<_>>()
    };
    // A little worse than guessing at first, alike in both parts.
    assert_eq!(kinds(&[0.71, 0.62, 0.5, 0.46, 0.45], &[0.78, 0.7, 0.695, 0.6, 0.55]), []);
    // The best epoch lies far back, and the two parts are still alike.
    let (loss, validation) = (
        [0.6, 0.45, 0.4, 0.38, 0.36, 0.34, 0.31, 0.30, 0.29],
        [0.5, 0.36, 0.38, 0.39, 0.4, 0.41, 0.41, 0.42, 0.42],
    );
    assert_eq!(kinds(&loss, &validation), []);
    // Well on the way down, and swinging as small parts do.
    let swings = [0.44, 0.3, 0.45, 0.29, 0.46, 0.28, 0.44];
    assert_eq!(kinds(&swings, &swings), []);
    // What is apart in earnest is still told.
    assert_eq!(kinds(&[0.6, 0.5, 0.4, 0.35, 0.34], &[1.4, 1.5, 1.4, 1.5, 1.4])[0], Disagreement);
}

#[test]
fn a_second_stage_is_told_its_own_option() {
    let first = stage(1, &[1.2, 0.6, 0.4, 0.35], &[1.0, 0.6, 0.5, 0.45]);
    let second = Stage { settings: fine_tune(), ..stage(5, &[5.0, 4.5, 4.4], &[4.0, 4.0, 4.0]) };
    let found = found(&[first, second]);
    assert_eq!((found[0].kind, found[0].epoch), (RateTooHigh, Some(5)));
    assert!(found[0].advice.contains("--fine-tune-learning-rate 1e-4"), "{}", found[0].advice);
}

#[test]
fn a_rate_that_is_too_low() {
    let found = found(&[stage(1, &course(10, |e| 1.66 - 0.002 * e), &course(10, |e| 1.67 - 0.002 * e))]);
    assert_eq!(found.iter().map(|finding| finding.kind).collect::<Vec<_>>(), [RateTooLow]);
    assert!(found[0].advice.contains("--learning-rate 0.1,"), "{}", found[0].advice);
    let kinds = kinds(&course(10, |e| 1.66 - 0.01 * e), &[]);
    assert_eq!(kinds, [RateTooLow]);
}

#[test]
fn overfitting_names_the_epoch_after_the_best() {
    let loss = course(30, |e| 1.3 * (-0.2 * e).exp() + 0.01);
    let validation = course(30, |e| 0.6 + 0.008 * (e - 9.0).powi(2));
    let found = found(&[stage(1, &loss, &validation)]);
    assert_eq!((found.len(), found[0].kind, found[0].epoch), (1, Overfitting, Some(11)));
    assert!(found[0].advice.contains("--augment"), "{}", found[0].advice);
    // By heart, and validation stays where it was.
    let flat = course(200, |e| 0.7 + 0.6 * (-0.3 * e).exp() + 0.0002 * (e - 20.0).max(0.0));
    let by_heart = course(200, |e| 1.3 * (-0.05 * e).exp() + 0.001);
    assert_eq!(kinds(&by_heart, &flat), [Overfitting]);
}

#[test]
fn training_and_validation_that_disagree() {
    let validation = [3.2, 3.4, 3.1, 3.3, 3.2];
    assert_eq!(kinds(&[1.0, 0.7, 0.5, 0.4, 0.35], &validation), [Disagreement]);
    // Batch norm's figures that lag for one epoch are usual.
    assert_eq!(kinds(&[1.0, 0.7, 0.5, 0.45, 0.44], &[3.2, 1.2, 0.7, 0.6, 0.59]), []);
}

#[test]
fn ended_while_still_improving() {
    let loss = course(6, |e| 1.4 * (-0.2 * e).exp());
    let found = found(&[stage(1, &loss, &loss)]);
    assert_eq!((found.len(), found[0].kind, found[0].epoch), (1, StillImproving, Some(6)));
    assert!(found[0].advice.contains("--epochs 12"), "{}", found[0].advice);
}

#[test]
fn a_class_that_is_never_predicted() {
    let names = ["cat", "dog"].map(String::from);
    let paths: Vec<String> = (0..8).map(|index| format!("{index}.png")).collect();
    let judge_of = |labels: &[u32], guessing: Guessing| {
        let probabilities: Vec<f32> = labels.iter().flat_map(|_| [0.9, 0.1]).collect();
        let evaluation =
            Evaluation::new(&names, &probabilities, labels, &paths[..labels.len()], &Settings::default());
        let evaluation = evaluation.unwrap();
        Training { validation: Some(&evaluation), ..training(&[], guessing) }.findings()
    };
    let judge = |labels: &[u32]| judge_of(labels, alike(CHANCE));
    let found = judge(&[0, 0, 0, 1, 1, 1]);
    assert_eq!((found.len(), found[0].kind, found[0].epoch), (1, NeverPredicted, None));
    assert_eq!(found[0].message, "never predicted on the 6 validation pictures: dog");
    assert_eq!(judge(&[0, 0, 0, 0, 1]), []);
    // Weights even out what is uneven, and a class that is rare.
    assert!(!found[0].advice.contains("--class-weights"), "{}", found[0].advice);
    let uneven = Guessing { constant: 0.5, ..alike(0.693) };
    let rare = judge_of(&[0, 0, 0, 0, 0, 1, 1, 1], uneven);
    assert!(rare[0].advice.starts_with("--class-weights balanced"), "{}", rare[0].advice);
    let frequent = judge_of(&[0, 0, 0, 1, 1, 1, 1, 1], uneven);
    assert!(!frequent[0].advice.contains("--class-weights"), "{}", frequent[0].advice);
}

/// What is found of a model with these probabilities of being ill, chosen by `monitor` with the threshold at `threshold`.
fn of_the_ill(ill: &[f32], monitor: &str, threshold: f32) -> Vec<Finding> {
    let names = ["NORMAL", "PNEUMONIA"].map(String::from);
    // One healthy for three ill.
    let labels: Vec<u32> = (0..ill.len()).map(|index| u32::from(index % 4 != 0)).collect();
    let paths: Vec<String> = (0..ill.len()).map(|index| format!("{index}.png")).collect();
    let settings = Settings { threshold: Some(threshold), ..Settings::default() };
    let evaluation = Evaluation::new(&names, ill, &labels, &paths, &settings).unwrap();
    let unweighted = Guessing { training: 0.693, constant: 0.562, validation: 0.693 };
    let monitor = Some(monitor);
    Training { validation: Some(&evaluation), monitor, ..training(&[], unweighted) }.findings()
}

#[test]
fn a_recall_of_one_by_calling_everything_ill() {
    let all = [0.7; 16];
    let found = of_the_ill(&all, "val_recall", 0.5);
    assert_eq!((found.len(), found[0].kind), (1, OneAnswer));
    assert_eq!(found[0].message, "val_recall is 1.000 because everything is called PNEUMONIA");
    assert!(
        found[0]
            .advice
            .starts_with("--monitor val_auc (and auc among --metrics), or val_precision_at_recall")
    );
    assert!(found[0].advice.ends_with("; or --class-weights balanced"), "{}", found[0].advice);
    assert_eq!(of_the_ill(&all, "val_recall[PNEUMONIA]", 0.5)[0].kind, OneAnswer);
    // What was chosen afterwards tells some healthy apart; the monitor saw what 0.5 does.
    let told_apart: Vec<f32> = (0..16).map(|index| if index % 4 == 0 { 0.6 } else { 0.9 }).collect();
    assert_eq!(of_the_ill(&told_apart, "val_recall", 0.8)[0].kind, OneAnswer);

    // The same answers, chosen by something else.
    assert_eq!(of_the_ill(&all, "val_loss", 0.5)[0].kind, NeverPredicted);
    assert_eq!(of_the_ill(&all, "val_recall[NORMAL]", 0.5)[0].kind, NeverPredicted);
    // A recall of 1 that one healthy picture recognised has earned.
    let mut one = all;
    one[0] = 0.2;
    assert_eq!(of_the_ill(&one, "val_recall", 0.5), []);
    // Two healthy pictures are no proof.
    assert_eq!(of_the_ill(&all[..8], "val_recall", 0.5), []);
    // Equally frequent, or weighted so: weights change nothing.
    let even = |guessing| {
        let stages = [];
        let names = ["NORMAL", "PNEUMONIA"].map(String::from);
        let (labels, paths) = ([0, 1, 1, 0, 1, 0, 1, 1], ["a"; 8]);
        let evaluation = Evaluation::new(&names, &[0.7; 8], &labels, &paths, &Settings::default()).unwrap();
        let training = training(&stages, guessing);
        Training { validation: Some(&evaluation), monitor: Some("val_recall"), ..training }
            .findings()
            .remove(0)
    };
    assert!(!even(alike(0.693)).advice.contains("--class-weights"));
}

#[test]
fn nothing_is_said_of_nothing() {
    assert_eq!(found(&[]), []);
    assert_eq!(found(&[stage(1, &[], &[])]), []);
}
