//! Whether one of two models is better on the same pictures by more than chance explains: McNemar's exact test (1947).
//!
//! Only the pictures count that one alone gets right. If the models were equally good, each of these `n` would be one's
//! or the other's as a coin falls: `p = 2 Σ_{i ≤ min} C(n, i) / 2ⁿ`, at most 1.

/// Above this, a difference may well be chance.
pub(super) const SIGNIFICANT: f64 = 0.05;

/// Two models on the same pictures.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Comparison {
    /// Pictures that the first alone gets right.
    pub(super) first_alone: usize,
    /// Pictures that the second alone gets right.
    pub(super) second_alone: usize,
}

impl Comparison {
    pub(super) fn of(first: &[bool], second: &[bool]) -> Self {
        let alone = |one: &[bool], other: &[bool]| one.iter().zip(other).filter(|(a, b)| **a && !**b).count();
        Self { first_alone: alone(first, second), second_alone: alone(second, first) }
    }

    /// How probable a difference as large as this is between equally good models.
    pub(super) fn probability(self) -> f64 {
        let (least, all) = (self.first_alone.min(self.second_alone), self.first_alone + self.second_alone);
        // C(n, i) / 2ⁿ by logarithms: the powers of two alone would leave float64's range.
        let mut term = -(all as f64) * std::f64::consts::LN_2;
        let mut sum = term.exp();
        for i in 0..least {
            term += ((all - i) as f64).ln() - ((i + 1) as f64).ln();
            sum += term.exp();
        }
        (2.0 * sum).min(1.0)
    }

    /// Whether the first is better by more than chance explains.
    pub(super) fn first_is_better(self) -> bool {
        self.first_alone > self.second_alone && self.probability() < SIGNIFICANT
    }

    pub(super) fn turned(self) -> Self {
        Self { first_alone: self.second_alone, second_alone: self.first_alone }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn probabilities_are_those_of_the_binomial_test() {
        // scipy.stats.binomtest(k, n).pvalue
        for (first, second, expected) in [
            (0, 0, 1.0),
            (1, 0, 1.0),
            (6, 0, 0.03125),
            (5, 1, 0.21875),
            (10, 2, 0.038_574_218_75),
            (20, 20, 1.0),
            (59, 121, 4.434_449_263_755_2e-6),
        ] {
            let comparison = Comparison { first_alone: first, second_alone: second };
            let probability = comparison.probability();
            assert!(
                (probability - expected).abs() <= 1e-9 + 1e-6 * expected,
                "{first} {second}: {probability}"
            );
            assert_eq!(comparison.turned().probability(), probability);
        }
        let many = Comparison { first_alone: 3000, second_alone: 2000 };
        assert!(many.probability() < 1e-30 && many.first_is_better() && !many.turned().first_is_better());
    }

    #[test]
    fn only_pictures_that_one_alone_gets_right_count() {
        let comparison =
            Comparison::of(&[true, true, false, false, true], &[true, false, true, false, false]);
        assert_eq!(comparison, Comparison { first_alone: 2, second_alone: 1 });
    }
}
