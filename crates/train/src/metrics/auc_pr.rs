//! The area under the precision-recall curve, hits and alarms taken as growing evenly between its points (Davis &
//! Goadrich 2006): Keras's `AUC(curve="PR")`.

use super::{Curve, Figure, Kind, Number};

pub(super) const KIND: Kind = Kind { number: Number::None, figure: Figure::Curve(|curve, _| area(curve)) };

fn area(curve: Curve<'_>) -> f64 {
    let whole = curve.all.hits as f64;
    let sum = curve.area(|a, b| {
        let (called, hits) = (b.called() - a.called(), (b.hits - a.hits) as f64);
        if called == 0 {
            return 0.0;
        }
        let slope = hits / called as f64;
        let intercept = a.hits as f64 - slope * a.called() as f64;
        let ratio = if a.called() > 0 { b.called() as f64 / a.called() as f64 } else { 1.0 };
        slope * (hits + intercept * ratio.ln())
    });
    sum / whole
}
