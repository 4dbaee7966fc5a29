//! The bytes of a whole file, for formats whose parts point anywhere in it.

use std::io::{Read, Seek, SeekFrom};

use crate::{Error, Result};

/// No file may be larger: the largest network of the zoo has half a gigabyte, and an optimizer's state twice as much
/// again. A file with holes may claim any size.
const MOST_BYTES: u64 = 4 << 30;

/// Everything in `reader`.
///
/// # Errors
/// It cannot be read, or is larger than any real file of weights.
pub(crate) fn read(mut reader: impl Read + Seek) -> Result<Vec<u8>> {
    let unread = |e: std::io::Error| Error::malformed(format!("cannot read it: {e}"));
    let length = reader.seek(SeekFrom::End(0)).map_err(unread)?;
    if length > MOST_BYTES {
        return Err(Error::too_large(format!("it has {length} bytes; {MOST_BYTES} is the most")));
    }
    let mut bytes = Vec::new();
    reader.seek(SeekFrom::Start(0)).map_err(unread)?;
    reader.take(MOST_BYTES).read_to_end(&mut bytes).map_err(unread)?;
    Ok(bytes)
}
