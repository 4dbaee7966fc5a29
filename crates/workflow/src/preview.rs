//! A contact sheet of what augmentation makes of pictures, to look at before training.

use std::path::{Path, PathBuf};

use images::{
    Augment, Columns, Listing, Picture, Preprocess, Sample, Source, SourceOptions, read_set, sheet,
};

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
    /// The set cannot be used, no picture can be read, the sheet would be too large or cannot be written.
    pub fn write(&self, path: &Path, observer: &mut Observer) -> Result<Vec<PathBuf>> {
        images::check_sheet(self.pictures, self.variants.saturating_add(1), self.preprocess.size)
            .map_err(|error| Error::usage(error.to_string()))?;
        let listing = read_set(&self.data, &self.columns)?;
        let samples = in_turns(listing);
        let options = SourceOptions { memory_limit_bytes: 0, workers: 1 };
        let source = Source::new(samples, &self.preprocess, options);
        let (mut rows, mut shown) = (Vec::new(), Vec::new());
        for index in 0..source.len() {
            if rows.len() == self.pictures {
                break;
            }
            match self.row(&source, index) {
                Ok(row) => {
                    rows.push(row);
                    shown.push(source.samples()[index].path.clone());
                }
                Err(error) => observer(Event::Notice(&error.to_string())),
            }
        }
        if rows.is_empty() {
            return Err(Error::new(ErrorKind::Data, "not one of the pictures can be read"));
        }
        files::write(path, sheet(&rows)?)?;
        Ok(shown)
    }

    /// The picture itself, and variants of it as the first epochs have them.
    fn row(&self, source: &Source, index: usize) -> Result<Vec<Picture>> {
        let mut row = vec![source.picture(index)?];
        for epoch in 1..=self.variants as u64 {
            row.push(source.varied(index, &self.augment, self.seed, epoch)?);
        }
        Ok(row)
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
