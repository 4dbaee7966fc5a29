//! TFRecord files: records of `tf.train.Example`, each with its length and two checksums.
//!
//! A record is its length (8 bytes, little-endian), the length's checksum, the data, the data's checksum; checksums are
//! CRC-32C, rotated and shifted (TensorFlow's `crc32c::Mask`).

mod encoding;
mod example;
mod listing;
mod picture;

use std::fs::File;
use std::io::{BufReader, ErrorKind as IoErrorKind, Read, Seek, SeekFrom, Write};
use std::path::Path;

use crate::{Error, ErrorKind, Result, content};

pub use encoding::Encoding;

pub(crate) use listing::is_tfrecord;
pub use listing::read_tfrecords;
pub(crate) use picture::{Held, Values};

/// The largest record that is read, in bytes: as the largest file of a picture.
const LIMIT_BYTES: u64 = 1 << 30;

/// Writes one record.
///
/// # Errors
/// As `file` has them.
pub fn write_record(file: &mut impl Write, data: &[u8]) -> std::io::Result<()> {
    let length = (data.len() as u64).to_le_bytes();
    file.write_all(&length)?;
    file.write_all(&checksum(&length).to_le_bytes())?;
    file.write_all(data)?;
    file.write_all(&checksum(data).to_le_bytes())
}

fn checksum(data: &[u8]) -> u32 {
    crc32c::crc32c(data).rotate_right(15).wrapping_add(0xa282_ead8)
}

/// Goes through a file record by record.
struct Records {
    file: BufReader<File>,
    /// Bytes of the whole file, and how far it was read.
    size: u64,
    position: u64,
    data: Vec<u8>,
}

/// What is wrong with a record.
enum Fault {
    /// This one alone: the next can be read.
    Record(Error),
    /// Where the next begins is not known.
    Rest(Error),
}

impl Records {
    fn open(path: &Path) -> Result<Self> {
        let opened = content::open(path).and_then(|file| Ok((file.metadata()?.len(), file)));
        let (size, file) = opened.map_err(|e| Error::missing(&e).within(path.display()))?;
        Ok(Self { file: BufReader::new(file), size, position: 0, data: Vec::new() })
    }

    /// The next record's place and its data; none at the end of the file.
    fn next(&mut self) -> Result<Option<(u64, &[u8])>, Fault> {
        if self.position == self.size {
            return Ok(None);
        }
        let (mut length, mut check) = ([0; 8], [0; 4]);
        self.fill(&mut length)?;
        self.fill(&mut check)?;
        if checksum(&length) != u32::from_le_bytes(check) {
            return Err(Fault::Rest(Error::damaged("the checksum of a record's length is wrong")));
        }
        let length = u64::from_le_bytes(length);
        if length > LIMIT_BYTES {
            let message = format!("a record has {length} bytes, and up to {LIMIT_BYTES} are read");
            return Err(Fault::Rest(Error::new(ErrorKind::TooLarge, message)));
        }
        if self.position + length + 4 > self.size {
            let left = self.size - self.position;
            let message = format!("it is cut off: {left} of a record's {} bytes are there", length + 4);
            return Err(Fault::Rest(Error::damaged(message)));
        }
        let place = self.position;
        let mut data = std::mem::take(&mut self.data);
        data.resize(length as usize, 0);
        let filled = self.fill(&mut data).and_then(|()| self.fill(&mut check));
        self.data = data;
        filled?;
        match checksum(&self.data) == u32::from_le_bytes(check) {
            true => Ok(Some((place, &self.data))),
            false => Err(Fault::Record(Error::damaged("its checksum is wrong"))),
        }
    }

    fn fill(&mut self, room: &mut [u8]) -> Result<(), Fault> {
        self.position += room.len() as u64;
        self.file.read_exact(room).map_err(|error| {
            Fault::Rest(match error.kind() {
                IoErrorKind::UnexpectedEof => Error::damaged("it is cut off in the head of a record"),
                _ => Error::missing(&error),
            })
        })
    }
}

/// The data at `place` of the file at `path`, whose record was checked when it was listed, into `data`.
pub(crate) fn read_record(path: &Path, (offset, length): (u64, u64), data: &mut Vec<u8>) -> Result<()> {
    let mut read = || {
        let mut file = content::open(path)?;
        file.seek(SeekFrom::Start(offset))?;
        data.clear();
        file.take(length.min(LIMIT_BYTES)).read_to_end(data)
    };
    match read() {
        Ok(read) if read as u64 == length => Ok(()),
        Ok(_) => Err(Error::damaged("the file is shorter than when it was listed")),
        Err(error) => Err(Error::missing(&error)),
    }
}

#[cfg(test)]
mod tests;
