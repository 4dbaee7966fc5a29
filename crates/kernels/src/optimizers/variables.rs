//! What an optimizer changes: stretches of the weights, each with its gradients, cut in pieces of a fixed size.

use std::ops::Range;

/// Values in one piece of work; small variables share one.
const PIECE: usize = 1 << 14;

/// A parameter that learns.
#[derive(Debug, Clone, PartialEq)]
pub struct Variable {
    /// Its place among the weights.
    pub weights: Range<usize>,
    /// Its place among the gradients and among what is remembered, as long.
    pub gradients: Range<usize>,
    /// By what the step size is multiplied for it.
    pub rate: f32,
    /// The part of itself that it loses in each step, times the step size (Loshchilov & Hutter 2019).
    pub decay: f32,
}

/// All that an optimizer changes: checked once, shared out the same way in every step.
#[derive(Debug, Clone)]
pub struct Variables {
    all: Vec<Variable>,
    parts: Vec<Part>,
    /// Neighbouring parts that are one piece of work.
    pieces: Vec<Range<usize>>,
}

/// A part of a variable, of [`PIECE`] values at most.
#[derive(Debug, Clone)]
pub(super) struct Part {
    pub(super) variable: usize,
    pub(super) weights: Range<usize>,
    pub(super) gradients: Range<usize>,
}

impl Variables {
    /// Shares out the work.
    ///
    /// # Panics
    /// Two variables overlap, or one has not as many gradients as weights.
    pub fn new(all: Vec<Variable>) -> Self {
        for pick in [|v: &Variable| v.weights.clone(), |v: &Variable| v.gradients.clone()] {
            let mut ranges: Vec<Range<usize>> =
                all.iter().map(pick).filter(|range| !range.is_empty()).collect();
            ranges.sort_by_key(|range| range.start);
            let apart = ranges.windows(2).all(|pair| pair[0].end <= pair[1].start);
            assert!(apart, "optimizer: two variables share values");
        }
        let same = all.iter().all(|v| v.weights.len() == v.gradients.len());
        assert!(same, "optimizer: a variable has not as many gradients as weights");
        let parts: Vec<Part> = all.iter().enumerate().flat_map(|(index, v)| Part::of(index, v)).collect();
        let pieces = pieces(&parts);
        Self { all, parts, pieces }
    }

    /// The number of variables.
    pub fn len(&self) -> usize {
        self.all.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.all.is_empty()
    }

    /// The variables, in the order they were given.
    pub fn iter(&self) -> std::slice::Iter<'_, Variable> {
        self.all.iter()
    }

    /// Changes by what the step size is multiplied for the variable at `index`.
    pub fn set_rate(&mut self, index: usize, rate: f32) {
        self.all[index].rate = rate;
    }

    pub(super) fn get(&self, index: usize) -> &Variable {
        &self.all[index]
    }

    pub(super) fn parts(&self) -> &[Part] {
        &self.parts
    }

    pub(super) fn pieces(&self) -> &[Range<usize>] {
        &self.pieces
    }
}

impl Part {
    fn of(index: usize, variable: &Variable) -> impl Iterator<Item = Self> {
        let Variable { weights, gradients, .. } = variable.clone();
        (0..weights.len()).step_by(PIECE).map(move |start| {
            let end = (start + PIECE).min(weights.len());
            let within = |range: &Range<usize>| range.start + start..range.start + end;
            Self { variable: index, weights: within(&weights), gradients: within(&gradients) }
        })
    }
}

/// Groups parts until they have as many values as a piece.
fn pieces(parts: &[Part]) -> Vec<Range<usize>> {
    let (mut pieces, mut first, mut values) = (Vec::new(), 0, 0);
    for (index, part) in parts.iter().enumerate() {
        values += part.weights.len();
        if values >= PIECE || index + 1 == parts.len() {
            pieces.push(first..index + 1);
            (first, values) = (index + 1, 0);
        }
    }
    pieces
}

#[cfg(test)]
mod tests {
    use super::*;

    fn variable(weights: Range<usize>, gradients: Range<usize>) -> Variable {
        Variable { weights, gradients, rate: 1.0, decay: 0.0 }
    }

    #[test]
    fn every_value_is_in_one_part_of_one_piece() {
        let all = vec![
            variable(5..5, 0..0),
            variable(9..40_009, 0..40_000),
            variable(50_000..50_003, 40_000..40_003),
        ];
        let variables = Variables::new(all);
        let mut seen = vec![0; 40_003];
        for piece in variables.pieces() {
            let parts = &variables.parts()[piece.clone()];
            assert!(parts.iter().map(|part| part.weights.len()).sum::<usize>() < 2 * PIECE);
            for part in parts {
                let variable = variables.get(part.variable);
                assert_eq!(
                    part.weights.start - variable.weights.start,
                    part.gradients.start - variable.gradients.start
                );
                seen[part.gradients.clone()].iter_mut().for_each(|count| *count += 1);
            }
        }
        assert!(seen.iter().all(|count| *count == 1));
        assert_eq!(Variables::new(Vec::new()).pieces(), []);
    }

    #[test]
    #[should_panic(expected = "share values")]
    fn what_overlaps_is_refused() {
        Variables::new(vec![variable(0..4, 0..4), variable(3..5, 4..6)]);
    }

    #[test]
    #[should_panic(expected = "not as many gradients")]
    fn other_lengths_are_refused() {
        Variables::new(vec![variable(0..4, 0..3)]);
    }
}
