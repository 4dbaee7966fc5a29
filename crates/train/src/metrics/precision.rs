//! Of the pictures called a class, the share that are of it.

use super::{Figure, Kind, Number, ratio};

pub(super) const KIND: Kind =
    Kind { number: Number::None, figure: Figure::Counts(|class| ratio(class.hits, class.predicted)) };
