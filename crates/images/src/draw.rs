//! One turn of a picture: which one it is, and what its variation is drawn from.

/// One picture's turn in training. A million of them take 20 MB.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Draw {
    picture: u32,
    epoch: u32,
    copy: u32,
    pub(crate) seat: Option<Seat>,
}

/// Where a picture is kept while training stays on its segment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Seat {
    pub(crate) slot: u32,
    /// Which stay on a segment it is, counted through the training.
    pub(crate) stay: u32,
}

impl Draw {
    /// Picture `picture`, varied as in `epoch`.
    pub(crate) fn new(picture: usize, epoch: u64) -> Self {
        Self { picture: picture as u32, epoch: epoch as u32, copy: 0, seat: None }
    }

    /// The picture's turn number `copy` within the epoch, from 0, which has a variation of its own.
    pub(crate) fn copy(self, copy: u32) -> Self {
        Self { copy, ..self }
    }

    pub(crate) fn seated(self, seat: Option<Seat>) -> Self {
        Self { seat, ..self }
    }

    /// Which picture, into [`Source::samples`](crate::Source::samples).
    pub fn picture(&self) -> usize {
        self.picture as usize
    }

    /// What its variation is drawn from, beside the seed: the epoch, and a number that no other turn in it has.
    pub(crate) fn stream(&self) -> (u64, u64) {
        (self.epoch.into(), u64::from(self.copy) << 32 | u64::from(self.picture))
    }
}
