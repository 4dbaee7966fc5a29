//! Where training gets its pictures from: all decoded in memory, from disk each time, or a segment after the other
//! decoded in memory, each for several epochs' turns.

use images::{Segments, Split};

use crate::needs::{self, Needs, StageGraph};
use crate::{Error, Plan, Result, Size};

/// What was asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Feeder {
    /// What fits the memory limit best.
    Auto,
    /// All pictures are decoded once.
    Memory,
    /// Each picture is decoded each time.
    Disk,
    /// In segments that fit.
    Hybrid,
}

/// The feeders' names.
pub(crate) const NAMES: [(&str, Feeder); 4] =
    [("auto", Feeder::Auto), ("memory", Feeder::Memory), ("disk", Feeder::Disk), ("hybrid", Feeder::Hybrid)];

/// A segment of fewer batches is not worth it: the same few pictures again and again.
const FEWEST_BATCHES: usize = 8;
/// The part of the pictures' memory that validation pictures may take where not all fit.
const VALIDATION: usize = 4;
/// What a slot of a segment's memory takes beside its picture.
const SLOT: usize = 96;
/// Bytes that a decoder takes for each pixel of a picture as it is stored: its colours,
/// and once more while it is resized.
const DECODED: usize = 6;

/// How the pictures are fed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Feeding {
    /// Whether each part is decoded once: training, validation, test.
    pub(crate) in_memory: [bool; 3],
    pub(crate) segments: Segments,
    /// Bytes for the features of a frozen base.
    pub(crate) features: usize,
    /// Bytes for batches ahead and for decoding.
    ahead: usize,
    /// Values of a batch and of a picture, in bytes.
    batch: usize,
    threads: usize,
    /// What was decided, and by which figures.
    pub(crate) line: String,
}

/// The pictures, in figures.
struct Pictures {
    counts: [usize; 3],
    /// Bytes of one, decoded.
    one: usize,
    /// How many pictures the rarest class has to learn from.
    rarest: usize,
    /// What is left of the limit for them.
    room: usize,
}

impl Feeding {
    /// Decides for `plan`, by what the stages need and by the number of pictures.
    ///
    /// # Errors
    /// The limit is too small, for the training or for the feeder that was asked for.
    pub(crate) fn of(plan: &Plan, split: &Split, stages: &[StageGraph]) -> Result<Self> {
        let needs_of = |batch_size| Needs::of(plan, split, stages, batch_size);
        let needs = needs_of(plan.recipe.batch_size).map_err(|error| Error::usage(error.to_string()))?;
        needs::check(&needs, plan, needs_of)?;
        let one = plan.preprocess.input_len();
        let mut labels: Vec<u32> = split.train.iter().map(|sample| sample.label).collect();
        labels.sort_unstable();
        let pictures = Pictures {
            counts: [&split.train, &split.validation, &split.test].map(Vec::len),
            one,
            rarest: labels.chunk_by(|a, b| a == b).map(<[u32]>::len).min().unwrap_or(0),
            room: plan.memory_limit() - needs.bytes(),
        };
        let (feeder, segments, in_memory) = pictures.feeder(plan)?;
        Ok(Self {
            in_memory,
            segments,
            features: needs.features,
            ahead: needs.ahead,
            batch: plan.recipe.batch_size * one * size_of::<f32>(),
            threads: plan.threads,
            line: pictures.describe(feeder, segments, plan),
        })
    }

    /// How many threads may decode pictures of up to `most_pixels`; what they decode does not depend on it.
    pub(crate) fn workers(&self, most_pixels: usize) -> usize {
        // Each has a batch in its hands, one that is ready, and a picture being decoded.
        let picture = most_pixels.saturating_mul(DECODED);
        let beside = self.ahead.saturating_sub(2 * self.batch);
        (beside / self.batch.saturating_add(picture).max(1)).clamp(1, self.threads.max(1))
    }
}

impl Pictures {
    fn bytes(&self, part: usize) -> usize {
        self.counts[part].saturating_mul(self.one)
    }

    /// Which feeder, with which segments, and which parts lie in memory.
    fn feeder(&self, plan: &Plan) -> Result<(Feeder, Segments, [bool; 3])> {
        let whole = Segments::default();
        let all: usize = (0..3).map(|part| self.bytes(part)).fold(0, usize::saturating_add);
        if plan.feeder == Feeder::Disk {
            return Ok((Feeder::Disk, whole, [false, self.bytes(1) <= self.room / VALIDATION, false]));
        }
        if all <= self.room {
            return Ok((Feeder::Memory, whole, [true; 3]));
        }
        let validation = self.bytes(1) <= self.room / VALIDATION;
        let left = self.room - if validation { self.bytes(1) } else { 0 };
        if self.bytes(0) <= left {
            return Ok((Feeder::Memory, whole, [true, validation, false]));
        }
        let parts = [false, validation, false];
        let slots = left / (self.one + SLOT);
        let count = self.counts[0].div_ceil(slots.max(1));
        let segments = Segments { count, epochs: plan.recipe.segment_epochs };
        let enough = slots >= FEWEST_BATCHES * plan.recipe.batch_size && count <= self.rarest;
        match plan.feeder {
            Feeder::Memory => Err(self.too_many(plan)),
            Feeder::Hybrid if slots == 0 || count > self.rarest => Err(self.too_small(plan, count)),
            Feeder::Hybrid => Ok((Feeder::Hybrid, segments, parts)),
            // Without variation, a segment would give the same pictures several times in a row.
            _ if enough && plan.augment.is_some_and(|augment| !augment.is_identity()) => {
                Ok((Feeder::Hybrid, segments, parts))
            }
            _ => Ok((Feeder::Disk, whole, parts)),
        }
    }

    fn too_many(&self, plan: &Plan) -> Error {
        Error::usage(format!(
            "--feeder memory: the {} training pictures take {} decoded, and {} of the {} of --memory-limit are left for \
             pictures: give --feeder hybrid or disk, or a higher --memory-limit",
            self.counts[0],
            about(self.bytes(0)),
            about(self.room),
            about(plan.memory_limit()),
        ))
    }

    fn too_small(&self, plan: &Plan, count: usize) -> Error {
        Error::usage(format!(
            "--feeder hybrid: {} of the {} of --memory-limit are left for pictures, which makes {count} segments, and the \
             rarest class has {} pictures: each segment needs one at least; give --feeder disk, or a higher --memory-limit",
            about(self.room),
            about(plan.memory_limit()),
            self.rarest,
        ))
    }

    /// One line: what, and why.
    fn describe(&self, feeder: Feeder, segments: Segments, plan: &Plan) -> String {
        let limit = about(plan.memory_limit());
        let figures = format!(
            "the {} training pictures take {} decoded, and {} of the memory limit of {limit} are left for pictures",
            self.counts[0],
            about(self.bytes(0)),
            about(self.room)
        );
        match feeder {
            Feeder::Hybrid => format!(
                "feeder hybrid: {figures}; they come in {} segments of up to {}, each kept in memory for {} times through",
                segments.count,
                segments.largest(self.counts[0]),
                segments.epochs
            ),
            Feeder::Disk => format!("feeder disk: {figures}; they are read again in each epoch"),
            Feeder::Memory | Feeder::Auto if plan.feeder == Feeder::Hybrid => {
                format!("feeder memory in the place of hybrid, for all fit at once: {figures}")
            }
            Feeder::Memory | Feeder::Auto => format!("feeder memory: {figures}"),
        }
    }
}

fn about(bytes: usize) -> String {
    Size::bytes(bytes).about()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Recipe;

    const ONE: usize = 1000;

    /// A plan, and 1000 training pictures of 1,000 bytes, 100 for validation and for the test.
    fn planned(asked: &str, augment: &str, room: usize) -> (Plan, Pictures) {
        let recipe = Recipe {
            data: "photos".into(),
            base: "small_cnn".into(),
            batch_size: 4,
            feeder: asked.into(),
            augment: augment.into(),
            ..Recipe::default()
        };
        (recipe.check().unwrap(), Pictures { counts: [1000, 100, 100], one: ONE, rarest: 20, room })
    }

    fn decided(asked: &str, augment: &str, room: usize) -> Result<(Feeder, usize, [bool; 3])> {
        let (plan, pictures) = planned(asked, augment, room);
        let (feeder, segments, parts) = pictures.feeder(&plan)?;
        assert!(feeder != Feeder::Hybrid || segments.epochs == 3);
        Ok((feeder, segments.count, parts))
    }

    #[test]
    fn auto_takes_what_fits() {
        let room = |pictures: usize| pictures * (ONE + SLOT);
        let auto = |augment, pictures| decided("auto", augment, room(pictures)).unwrap();
        assert_eq!(auto("flip", 1200), (Feeder::Memory, 1, [true; 3]));
        assert_eq!(auto("flip", 1100), (Feeder::Memory, 1, [true, true, true]));
        assert_eq!(auto("flip", 1010), (Feeder::Memory, 1, [true, true, false]));
        assert_eq!(auto("flip", 600), (Feeder::Hybrid, 2, [false, true, false]));
        assert_eq!(auto("flip", 100), (Feeder::Hybrid, 10, [false, false, false]));
        assert_eq!(auto("", 600), (Feeder::Disk, 1, [false, true, false]), "nothing varies");
        assert_eq!(auto("flip", 40), (Feeder::Disk, 1, [false; 3]), "more segments than pictures of a class");
        assert_eq!(auto("flip", 0), (Feeder::Disk, 1, [false; 3]));
    }

    #[test]
    fn what_is_asked_for_is_taken_or_refused() {
        assert_eq!(decided("disk", "flip", usize::MAX / 2).unwrap(), (Feeder::Disk, 1, [false, true, false]));
        assert_eq!(decided("hybrid", "", 600_000).unwrap().0, Feeder::Hybrid);
        let refused = |asked, room| decided(asked, "flip", room).unwrap_err().to_string();
        assert!(refused("memory", 600_000).contains("the 1000 training pictures take 977 KiB decoded"));
        assert!(refused("hybrid", 20_000).contains("the rarest class has 20 pictures"));
        assert!(refused("hybrid", 10).contains("each segment needs one at least"));
    }

    #[test]
    fn the_line_says_which_feeder_it_is_and_why() {
        for (asked, room, expected) in [
            (
                "hybrid",
                2_000_000,
                "feeder memory in the place of hybrid, for all fit at once: the 1000 training",
            ),
            (
                "hybrid",
                600_000,
                "feeder hybrid: the 1000 training pictures take 977 KiB decoded, and 586 KiB of",
            ),
            ("auto", 2_000_000, "feeder memory: the 1000 training pictures take 977 KiB decoded"),
            ("disk", 2_000_000, "feeder disk: "),
        ] {
            let (plan, pictures) = planned(asked, "flip", room);
            let (feeder, segments, _) = pictures.feeder(&plan).unwrap();
            let line = pictures.describe(feeder, segments, &plan);
            assert!(line.starts_with(expected), "{line}");
        }
    }

    #[test]
    fn as_many_threads_decode_as_have_room() {
        let feeding = Feeding {
            in_memory: [false; 3],
            segments: Segments::default(),
            features: 0,
            ahead: 10_000,
            batch: 1000,
            threads: 16,
            line: String::new(),
        };
        assert_eq!(feeding.workers(0), 8);
        assert_eq!(feeding.workers(500), 2, "a batch and 3,000 bytes each");
        assert_eq!(feeding.workers(1 << 30), 1, "one at least");
        assert_eq!(Feeding { threads: 2, ..feeding }.workers(0), 2, "no more than there are");
    }
}
