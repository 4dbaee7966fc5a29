//! The share of pictures whose most probable class is the true one (one sigmoid unit: at threshold 0.5).

use super::Metric;
use super::tally::{Tally, ratio};

pub(super) fn new(classes: usize) -> Box<dyn Metric> {
    Tally::metric(classes, |classes| {
        ratio(classes.iter().map(|c| c.hits).sum(), classes.iter().map(|c| c.actual).sum())
    })
}
