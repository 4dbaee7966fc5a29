//! The parts of every fold of a cross-validation, drawn from one reading of the set, whose copies are left out.

use std::collections::BTreeSet;

use images::{Listing, Split};

use crate::data::Division;
use crate::part_record::{PartRecord, Root};
use crate::{Error, Recipe, Result};

/// A set that is shared out once for each fold.
pub(crate) struct Folds<'a> {
    recipe: &'a Recipe,
    all: usize,
    root: Root,
    listing: Listing,
    /// Of each class, in how many folds it is held out.
    held_out: Vec<usize>,
}

impl<'a> Folds<'a> {
    /// The folds that `recipe` asks for.
    ///
    /// # Errors
    /// The set cannot be read, or one of them would hold out no picture.
    pub(crate) fn read(recipe: &'a Recipe) -> Result<Self> {
        let all = recipe.folds()?;
        let listing = Division::of(&recipe.of_fold(1, all))?.list(&recipe.data)?.split_off_duplicates().0;
        let pictures = listing.train.len();
        if all > pictures {
            let expected = format!("no more folds than the {pictures} pictures to share out");
            return Err(Error::setting("--fold", expected, all));
        }
        let held_out = vec![0; listing.classes.len()];
        let mut folds = Self { recipe, all, root: Root::of(recipe), listing, held_out };
        for number in 1..=all {
            let classes: BTreeSet<u32> =
                folds.split(number)?.validation.iter().map(|held| held.label).collect();
            if classes.is_empty() {
                return Err(Error::usage(format!(
                    "--fold {}: fold {number} would hold out no picture, with the test part kept apart and groups together: \
                     give fewer folds",
                    recipe.fold
                )));
            }
            classes.into_iter().for_each(|class| folds.held_out[class as usize] += 1);
        }
        Ok(folds)
    }

    /// What a person should know of classes that are not in each fold, a sentence each.
    pub(crate) fn notes(&self) -> Vec<String> {
        let classes = self.listing.classes.iter().zip(&self.held_out);
        let rare = classes.filter(|(_, folds)| **folds < self.all);
        let note = |(class, folds): (&String, &usize)| {
            let held_out = match folds {
                0 => "none of them holds out any of it, and their".to_owned(),
                1 => "one of them holds out some of it, and the others'".to_owned(),
                folds => format!("{folds} of them hold out some of it, and the others'"),
            };
            format!(
                "class {class:?} has too few pictures, or groups, for {} folds: {held_out} precision, recall and F1 leave it \
                 out",
                self.all
            )
        };
        rare.map(note).collect()
    }

    /// Which picture is in which part where this fold is held out, counted from 1, and what a person should know of it.
    ///
    /// # Errors
    /// As [`Folds::read`].
    pub(crate) fn parts(&self, number: usize) -> Result<(PartRecord, Vec<String>)> {
        let split = self.split(number)?;
        Ok((PartRecord::of(&self.root, &self.listing.classes, &split), split.notes))
    }

    fn split(&self, number: usize) -> Result<Split> {
        Division::of(&self.recipe.of_fold(number, self.all))?.split(self.listing.clone())
    }
}
