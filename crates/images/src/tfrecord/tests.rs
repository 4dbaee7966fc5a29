use std::path::PathBuf;

use super::example::{Label, example};
use super::*;
use crate::{Channels, Columns, Listing, Preprocess, Sample, read_set};

/// A grey picture of 2 × 3 as a PNG.
fn png(levels: [u8; 6]) -> Vec<u8> {
    let mut bytes = Vec::new();
    let picture = image::GrayImage::from_raw(3, 2, levels.to_vec()).unwrap();
    picture.write_to(&mut std::io::Cursor::new(&mut bytes), image::ImageFormat::Png).unwrap();
    bytes
}

const LEVELS: [u8; 6] = [0, 51, 102, 153, 204, 255];
const SHAPE: [usize; 3] = [2, 3, 1];

fn floats(values: impl Iterator<Item = f32>) -> Vec<u8> {
    values.flat_map(f32::to_le_bytes).collect()
}

struct Files(tempfile::TempDir);

impl Files {
    fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    fn write(&self, name: &str, records: &[Vec<u8>]) -> PathBuf {
        let mut bytes = Vec::new();
        records.iter().for_each(|record| write_record(&mut bytes, record).unwrap());
        std::fs::write(self.path(name), bytes).unwrap();
        self.path(name)
    }

    fn read(&self) -> Result<Listing> {
        read_set(self.0.path(), &Columns::default())
    }
}

fn number(label: i64) -> Vec<u8> {
    example(png(LEVELS), &Label::Number(label), SHAPE)
}

fn pixels(sample: &Sample) -> Vec<u8> {
    let preprocess = Preprocess::new([2, 3], Channels::Grey).unwrap();
    preprocess.decode_sample(sample).unwrap().pixels().to_vec()
}

#[test]
fn a_record_is_framed_as_tensorflow_does() {
    let mut bytes = Vec::new();
    write_record(&mut bytes, b"linnaeus").unwrap();
    let hex: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
    assert_eq!(
        hex, "0800000000000000ff86240f6c696e6e61657573cfa7e1de",
        "as tf.io.TFRecordWriter of TensorFlow 2.21"
    );
}

#[test]
fn pictures_are_read_however_they_are_stored() {
    let label = Label::Number;
    let unit = floats(LEVELS.iter().map(|level| f32::from(*level) / 255.0));
    let rounded = floats(LEVELS.iter().map(|level| f32::from(*level) / 255.0 * 1.000_001));
    let signed = floats(LEVELS.iter().map(|level| f32::from(*level) / 127.5 - 1.0));
    for normalized in [unit, rounded, signed] {
        let files = Files::new();
        files.write(
            "shard.tfrecord",
            &[
                example(png(LEVELS), &label(0), SHAPE),
                example(LEVELS.to_vec(), &label(1), SHAPE),
                example(normalized, &label(1), SHAPE),
            ],
        );
        let listing = files.read().unwrap();
        assert_eq!((listing.classes.len(), listing.train.len(), listing.skipped.len()), (2, 3, 0));
        for sample in &listing.train {
            assert_eq!(pixels(sample), LEVELS, "{}", sample.path.display());
        }
        // The same picture three times, in three forms: two of them are the same pixels.
        assert_eq!(listing.split_off_duplicates().0.train.len(), 2);
    }
}

#[test]
fn what_is_written_is_read_again() {
    let files = Files::new();
    std::fs::write(files.path("a.png"), png(LEVELS)).unwrap();
    let file = Sample::new(files.path("a.png"), 1);
    let small = Preprocess::new([1, 3], Channels::Rgb).unwrap();
    for encoding in [Encoding::Compressed, Encoding::Raw, Encoding::Normalized] {
        let folder = Files::new();
        let record = encoding.record(&file, None).unwrap();
        folder.write("a.tfrecord", &[record.clone(), number(0)]);
        let listing = folder.read().unwrap();
        assert_eq!(pixels(&listing.train[0]), LEVELS, "{encoding:?}");
        assert_eq!(listing.train[0].label, 1);
        // What is read can be written in each way, but for a file where there is none.
        for again in [Encoding::Compressed, Encoding::Raw, Encoding::Normalized] {
            match again.record(&listing.train[0], None) {
                Ok(same) if again == encoding => assert_eq!(same, record),
                Ok(_) => assert!(again != Encoding::Compressed),
                Err(error) => assert!(again == Encoding::Compressed, "{error}"),
            }
        }
        let other = encoding.record(&file, Some(&small)).unwrap();
        assert_eq!(other == record, encoding == Encoding::Compressed, "a file's bytes stay as they are");
    }
}

#[test]
fn shards_are_parts_and_classes_have_names() {
    let files = Files::new();
    files.write("train.tfrecord-00000-of-00002", &[number(0), number(2)]);
    files.write("train.tfrecord-00001-of-00002", &[number(1)]);
    files.write("val.tfrec", &[number(0)]);
    files.write("Test_0.tfrecords", &[number(2), number(2)]);
    std::fs::write(files.path("notes.md"), "text").unwrap();
    let counts = |listing: &Listing| {
        let count = |part: &Option<Vec<Sample>>| part.as_ref().map_or(0, Vec::len);
        (listing.train.len(), count(&listing.validation), count(&listing.test))
    };
    let listing = files.read().unwrap();
    assert_eq!(
        (listing.classes.clone(), counts(&listing)),
        (vec!["0".into(), "1".into(), "2".into()], (3, 1, 2))
    );
    assert!(listing.notes.is_empty(), "{:?}", listing.notes);
    std::fs::rename(
        files.path("train.tfrecord-00001-of-00002"),
        files.path("pets.v1.tfrecord-00001-of-00004"),
    )
    .unwrap();
    let listing = files.read().unwrap();
    assert_eq!((listing.train.len(), listing.notes.len()), (3, 2), "{:?}", listing.notes);
    assert!(listing.notes[0].contains("1 of 4 files of pets.v1.tfrecord are there"), "{:?}", listing.notes);
    std::fs::rename(
        files.path("pets.v1.tfrecord-00001-of-00004"),
        files.path("train.tfrecord-00001-of-00002"),
    )
    .unwrap();
    std::fs::write(files.path("classes.txt"), "cat\ndog\n\nfox\nowl\n").unwrap();
    let listing = files.read().unwrap();
    assert_eq!(listing.classes, ["cat", "dog", "fox", "owl"]);
    let labels: Vec<u32> = listing.train.iter().map(|sample| sample.label).collect();
    assert_eq!(labels, [0, 2, 1]);
    std::fs::write(files.path("classes.txt"), "cat\ndog\n").unwrap();
    let message = files.read().unwrap_err().to_string();
    assert!(
        message.contains("labels go from 0 to 2, and classes.txt names 2 classes: expected 0 to 1"),
        "{message}"
    );
}

#[test]
fn names_may_be_labels() {
    let files = Files::new();
    let named = |name: &str| example(png(LEVELS), &Label::Name(name.into()), SHAPE);
    files.write("a.tfrecord", &[named("dog"), named("cat"), named("dog")]);
    let listing = files.read().unwrap();
    assert_eq!(listing.classes, ["cat", "dog"]);
    assert_eq!(listing.train.iter().map(|sample| sample.label).collect::<Vec<_>>(), [1, 0, 1]);
    files.write("b.tfrecord", &[number(1)]);
    assert!(files.read().unwrap_err().to_string().contains("some labels are numbers and some are names"));
}

#[test]
fn damaged_records_are_named_and_left_out() {
    let files = Files::new();
    let path = files.write("a.tfrecord", &[number(0), number(1), number(1), number(0)]);
    let whole = std::fs::read(&path).unwrap();
    let length = whole.len() / 4;
    let damaged = |change: &dyn Fn(&mut Vec<u8>)| {
        let mut bytes = whole.clone();
        change(&mut bytes);
        std::fs::write(&path, bytes).unwrap();
        let listing = files.read().unwrap();
        let skipped = listing.skipped.iter();
        let name = |path: &Path| path.file_name().unwrap().to_string_lossy().into_owned();
        let reasons: Vec<String> = skipped
            .map(|s| format!("{} {}", name(&s.path), s.reason))
            .chain(listing.remarks().iter().map(|remark| remark.rsplit('/').next().unwrap().to_owned()))
            .collect();
        (listing.train.len(), reasons.join("|"))
    };
    let (left, why) = damaged(&|bytes| bytes[length + 40] ^= 1);
    assert_eq!((left, why.as_str()), (3, "a.tfrecord#1 its checksum is wrong"));
    let (left, why) = damaged(&|bytes| bytes.truncate(3 * length + 50));
    assert_eq!(left, 3);
    let expected = format!(
        "a.tfrecord: 3 records were read, and the rest of the file, from byte {} of {} on, cannot be: it is cut off: 38 of a \
         record's {} bytes are there; how many pictures it held is not known",
        3 * length,
        3 * length + 50,
        length - 12
    );
    assert_eq!(why, expected);
    for cut in [3 * length + 5, 3 * length + 11] {
        let (left, why) = damaged(&|bytes| bytes.truncate(cut));
        assert_eq!(left, 3);
        assert!(why.contains("it is cut off in the head of a record"), "{why}");
    }
    let (left, why) = damaged(&|bytes| bytes[2 * length] ^= 1);
    assert_eq!(left, 2);
    let expected = format!(
        "a.tfrecord: 2 records were read, and the rest of the file, from byte {} of {} on, cannot be: the checksum of a \
         record's length is wrong",
        2 * length,
        4 * length
    );
    assert!(why.starts_with(&expected), "{why}");
    let files = Files::new();
    std::fs::write(files.path("a.tfrecord"), &whole[..length - 1]).unwrap();
    let message = files.read().unwrap_err().to_string();
    assert!(
        message.contains("a.tfrecord: 0 records were read, and the rest of the file, from byte 0"),
        "{message}"
    );
}

#[test]
fn what_is_no_set_is_refused() {
    let refused = |records: &[Vec<u8>]| {
        let files = Files::new();
        files.write("a.tfrecord", records);
        files.read().unwrap_err().to_string()
    };
    assert!(refused(&[]).contains("there is no record in it"));
    assert!(refused(&[number(3), number(3)]).contains("all pictures are of one class (\"3\")"));
    assert!(refused(&[b"no example".to_vec()]).contains("it is no tf.train.Example"));
    let text = example(b"text".to_vec(), &Label::Number(0), SHAPE);
    assert!(refused(&[text]).contains("4 bytes are no file of a picture"));
    let wild =
        |most: f32| example(floats([0.0, 0.5, 1.0, 1.0, 1.0, most].into_iter()), &Label::Number(0), SHAPE);
    assert!(refused(&[wild(500.0), number(1)]).contains("its floats lie between 0 and 500"));
    assert!(refused(&[wild(1.5), number(1)]).contains("its floats lie between 0 and 1.5"));
    assert!(refused(&[wild(f32::NAN), number(1)]).contains("all pictures are of one class"));
    let huge = example(vec![0; 6], &Label::Number(0), [1 << 62, 1 << 62, 3]);
    assert!(refused(&[huge]).contains("6 bytes are no file of a picture"));
    let files = Files::new();
    std::fs::write(files.path("a.tfrecord"), [0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]).unwrap();
    assert!(files.read().unwrap_err().to_string().contains("it is compressed with gzip: unpack it first"));
}

#[test]
fn changed_bytes_do_no_harm() {
    let files = Files::new();
    let path = files.write("a.tfrecord", &[number(0), number(1)]);
    let whole = std::fs::read(&path).unwrap();
    let mut state = 7_u64;
    let mut random = |below: usize| {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 33) as usize % below
    };
    for _ in 0..2000 {
        // Inside the data, with the checksum put right, so that the content is what is read.
        let (mut data, other) = (number(0), number(1));
        for _ in 0..1 + random(8) {
            let at = random(data.len());
            data[at] = random(256) as u8;
        }
        data.truncate(data.len() - random(3) * random(data.len()) / 3);
        files.write("a.tfrecord", &[data, other]);
        if let Ok(listing) = files.read() {
            let preprocess = Preprocess::new([2, 3], Channels::Grey).unwrap();
            listing.train.iter().for_each(|sample| drop(preprocess.decode_sample(sample)));
        }
        let mut bytes = whole.clone();
        let at = random(bytes.len());
        bytes[at] = random(256) as u8;
        std::fs::write(&path, bytes).unwrap();
        drop(files.read());
    }
}
