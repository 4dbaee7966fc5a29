//! Named figures in the order they were found, as `loss`, `accuracy`, `val_loss`.

/// Figures under Keras's names; validation's begin with `val_`.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Scores(Vec<(String, f64)>);

/// What the names of validation's figures begin with.
pub(crate) const VALIDATION_PREFIX: &str = "val_";

impl Scores {
    /// None yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// The figure called `name`.
    pub fn get(&self, name: &str) -> Option<f64> {
        self.0.iter().find(|(known, _)| known == name).map(|(_, value)| *value)
    }

    /// Changes the figure called `name`, or adds it at the end.
    pub(crate) fn set(&mut self, name: &str, value: f64) {
        match self.0.iter_mut().find(|(known, _)| known == name) {
            Some((_, known)) => *known = value,
            None => self.push(name, value),
        }
    }

    /// Adds a figure at the end.
    pub fn push(&mut self, name: impl Into<String>, value: f64) {
        self.0.push((name.into(), value));
    }

    /// Adds all of `validation` at the end, each name led by `val_`.
    pub fn push_validation(&mut self, validation: &Self) {
        self.0.extend(validation.iter().map(|(name, value)| (format!("{VALIDATION_PREFIX}{name}"), value)));
    }

    /// Names and figures, in order.
    pub fn iter(&self) -> impl Iterator<Item = (&str, f64)> {
        self.0.iter().map(|(name, value)| (name.as_str(), *value))
    }
}

impl<N: Into<String>> FromIterator<(N, f64)> for Scores {
    fn from_iter<I: IntoIterator<Item = (N, f64)>>(figures: I) -> Self {
        Self(figures.into_iter().map(|(name, value)| (name.into(), value)).collect())
    }
}
