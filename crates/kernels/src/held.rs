//! A window of rows that moves down a picture: what the next step still needs stays, what is missing is added.

use std::ops::Range;

/// Rows `rows` of a picture, one after the other from the buffer's start.
pub(crate) struct Held<'a> {
    pub(crate) rows: Range<usize>,
    row: usize,
    buffer: &'a mut [f32],
}

impl<'a> Held<'a> {
    /// No rows yet, of `row` floats each.
    pub(crate) fn new(row: usize, buffer: &'a mut [f32]) -> Self {
        Self { rows: 0..0, row, buffer }
    }

    /// Holds `needed`; `add` fills in the rows that are missing.
    ///
    /// Panics if that begins or ends higher up than before: rows that were left are gone.
    pub(crate) fn move_to(&mut self, needed: Range<usize>, add: impl FnOnce(Range<usize>, &mut [f32])) {
        let (row, held) = (self.row, self.rows.clone());
        assert!(
            needed.start >= held.start && needed.end >= held.end,
            "rows {needed:?} begin or end above {held:?}"
        );
        let kept = needed.start.max(held.start)..needed.end.min(held.end);
        let missing = if kept.is_empty() {
            needed.clone()
        } else {
            self.buffer.copy_within((kept.start - held.start) * row..(kept.end - held.start) * row, 0);
            kept.end..needed.end
        };
        if !missing.is_empty() {
            let range = (missing.start - needed.start) * row..(missing.end - needed.start) * row;
            add(missing, &mut self.buffer[range]);
        }
        self.rows = needed;
    }

    /// The rows, from the first one held on.
    pub(crate) fn values(&self) -> &[f32] {
        &self.buffer[..self.rows.len() * self.row]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_row_is_added_once() {
        let mut buffer = [0.0; 4];
        let mut held = Held::new(1, &mut buffer);
        let mut added = Vec::new();
        for needed in [0..2, 1..4, 3..7, 9..10, 10..10] {
            held.move_to(needed.clone(), |rows, values| {
                added.extend(rows.clone());
                values.iter_mut().zip(rows).for_each(|(value, row)| *value = row as f32);
            });
            assert_eq!(held.values(), needed.map(|row| row as f32).collect::<Vec<_>>());
        }
        assert_eq!(added, [0, 1, 2, 3, 4, 5, 6, 9]);
    }

    #[test]
    #[should_panic(expected = "above 2..4")]
    fn rows_that_were_left_are_not_asked_for_again() {
        let mut buffer = [0.0; 4];
        let mut held = Held::new(1, &mut buffer);
        held.move_to(2..4, |_, _| {});
        held.move_to(1..5, |_, _| {});
    }
}
