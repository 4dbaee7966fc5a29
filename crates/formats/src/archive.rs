//! The zip around a model: a few members, read within bounds and never unpacked to disk.

use std::io::{Read, Seek, SeekFrom, Write};

use zip::result::{ZipError, ZipResult};
use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, ZipArchive, ZipWriter};

use crate::{Error, Result, expansion};

/// An archive being read.
pub(crate) struct Archive<R> {
    zip: ZipArchive<R>,
    /// Bytes of the archive, and of all members read so far.
    bytes: u64,
    expanded: u64,
}

impl<R: Read + Seek> Archive<R> {
    pub(crate) fn open(mut reader: R) -> Result<Self> {
        let bytes =
            reader.seek(SeekFrom::End(0)).map_err(|e| Error::malformed(format!("cannot read it: {e}")))?;
        let zip = ZipArchive::new(reader).map_err(|_| {
            let why =
                if bytes == 0 { "the file is empty" } else { "it is another kind of file, or truncated" };
            Error::malformed(format!("expected a zip archive such as a .keras file: {why}"))
        })?;
        Ok(Self { zip, bytes, expanded: 0 })
    }

    /// The names of all members.
    pub(crate) fn names(&self) -> impl Iterator<Item = String> {
        self.zip.file_names().flatten().map(|name| name.into_owned())
    }

    /// Fails unless there is a member called `name` that lies whole in the archive, as far as the directory says.
    pub(crate) fn must_hold(&mut self, name: &str) -> Result<()> {
        let damaged =
            |e: &dyn std::fmt::Display| Error::malformed(format!("{name}: {e}; the file may be damaged"));
        let member = self.zip.by_name(name).map_err(|e| damaged(&e))?;
        let end = member.data_start().and_then(|start| start.checked_add(member.compressed_size()));
        match end.is_some_and(|end| end <= self.bytes) {
            true => Ok(()),
            false => Err(damaged(&format!("it lies beyond the {} bytes of the archive", self.bytes))),
        }
    }

    /// The member called `name`, where there is one, of at most `most` bytes.
    pub(crate) fn member(&mut self, name: &str, most: u64) -> Result<Option<Vec<u8>>> {
        let damaged =
            |e: &dyn std::fmt::Display| Error::malformed(format!("{name}: {e}; the file may be damaged"));
        let member = match self.zip.by_name(name) {
            Ok(member) => member,
            Err(ZipError::FileNotFound) => return Ok(None),
            Err(e) => return Err(damaged(&e)),
        };
        let size = member.size();
        if size > most {
            return Err(Error::too_large(format!("{name} claims to have {size} bytes; {most} is the most")));
        }
        self.expanded = self.expanded.saturating_add(size);
        expansion::check(self.expanded, self.bytes).map_err(|e| e.within(name))?;
        let mut bytes = Vec::with_capacity(size.min(self.bytes) as usize);
        // A member may hold more than it claims; what it claims is all that is read.
        member.take(size + 1).read_to_end(&mut bytes).map_err(|e| damaged(&e))?;
        match bytes.len() as u64 {
            length if length == size => Ok(Some(bytes)),
            length => Err(damaged(&format!("expected {size} bytes, received at least {length}"))),
        }
    }
}

/// An archive being written; nothing in it is compressed, as in Keras's, and nothing depends on the time.
pub(crate) struct ArchiveWriter<W: Write + Seek> {
    zip: ZipWriter<W>,
}

impl<W: Write + Seek> ArchiveWriter<W> {
    pub(crate) fn new(output: W) -> Self {
        Self { zip: ZipWriter::new(output) }
    }

    /// Adds a member of `bytes` bytes, which `fill` writes.
    pub(crate) fn member(
        &mut self,
        name: &str,
        bytes: u64,
        fill: impl FnOnce(&mut ZipWriter<W>) -> std::io::Result<()>,
    ) -> ZipResult<()> {
        let options = SimpleFileOptions::default()
            .compression_method(CompressionMethod::Stored)
            .large_file(bytes >= u32::MAX.into());
        self.zip.start_file(name, options)?;
        fill(&mut self.zip)?;
        Ok(())
    }

    pub(crate) fn finish(self) -> ZipResult<()> {
        self.zip.finish().map(|_| ())
    }
}
