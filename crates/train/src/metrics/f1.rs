//! The harmonic mean of a class's precision and recall, `2·hits / (called + are)`: of two classes the second's, of
//! more their mean.

use super::Metric;
use super::tally::{Tally, over_classes, ratio};

pub(super) fn new(classes: usize) -> Box<dyn Metric> {
    Tally::metric(classes, |classes| over_classes(classes, |c| ratio(2 * c.hits, c.predicted + c.actual)))
}
