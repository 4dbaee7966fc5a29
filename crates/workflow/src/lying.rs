//! In which part each picture lies in the set itself, whatever part a run that goes on has it in: what is to be said of a set
//! is the same when a run begins, when it goes on, and in each fold of a cross-validation.

use std::collections::HashMap;
use std::path::{Path, PathBuf};

use images::{Duplicate, Listing, Part, Sample};

/// The part of each picture in the set.
pub(crate) struct Lying(HashMap<PathBuf, Part>);

impl Lying {
    /// As `listing` was read, before anything was shared out.
    pub(crate) fn of(listing: &Listing) -> Self {
        let samples = listing.parts().flat_map(|(part, samples)| samples.iter().map(move |s| (part, s)));
        Self(samples.map(|(part, sample)| (sample.path.clone(), part)).collect())
    }

    /// What a person should know of `listing`, from which `duplicates` were taken out.
    pub(crate) fn warnings(&self, data: &Path, listing: &Listing, duplicates: &[Duplicate]) -> Vec<String> {
        let mut whole = Listing { classes: listing.classes.clone(), ..Listing::default() };
        for sample in listing.parts().flat_map(|(_, samples)| samples) {
            let part = match self.part(sample) {
                Part::Train => &mut whole.train,
                Part::Validation => whole.validation.get_or_insert_default(),
                Part::Test => whole.test.get_or_insert_default(),
            };
            part.push(sample.clone());
        }
        let back = |(_, sample): &(Part, Sample)| (self.part(sample), sample.clone());
        let duplicates: Vec<Duplicate> =
            duplicates.iter().map(|one| Duplicate { copy: back(&one.copy), kept: back(&one.kept) }).collect();
        doctor::quick(data, &whole, &duplicates)
    }

    fn part(&self, sample: &Sample) -> Part {
        self.0.get(&sample.path).copied().unwrap_or(Part::Train)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn samples(class: u32, numbers: std::ops::Range<usize>) -> Vec<Sample> {
        numbers.map(|number| Sample::new(format!("{class}/{number}"), class)).collect()
    }

    #[test]
    fn the_parts_of_a_run_change_nothing_of_what_is_said() {
        let data = Path::new("photos");
        let classes = vec!["few".into(), "many".into()];
        let set = Listing {
            classes: classes.clone(),
            train: [samples(0, 0..19), samples(1, 0..320)].concat(),
            ..Listing::default()
        };
        let shared_out = Listing {
            classes,
            train: [samples(0, 6..19), samples(1, 100..320)].concat(),
            validation: Some([samples(0, 0..3), samples(1, 0..50)].concat()),
            test: Some([samples(0, 3..6), samples(1, 50..100)].concat()),
            ..Listing::default()
        };
        let lying = Lying::of(&set);
        let copy = |copy, kept| Duplicate {
            copy: (copy, Sample::new("1/1", 1)),
            kept: (kept, Sample::new("1/2", 1)),
        };
        let begun = lying.warnings(data, &set, &[copy(Part::Train, Part::Train)]);
        assert!(begun[0].contains("1 picture is an exact copy"), "{begun:?}");
        assert!(begun.iter().any(|note| note.contains("(19) has few pictures")), "{begun:?}");
        assert!(begun.iter().any(|note| note.contains("\"few\" has 19 pictures")), "{begun:?}");
        assert_eq!(lying.warnings(data, &shared_out, &[copy(Part::Train, Part::Test)]), begun);
    }
}
