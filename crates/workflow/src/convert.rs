//! Writes a set in another form: TFRecord shards, as TensorFlow reads them.

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};

use images::{Channels, Columns, Encoding, Listing, Preprocess, Sample, Skipped, read_set, write_record};

use crate::{Error, ErrorKind, Event, Observer, Result};

/// What is to be written, and where.
#[derive(Debug, Clone)]
pub struct Conversion {
    /// The set: a folder of class folders, a listing, or TFRecord files.
    pub data: PathBuf,
    /// What a listing's columns mean.
    pub columns: Columns,
    /// The folder of the shards.
    pub out: PathBuf,
    /// How pictures are put in records.
    pub encoding: Encoding,
    /// Height and width that pixels are brought to; `None` for those of each picture.
    pub size: Option<[usize; 2]>,
    /// Files for each part; `None` for as many as have some 128 MiB each.
    pub shards: Option<usize>,
}

/// What was written.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Converted {
    /// The shards, in order.
    pub files: Vec<PathBuf>,
    /// Pictures in them.
    pub pictures: usize,
    /// Pictures that cannot be read; they are left out.
    pub skipped: Vec<Skipped>,
}

/// The file that names the classes, a line each.
const CLASSES: &str = "classes.txt";
/// What TensorFlow's guide advises a shard to have at least.
const SHARD_BYTES: u64 = 128 << 20;
/// More files than this are no shards.
const MOST_SHARDS: usize = 100_000;

/// Reads the set and writes `train-00000-of-00002.tfrecord` and so on, with `classes.txt` beside them. Pictures of all
/// classes are in each shard. `stop`, once set, ends it after the picture that is being read; finished shards stay.
///
/// # Errors
/// The set cannot be used; the folder holds TFRecord files already, or cannot be written.
pub fn convert(conversion: &Conversion, observer: &mut Observer, stop: &AtomicBool) -> Result<Converted> {
    let preprocess = conversion.preprocess()?;
    let listing = read_set(&conversion.data, &conversion.columns)?;
    listing.remarks().iter().for_each(|note| observer(Event::Notice(note)));
    if let Some(name) =
        listing.classes.iter().find(|name| name.trim() != *name || name.contains(['\n', '\r']))
    {
        return Err(Error::usage(format!(
            "class {name:?}: its name is no line of text, as {CLASSES} has one a class"
        )));
    }
    if listing.is_grouped() {
        observer(Event::Notice(
            "TFRecord files do not say which pictures must stay together: give the set its parts before, with a column \
             that says them",
        ));
    }
    conversion.check_out()?;
    files::create_folder(&conversion.out)?;
    let Listing { classes, train, validation, test, skipped, .. } = listing;
    files::write(&conversion.out.join(CLASSES), classes.join("\n") + "\n")?;
    let mut writer = Writer {
        conversion,
        preprocess,
        converted: Converted { skipped, ..Converted::default() },
        observer,
        stop,
    };
    writer.write_part("train", train)?;
    writer.write_part("val", validation.unwrap_or_default())?;
    writer.write_part("test", test.unwrap_or_default())?;
    let Writer { converted, .. } = writer;
    if !converted.skipped.is_empty() {
        observer(Event::Skipped(&converted.skipped));
    }
    match converted.pictures {
        0 => Err(Error::new(ErrorKind::Data, "not one of the pictures could be written")),
        _ => Ok(converted),
    }
}

impl Conversion {
    fn preprocess(&self) -> Result<Option<Preprocess>> {
        if self.shards.is_some_and(|shards| !(1..=MOST_SHARDS).contains(&shards)) {
            return Err(Error::usage(format!("--shards: expected 1 to {MOST_SHARDS}")));
        }
        match (self.size, self.encoding) {
            (None, _) => Ok(None),
            (Some(_), Encoding::Compressed) => Err(Error::usage(
                "--image-size is for pixels, and compressed pictures stay as their files are: leave it out, or add \
                 --encoding raw",
            )),
            (Some(size), _) => {
                Preprocess::new(size, Channels::Rgb).map(Some).map_err(|e| Error::usage(e.to_string()))
            }
        }
    }

    fn check_out(&self) -> Result<()> {
        let entries = std::fs::read_dir(&self.out).into_iter().flatten().flatten();
        let is_ours = |name: &str| name == CLASSES || name.contains(".tfrec");
        let mut held = entries.map(|entry| entry.path());
        let held = held.find(|path| path.file_name().is_some_and(|name| is_ours(&name.to_string_lossy())));
        match held {
            None => Ok(()),
            Some(path) => Err(Error::usage(format!(
                "{} is there already: choose another folder with --out, so that nothing is lost",
                path.display()
            ))),
        }
    }
}

/// A conversion under way.
struct Writer<'a, 'o, 'e> {
    conversion: &'a Conversion,
    preprocess: Option<Preprocess>,
    converted: Converted,
    observer: &'o mut Observer<'e>,
    stop: &'a AtomicBool,
}

impl Writer<'_, '_, '_> {
    fn write_part(&mut self, part: &str, mut samples: Vec<Sample>) -> Result<()> {
        if samples.is_empty() {
            return Ok(());
        }
        (self.observer)(Event::Started(&format!("writing {} {part} pictures", samples.len())));
        images::shuffle(&mut samples, 0);
        let wanted = self.conversion.shards.unwrap_or_else(|| self.shards_for(&samples));
        let each = samples.len().div_ceil(wanted.min(samples.len()));
        let shards = samples.len().div_ceil(each);
        for (number, samples) in samples.chunks(each).enumerate() {
            let name = format!("{part}-{number:05}-of-{shards:05}.tfrecord");
            self.write_shard(&self.conversion.out.join(name), samples)?;
        }
        Ok(())
    }

    /// As many as have [`SHARD_BYTES`] each.
    fn shards_for(&self, samples: &[Sample]) -> usize {
        let values =
            |bytes_a_value: u64| self.preprocess.as_ref().map(|p| p.input_len() as u64 * bytes_a_value);
        let files = || samples.iter().map(Sample::stored_bytes).sum::<u64>();
        let bytes = match self.conversion.encoding {
            Encoding::Compressed => files(),
            // A photo's file has about a tenth of its pixels' bytes.
            Encoding::Raw => values(1).map_or_else(|| 10 * files(), |each| each * samples.len() as u64),
            Encoding::Normalized => {
                values(4).map_or_else(|| 40 * files(), |each| each * samples.len() as u64)
            }
        };
        (bytes.div_ceil(SHARD_BYTES) as usize).clamp(1, MOST_SHARDS)
    }

    fn write_shard(&mut self, path: &Path, samples: &[Sample]) -> Result<()> {
        let (mut pictures, mut skipped) = (0, Vec::new());
        files::write_with(path, |file| {
            for sample in samples {
                if self.stop.load(Ordering::Relaxed) {
                    return Err(Error::new(ErrorKind::File, "stopped before all pictures were written"));
                }
                match self.conversion.encoding.record(sample, self.preprocess.as_ref()) {
                    Ok(record) => {
                        write_record(file, &record).map_err(|e| files::Error::new("write", path, e))?;
                        pictures += 1;
                    }
                    Err(error) => {
                        skipped.push(Skipped { path: sample.path.clone(), reason: error.to_string() });
                    }
                }
            }
            Ok(())
        })?;
        self.converted.pictures += pictures;
        self.converted.skipped.extend(skipped);
        self.converted.files.push(path.to_path_buf());
        Ok(())
    }
}
