//! The frame of a small drawing, and its upright axis of values.

use maud::{Markup, html};

use super::plot::{Scale, px, ticks};
use crate::numbers::{TIE, percent};

pub(super) const WIDTH: f64 = 480.0;
pub(super) const HEIGHT: f64 = 266.0;
pub(super) const LEFT: f64 = 54.0;
pub(super) const RIGHT: f64 = 468.0;
pub(super) const TOP: f64 = 26.0;
pub(super) const BOTTOM: f64 = 226.0;

/// How an axis writes its values.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Unit {
    Percent,
    Number,
}

/// The axis of one figure.
pub(super) struct ValueAxis {
    scale: Scale,
    ticks: Vec<f64>,
    unit: Unit,
}

impl ValueAxis {
    /// With room for all `values`.
    pub(super) fn of(unit: Unit, values: impl Iterator<Item = f64> + Clone) -> Self {
        let (low, high) =
            (values.clone().fold(f64::INFINITY, f64::min), values.fold(f64::NEG_INFINITY, f64::max));
        let (low, high) = if low > high { (0.0, 1.0) } else { (low, high) };
        // An axis that begins at 0 tells more, unless everything would lie at its other end.
        let low = if low >= 0.0 && low < high * 0.4 { 0.0 } else { low };
        let ticks = ticks(low, high, 5);
        let scale = Scale { values: [ticks[0], ticks[ticks.len() - 1]], points: [BOTTOM, TOP] };
        Self { scale, ticks, unit }
    }

    /// The point of a value.
    pub(super) fn at(&self, value: f64) -> f64 {
        self.scale.at(value)
    }

    /// A value as the drawing writes it.
    pub(super) fn written(&self, value: f64) -> String {
        match self.unit {
            Unit::Percent => percent(value),
            Unit::Number => format!("{value:.4}"),
        }
    }

    pub(super) fn draw(&self) -> Markup {
        html! {
            @for tick in &self.ticks {
                @let y = self.at(*tick);
                line.grid x1=(LEFT) x2=(RIGHT) y1=(px(y)) y2=(px(y)) {}
                text.tick x=(LEFT - 8.0) y=(px(y + 4.0)) text-anchor="end" { (self.tick(*tick)) }
            }
        }
    }

    fn tick(&self, value: f64) -> String {
        let step = self.ticks[1] - self.ticks[0];
        let digits = |step: f64| (-step.log10().floor()).clamp(0.0, 6.0) as usize;
        match self.unit {
            Unit::Percent => format!("{:.*}{TIE}%", digits(step * 100.0), value * 100.0),
            Unit::Number => format!("{value:.*}", digits(step)),
        }
    }
}
