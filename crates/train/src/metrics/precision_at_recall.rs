//! The largest precision of a class at any threshold where its recall is at least so much.

use super::{Figure, Kind, Number, ratio};

pub(super) const KIND: Kind = Kind {
    number: Number::Share,
    figure: Figure::Curve(|curve, least| {
        let all = curve.all;
        curve.best(least, |point| ratio(point.hits, all.hits), |point| ratio(point.hits, point.called()))
    }),
};
