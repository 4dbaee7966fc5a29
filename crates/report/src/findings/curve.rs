//! A figure from epoch to epoch.

use crate::Stage;

/// Epochs and values, without the epochs that lack the figure.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Curve {
    pub(super) points: Vec<(usize, f64)>,
}

impl Curve {
    /// The figure called `name`, as `val_loss`, in these stages.
    pub(super) fn of(stages: &[Stage], name: &str) -> Self {
        let epochs = stages.iter().flat_map(|stage| &stage.epochs);
        let points = epochs.filter_map(|epoch| {
            let value = epoch.metrics.get(name).copied().flatten()?;
            value.is_finite().then_some((epoch.epoch, value))
        });
        Self { points: points.collect() }
    }

    pub(super) fn len(&self) -> usize {
        self.points.len()
    }

    pub(super) fn first(&self) -> Option<f64> {
        self.points.first().map(|(_, value)| *value)
    }

    pub(super) fn last(&self) -> Option<f64> {
        self.points.last().map(|(_, value)| *value)
    }

    /// The value at an epoch.
    pub(super) fn at(&self, epoch: usize) -> Option<f64> {
        self.points.iter().find(|(known, _)| *known == epoch).map(|(_, value)| *value)
    }

    /// The first epoch with the least value, and that.
    pub(super) fn least(&self) -> Option<(usize, f64)> {
        self.points.iter().copied().reduce(|best, point| if point.1 < best.1 { point } else { best })
    }

    /// The mean of the last `count` values, or of all if they are fewer.
    pub(super) fn end(&self, count: usize) -> Option<f64> {
        let last = &self.points[self.len().saturating_sub(count)..];
        let sum: f64 = last.iter().map(|(_, value)| value).sum();
        (!last.is_empty()).then(|| sum / last.len() as f64)
    }

    /// The changes from epoch to epoch.
    pub(super) fn changes(&self) -> Vec<f64> {
        self.points.windows(2).map(|pair| pair[1].1 - pair[0].1).collect()
    }
}
