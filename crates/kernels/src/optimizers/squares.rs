//! Sums of the squares of gradients, variable by variable: what clipping by norm asks for.

use super::Variables;
use crate::Pool;
use crate::disjoint::Disjoint;
use crate::isa::on_each_isa;

/// Room for the sums.
#[derive(Debug, Clone)]
pub struct Squares {
    parts: Vec<f64>,
    sums: Vec<f64>,
}

/// Partial sums that the vector registers hold.
const LANES: usize = 16;

impl Squares {
    /// Room for `variables`.
    pub fn new(variables: &Variables) -> Self {
        Self { parts: vec![0.0; variables.parts().len()], sums: vec![0.0; variables.len()] }
    }

    /// `Σ g²` of each variable, summed in float64 and in a fixed order.
    ///
    /// # Panics
    /// There are other variables than room was made for.
    pub fn of(&mut self, pool: &Pool, variables: &Variables, gradients: &[f32]) -> &[f64] {
        let parts = variables.parts();
        assert_eq!(
            (self.parts.len(), self.sums.len()),
            (parts.len(), variables.len()),
            "squares: other variables"
        );
        let places = Disjoint::new(&mut self.parts);
        let isa = pool.isa();
        pool.run(variables.pieces().len(), |piece| {
            let range = variables.pieces()[piece].clone();
            // SAFETY: the ranges of different pieces do not overlap.
            let sums = unsafe { places.part(range.clone()) };
            for (sum, part) in sums.iter_mut().zip(&parts[range]) {
                *sum = sum_of_squares(isa, &gradients[part.gradients.clone()]);
            }
        });
        self.sums.fill(0.0);
        for (part, sum) in parts.iter().zip(&self.parts) {
            self.sums[part.variable] += sum;
        }
        &self.sums
    }
}

on_each_isa! {
    /// On one thread. A square of a float32 is exact in float64, so that every set gives the same bits.
    fn sum_of_squares[F](values: &[f32]) -> f64 {
        let mut lanes = [0.0_f64; LANES];
        let mut chunks = values.chunks_exact(LANES);
        for chunk in &mut chunks {
            for lane in 0..LANES {
                let value = f64::from(chunk[lane]);
                lanes[lane] += value * value;
            }
        }
        let rest = chunks.remainder().iter().map(|value| f64::from(*value) * f64::from(*value));
        lanes.iter().copied().chain(rest).sum()
    }
}
