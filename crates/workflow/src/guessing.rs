//! The loss where nothing was learned: of the same answer to every picture.

use images::Sampling;
use report::Guessing;
use train::losses::{Loss, Targets};

use crate::Plan;
use crate::data::Pictures;

/// What guessing gives, of the pictures to learn from and of those to validate with.
pub(crate) fn guessing(plan: &Plan, classes: &[String], pictures: &Pictures) -> Guessing {
    let names: Vec<&str> = classes.iter().map(String::as_str).collect();
    let labels = pictures.train.labels();
    let weights = plan.class_weights.resolve(&names, labels.iter().copied()).ok().flatten();
    let train = shares(classes.len(), &labels, plan.sampling);
    let weights = weights.unwrap_or_else(|| vec![1.0; classes.len()]);
    let validation = shares(classes.len(), &pictures.validation.labels(), Sampling::Uniform);
    of_shares(plan.loss, (&train, &weights), &validation)
}

/// The part that each of so many `classes` has in the pictures as they are taken; nothing of all without pictures.
fn shares(classes: usize, labels: &[u32], sampling: Sampling) -> Vec<f64> {
    let mut counts = vec![0_usize; classes];
    labels.iter().for_each(|label| counts[*label as usize] += 1);
    if sampling == Sampling::Balanced {
        counts.iter_mut().for_each(|count| *count = (*count).min(1));
    }
    let all = counts.iter().sum::<usize>().max(1);
    counts.iter().map(|count| *count as f64 / all as f64).collect()
}

/// Where training's classes have these shares and weights, and validation's these shares.
fn of_shares(loss: Loss, (train, weights): (&[f64], &[f32]), validation: &[f64]) -> Guessing {
    let uniform = vec![1.0 / train.len() as f32; train.len()];
    let counted: Vec<f64> =
        train.iter().zip(weights).map(|(share, weight)| share * f64::from(*weight)).collect();
    let all: f64 = counted.iter().sum();
    let best: Vec<f32> = counted.iter().map(|part| (part / all) as f32).collect();
    let training = mean(loss, &counted, &uniform);
    Guessing {
        training,
        constant: mean(loss, &counted, &best).min(training),
        validation: mean(loss, validation, &uniform),
    }
}

/// The mean loss of one `answer`, where classes count so much.
fn mean(loss: Loss, counts: &[f64], answer: &[f32]) -> f64 {
    // A class that does not count has an infinite loss, and no part in it.
    let counting = counts.iter().enumerate().filter(|(_, count)| **count > 0.0);
    counting.map(|(class, count)| count * loss.mean(answer, Targets::Labels(&[class as u32]), None)).sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn near(a: f64, b: f64) -> bool {
        (a - b).abs() < 1e-6
    }

    fn of(loss: &str, labels: &[u32], weights: &[f32], sampling: Sampling) -> Guessing {
        let (train, natural) =
            (shares(weights.len(), labels, sampling), shares(weights.len(), labels, Sampling::Uniform));
        of_shares(train::losses::find(loss).unwrap(), (&train, weights), &natural)
    }

    #[test]
    fn it_is_the_entropy_of_the_classes() {
        let loss = "sparse_categorical_crossentropy";
        let plain = of(loss, &[0, 0, 0, 1], &[1.0; 3], Sampling::Uniform);
        assert!(near(plain.training, 3_f64.ln()) && near(plain.validation, 3_f64.ln()), "{plain:?}");
        let entropy = -(0.75 * 0.75_f64.ln() + 0.25 * 0.25_f64.ln());
        assert!(near(plain.constant, entropy), "{plain:?}");
        // Balanced by weights, no share is better than the same for all.
        let weighted = of(loss, &[0, 0, 0, 1], &[2.0 / 3.0, 2.0], Sampling::Uniform);
        assert!(near(weighted.training, 2_f64.ln()) && near(weighted.constant, 2_f64.ln()), "{weighted:?}");
        let binary = of("binary_crossentropy", &[0, 1], &[1.0; 2], Sampling::Uniform);
        assert!(near(binary.training, 2_f64.ln()));
    }

    #[test]
    fn balanced_sampling_shows_every_class_as_often() {
        let loss = "sparse_categorical_crossentropy";
        let balanced = of(loss, &[0, 0, 0, 1], &[1.0; 2], Sampling::Balanced);
        assert!(near(balanced.constant, 2_f64.ln()), "{balanced:?}");
        // A class without pictures is never taken: knowing that is all there is to know.
        let two_of_three = of(loss, &[0, 0, 0, 1], &[1.0; 3], Sampling::Balanced);
        assert!(near(two_of_three.training, 3_f64.ln()) && near(two_of_three.constant, 2_f64.ln()));
    }

    #[test]
    fn weights_count_in_training_alone() {
        let loss = "sparse_categorical_crossentropy";
        let weighted = of(loss, &[0, 1, 1, 1], &[1.0, 0.4], Sampling::Uniform);
        assert!(near(weighted.training, 0.55 * 2_f64.ln()), "{weighted:?}");
        assert!(near(weighted.validation, 2_f64.ln()), "{weighted:?}");
        // The best constant answer is the weighted shares, 0.25 to 0.3.
        let [rare, common] = [0.25_f64 / 0.55, 0.3 / 0.55];
        assert!(near(weighted.constant, -(0.25 * rare.ln() + 0.3 * common.ln())), "{weighted:?}");
    }
}
