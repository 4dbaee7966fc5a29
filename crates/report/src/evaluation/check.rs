//! Whether an evaluation that was read from a file holds together.

use super::Evaluation;
use crate::{Error, ErrorKind, Result};

/// More pictures than anyone has; twice of it cannot overflow.
const MOST_PICTURES: usize = 1 << 48;

/// # Errors
/// The counts contradict each other, or the confusion matrix is not as large as the list of classes.
pub(super) fn check(evaluation: &Evaluation) -> Result<()> {
    let failed =
        |what: &str| Err(Error::new(ErrorKind::Format, format!("the evaluation does not add up: {what}")));
    let Evaluation { classes, confusion, pictures, correct, undefined_predictions, .. } = evaluation;
    if *pictures == 0 || *pictures > MOST_PICTURES {
        return failed("its number of pictures is out of range");
    }
    if confusion.len() != classes.len() || confusion.iter().any(|row| row.len() != classes.len()) {
        return failed("its confusion matrix needs a row and a column for each class");
    }
    let right = total((0..classes.len()).map(|class| confusion[class][class]));
    let counted = total(confusion.iter().flatten().copied().chain([*undefined_predictions]));
    let supported = total(classes.iter().map(|c| c.support));
    if right != *correct as u128 || supported != *pictures as u128 || counted != *pictures as u128 {
        return failed("its counts have different sums");
    }
    for (class, figures) in classes.iter().enumerate() {
        let row = total(confusion[class].iter().copied());
        let column = total(confusion.iter().map(|row| row[class]));
        if row > figures.support as u128 || column != figures.predicted as u128 {
            return failed(&format!(
                "the confusion matrix contradicts the figures of class {}",
                figures.name
            ));
        }
    }
    Ok(())
}

/// Wide enough for any counts that fit in memory.
fn total(counts: impl Iterator<Item = usize>) -> u128 {
    counts.map(|n| n as u128).sum()
}
