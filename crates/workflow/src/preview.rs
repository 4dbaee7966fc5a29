//! A contact sheet of what augmentation makes of pictures, to look at before training.

use std::path::{Path, PathBuf};

use images::{
    Augment, Batch, CAPTION_HEIGHT, Columns, Listing, Order, Picture, Preprocess, Sample, Source,
    SourceOptions, captioned, read_set, sheet,
};

use crate::output_place::check_out_file;
use crate::{Error, ErrorKind, Event, Observer, Result};

/// What is to be shown.
#[derive(Debug, Clone)]
pub struct Preview {
    /// The set: a folder of class folders, a listing, or TFRecord files.
    pub data: PathBuf,
    /// What a listing's columns mean.
    pub columns: Columns,
    /// What happens to the pictures.
    pub augment: Augment,
    /// How pictures become inputs.
    pub preprocess: Preprocess,
    /// Pictures, which take turns among the classes; a row each.
    pub pictures: usize,
    /// Variants of each, beside the picture itself.
    pub variants: usize,
    /// Everything random follows from it.
    pub seed: u64,
}

impl Preview {
    /// Writes the sheet to `path`, as a PNG; which pictures are on it.
    ///
    /// # Errors
    /// The set cannot be used, no picture can be read, the sheet would be too large, or lie in the set, or cannot be written.
    pub fn write(&self, path: &Path, observer: &mut Observer) -> Result<Vec<PathBuf>> {
        check_out_file(path, &self.data)?;
        let [height, width] = self.preprocess.size;
        let height = if self.augment.mixes() { height.saturating_add(CAPTION_HEIGHT) } else { height };
        images::check_sheet(self.pictures, self.variants.saturating_add(1), [height, width])
            .map_err(|error| Error::usage(error.to_string()))?;
        let listing = read_set(&self.data, &self.columns)?;
        let classes = listing.classes.clone();
        let (shown, mut rows) = self.originals(in_turns(listing), &classes, observer)?;
        let options = SourceOptions { memory_limit_bytes: 0, workers: 1 };
        let source = Source::new(shown, &self.preprocess, options);
        // As the first epochs have them, all in one batch.
        for epoch in 1..=self.variants as u64 {
            let order = Order::Shuffled { seed: self.seed, epoch };
            for batch in source.batches(order, Some(&self.augment), self.seed, source.len()) {
                for (place, index) in batch.indices.iter().enumerate() {
                    rows[*index].push(self.variant(&batch, place, &classes)?);
                }
            }
        }
        files::write(path, sheet(&rows)?)?;
        Ok(source.samples().iter().map(|sample| sample.path.clone()).collect())
    }

    /// The first of `samples` that can be read, and their pictures as they are: each begins a row.
    fn originals(
        &self,
        samples: Vec<Sample>,
        classes: &[String],
        observer: &mut Observer,
    ) -> Result<(Vec<Sample>, Vec<Vec<Picture>>)> {
        let (mut shown, mut rows) = (Vec::new(), Vec::new());
        for sample in samples {
            if rows.len() == self.pictures {
                break;
            }
            match self.preprocess.decode_sample(&sample) {
                Ok(picture) => {
                    let class = classes.get(sample.label as usize).cloned().unwrap_or_default();
                    rows.push(vec![self.with_caption(picture, &[class])?]);
                    shown.push(sample);
                }
                Err(error) => observer(Event::Notice(&error.to_string())),
            }
        }
        match rows.is_empty() {
            true => Err(Error::new(ErrorKind::Data, "not one of the pictures can be read")),
            false => Ok((shown, rows)),
        }
    }

    /// The picture at `place` of a batch, with what it is a mixture of.
    fn variant(&self, batch: &Batch, place: usize, classes: &[String]) -> Result<Picture> {
        let Preprocess { size, channels, .. } = self.preprocess;
        let length = self.preprocess.input_len();
        let values = &batch.pixels[place * length..][..length];
        let pixels = values.iter().map(|value| value.round() as u8).collect();
        let part = |share: f32, place: usize| {
            let class = classes.get(batch.labels[place] as usize).map_or("", String::as_str);
            format!("{:.0}% {class}", 100.0 * share)
        };
        let parts = batch.mixes.get(place);
        let lines = parts.map(|mix| [part(mix.share, place), part(1.0 - mix.share, mix.partner)]);
        self.with_caption(Picture::new(size, channels, pixels)?, lines.as_ref().map_or(&[], |l| &l[..]))
    }

    /// With words under it where pictures are mixed, so that all are of one size.
    fn with_caption(&self, picture: Picture, lines: &[String]) -> Result<Picture> {
        match self.augment.mixes() {
            true => Ok(captioned(&picture, lines)?),
            false => Ok(picture),
        }
    }
}

/// The first picture of each class, then the second, and so on.
fn in_turns(listing: Listing) -> Vec<Sample> {
    let mut seen = vec![0_usize; listing.classes.len()];
    let mut turns: Vec<(usize, Sample)> = Vec::new();
    for sample in listing.train {
        let Some(count) = seen.get_mut(sample.label as usize) else { continue };
        turns.push((*count, sample));
        *count += 1;
    }
    turns.sort_by_key(|(turn, sample)| (*turn, sample.label));
    turns.into_iter().map(|(_, sample)| sample).collect()
}
