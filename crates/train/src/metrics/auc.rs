//! The area under the ROC curve, by trapezoids (Keras's `AUC`): how probably a picture of the class has a higher score
//! than another one.

use super::{Curve, Figure, Kind, Number};

pub(super) const KIND: Kind = Kind { number: Number::None, figure: Figure::Curve(|curve, _| area(curve)) };

fn area(curve: Curve<'_>) -> f64 {
    let whole = curve.all.hits as f64 * curve.all.alarms as f64;
    let sum = curve.area(|a, b| (b.alarms - a.alarms) as f64 * (a.hits + b.hits) as f64 / 2.0);
    sum / whole
}
