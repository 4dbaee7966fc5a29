//! How good an epoch is beside others: by what is monitored, and between equals by the loss.
//!
//! Keras keeps the first of equals. A recall of 1 has also who calls everything ill,
//! so that the first is often the worst.

use super::Monitor;
use crate::Scores;

/// How good an epoch is.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Standing {
    /// Of what is monitored.
    pub value: f64,
    /// `val_loss`, or `loss` where there is no validation; NaN where there is neither.
    pub loss: f64,
}

/// An epoch beside the best one before it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Rank {
    /// What is monitored is better.
    Better,
    /// What is monitored is the same, and the loss is smaller: it takes the best one's place, and is no improvement.
    SmallerLoss,
    /// None of that.
    NoBetter,
}

impl Standing {
    /// Of the epoch with these figures; `None` where it lacks what is monitored.
    pub fn of(scores: &Scores, monitor: &Monitor) -> Option<Self> {
        let loss = scores.get("val_loss").or_else(|| scores.get("loss")).unwrap_or(f64::NAN);
        Some(Self { value: scores.get(&monitor.name)?, loss })
    }
}

impl Monitor {
    /// Where an epoch stands beside the best one before it.
    pub fn rank(&self, epoch: Standing, best: Option<Standing>) -> Rank {
        if self.is_better(epoch.value, best.map(|best| best.value)) {
            return Rank::Better;
        }
        let has_smaller_loss =
            |best: Standing| epoch.loss < best.loss || (best.loss.is_nan() && !epoch.loss.is_nan());
        match best {
            Some(best) if epoch.value == best.value && has_smaller_loss(best) => Rank::SmallerLoss,
            _ => Rank::NoBetter,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn between_equals_the_loss_decides() {
        let monitor = Monitor { min_delta: 0.01, ..Monitor::new("val_recall") };
        let of = |value, loss| Standing { value, loss };
        let best = Some(of(0.9, 0.5));
        for (epoch, rank) in [
            (of(0.95, 0.6), Rank::Better),
            (of(0.9, 0.4), Rank::SmallerLoss),
            (of(0.9, 0.5), Rank::NoBetter),
            (of(0.9, f64::NAN), Rank::NoBetter),
            // Higher by less than counts is not the same.
            (of(0.905, 0.1), Rank::NoBetter),
            (of(0.8, 0.1), Rank::NoBetter),
            (of(f64::NAN, 0.1), Rank::NoBetter),
        ] {
            assert_eq!(monitor.rank(epoch, best), rank, "{epoch:?}");
        }
        assert_eq!(monitor.rank(of(f64::NAN, 0.1), None), Rank::NoBetter);
        assert_eq!(monitor.rank(of(0.0, f64::NAN), None), Rank::Better);
        assert_eq!(monitor.rank(of(0.9, 0.7), Some(of(0.9, f64::NAN))), Rank::SmallerLoss);
    }

    #[test]
    fn the_loss_is_that_of_the_validation_where_there_is_one() {
        let monitor = Monitor::new("recall");
        let of = |scores: &[(&str, f64)]| {
            Standing::of(&scores.iter().copied().collect(), &monitor).map(|standing| standing.loss)
        };
        assert_eq!(of(&[("loss", 0.3), ("recall", 1.0), ("val_loss", 0.4)]), Some(0.4));
        assert_eq!(of(&[("loss", 0.3), ("recall", 1.0)]), Some(0.3));
        assert_eq!(of(&[("loss", 0.3)]), None);
    }
}
