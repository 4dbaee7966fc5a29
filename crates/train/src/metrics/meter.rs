//! Several metrics over the same pictures, gathered batch by batch or worked out at the end.

use super::curve::{Curve, Point};
use super::over::Over;
use super::tally::Tally;
use super::{Entry, Figure, Picture, argmax, ratio};
use crate::{Error, ErrorKind, Result, Scores, State};

/// A figure that is gathered picture by picture.
pub(super) trait Gathering: Send {
    /// Counts a picture.
    fn add(&mut self, picture: &Picture<'_>);

    /// The figure over everything counted; 0 before the first picture.
    fn value(&self) -> f64;

    /// What was counted.
    fn counts(&self) -> Vec<u64>;

    /// Goes on from what was counted; there are as many as [`Gathering::counts`] gives.
    fn restore(&mut self, counts: &[u64]);
}

/// Several metrics, for so many classes.
pub(crate) struct Meter {
    metrics: Vec<(String, Box<dyn Gathering>)>,
    classes: usize,
}

impl Meter {
    /// For metrics that were checked against the number of classes.
    pub(crate) fn new(entries: &[Entry], classes: usize) -> Self {
        let metrics = entries.iter().map(|entry| (entry.name().to_owned(), gathering(entry, classes)));
        Self { metrics: metrics.collect(), classes }
    }

    /// Counts pictures with these `probabilities`, `[pictures, classes]`.
    pub(crate) fn add(&mut self, probabilities: &[f32], labels: &[u32]) {
        for picture in pictures(probabilities, labels, self.classes) {
            self.metrics.iter_mut().for_each(|(_, metric)| metric.add(&picture));
        }
    }

    /// What was counted, metric by metric.
    pub(crate) fn state(&self) -> State {
        let mut state = State::default();
        for (name, metric) in &self.metrics {
            let counts: Vec<f64> = metric.counts().into_iter().map(|count| count as f64).collect();
            state.put_numbers(name, &counts);
        }
        state
    }

    /// Goes on from what was counted.
    ///
    /// # Errors
    /// `state` is of other metrics or other classes.
    pub(crate) fn restore(&mut self, state: &State) -> Result<()> {
        for (name, metric) in &mut self.metrics {
            let counts: Vec<u64> = state.numbers(name)?.iter().map(|count| *count as u64).collect();
            let expected = metric.counts().len();
            if counts.len() != expected {
                let message = format!("metric {name}: expected {expected} counts, received {}", counts.len());
                return Err(Error::new(ErrorKind::Model, message));
            }
            metric.restore(&counts);
        }
        Ok(())
    }

    /// Puts a figure a metric among `scores`.
    pub(crate) fn write_to(&self, scores: &mut Scores) {
        self.metrics.iter().for_each(|(name, metric)| scores.set(name, metric.value()));
    }
}

fn pictures<'a>(rows: &'a [f32], labels: &'a [u32], classes: usize) -> impl Iterator<Item = Picture<'a>> {
    let rows = rows.chunks_exact(classes.max(1)).zip(labels);
    rows.map(|(row, label)| Picture { row, predicted: argmax(row), label: *label as usize })
}

fn gathering(entry: &Entry, classes: usize) -> Box<dyn Gathering> {
    let (over, number) = (entry.over().unwrap_or(Over::Usual), entry.number);
    match entry.kind.figure {
        Figure::Share(holds) => Box::new(Share { holds, number, pictures: 0, held: 0 }),
        Figure::Counts(figure) => Box::new(Tally::new(classes, figure, over)),
        Figure::Curve(figure) => Box::new(Binned::new(classes, figure, number, over)),
    }
}

/// The figure of `entry` over all of these pictures, with a threshold at every probability that occurs.
pub(crate) fn exact(entry: &Entry, probabilities: &[f32], labels: &[u32], classes: usize) -> f64 {
    let Figure::Curve(figure) = entry.kind.figure else {
        let mut metric = gathering(entry, classes);
        pictures(probabilities, labels, classes).for_each(|picture| metric.add(&picture));
        return metric.value();
    };
    entry.over().unwrap_or(Over::Usual).mean(classes, |class| {
        let scores = probabilities.iter().copied().skip(class).step_by(classes);
        let own = labels.iter().map(|label| *label as usize == class);
        let mut ranked: Vec<(f32, bool)> = scores.zip(own).collect();
        ranked.sort_unstable_by(|a, b| b.0.total_cmp(&a.0));
        let all = points(&ranked).last()?;
        let mut points = std::iter::once(Point::default()).chain(points(&ranked));
        both_kinds(all).then(|| figure(Curve { all, points: &mut points }, entry.number))
    })
}

/// What is above each score that occurs, or at it.
fn points(ranked: &[(f32, bool)]) -> impl Iterator<Item = Point> {
    let mut point = Point::default();
    ranked.chunk_by(|a, b| a.0 == b.0).map(move |equal| {
        let hits = equal.iter().filter(|(_, own)| *own).count() as u64;
        point.hits += hits;
        point.alarms += equal.len() as u64 - hits;
        point
    })
}

/// Whether there are pictures of the class and others: without both, a curve says nothing.
fn both_kinds(all: Point) -> bool {
    all.hits > 0 && all.alarms > 0
}

/// The share of pictures for which something holds.
struct Share {
    holds: fn(&Picture<'_>, f64) -> bool,
    number: f64,
    pictures: u64,
    held: u64,
}

impl Gathering for Share {
    fn add(&mut self, picture: &Picture<'_>) {
        self.pictures += 1;
        self.held += u64::from((self.holds)(picture, self.number));
    }

    fn value(&self) -> f64 {
        ratio(self.held, self.pictures)
    }

    fn counts(&self) -> Vec<u64> {
        vec![self.pictures, self.held]
    }

    fn restore(&mut self, counts: &[u64]) {
        if let [pictures, held] = *counts {
            (self.pictures, self.held) = (pictures, held);
        }
    }
}

/// Keras's number of thresholds: evenly from 0 to 1.
const THRESHOLDS: usize = 200;

/// A figure from the pictures between one threshold and the next, class by class.
struct Binned {
    /// `[classes, THRESHOLDS]`
    bins: Vec<Point>,
    figure: fn(Curve<'_>, f64) -> f64,
    number: f64,
    over: Over,
}

impl Binned {
    fn new(classes: usize, figure: fn(Curve<'_>, f64) -> f64, number: f64, over: Over) -> Self {
        Self { bins: vec![Point::default(); classes * THRESHOLDS], figure, number, over }
    }
}

impl Gathering for Binned {
    fn add(&mut self, picture: &Picture<'_>) {
        let (over, classes) = (self.over, picture.row.len());
        for (class, (bins, score)) in self.bins.chunks_exact_mut(THRESHOLDS).zip(picture.row).enumerate() {
            if over.includes(class, classes) {
                // What lies on a threshold is not above it; nothing is above the last one.
                let bin = (score.clamp(0.0, 1.0) * (THRESHOLDS - 1) as f32).ceil() as usize;
                let bin = &mut bins[bin.saturating_sub(1)];
                *if class == picture.label { &mut bin.hits } else { &mut bin.alarms } += 1;
            }
        }
    }

    fn value(&self) -> f64 {
        self.over.mean(self.bins.len() / THRESHOLDS, |class| {
            let bins = &self.bins[class * THRESHOLDS..][..THRESHOLDS];
            let add = |sum: &mut Point, bin: &Point| {
                *sum = Point { hits: sum.hits + bin.hits, alarms: sum.alarms + bin.alarms };
                Some(*sum)
            };
            let all = bins.iter().scan(Point::default(), add).last()?;
            let mut points = bins.iter().rev().scan(Point::default(), add);
            both_kinds(all).then(|| (self.figure)(Curve { all, points: &mut points }, self.number))
        })
    }

    fn counts(&self) -> Vec<u64> {
        self.bins.iter().flat_map(|bin| [bin.hits, bin.alarms]).collect()
    }

    fn restore(&mut self, counts: &[u64]) {
        for (bin, [hits, alarms]) in self.bins.iter_mut().zip(counts.as_chunks::<2>().0) {
            *bin = Point { hits: *hits, alarms: *alarms };
        }
    }
}
