//! Object headers of version 1: the messages of a group and of a data set, as h5py writes them.

use super::Layout;
use super::layout::UNDEFINED;
use crate::hdf5::header::kind;

/// A message, in bytes.
struct Message {
    kind: u16,
    flags: u8,
    data: Vec<u8>,
}

/// The message does not change in the life of its object.
const CONSTANT: u8 = 1;

impl Message {
    fn new(kind: u16, flags: u8, mut data: Vec<u8>) -> Self {
        data.resize(data.len().next_multiple_of(8), 0);
        Self { kind, flags, data }
    }
}

/// Writes the header of a group; gives its address.
pub(super) fn group(
    layout: &mut Layout<'_>,
    tree: u64,
    names: u64,
    texts: Vec<(&'static str, String)>,
) -> u64 {
    let table = [tree.to_le_bytes(), names.to_le_bytes()].concat();
    let mut messages = vec![Message::new(kind::SYMBOL_TABLE, 0, table)];
    messages.extend(texts.iter().map(|(name, text)| Message::new(kind::ATTRIBUTE, 0, attribute(name, text))));
    let (address, ends) = write(layout, &messages);
    for ((_, text), end) in texts.into_iter().zip(&ends[1..]) {
        if !text.is_empty() {
            layout.texts.push((end - HEAP_REFERENCE_BYTES, text)); // the empty one needs no place in the heap
        }
    }
    address
}

/// Writes the header of a data set of float32; gives its address.
pub(super) fn dataset<'a>(layout: &mut Layout<'a>, shape: &[usize], values: &'a [f32]) -> u64 {
    // IEEE float32, little-endian: offset 0, precision 32, exponent of 8 bits at 23 with bias 127, fraction of 23 at 0.
    let datatype =
        [&[0x11, 0x20, 31, 0, 4, 0, 0, 0, 0, 0, 32, 0, 23, 8, 0, 23][..], &127_u32.to_le_bytes()].concat();
    let fill = vec![2, 2, 2, 1, 0, 0, 0, 0]; // version 2, allocated late, written if set: zero
    let bytes = size_of_val(values) as u64;
    let contiguous = [&[3, 1][..], &UNDEFINED.to_le_bytes(), &bytes.to_le_bytes()].concat();
    let messages = [
        Message::new(kind::DATASPACE, 0, dataspace(shape)),
        Message::new(kind::DATATYPE, CONSTANT, datatype),
        Message::new(kind::FILL_VALUE, CONSTANT, fill),
        Message::new(kind::LAYOUT, 0, contiguous),
    ];
    let (address, ends) = write(layout, &messages);
    if !values.is_empty() {
        layout.defer(ends[3] - messages[3].data.len() + 2, values);
    }
    address
}

/// Writes a header of `messages`; gives its address and where each message ends.
fn write(layout: &mut Layout<'_>, messages: &[Message]) -> (u64, Vec<usize>) {
    let address = layout.address();
    let size: usize = messages.iter().map(|message| 8 + message.data.len()).sum();
    layout.put(&[1, 0]);
    layout.put(&(messages.len() as u16).to_le_bytes());
    layout.put(&1_u32.to_le_bytes()); // one link points here
    layout.put(&(size as u32).to_le_bytes());
    layout.put(&[0; 4]);
    let mut ends = Vec::with_capacity(messages.len());
    for message in messages {
        layout.put(&message.kind.to_le_bytes());
        layout.put(&(message.data.len() as u16).to_le_bytes());
        layout.put(&[message.flags, 0, 0, 0]);
        layout.put(&message.data);
        ends.push(layout.position());
    }
    (address, ends)
}

fn dataspace(shape: &[usize]) -> Vec<u8> {
    let has_most = u8::from(!shape.is_empty());
    let mut data = vec![1, shape.len() as u8, has_most, 0, 0, 0, 0, 0];
    for _ in 0..=has_most {
        data.extend(shape.iter().flat_map(|extent| (*extent as u64).to_le_bytes())); // now, and at most
    }
    data
}

/// A text's length, the address of its heap and its index there.
const HEAP_REFERENCE_BYTES: usize = 4 + 8 + 4;

/// An attribute of version 1 that holds one UTF-8 text of any length; the heap fills in the reference.
fn attribute(name: &str, text: &str) -> Vec<u8> {
    let datatype = [0x19, 1, 1, 0, 16, 0, 0, 0, 0x10, 0, 0, 0, 1, 0, 0, 0, 0, 0, 8, 0];
    let space = [1, 0, 0, 0, 0, 0, 0, 0];
    let mut data = vec![1, 0];
    for size in [name.len() + 1, datatype.len(), space.len()] {
        data.extend((size as u16).to_le_bytes());
    }
    for part in [&[name.as_bytes(), &[0]].concat()[..], &datatype, &space] {
        data.extend(part);
        data.resize(data.len().next_multiple_of(8), 0);
    }
    data.extend((text.len() as u32).to_le_bytes());
    data.extend([0; 12]);
    data
}
