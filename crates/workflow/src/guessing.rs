//! The loss where nothing was learned: of the same answer to every picture.

use train::losses::{Loss, Targets};

/// What guessing gives.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Guessing {
    /// Every class as probable as the others.
    pub(crate) chance: f64,
    /// Every class as probable as it is frequent, where that is better.
    pub(crate) constant: f64,
}

impl Guessing {
    /// Among so many `classes`, where pictures to learn from have these `labels` and classes count so much.
    pub(crate) fn of(loss: Loss, classes: usize, labels: &[u32], weights: Option<&[f32]>) -> Self {
        let mut counts = vec![0_usize; classes];
        labels.iter().for_each(|label| counts[*label as usize] += 1);
        let all = labels.len().max(1);
        let uniform = vec![1.0 / classes as f32; classes];
        let shares: Vec<f32> = counts.iter().map(|count| *count as f32 / all as f32).collect();
        let mean = |answer: &[f32]| {
            let of_class = |(class, count): (usize, &usize)| {
                let weight = weights.map_or(1.0, |weights| f64::from(weights[class]));
                // A class without pictures has no part in it, and an infinite loss.
                let loss =
                    if *count == 0 { 0.0 } else { loss.mean(answer, Targets::Labels(&[class as u32]), None) };
                *count as f64 / all as f64 * weight * loss
            };
            counts.iter().enumerate().map(of_class).sum::<f64>()
        };
        let chance = mean(&uniform);
        Self { chance, constant: mean(&shares).min(chance) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_the_entropy_of_the_classes() {
        let loss = train::losses::find("sparse_categorical_crossentropy").unwrap();
        let near = |a: f64, b: f64| (a - b).abs() < 1e-6;
        let Guessing { chance, constant } = Guessing::of(loss, 3, &[0, 0, 0, 1], None);
        assert!(near(chance, 3_f64.ln()), "{chance}");
        assert!(near(constant, -(0.75 * 0.75_f64.ln() + 0.25 * 0.25_f64.ln())), "{constant}");
        // Balanced by weights, no share is better than the same for all.
        let weighted = Guessing::of(loss, 2, &[0, 0, 0, 1], Some(&[2.0 / 3.0, 2.0]));
        assert!(
            near(weighted.chance, 2_f64.ln()) && near(weighted.constant, weighted.chance),
            "{weighted:?}"
        );
        let binary = train::losses::find("binary_crossentropy").unwrap();
        assert!(near(Guessing::of(binary, 2, &[0, 1], None).chance, 2_f64.ln()));
    }
}
