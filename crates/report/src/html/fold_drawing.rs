//! One figure of every fold: a dot each, their mean, and a deviation to either side of it.

use maud::{Markup, html};

use super::plot::{Scale, px, whole_ticks};
use super::value_axis::{BOTTOM, HEIGHT, LEFT, RIGHT, TOP, Unit, ValueAxis, WIDTH};
use crate::cross_validation::Column;
use crate::numbers::percent_range;
use crate::{CrossValidation, FoldFigures, Spread, wilson};

/// Of more folds than this, a pointer could not hit one.
const READABLE_FOLDS: usize = 400;

/// A fold's number and its figure, with the interval of that where it is a share of pictures.
struct Point {
    fold: usize,
    value: f64,
    interval: Option<[f64; 2]>,
}

/// One figure by fold.
pub(super) struct FoldDrawing {
    column: &'static Column,
    spread: Spread,
    /// A deviation to either side of the mean.
    band: [f64; 2],
    points: Vec<Point>,
    folds: usize,
    x: Scale,
    y: ValueAxis,
}

impl FoldDrawing {
    /// Of a figure that lies between 0 and 1.
    pub(super) fn of(all: &CrossValidation, column: &'static Column, spread: Spread) -> Self {
        let is_accuracy = column.name == "accuracy";
        let point = |fold: &FoldFigures| {
            let value = fold.figures.get(column.name).copied().flatten()?;
            let interval = (is_accuracy && fold.pictures > 0).then(|| wilson(fold.correct, fold.pictures));
            Some(Point { fold: fold.number, value, interval })
        };
        let points: Vec<Point> = all.folds.iter().filter_map(point).collect();
        let deviation = spread.deviation.unwrap_or(0.0);
        let band = [-deviation, deviation].map(|away| (spread.mean + away).clamp(0.0, 1.0));
        let shown = |point: &Point| [point.value].into_iter().chain(point.interval.into_iter().flatten());
        let y = ValueAxis::of(
            if is_accuracy { Unit::Percent } else { Unit::Number },
            points.iter().flat_map(shown).chain(band),
        );
        let folds = all.folds.len();
        let x = Scale { values: [0.5, folds as f64 + 0.5], points: [LEFT, RIGHT] };
        Self { column, spread, band, points, folds, x, y }
    }

    pub(super) fn draw(&self) -> Markup {
        let [low, high] = self.band.map(|end| self.y.at(end));
        let mean = px(self.y.at(self.spread.mean));
        html! {
            figure.curve {
                figcaption { (self.column.label) }
                svg viewBox=(format!("0 0 {WIDTH} {HEIGHT}")) role="img" aria-label=(self.in_words()) {
                    rect.deviation x=(LEFT) width=(RIGHT - LEFT) y=(px(high)) height=(px(low - high)) {}
                    (self.y.draw())
                    @for fold in whole_ticks(1, self.folds, 8) {
                        text.tick x=(px(self.x.at(fold as f64))) y=(BOTTOM + 18.0) text-anchor="middle" { (fold) }
                    }
                    text.tick x=(RIGHT) y=(BOTTOM + 33.0) text-anchor="end" { "fold" }
                    line.mean x1=(LEFT) x2=(RIGHT) y1=(mean) y2=(mean) {}
                    @for point in &self.points { (self.dot(point)) }
                    @if self.folds <= READABLE_FOLDS { @for point in &self.points { (self.readout(point)) } }
                }
            }
        }
    }

    fn dot(&self, point: &Point) -> Markup {
        let x = px(self.x.at(point.fold as f64));
        html! {
            @if let Some(ends) = point.interval {
                @let [low, high] = ends.map(|end| px(self.y.at(end)));
                line.stage x1=(x) x2=(x) y1=(low) y2=(high) {}
            }
            circle.validation cx=(x) cy=(px(self.y.at(point.value))) r=(if self.folds > 40 { "2.5" } else { "5" }) {}
        }
    }

    /// Under the pointer, a fold shows its figure, as an epoch does in a learning curve.
    fn readout(&self, point: &Point) -> Markup {
        let (x, step) = (self.x.at(point.fold as f64), self.x.at(2.0) - self.x.at(1.0));
        html! {
            g.readout {
                rect x=(px(x - step / 2.0)) y=(TOP) width=(px(step)) height=(BOTTOM - TOP) {}
                text x=(RIGHT) y=(TOP - 8.0) text-anchor="end" {
                    "fold " (point.fold) " · " ((self.column.written)(Some(point.value)))
                    @if let Some(interval) = point.interval { " · 95 % interval " (percent_range(interval)) }
                }
            }
        }
    }

    fn in_words(&self) -> String {
        let written = |value: f64| (self.column.written)(Some(value));
        let values = || self.points.iter().map(|point| point.value);
        let (low, high) =
            (values().fold(f64::INFINITY, f64::min), values().fold(f64::NEG_INFINITY, f64::max));
        let deviation = self
            .spread
            .deviation
            .map_or_else(String::new, |deviation| format!(", deviation {}", written(deviation)));
        format!(
            "{} by fold, from {} to {}; mean {}{deviation}",
            self.column.label,
            written(low),
            written(high),
            written(self.spread.mean)
        )
    }
}
