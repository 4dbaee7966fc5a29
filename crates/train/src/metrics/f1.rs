//! The harmonic mean of a class's precision and recall, `2·hits / (called + are)`.

use super::{Figure, Kind, Number, ratio};

pub(super) const KIND: Kind = Kind {
    number: Number::None,
    figure: Figure::Counts(|class| ratio(2 * class.hits, class.predicted + class.actual)),
};
