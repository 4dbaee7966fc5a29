//! The share of pictures whose true class is among the `k` most probable, 5 unless it is said: as Keras counts, a class
//! that is as probable as the last of them is among them.

use super::{Figure, Kind, Number, Picture};

pub(super) const KIND: Kind = Kind { number: Number::Whole(5), figure: Figure::Share(is_among) };

fn is_among(picture: &Picture<'_>, k: f64) -> bool {
    let own = picture.row[picture.label];
    let above = picture.row.iter().filter(|p| **p > own).count();
    own.is_finite() && (above as f64) < k
}
