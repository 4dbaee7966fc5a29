//! Hits and false alarms of a class at falling thresholds: what ROC and precision-recall curves are drawn from.

/// A class's answers at one threshold.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Point {
    /// Pictures of the class above the threshold.
    pub(super) hits: u64,
    /// Other pictures above it.
    pub(super) alarms: u64,
}

impl Point {
    /// Pictures above the threshold.
    pub(super) fn called(self) -> u64 {
        self.hits + self.alarms
    }
}

/// The answers of a class at every threshold: first the highest, where nothing is above it, last the lowest, where
/// everything is.
pub(super) struct Curve<'a> {
    /// Of the class and of the others: at least one each.
    pub(super) all: Point,
    pub(super) points: &'a mut dyn Iterator<Item = Point>,
}

impl Curve<'_> {
    /// `Σ area(a, b)` over neighbouring points.
    pub(super) fn area(self, area: impl Fn(Point, Point) -> f64) -> f64 {
        let start = (Point::default(), 0.0);
        self.points.fold(start, |(before, sum), point| (point, sum + area(before, point))).1
    }

    /// The largest `wanted` where `condition` is `least` or more; 0 where it never is.
    pub(super) fn best(
        self,
        least: f64,
        condition: impl Fn(Point) -> f64,
        wanted: impl Fn(Point) -> f64,
    ) -> f64 {
        self.points.filter(|point| condition(*point) >= least).map(wanted).fold(0.0, f64::max)
    }
}
