//! One look at a picture: all that the checks need of it, in some 400 bytes.

use images::{Channels, Format, Inspected, Inspector, Preprocess, Sample};

use crate::hash::{Hash, SIDE};
use crate::likeness::{Likeness, luma};

/// What a look found out.
#[derive(Debug, Clone)]
pub(crate) struct Look {
    /// SHA-256 of the file's bytes, or of a record's pixels; none if they can't be read.
    pub(crate) digest: Option<[u8; 32]>,
    /// What the picture is, or why it can't be read.
    pub(crate) seen: Result<Seen, String>,
}

/// A picture that can be read.
#[derive(Debug, Clone)]
pub(crate) struct Seen {
    /// By its content; none for pixels in a record.
    pub(crate) format: Option<Format>,
    /// Height and width.
    pub(crate) size: [usize; 2],
    pub(crate) is_grey: bool,
    pub(crate) hash: Hash,
    pub(crate) likeness: Likeness,
}

/// Looks at pictures; each thread has its own.
pub(crate) struct Eye(Option<Inspector>);

impl Eye {
    pub(crate) fn new() -> Self {
        let small = Preprocess::new([SIDE; 2], Channels::Rgb);
        Self(small.and_then(|small| Inspector::new(&small)).ok())
    }

    pub(crate) fn look_at(&mut self, sample: &Sample) -> Look {
        let Some(inspector) = &mut self.0 else {
            return Look { digest: None, seen: Err("there is no size to look at it at".into()) };
        };
        let inspection = inspector.inspect(sample);
        let seen = inspection.content.map(|inspected| seen(&inspected)).map_err(|error| error.to_string());
        Look { digest: inspection.digest, seen }
    }
}

fn seen(inspected: &Inspected) -> Seen {
    let pixels = inspected.small.as_chunks::<3>().0;
    let luma = luma(pixels);
    let likeness = Likeness::of(pixels, &luma);
    let is_grey = inspected.channels == Channels::Grey || likeness.is_grey() && is_level(pixels);
    Seen { format: inspected.format, size: inspected.size, is_grey, hash: Hash::of(&luma), likeness }
}

/// Whether no pixel has a colour worth the name, though the file has room for it.
fn is_level(pixels: &[[u8; 3]]) -> bool {
    pixels.iter().all(|[red, green, blue]| {
        let (least, most) = ((*red).min(*green).min(*blue), (*red).max(*green).max(*blue));
        most - least <= 2
    })
}
