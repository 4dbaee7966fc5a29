//! The share of pictures whose most probable class is the true one (one sigmoid unit: at threshold 0.5).

use super::{Figure, Kind, Number};

pub(super) const KIND: Kind =
    Kind { number: Number::None, figure: Figure::Share(|picture, _| picture.predicted == picture.label) };
