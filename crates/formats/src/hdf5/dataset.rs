//! Data sets: their shape, their type, and their values, contiguous, compact or in chunks.

use super::datatype::Datatype;
use super::header::{Message, kind};
use super::{Attribute, Cursor, Image, attribute, chunks, dataspace};
use crate::{Error, Result};

/// An array in the file.
pub struct Dataset<'f, 'a> {
    image: &'f Image<'a>,
    messages: &'f [Message<'a>],
    shape: Vec<u64>,
    datatype: Datatype,
}

impl<'f, 'a> Dataset<'f, 'a> {
    pub(super) fn new(image: &'f Image<'a>, messages: &'f [Message<'a>]) -> Result<Self> {
        let message = |kind, what| {
            let found = messages.iter().find(|message| message.kind == kind);
            found.map(|message| message.data).ok_or_else(|| Error::malformed(format!("it has no {what}")))
        };
        if messages.iter().any(|message| message.kind == kind::EXTERNAL_FILES) {
            return Err(Error::unsupported("its values lie in another file"));
        }
        let shape = dataspace::read(image, message(kind::DATASPACE, "shape")?)?;
        let mut datatype = Datatype::read(message(kind::DATATYPE, "data type")?)?;
        if datatype == Datatype::Opaque(2) {
            // Keras writes bfloat16 as bytes without a meaning, and an attribute that names the type.
            let named = attribute::find(image, messages, "dtype")?;
            if named.as_ref().and_then(Attribute::text) == Some("bfloat16") {
                datatype = Datatype::Bfloat16(super::datatype::Order::Little);
            }
        }
        Ok(Self { image, messages, shape, datatype })
    }

    /// Its extents, outermost first; none for a single value.
    pub fn shape(&self) -> &[u64] {
        &self.shape
    }

    /// Its extents, as sizes in memory.
    ///
    /// # Errors
    /// It has more values than memory could hold.
    pub fn extents(&self) -> Result<Vec<usize>> {
        dataspace::elements(&self.shape)?;
        Ok(self.shape.iter().map(|extent| usize::try_from(*extent).unwrap_or(usize::MAX)).collect())
    }

    /// All its values, as float32.
    ///
    /// # Errors
    /// They are no numbers, lie in another file or beyond the end of this one, are compressed with an unknown
    /// filter, or are far more than the bytes that are stored for them.
    pub fn read(&self) -> Result<Vec<f32>> {
        self.image.renew();
        let count = dataspace::elements(&self.shape)?;
        let length = count.checked_mul(self.datatype.width()).ok_or_else(|| Error::too_large("its shape"))?;
        let layout = self.messages.iter().find(|message| message.kind == kind::LAYOUT);
        let layout = layout.ok_or_else(|| Error::malformed("it has no layout"))?;
        match self.layout(layout.data)? {
            Layout::Bytes(bytes) => {
                let Some(bytes) = bytes.get(..length) else {
                    let have = bytes.len();
                    return Err(Error::malformed(format!(
                        "expected {length} bytes of values, received {have}"
                    )));
                };
                let mut values = vec![0.0; count];
                self.datatype.decode(bytes, &mut values)?;
                Ok(values)
            }
            Layout::Chunks { tree, extents } => {
                let filters = self.messages.iter().find(|message| message.kind == kind::FILTERS);
                let filters = filters.map_or(Ok(Vec::new()), |message| chunks::filters(message.data))?;
                let grid = chunks::Grid::new(&self.shape, extents, self.datatype)?;
                chunks::read(self.image, tree, &grid, &filters)
            }
        }
    }

    fn layout(&self, data: &'a [u8]) -> Result<Layout<'a>> {
        const COMPACT: u8 = 0;
        const CONTIGUOUS: u8 = 1;
        const CHUNKED: u8 = 2;
        let mut cursor = Cursor::new(data, "layout");
        let version = cursor.u8()?;
        let class = match version {
            1 | 2 => return self.old_layout(cursor),
            3 | 4 => cursor.u8()?,
            _ => return Err(Error::unsupported(format!("layout version {version}; 1 to 4 are supported"))),
        };
        match class {
            COMPACT => {
                let size = cursor.u16()?;
                Ok(Layout::Bytes(cursor.take(size.into())?))
            }
            CONTIGUOUS => {
                let Some(address) = self.image.address(&mut cursor)? else {
                    return self.unwritten();
                };
                let size = self.image.length(&mut cursor)?;
                Ok(Layout::Bytes(self.image.slice(address, size, "values")?))
            }
            CHUNKED if version == 3 => {
                let axes = usize::from(cursor.u8()?);
                let tree = self.image.address(&mut cursor)?;
                self.chunked(tree, axes, &mut cursor)
            }
            CHUNKED => Err(Error::unsupported(
                "chunks of the newest HDF5 form; write the file with h5py's libver='earliest', or without compression",
            )),
            class => Err(Error::unsupported(format!(
                "layout class {class}; contiguous, compact and chunked are supported"
            ))),
        }
    }

    fn old_layout(&self, mut cursor: Cursor<'a>) -> Result<Layout<'a>> {
        let (axes, class) = (usize::from(cursor.u8()?), cursor.u8()?);
        cursor.skip(5)?;
        let address = if class == 0 { None } else { self.image.address(&mut cursor)? };
        match (class, address) {
            (0, _) => {
                cursor.skip(4 * axes)?;
                let size = cursor.u32()? as usize;
                Ok(Layout::Bytes(cursor.take(size)?))
            }
            (1, Some(address)) => {
                let size = dataspace::elements(&self.shape)?.saturating_mul(self.datatype.width());
                Ok(Layout::Bytes(self.image.slice(address, size as u64, "values")?))
            }
            (1, None) => self.unwritten(),
            // The extent of a value is not among the axes here but follows them.
            (2, tree) => self.chunked(tree, axes, &mut cursor),
            _ => Err(Error::unsupported(format!("layout class {class}"))),
        }
    }

    fn chunked(&self, tree: Option<u64>, axes: usize, cursor: &mut Cursor<'_>) -> Result<Layout<'a>> {
        if axes != self.shape.len() + 1 {
            let rank = self.shape.len();
            return Err(Error::malformed(format!("layout: chunks of {axes} axes for an array of {rank}")));
        }
        let extents = (1..axes).map(|_| cursor.u32().map(u64::from)).collect::<Result<_>>()?;
        match tree {
            Some(tree) => Ok(Layout::Chunks { tree, extents }),
            None => self.unwritten(),
        }
    }

    fn unwritten(&self) -> Result<Layout<'a>> {
        match dataspace::elements(&self.shape)? {
            0 => Ok(Layout::Bytes(&[])),
            _ => Err(Error::malformed("its values were never written")),
        }
    }
}

enum Layout<'a> {
    Bytes(&'a [u8]),
    Chunks { tree: u64, extents: Vec<u64> },
}
