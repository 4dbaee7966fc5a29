//! Hits and misses by class.

use super::Picture;
use super::meter::Gathering;
use super::over::Over;

/// What was counted for one class.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Counts {
    /// Pictures of this class that were called so.
    pub(super) hits: u64,
    /// Pictures that were called so.
    pub(super) predicted: u64,
    /// Pictures of this class.
    pub(super) actual: u64,
}

/// A figure that follows from the counts by class.
pub(super) struct Tally {
    classes: Vec<Counts>,
    figure: fn(&Counts) -> f64,
    over: Over,
}

impl Tally {
    pub(super) fn new(classes: usize, figure: fn(&Counts) -> f64, over: Over) -> Self {
        Self { classes: vec![Counts::default(); classes], figure, over }
    }
}

impl Gathering for Tally {
    fn add(&mut self, picture: &Picture<'_>) {
        self.classes[picture.predicted].predicted += 1;
        self.classes[picture.label].actual += 1;
        self.classes[picture.label].hits += u64::from(picture.predicted == picture.label);
    }

    fn value(&self) -> f64 {
        // A class that occurs nowhere says nothing.
        self.over.mean(self.classes.len(), |class| {
            let counts = &self.classes[class];
            (counts.predicted + counts.actual > 0).then(|| (self.figure)(counts))
        })
    }

    fn counts(&self) -> Vec<u64> {
        self.classes.iter().flat_map(|counts| [counts.hits, counts.predicted, counts.actual]).collect()
    }

    fn restore(&mut self, counts: &[u64]) {
        for (class, [hits, predicted, actual]) in self.classes.iter_mut().zip(counts.as_chunks::<3>().0) {
            *class = Counts { hits: *hits, predicted: *predicted, actual: *actual };
        }
    }
}
