//! Where in the old picture a pixel of the new one comes from: `old = matrix · new + offset`.
//!
//! Positions are `(x, y)` in pixels from the picture's centre, so that turning and zooming leave the centre.

/// An affine map of the plane.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Affine {
    pub(crate) matrix: [[f64; 2]; 2],
    pub(crate) offset: [f64; 2],
}

impl Affine {
    pub(crate) const IDENTITY: Self = Self { matrix: [[1.0, 0.0], [0.0, 1.0]], offset: [0.0, 0.0] };

    /// A map that keeps the centre.
    pub(crate) fn linear(matrix: [[f64; 2]; 2]) -> Self {
        Self { matrix, offset: [0.0, 0.0] }
    }

    pub(crate) fn translation(offset: [f64; 2]) -> Self {
        Self { offset, ..Self::IDENTITY }
    }

    /// Goes through `next` first and then through `self`: a picture changed by `self` is changed by `next` too.
    pub(crate) fn then(self, next: Self) -> Self {
        let product = |row: usize, column: usize| {
            self.matrix[row][0] * next.matrix[0][column] + self.matrix[row][1] * next.matrix[1][column]
        };
        let matrix = [[product(0, 0), product(0, 1)], [product(1, 0), product(1, 1)]];
        Self { matrix, offset: self.apply(next.offset) }
    }

    pub(crate) fn apply(self, [x, y]: [f64; 2]) -> [f64; 2] {
        [0, 1].map(|row| self.matrix[row][0] * x + self.matrix[row][1] * y + self.offset[row])
    }
}
