//! The segments before a baseline JPEG's pixels (ITU-T T.81, annex B).

use super::super::check_size;

/// What is needed to decode the pixels; there is none of a picture that this decoder does not cover.
#[derive(Default)]
pub(super) struct Header<'a> {
    /// Height and width.
    pub(super) size: [usize; 2],
    /// One (grey) or three (Y, Cb, Cr).
    pub(super) components: Vec<Component>,
    /// In zigzag order, by number.
    pub(super) quantization: [Option<[u16; 64]>; 4],
    /// Sixteen counts, then the symbols; by number.
    pub(super) dc_codes: [Option<&'a [u8]>; 4],
    pub(super) ac_codes: [Option<&'a [u8]>; 4],
    /// After so many units the decoder starts anew; never, if zero.
    pub(super) restart_interval: usize,
    /// The camera's notes, a TIFF file.
    pub(super) exif: Option<&'a [u8]>,
    /// The pixels, and what follows them.
    pub(super) scan: &'a [u8],
}

/// One of the planes that a picture is made of.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Component {
    id: u8,
    /// Blocks in a unit, down and across.
    pub(super) blocks: [usize; 2],
    pub(super) quantization: usize,
    pub(super) dc: usize,
    pub(super) ac: usize,
}

impl<'a> Header<'a> {
    /// Reads up to the first scan. None if anything is unusual or amiss: another decoder then says what it is.
    pub(super) fn read(bytes: &'a [u8]) -> Option<Self> {
        let mut header = Self::default();
        let mut rest = bytes.strip_prefix(&[0xff, 0xd8])?;
        loop {
            let (marker, segment, after) = split_segment(rest)?;
            rest = after;
            match marker {
                0xc0 | 0xc1 => header.frame(segment)?,
                0xc4 => header.codes(segment)?,
                0xda => {
                    header.scan(segment)?;
                    header.scan = rest;
                    return Some(header);
                }
                0xdb => header.quantization(segment)?,
                0xdd => {
                    header.restart_interval = usize::from(u16::from_be_bytes(*segment.first_chunk()?));
                }
                0xe1 => header.exif = segment.strip_prefix(b"Exif\0\0").or(header.exif),
                // Adobe's note: its last byte is 1 where three channels are Y, Cb and Cr.
                0xee if segment.starts_with(b"Adobe") && segment.get(11) != Some(&1) => return None,
                0xe0..=0xef | 0xfe => {}
                _ => return None,
            }
        }
    }

    fn frame(&mut self, segment: &[u8]) -> Option<()> {
        let [8, h1, h0, w1, w0, count @ (1 | 3), components @ ..] = segment else { return None };
        if !self.components.is_empty() || components.len() != 3 * usize::from(*count) {
            return None;
        }
        let [height, width] = [[*h1, *h0], [*w1, *w0]].map(|side| usize::from(u16::from_be_bytes(side)));
        self.size = check_size(width, height).ok()?;
        for [id, sampling, quantization] in components.as_chunks().0 {
            let blocks = [usize::from(sampling & 15), usize::from(sampling >> 4)];
            let quantization = usize::from(*quantization);
            self.components.push(Component { id: *id, blocks, quantization, ..Component::default() });
        }
        match self.components.as_mut_slice() {
            // A plane by itself has one block a unit, whatever it says.
            [grey] => grey.blocks = [1, 1],
            [a, b, c] if [a.id, b.id, c.id] == *b"RGB" => return None,
            _ => {}
        }
        Some(())
    }

    fn quantization(&mut self, mut segment: &[u8]) -> Option<()> {
        while let [number @ 0..=3, rest @ ..] = segment {
            let (values, rest) = rest.split_first_chunk::<64>()?;
            self.quantization[usize::from(*number)] = Some(values.map(u16::from));
            segment = rest;
        }
        segment.is_empty().then_some(())
    }

    fn codes(&mut self, mut segment: &'a [u8]) -> Option<()> {
        while let [kind, rest @ ..] = segment {
            let count: usize = rest.get(..16)?.iter().map(|count| usize::from(*count)).sum();
            let (codes, rest) = rest.split_at_checked(16 + count)?;
            let kinds = if kind >> 4 == 0 { &mut self.dc_codes } else { &mut self.ac_codes };
            *kinds.get_mut(usize::from(kind & 15)).filter(|_| kind >> 4 < 2)? = Some(codes);
            segment = rest;
        }
        Some(())
    }

    /// All components, in the frame's order.
    fn scan(&mut self, segment: &[u8]) -> Option<()> {
        let (count, rest) = segment.split_first()?;
        if self.components.is_empty() || usize::from(*count) != self.components.len() {
            return None;
        }
        let (choices, rest) = rest.split_at_checked(2 * self.components.len())?;
        for (component, [id, tables]) in self.components.iter_mut().zip(choices.as_chunks().0) {
            if component.id != *id {
                return None;
            }
            component.dc = usize::from(tables >> 4);
            component.ac = usize::from(tables & 15);
        }
        (rest == [0, 63, 0]).then_some(())
    }
}

/// The first segment's marker and content, and what follows.
fn split_segment(mut bytes: &[u8]) -> Option<(u8, &[u8], &[u8])> {
    // Any number of 0xff may stand before a marker.
    bytes = bytes.strip_prefix(&[0xff])?;
    while let [0xff, rest @ ..] = bytes {
        bytes = rest;
    }
    let (marker, rest) = bytes.split_first()?;
    let length = usize::from(u16::from_be_bytes(*rest.first_chunk()?));
    let (segment, after) = rest.split_at_checked(length)?;
    Some((*marker, segment.get(2..)?, after))
}
