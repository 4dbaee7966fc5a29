//! The largest share of the others that is not called a class, at any threshold where at least so large a share of the
//! class is found.

use super::{Figure, Kind, Number, ratio};

pub(super) const KIND: Kind = Kind {
    number: Number::Share,
    figure: Figure::Curve(|curve, least| {
        let all = curve.all;
        let specificity = |alarms| ratio(all.alarms - alarms, all.alarms);
        curve.best(least, |point| ratio(point.hits, all.hits), |point| specificity(point.alarms))
    }),
};
