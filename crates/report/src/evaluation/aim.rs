//! Which threshold serves an aim best, such as a recall of 0.95: on the validation part, for a model of two classes.
//!
//! A threshold that is chosen on pictures looks better on them than on others: what it is worth, the test part says.

use std::cmp::Ordering;

use crate::{Error, ErrorKind, Result};

/// What a threshold is chosen for.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Figure {
    /// The best precision among the thresholds with at least this recall.
    Recall(f64),
    /// The best recall among the thresholds with at least this precision.
    Precision(f64),
    /// The best F1.
    F1,
}

/// A figure of one of two classes.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Aim {
    /// What is wanted.
    pub figure: Figure,
    /// The class that it is wanted of: 0 or 1.
    pub class: usize,
}

/// The threshold that an aim leads to.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Aimed {
    /// The second class is the answer when its probability is above this.
    pub threshold: f32,
    /// What the class has there, on the pictures it was chosen on.
    pub recall: f64,
    /// As `recall`; 0 where the class is never predicted.
    pub precision: f64,
    /// Whether the wish is met: no threshold may reach it.
    pub is_met: bool,
}

impl Aim {
    /// The best threshold for pictures with these probabilities of the second class and these labels. It lies in the
    /// middle between the two probabilities that it tells apart.
    /// A picture whose probability is no number is taken for neither class.
    ///
    /// Where no threshold has the precision that is wanted, the one with the most is given.
    ///
    /// # Errors
    /// The lists' lengths differ, or a class has no picture: there is nothing to choose by.
    pub fn best(self, second: &[f32], labels: &[u32]) -> Result<Aimed> {
        let count = |class| labels.iter().filter(|label| **label == class).count();
        let support = [count(0), count(1)];
        if second.len() != labels.len() || support.contains(&0) || support[0] + support[1] != labels.len() {
            let message = format!(
                "a threshold is chosen by pictures of both classes, received {} probabilities of {} and {} pictures",
                second.len(),
                support[0],
                support[1]
            );
            return Err(Error::new(ErrorKind::Value, message));
        }
        let candidates = cuts(second, labels).into_iter().map(|cut| self.judge(&cut, support));
        let best = candidates.max_by(|a, b| self.compare(a, b));
        best.ok_or_else(|| Error::new(ErrorKind::Value, "not one of the probabilities is a number"))
    }

    fn judge(self, cut: &Cut, support: [usize; 2]) -> Aimed {
        let (right, predicted) = (cut.right[self.class], cut.predicted[self.class]);
        let recall = right as f64 / support[self.class] as f64;
        let precision = right as f64 / predicted.max(1) as f64;
        let is_met = match self.figure {
            Figure::Recall(least) => recall >= least,
            Figure::Precision(least) => precision >= least,
            Figure::F1 => true,
        };
        Aimed { threshold: cut.threshold, recall, precision, is_met }
    }

    /// The better one is greater; of equal ones the later, whose threshold is lower.
    fn compare(self, a: &Aimed, b: &Aimed) -> Ordering {
        let f1 = |aimed: &Aimed| {
            2.0 * aimed.precision * aimed.recall / (aimed.precision + aimed.recall).max(f64::MIN_POSITIVE)
        };
        let by = |figure: fn(&Aimed) -> f64| figure(a).total_cmp(&figure(b));
        let (recall, precision) = (by(|aimed| aimed.recall), by(|aimed| aimed.precision));
        a.is_met.cmp(&b.is_met).then(match (self.figure, a.is_met) {
            (Figure::Recall(_), true) | (Figure::Precision(_), false) => precision.then(recall),
            (Figure::Recall(_), false) | (Figure::Precision(_), true) => recall.then(precision),
            (Figure::F1, _) => f1(a).total_cmp(&f1(b)),
        })
    }
}

/// A threshold, and what both classes have there.
struct Cut {
    threshold: f32,
    /// Pictures of each class that are taken for it.
    right: [usize; 2],
    /// Pictures that are taken for each class.
    predicted: [usize; 2],
}

/// One threshold between any two different probabilities, one above all and, where there is room, one below all; the
/// highest first.
fn cuts(second: &[f32], labels: &[u32]) -> Vec<Cut> {
    let numbers = second.iter().copied().zip(labels).filter(|(probability, _)| !probability.is_nan());
    let mut ranked: Vec<(f32, u32)> = numbers.map(|(p, &label)| (p.clamp(0.0, 1.0), label)).collect();
    ranked.sort_by(|a, b| b.0.total_cmp(&a.0));
    let Some(&(highest, _)) = ranked.first() else { return Vec::new() };
    let zeros = ranked.iter().filter(|(_, label)| *label == 0).count();
    let mut cut = Cut { threshold: between(highest, 1.0), right: [zeros, 0], predicted: [ranked.len(), 0] };
    let mut cuts = Vec::new();
    // `==` and not `total_cmp`: -0 and 0 tie.
    let mut groups = ranked.chunk_by(|a, b| a.0 == b.0).peekable();
    while let Some(group) = groups.next() {
        let ones = group.iter().filter(|(_, label)| *label == 1).count();
        let Cut { right: [zeros, already], predicted: [others, taken], .. } = cut;
        let right = [zeros - (group.len() - ones), already + ones];
        let predicted = [others - group.len(), taken + group.len()];
        let lower = groups.peek().map_or(0.0, |next| next[0].0);
        cuts.push(cut);
        cut = Cut { threshold: between(lower, group[0].0), right, predicted };
    }
    // Nothing lies below a probability of 0.
    if ranked[ranked.len() - 1].0 > 0.0 {
        cuts.push(cut);
    }
    cuts
}

/// The middle; at least `low` and, where they differ, below `high`.
fn between(low: f32, high: f32) -> f32 {
    let middle = low + (high - low) / 2.0;
    if middle < high { middle } else { low }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What a threshold gives, counted picture by picture: recall and precision of `class`.
    fn counted(threshold: f32, class: u32, second: &[f32], labels: &[u32]) -> (f64, f64) {
        let predicted = |p: f32| u32::from(p > threshold);
        let pairs = || second.iter().zip(labels).filter(|(p, _)| !p.is_nan());
        let right = pairs().filter(|(p, label)| **label == class && predicted(**p) == class).count() as f64;
        let taken = pairs().filter(|(p, _)| predicted(**p) == class).count().max(1) as f64;
        (right / labels.iter().filter(|label| **label == class).count() as f64, right / taken)
    }

    /// Probabilities with ties, zeros and ones among them, and labels that mostly go with them.
    fn pictures(seed: u32) -> (Vec<f32>, Vec<u32>) {
        let mut state = seed;
        let mut next = |below: u32| {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            (state >> 8) % below
        };
        let second: Vec<f32> = (0..40).map(|_| next(21) as f32 / 20.0).collect();
        let labels = second.iter().map(|p| u32::from(*p + next(10) as f32 / 10.0 > 0.9)).collect();
        (second, labels)
    }

    /// Every threshold that can make a difference is tried by a plain loop: none serves better.
    #[test]
    fn no_other_threshold_is_better() {
        for seed in 0..40 {
            let (second, labels) = pictures(seed);
            let grid: Vec<f32> = (0..=80).map(|step| step as f32 / 80.0).collect();
            for class in 0..2 {
                let at = |threshold: f32| counted(threshold, class, &second, &labels);
                let best = |figure| Aim { figure, class: class as usize }.best(&second, &labels).unwrap();

                let aimed = best(Figure::Recall(0.9));
                assert_eq!((aimed.recall, aimed.precision), at(aimed.threshold), "{seed}");
                let reach: Vec<_> =
                    grid.iter().map(|t| at(*t)).filter(|(recall, _)| *recall >= 0.9).collect();
                assert_eq!(aimed.is_met, !reach.is_empty());
                assert!(reach.iter().all(|(_, precision)| *precision <= aimed.precision), "{seed}");

                let aimed = best(Figure::Precision(0.8));
                assert_eq!((aimed.recall, aimed.precision), at(aimed.threshold), "{seed}");
                let reach: Vec<_> =
                    grid.iter().map(|t| at(*t)).filter(|(_, precision)| *precision >= 0.8).collect();
                assert_eq!(aimed.is_met, !reach.is_empty());
                assert!(reach.iter().all(|(recall, _)| *recall <= aimed.recall), "{seed}");

                let f1 = |(recall, precision): (f64, f64)| 2.0 * recall * precision / (recall + precision);
                let aimed = best(Figure::F1);
                let most = grid.iter().map(|t| f1(at(*t))).fold(0.0, f64::max);
                assert!((f1((aimed.recall, aimed.precision)) - most).abs() < 1e-12, "{seed}");
            }
        }
    }

    #[test]
    fn what_no_threshold_reaches_is_said() {
        let aim = Aim { figure: Figure::Precision(0.9), class: 1 };
        let aimed = aim.best(&[0.9, 0.8, 0.2], &[0, 1, 0]).unwrap();
        assert_eq!((aimed.is_met, aimed.threshold, aimed.precision), (false, 0.5, 0.5));
        assert!(aim.best(&[0.9, 0.8], &[1, 1]).is_err());
        assert!(aim.best(&[0.9], &[1, 0]).is_err());
        assert!(aim.best(&[f32::NAN, f32::NAN], &[1, 0]).is_err());
    }

    #[test]
    fn the_threshold_lies_between_what_it_tells_apart() {
        let aim = Aim { figure: Figure::Recall(1.0), class: 1 };
        let low = 0.3_f32;
        for high in [0.7, low.next_up()] {
            let aimed = aim.best(&[low, high], &[0, 1]).unwrap();
            assert!(low <= aimed.threshold && aimed.threshold < high);
            assert_eq!((aimed.recall, aimed.precision), (1.0, 1.0));
        }
        // The first class: the second must have a low probability.
        let aim = Aim { figure: Figure::Recall(1.0), class: 0 };
        let aimed = aim.best(&[0.6, 0.7, 0.9], &[0, 0, 1]).unwrap();
        assert!((0.7..0.9).contains(&aimed.threshold) && aimed.is_met);
    }
}
