//! Of the pictures called a class, the share that are of it: of two classes the second's, of more their mean.

use super::Metric;
use super::tally::{Tally, over_classes, ratio};

pub(super) fn new(classes: usize) -> Box<dyn Metric> {
    Tally::metric(classes, |classes| over_classes(classes, |c| ratio(c.hits, c.predicted)))
}
