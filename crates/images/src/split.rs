//! Shares a set out between training, validation and test, class by class, groups kept together.

mod fold;
mod grouped;
mod shares;

use std::collections::HashSet;

use crate::random::{Purpose, Random};
use crate::{Error, Listing, Result, Sample};
pub use fold::Fold;
pub use shares::Shares;

/// The three parts of a set, each sorted by class and path.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Split {
    /// Pictures to learn from.
    pub train: Vec<Sample>,
    /// Pictures to choose the best epoch by.
    pub validation: Vec<Sample>,
    /// Pictures to judge the result by, seen by nothing before.
    pub test: Vec<Sample>,
    /// What a person should know, such as classes too small to be in every part; a sentence each.
    pub notes: Vec<String>,
}

impl Listing {
    /// Splits each class at random by `seed`. A part that the set already gives is kept as it is, and
    /// its share is not taken from the training pictures.
    ///
    /// A class with as many pictures as there are parts to fill, or more, is in every part; a smaller one
    /// fills training first, then test, and is named in [`Split::notes`]. Where pictures have groups, a group stays
    /// together, and each part has its share of each class as nearly as whole groups allow.
    ///
    /// # Errors
    /// A share is negative, or the two leave nothing for training.
    pub fn split(self, shares: Shares, seed: u64) -> Result<Split> {
        shares.check()?;
        let from_train = Shares {
            validation: if self.validation.is_some() { 0.0 } else { shares.validation },
            test: if self.test.is_some() { 0.0 } else { shares.test },
        };
        self.divide(seed, |classes| classes.split(from_train, seed))
    }

    /// The split of a cross-validation in which `fold` is held out for validation. All folds have the same test part, a
    /// share of `test`; each other picture is in the validation part of one of them.
    ///
    /// # Errors
    /// There is no such fold, the set has a validation part of its own, or `test` is no share.
    pub fn fold(self, fold: Fold, test: f32, seed: u64) -> Result<Split> {
        fold.check()?;
        if self.validation.is_some() {
            return Err(Error::value(
                "the set has a validation part of its own, so it cannot be cross-validated: leave the folds out, or the \
                 part",
            ));
        }
        let test = if self.test.is_some() { 0.0 } else { test };
        Shares { validation: 0.0, test }.check()?;
        self.divide(seed, |classes| classes.fold(fold, test, seed))
    }

    /// Leaves out of the training part pictures whose group lies in a part that the set gives, and out of the validation
    /// part those whose group is tested: what is learned of a patient would help in the test of the same one.
    fn part_no_group(&mut self) -> Vec<String> {
        let groups = |part: &Option<Vec<Sample>>| -> HashSet<u32> {
            part.iter().flatten().filter_map(|sample| sample.group).collect()
        };
        let tested = groups(&self.test);
        let without = |part: &mut Vec<Sample>, elsewhere: &HashSet<u32>, what: &str| {
            let before = part.len();
            part.retain(|sample| sample.group.is_none_or(|group| !elsewhere.contains(&group)));
            (part.len() < before).then(|| {
                format!(
                    "{} {what} pictures are left out: others of their groups are held out",
                    before - part.len()
                )
            })
        };
        let validation = self.validation.as_mut().and_then(|part| without(part, &tested, "validation"));
        let held_out: HashSet<u32> = tested.union(&groups(&self.validation)).copied().collect();
        let train = without(&mut self.train, &held_out, "training");
        validation.into_iter().chain(train).collect()
    }

    /// Shares the training pictures out as `share` does, and puts them beside the parts that are given.
    fn divide(mut self, seed: u64, share: impl FnOnce(Classes) -> Split) -> Result<Split> {
        let notes = self.part_no_group();
        let classes = Classes::of(self.classes, self.train, seed)?;
        let mut split = share(classes);
        split.notes.splice(0..0, notes);
        split.validation.extend(self.validation.unwrap_or_default());
        split.test.extend(self.test.unwrap_or_default());
        for part in [&mut split.train, &mut split.validation, &mut split.test] {
            part.sort_by(|a, b| (a.label, &a.path).cmp(&(b.label, &b.path)));
        }
        Ok(split)
    }
}

/// The pictures to share out, class by class.
struct Classes {
    names: Vec<String>,
    /// Of each class, in random order.
    samples: Vec<Vec<Sample>>,
}

impl Classes {
    fn of(names: Vec<String>, all: Vec<Sample>, seed: u64) -> Result<Self> {
        let mut samples: Vec<Vec<Sample>> = vec![Vec::new(); names.len()];
        for sample in all {
            let Some(class) = samples.get_mut(sample.label as usize) else {
                return Err(Error::value(format!(
                    "{} has class number {}, and there are {} classes",
                    sample.path.display(),
                    sample.label,
                    names.len()
                )));
            };
            class.push(sample);
        }
        for (label, class) in samples.iter_mut().enumerate() {
            class.sort();
            Random::new(seed, Purpose::Split, 0, label as u64).shuffle(class);
        }
        Ok(Self { names, samples })
    }

    fn are_grouped(&self) -> bool {
        self.samples.iter().flatten().any(|sample| sample.group.is_some())
    }

    fn split(self, shares: Shares, seed: u64) -> Split {
        if self.are_grouped() {
            return grouped::split(self, shares, seed);
        }
        let mut split = Split::default();
        for (name, mut samples) in self.names.iter().zip(self.samples) {
            let counts = shares.counts(samples.len());
            split.notes.extend(counts.note(name, samples.len(), shares));
            split.test.extend(samples.drain(..counts.test));
            split.validation.extend(samples.drain(..counts.validation));
            split.train.extend(samples);
        }
        split
    }

    fn fold(self, fold: Fold, test: f32, seed: u64) -> Split {
        if self.are_grouped() {
            return grouped::fold(self, fold, test, seed);
        }
        let mut split = Split::default();
        let shares = Shares { validation: 0.0, test };
        let mut first = 0; // goes on from class to class, so that folds are of one size
        for (name, mut samples) in self.names.iter().zip(self.samples) {
            let counts = shares.counts(samples.len());
            split.notes.extend(counts.note(name, samples.len(), shares));
            split.test.extend(samples.drain(..counts.test));
            let left = samples.len();
            let only = left == 1; // it would be missing where it is held out
            for (index, sample) in samples.into_iter().enumerate() {
                let is_held_out = !only && (first + index) % fold.of == fold.number - 1;
                if is_held_out { split.validation.push(sample) } else { split.train.push(sample) }
            }
            first += if only { 0 } else { left };
        }
        split
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    fn listing(counts: &[usize]) -> Listing {
        let sample = |label: usize, i: usize| Sample::new(format!("{label}/{i:03}"), label as u32);
        Listing {
            classes: (0..counts.len()).map(|c| c.to_string()).collect(),
            train: counts.iter().enumerate().flat_map(|(c, n)| (0..*n).map(move |i| sample(c, i))).collect(),
            ..Listing::default()
        }
    }

    const SHARES: Shares = Shares { validation: 0.2, test: 0.1 };

    fn of_class(samples: &[Sample], label: u32) -> usize {
        samples.iter().filter(|s| s.label == label).count()
    }

    #[test]
    fn every_class_is_shared_out() {
        let split = listing(&[100, 10, 3]).split(SHARES, 1).unwrap();
        let counts = |label| {
            (of_class(&split.train, label), of_class(&split.validation, label), of_class(&split.test, label))
        };
        assert_eq!([counts(0), counts(1), counts(2)], [(70, 20, 10), (7, 2, 1), (1, 1, 1)]);
        assert!(split.notes.is_empty(), "{:?}", split.notes);
        let all: BTreeSet<_> = [&split.train, &split.validation, &split.test].into_iter().flatten().collect();
        assert_eq!(all.len(), 113, "no picture is in two parts or lost");
        assert!(split.train.is_sorted_by_key(|s| (s.label, s.path.clone())));
    }

    #[test]
    fn three_or_more_are_in_every_part_at_any_share() {
        for pictures in 3..40 {
            for (validation, test) in [(0.01, 0.01), (0.2, 0.2), (0.45, 0.54), (0.9, 0.05), (0.05, 0.9)] {
                let split = listing(&[pictures]).split(Shares { validation, test }, 0).unwrap();
                let counts = [split.train.len(), split.validation.len(), split.test.len()];
                assert!(counts.iter().all(|n| *n > 0), "{pictures} at {validation}, {test}: {counts:?}");
            }
        }
    }

    #[test]
    fn small_classes_are_told() {
        let split = listing(&[1, 2, 9]).split(SHARES, 0).unwrap();
        assert_eq!(
            (of_class(&split.train, 0), of_class(&split.train, 1), of_class(&split.test, 1)),
            (1, 1, 1)
        );
        assert_eq!(split.notes.len(), 2);
        assert!(split.notes[0].contains("\"0\" has 1 picture: none is left for validation and test"));
        assert!(split.notes[1].contains("\"1\" has 2 pictures: none is left for validation;"));
    }

    #[test]
    fn the_seed_decides() {
        let split = |seed| listing(&[50, 50]).split(SHARES, seed).unwrap();
        assert_eq!(split(3), split(3));
        assert_ne!(split(3).test, split(4).test);
        let mut backwards = listing(&[50, 50]);
        backwards.train.reverse();
        assert_eq!(backwards.split(SHARES, 3).unwrap(), split(3), "the order of the list does not");
    }

    #[test]
    fn given_parts_stay() {
        let mut given = listing(&[10, 10]);
        let own = vec![Sample::new("own/1", 0)];
        given.test = Some(own.clone());
        let split = given.split(SHARES, 0).unwrap();
        assert_eq!(split.test, own);
        assert_eq!((split.train.len(), split.validation.len()), (16, 4));
    }

    #[test]
    fn impossible_shares() {
        for (validation, test) in [(-0.1, 0.2), (0.5, 0.5), (1.0, 0.0), (f32::NAN, 0.1), (0.2, f32::INFINITY)]
        {
            assert!(listing(&[9]).split(Shares { validation, test }, 0).is_err(), "{validation}, {test}");
        }
        assert_eq!(listing(&[9]).split(Shares { validation: 0.0, test: 0.0 }, 0).unwrap().train.len(), 9);
    }

    #[test]
    fn every_picture_is_held_out_by_one_fold() {
        let folds: Vec<Split> = (1..=4)
            .map(|number| listing(&[41, 10, 3, 1]).fold(Fold { number, of: 4 }, 0.2, 1).unwrap())
            .collect();
        let mut held_out: Vec<&Sample> = folds.iter().flat_map(|split| &split.validation).collect();
        held_out.sort();
        let count = held_out.len();
        held_out.dedup();
        assert_eq!((held_out.len(), folds[0].test.len()), (count, 8 + 2 + 1));
        assert_eq!(count, 33 + 8 + 2, "the only picture of its class is always learned");
        for split in &folds {
            assert_eq!(split.test, folds[0].test);
            assert_eq!(split.train.len() + split.validation.len() + split.test.len(), 55);
            assert!((10..=12).contains(&split.validation.len()), "{}", split.validation.len());
            assert_eq!(of_class(&split.train, 3), 1);
        }
    }

    #[test]
    fn a_set_with_a_validation_part_has_no_folds() {
        let mut given = listing(&[9]);
        given.validation = Some(Vec::new());
        assert!(given.fold(Fold { number: 1, of: 3 }, 0.0, 0).is_err());
    }
}
