//! The largest share of a class that is found, at any threshold where at least so large a share of the others is not
//! called so.

use super::{Figure, Kind, Number, ratio};

pub(super) const KIND: Kind = Kind {
    number: Number::Share,
    figure: Figure::Curve(|curve, least| {
        let all = curve.all;
        let specificity = |alarms| ratio(all.alarms - alarms, all.alarms);
        curve.best(least, |point| specificity(point.alarms), |point| ratio(point.hits, all.hits))
    }),
};
