//! Shares a set out between training, validation and test, class by class.

use crate::random::{Purpose, Random};
use crate::{Error, Listing, Result, Sample};

/// What part of each class goes to validation and to test; the rest is for training.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Shares {
    /// In `0.0..1.0`; zero for no validation part.
    pub validation: f32,
    /// In `0.0..1.0`; zero for no test part.
    pub test: f32,
}

/// The three parts of a set, each sorted by class and path.
#[derive(Debug, Clone, PartialEq, Eq)]
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
    /// Splits each class at random by `seed`. A part that the folder already gives is kept as it is, and
    /// its share is not taken from the training pictures.
    ///
    /// A class with as many pictures as there are parts to fill, or more, is in every part; a smaller one
    /// fills training first, then test, and is named in [`Split::notes`].
    ///
    /// # Errors
    /// A share is negative, or the two leave nothing for training.
    pub fn split(self, shares: Shares, seed: u64) -> Result<Split> {
        shares.check()?;
        let mut split =
            Split { train: Vec::new(), validation: Vec::new(), test: Vec::new(), notes: Vec::new() };
        let from_train = Shares {
            validation: if self.validation.is_some() { 0.0 } else { shares.validation },
            test: if self.test.is_some() { 0.0 } else { shares.test },
        };
        let mut of_class: Vec<Vec<Sample>> = vec![Vec::new(); self.classes.len()];
        for sample in self.train {
            let Some(class) = of_class.get_mut(sample.label as usize) else {
                return Err(Error::value(format!(
                    "{} has class number {}, and there are {} classes",
                    sample.path.display(),
                    sample.label,
                    self.classes.len()
                )));
            };
            class.push(sample);
        }
        for (label, (name, mut samples)) in self.classes.iter().zip(of_class).enumerate() {
            samples.sort();
            let counts = from_train.counts(samples.len());
            split.notes.extend(counts.note(name, samples.len(), from_train));
            Random::new(seed, Purpose::Split, 0, label as u64).shuffle(&mut samples);
            split.test.extend(samples.drain(..counts.test));
            split.validation.extend(samples.drain(..counts.validation));
            split.train.extend(samples);
        }
        split.validation.extend(self.validation.unwrap_or_default());
        split.test.extend(self.test.unwrap_or_default());
        for part in [&mut split.train, &mut split.validation, &mut split.test] {
            part.sort_by(|a, b| (a.label, &a.path).cmp(&(b.label, &b.path)));
        }
        Ok(split)
    }
}

/// How many pictures of one class leave the training part.
#[derive(Clone, Copy)]
struct Counts {
    validation: usize,
    test: usize,
}

impl Shares {
    fn check(self) -> Result<()> {
        let fits = |share: f32| (0.0..1.0).contains(&share);
        if fits(self.validation) && fits(self.test) && self.validation + self.test < 1.0 {
            return Ok(());
        }
        Err(Error::value(format!(
            "a share of {} for validation and {} for test leaves nothing to train on; \
             give each 0 or more, together less than 1, such as 0.15 and 0.15",
            self.validation, self.test
        )))
    }

    fn counts(self, pictures: usize) -> Counts {
        let spare = pictures.saturating_sub(1);
        let of = |share: f32| match share {
            0.0 => 0,
            // In double: a third of 300 is 100, not 100 and a bit.
            share => ((pictures as f64 * f64::from(share)).round() as usize).max(1),
        };
        let mut counts = Counts { validation: of(self.validation), test: of(self.test) };
        // Rounding up may have taken all: the larger gives first, so that no part goes without.
        while counts.validation + counts.test > spare {
            if counts.validation >= counts.test { counts.validation -= 1 } else { counts.test -= 1 }
        }
        counts
    }
}

impl Counts {
    fn note(self, class: &str, pictures: usize, shares: Shares) -> Option<String> {
        let mut without = Vec::new();
        if shares.validation > 0.0 && self.validation == 0 {
            without.push("validation");
        }
        if shares.test > 0.0 && self.test == 0 {
            without.push("test");
        }
        let plural = if pictures == 1 { "" } else { "s" };
        (!without.is_empty()).then(|| {
            format!(
                "class {class:?} has {pictures} picture{plural}: none is left for {}; \
                 give it more pictures to have figures for it",
                without.join(" and ")
            )
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    fn listing(counts: &[usize]) -> Listing {
        let sample =
            |label: usize, i: usize| Sample { path: format!("{label}/{i:03}").into(), label: label as u32 };
        Listing {
            classes: (0..counts.len()).map(|c| c.to_string()).collect(),
            train: counts.iter().enumerate().flat_map(|(c, n)| (0..*n).map(move |i| sample(c, i))).collect(),
            validation: None,
            test: None,
            skipped: Vec::new(),
            notes: Vec::new(),
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
        let own = vec![Sample { path: "own/1".into(), label: 0 }];
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
}
