//! What a training is between two steps: values and numbers with names, enough to go on with the same bits.

use std::collections::BTreeMap;

use crate::{Error, ErrorKind, Result};

/// What a training needs to go on as if it had not been left: weights, what the optimizer and the callbacks remember,
/// the place in the epoch, the figures so far.
///
/// Everything random is a function of the seed and of the place, so no generator is part of it.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct State {
    values: BTreeMap<String, Vec<f32>>,
    numbers: BTreeMap<String, Vec<f64>>,
}

impl State {
    /// Puts values in, as weights.
    pub fn put_values(&mut self, name: impl Into<String>, values: &[f32]) {
        self.values.insert(name.into(), values.to_vec());
    }

    /// Puts numbers in, as counts.
    pub fn put_numbers(&mut self, name: impl Into<String>, numbers: &[f64]) {
        self.numbers.insert(name.into(), numbers.to_vec());
    }

    /// The values called `name`.
    ///
    /// # Errors
    /// There are none.
    pub fn values(&self, name: &str) -> Result<&[f32]> {
        self.values.get(name).map(Vec::as_slice).ok_or_else(|| missing(name))
    }

    /// The numbers called `name`.
    ///
    /// # Errors
    /// There are none.
    pub fn numbers(&self, name: &str) -> Result<&[f64]> {
        self.numbers.get(name).map(Vec::as_slice).ok_or_else(|| missing(name))
    }

    /// The numbers called `name`, which are so many.
    ///
    /// # Errors
    /// There are none, or of another number.
    pub fn array<const N: usize>(&self, name: &str) -> Result<[f64; N]> {
        let numbers = self.numbers(name)?;
        numbers.try_into().map_err(|_| {
            let message =
                format!("the training's state: {name}: expected {N} numbers, received {}", numbers.len());
            Error::new(ErrorKind::Model, message)
        })
    }

    /// All values, in the order of their names.
    pub fn all_values(&self) -> impl Iterator<Item = (&str, &[f32])> {
        self.values.iter().map(|(name, values)| (name.as_str(), values.as_slice()))
    }

    /// All numbers, in the order of their names.
    pub fn all_numbers(&self) -> impl Iterator<Item = (&str, &[f64])> {
        self.numbers.iter().map(|(name, numbers)| (name.as_str(), numbers.as_slice()))
    }

    /// The epoch that was under way, counted from 1, and how many of its steps were done; `None` where nothing is kept.
    pub fn place(&self) -> Option<(usize, usize)> {
        crate::checkpoint::place(self)
    }

    /// Leaves out what was done of the epoch, so that a training goes on at the epoch's beginning.
    pub fn begin_epoch_anew(&mut self) {
        crate::checkpoint::begin_epoch_anew(self);
    }

    pub(crate) fn remove_part(&mut self, prefix: &str) {
        let is_inside = |name: &str| name.strip_prefix(prefix).is_some_and(|rest| rest.starts_with('/'));
        self.values.retain(|name, _| !is_inside(name));
        self.numbers.retain(|name, _| !is_inside(name));
    }

    /// Puts all of `part` in, each name led by `prefix` and a slash.
    pub(crate) fn put_part(&mut self, prefix: &str, part: Self) {
        let under = |name: String| format!("{prefix}/{name}");
        self.values.extend(part.values.into_iter().map(|(name, values)| (under(name), values)));
        self.numbers.extend(part.numbers.into_iter().map(|(name, numbers)| (under(name), numbers)));
    }

    /// What [`State::put_part`] put in under `prefix`.
    pub(crate) fn part(&self, prefix: &str) -> Self {
        let inside = |name: &str| Some(name.strip_prefix(prefix)?.strip_prefix('/')?.to_owned());
        let values = self.values.iter().filter_map(|(name, values)| Some((inside(name)?, values.clone())));
        let numbers =
            self.numbers.iter().filter_map(|(name, numbers)| Some((inside(name)?, numbers.clone())));
        Self { values: values.collect(), numbers: numbers.collect() }
    }
}

fn missing(name: &str) -> Error {
    Error::new(ErrorKind::Model, format!("the training's state has no {name}: it is of another training"))
}
