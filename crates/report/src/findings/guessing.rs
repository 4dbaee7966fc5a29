//! The losses where nothing was learned, of the same answer to every picture.

/// A loss is far or near from what guessing has on the same pictures, under the same weights of classes.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Guessing {
    /// The training loss of a model that gives every class the same probability: ln(classes) for a cross-entropy.
    pub training: f64,
    /// That of a model that gives every class its share, where that is less: it has learned nothing either.
    pub constant: f64,
    /// The validation loss of a model that gives every class the same probability; classes' weights do not count in it.
    pub validation: f64,
}
