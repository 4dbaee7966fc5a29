//! Of the pictures of a class, the share that are called so.

use super::{Figure, Kind, Number, ratio};

pub(super) const KIND: Kind =
    Kind { number: Number::None, figure: Figure::Counts(|class| ratio(class.hits, class.actual)) };
