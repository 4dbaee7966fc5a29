//! The shape of one picture's tensor, without the batch axis.

use std::fmt;

/// Extents of a tensor without its batch axis: `[H, W, C]` for feature maps, `[C]` after pooling.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Shape(Vec<usize>);

impl Shape {
    /// A shape from its extents.
    pub fn new(dims: impl Into<Vec<usize>>) -> Self {
        Self(dims.into())
    }

    /// The extents, outermost first.
    pub fn dims(&self) -> &[usize] {
        &self.0
    }

    /// The number of values; saturates, so that a hostile file cannot wrap it round.
    pub fn elements(&self) -> usize {
        self.0.iter().fold(1, |product, &d| product.saturating_mul(d))
    }

    /// The last extent.
    pub fn channels(&self) -> usize {
        self.0.last().copied().unwrap_or(1)
    }

    /// Height, width and channels when this is a feature map.
    pub fn as_map(&self) -> Option<[usize; 3]> {
        <[usize; 3]>::try_from(self.0.as_slice()).ok()
    }
}

impl<const K: usize> From<[usize; K]> for Shape {
    fn from(dims: [usize; K]) -> Self {
        Self(dims.to_vec())
    }
}

/// As Keras prints it: `(None, 7, 7, 1280)`.
impl fmt::Display for Shape {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "(None")?;
        for d in &self.0 {
            write!(f, ", {d}")?;
        }
        write!(f, ")")
    }
}
