//! The global heap: the texts of attributes, in collections of at most 65,535.

use super::Layout;

/// No collection may be smaller.
const SMALLEST_COLLECTION: u64 = 4096;
/// An index has 16 bits, and 0 is the free space.
const MOST_TEXTS: usize = 60_000;
const OBJECT_HEADER_BYTES: u64 = 16;

/// Writes the texts that `layout` was given, and where they lie into the attributes.
pub(super) fn write(layout: &mut Layout<'_>) {
    let texts = std::mem::take(&mut layout.texts);
    for texts in texts.chunks(MOST_TEXTS) {
        let address = layout.address();
        let object_bytes = |text: &str| OBJECT_HEADER_BYTES + (text.len() as u64).next_multiple_of(8);
        let used = OBJECT_HEADER_BYTES + texts.iter().map(|(_, text)| object_bytes(text)).sum::<u64>();
        let size = used.max(SMALLEST_COLLECTION);
        layout.put(b"GCOL\x01\0\0\0");
        layout.put_u64(size);
        for (index, (at, text)) in (1_u16..).zip(texts) {
            layout.put(&index.to_le_bytes());
            layout.put(&[0; 6]);
            layout.put_u64(text.len() as u64);
            layout.put(text.as_bytes());
            layout.address();
            // After the length: the address of the collection, and the index in it.
            layout.patch(at + 4, &address.to_le_bytes());
            layout.patch(at + 12, &u32::from(index).to_le_bytes());
        }
        let free = size - used;
        if free >= OBJECT_HEADER_BYTES {
            layout.put(&[0; 8]);
            layout.put_u64(free);
        }
        layout.fill_to(address + size);
    }
}
