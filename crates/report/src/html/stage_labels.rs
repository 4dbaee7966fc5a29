//! What a drawing calls its stages: their names where all have room, else their numbers,
//! which the table below explains.

use super::curves::GAP;
use super::plot::{Scale, width};
use super::value_axis::{LEFT, RIGHT};
use crate::Outcome;

/// The stages of a drawing, from left to right.
pub(super) struct StageLabels<'a> {
    pub(super) stages: Vec<Labelled<'a>>,
    shown: Shown,
}

/// What of its stages a drawing shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Shown {
    Names,
    /// `block_13` of `fine-tune block_13`.
    LastWords,
    Numbers,
}

/// A stage that has epochs.
pub(super) struct Labelled<'a> {
    pub(super) name: &'a str,
    /// Of all, from 1.
    number: usize,
    /// The point where it begins, and where the next one does.
    pub(super) start: f64,
    end: f64,
}

impl Labelled<'_> {
    fn has_room_for(&self, label: &str) -> bool {
        self.start + GAP + width(label) <= self.end
    }
}

impl<'a> StageLabels<'a> {
    /// Of a drawing in which epochs lie as `x` says.
    pub(super) fn of(outcome: &'a Outcome, x: Scale) -> Self {
        let begun = (1..).zip(&outcome.stages).filter_map(|(number, stage)| {
            let start = x.at(stage.epochs.first()?.epoch as f64 - 0.5).max(LEFT);
            Some(Labelled { name: &stage.name, number, start, end: RIGHT })
        });
        let mut stages: Vec<Labelled> = begun.collect();
        let starts: Vec<f64> = stages.iter().skip(1).map(|stage| stage.start).collect();
        stages.iter_mut().zip(starts).for_each(|(stage, next)| stage.end = next);
        let is_roomy =
            |text: fn(&'a str) -> &'a str| stages.iter().all(|stage| stage.has_room_for(text(stage.name)));
        let shown = match stages.len() {
            0 | 1 => Shown::Names,
            _ if is_roomy(|name| name) => Shown::Names,
            _ if is_roomy(last_word) => Shown::LastWords,
            _ => Shown::Numbers,
        };
        Self { stages, shown }
    }

    /// Whether what is drawn needs explaining.
    pub(super) fn are_numbers(&self) -> bool {
        self.shown == Shown::Numbers
    }

    /// What stands at the stage at `index`: nothing where its number would run into the one before.
    pub(super) fn label(&self, index: usize) -> Option<String> {
        let name = self.stages[index].name;
        match self.shown {
            Shown::Names => Some(name.to_owned()),
            Shown::LastWords => Some(last_word(name).to_owned()),
            Shown::Numbers => self.number(index),
        }
    }

    fn number(&self, index: usize) -> Option<String> {
        let mut free = LEFT;
        for stage in &self.stages[..=index] {
            let label = stage.number.to_string();
            let is_free = stage.start >= free && stage.start + GAP + width(&label) <= RIGHT + GAP;
            if stage.number == self.stages[index].number {
                return is_free.then_some(label);
            }
            if is_free {
                free = stage.start + GAP + width(&label);
            }
        }
        None
    }
}

fn last_word(name: &str) -> &str {
    name.rsplit(' ').next().unwrap_or(name)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Epoch, Stage};

    fn labels(stages: &[(&str, usize)]) -> (Vec<Option<String>>, bool) {
        let mut epoch = 0;
        let stage = |(name, epochs): &(&str, usize)| {
            let epochs = (0..*epochs).map(|_| {
                epoch += 1;
                Epoch { epoch, seconds: 0.0, learning_rate: None, metrics: [].into() }
            });
            Stage { name: (*name).into(), epochs: epochs.collect(), ..Stage::default() }
        };
        let outcome = Outcome { stages: stages.iter().map(stage).collect(), ..Outcome::default() };
        let x = Scale { values: [1.0, epoch as f64], points: [LEFT + 8.0, RIGHT - 8.0] };
        let labels = StageLabels::of(&outcome, x);
        ((0..labels.stages.len()).map(|index| labels.label(index)).collect(), labels.are_numbers())
    }

    fn some(labels: &[&str]) -> Vec<Option<String>> {
        labels.iter().map(|label| Some((*label).to_owned())).collect()
    }

    #[test]
    fn names_are_whole_or_numbers() {
        assert_eq!(labels(&[("head", 4), ("fine-tune", 6)]), (some(&["head", "fine-tune"]), false));
        let blocks = [("head", 5), ("fine-tune block_13", 5), ("fine-tune block_12", 5)];
        assert_eq!(labels(&blocks), (some(&["head", "block_13", "block_12"]), false));
        let many = ["head", "block7", "block6", "block5", "block4", "block3", "block2", "block1", "stem"];
        let numbers: Vec<String> = (1..=9).map(|number| number.to_string()).collect();
        let numbers: Vec<&str> = numbers.iter().map(String::as_str).collect();
        assert_eq!(labels(&many.map(|name| (name, 2))), (some(&numbers), true));
    }

    #[test]
    fn numbers_that_have_no_room_are_left_out() {
        let (labels, are_numbers) = labels(&[("block", 1); 60]);
        assert!(are_numbers && labels[0].is_some() && labels[1].is_none());
        assert!((12..30).contains(&labels.iter().flatten().count()), "{labels:?}");
    }
}
