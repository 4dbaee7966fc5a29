//! Pictures of what a model said of the validation pictures, such as their confusion matrix: one an epoch, ever more
//! rarely in a long training.

use crate::Predictions;
use crate::callbacks::StoreError;

/// A picture for TensorBoard.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Picture {
    /// A PNG file's bytes, in RGB.
    pub png: Vec<u8>,
    /// Height and width.
    pub size: [usize; 2],
    /// What there is to say of it.
    pub description: String,
}

/// Something that draws what a model said, such as a closure.
pub trait Draw: Send {
    /// The picture; none where there is nothing to be seen.
    ///
    /// # Errors
    /// Anything: it ends the training, with its message.
    fn draw(&mut self, predictions: &Predictions) -> Result<Option<Picture>, StoreError>;
}

impl<F> Draw for F
where
    F: FnMut(&Predictions) -> Result<Option<Picture>, StoreError> + Send,
{
    fn draw(&mut self, predictions: &Predictions) -> Result<Option<Picture>, StoreError> {
        self(predictions)
    }
}

/// Each of so many epochs has a picture; of twice as many more every second one, and so on.
const EACH: usize = 64;

/// Whether there is a picture after `epoch`: a function of its number alone, so that a training that is gone on with
/// has the same ones.
pub(super) fn is_drawn(epoch: usize) -> bool {
    epoch.is_multiple_of(epoch.div_ceil(EACH).next_power_of_two())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_trainings_have_few_more_pictures_than_short_ones() {
        let drawn = |epochs: usize| (1..=epochs).filter(|epoch| is_drawn(*epoch)).count();
        assert_eq!([1, 64, 65, 66, 128, 132, 256].map(drawn), [1, 64, 64, 65, 96, 97, 128]);
        assert!(drawn(100_000) < 450, "{}", drawn(100_000));
    }
}
