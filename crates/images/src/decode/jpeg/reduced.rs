//! Baseline JPEGs, grey or YCbCr, straight to a half, a quarter or an eighth of their size.
//!
//! Each block of eight by eight pixels is turned into fewer pixels by a smaller transform. Planes of half the
//! resolution keep more of their coefficients, so that all come out at the same size without upsampling.

use std::ops::Range;

use super::bits::{Bits, next_interval};
use super::colour;
use super::header::{Component, Header};
use super::huffman::{Block, Codes, Kind, decode_block};
use super::scale::Scale;
use super::transform::{Inverse, Weights, inverse, weights};
use crate::Channels;

/// Working memory that is kept between pictures.
#[derive(Default)]
pub(in crate::decode) struct Workspace {
    /// One interval of the scan.
    interval: Vec<u8>,
    /// One row of units, each plane in turn.
    strip: Vec<u8>,
}

/// How one component becomes pixels.
struct Plane {
    /// Blocks in a unit, down and across.
    blocks: [usize; 2],
    /// Pixels of a block, down and across.
    points: [usize; 2],
    dc: Codes,
    ac: Codes,
    /// None where only the light is wanted, and this is colour.
    inverse: Option<Inverse>,
    weights: Weights,
    /// The mean of the block before.
    mean: i32,
}

/// How the picture is made of units.
struct Grid {
    /// Height and width of the reduced picture.
    size: [usize; 2],
    /// Pixels of a unit, down and across.
    unit: [usize; 2],
    /// Units down and across.
    units: [usize; 2],
}

impl Grid {
    fn new(size: [usize; 2], scale: Scale, most: [usize; 2]) -> Self {
        let unit = most.map(|blocks| blocks * scale.points());
        let units = [0, 1].map(|axis| size[axis].div_ceil(8 * most[axis]));
        Self { size: scale.reduced(size), unit, units }
    }

    fn stride(&self) -> usize {
        self.units[1] * self.unit[1]
    }

    /// Bytes of one plane of a strip.
    fn strip(&self) -> usize {
        self.unit[0] * self.stride()
    }
}

/// Decodes to `pixels`, `[channels, height, width]` of the reduced size. Gives the number of channels, or nothing
/// for a picture that is damaged or of a kind that is not covered: another decoder then says what is wrong.
pub(super) fn decode(
    header: &Header,
    scale: Scale,
    wanted: Channels,
    workspace: &mut Workspace,
    pixels: &mut Vec<u8>,
) -> Option<usize> {
    let most = [0, 1].map(|axis| header.components.iter().map(|c| c.blocks[axis]).max().unwrap_or(0));
    let planes = header.components.iter().map(|component| Plane::new(header, component, most, scale));
    let mut planes = planes.collect::<Option<Vec<_>>>()?;
    let channels = planes.len().min(wanted.count());
    planes.iter_mut().skip(channels).for_each(|plane| plane.inverse = None);
    let grid = Grid::new(header.size, scale, most);
    workspace.strip.resize(channels * grid.strip(), 0);
    pixels.resize(channels * grid.size[0] * grid.size[1], 0);
    decode_scan(header, &mut planes, &grid, workspace, |row, strip| {
        keep(&grid, row, channels, strip, pixels)
    })?;
    Some(channels)
}

/// Decodes all units; `keep` is given each row of them as soon as it is complete.
fn decode_scan(
    header: &Header,
    planes: &mut [Plane],
    grid: &Grid,
    Workspace { interval, strip }: &mut Workspace,
    mut keep: impl FnMut(usize, &[u8]),
) -> Option<()> {
    let [rows, columns] = grid.units;
    let (mut next, mut rest) = (0, header.scan);
    for marker in (0xd0..=0xd7).cycle() {
        let (ending, after) = next_interval(rest, interval)?;
        rest = after;
        let mut bits = Bits::new(interval);
        planes.iter_mut().for_each(|plane| plane.mean = 0);
        let end = match header.restart_interval {
            0 => rows * columns,
            units => (next + units).min(rows * columns),
        };
        while next < end {
            let row = next / columns;
            let run = next % columns..columns.min(end - row * columns);
            next += run.len();
            decode_units(planes, &mut bits, grid, run, strip)?;
            if next.is_multiple_of(columns) {
                keep(row, strip);
            }
        }
        match ending {
            _ if !bits.is_at_end() => return None,
            0xd9 if next == rows * columns => return Some(()),
            _ if ending != marker || next == rows * columns => return None,
            _ => {}
        }
    }
    None
}

impl Plane {
    /// `most` are the blocks of a unit's finest plane.
    fn new(header: &Header, component: &Component, most: [usize; 2], scale: Scale) -> Option<Self> {
        let blocks = component.blocks;
        if !(0..2).all(|axis| matches!(blocks[axis], 1 | 2) && most[axis].is_multiple_of(blocks[axis])) {
            return None;
        }
        let points = [0, 1].map(|axis| scale.points() * most[axis] / blocks[axis]);
        let quantization = header.quantization.get(component.quantization)?.as_ref()?;
        Some(Self {
            blocks,
            points,
            dc: Codes::new(Kind::Dc, (*header.dc_codes.get(component.dc)?)?)?,
            ac: Codes::new(Kind::Ac, (*header.ac_codes.get(component.ac)?)?)?,
            inverse: Some(inverse(points)?),
            weights: weights(quantization, points),
            mean: 0,
        })
    }
}

/// Decodes a run of units of one row to their places in the strip.
fn decode_units(
    planes: &mut [Plane],
    bits: &mut Bits,
    grid: &Grid,
    run: Range<usize>,
    strip: &mut [u8],
) -> Option<()> {
    let mut block: Block = [0; 256];
    let stride = grid.stride();
    for column in run {
        for (number, plane) in planes.iter_mut().enumerate() {
            for at in 0..plane.blocks[0] * plane.blocks[1] {
                let last = decode_block(&plane.dc, &plane.ac, bits, &mut plane.mean, &mut block)?;
                let Some(inverse) = plane.inverse else { continue };
                let (down, across) = (at / plane.blocks[1], at % plane.blocks[1]);
                let first = number * grid.strip()
                    + down * plane.points[0] * stride
                    + column * grid.unit[1]
                    + across * plane.points[1];
                inverse(&block, last, &plane.weights, &mut strip[first..], stride);
            }
        }
    }
    (!bits.is_beyond_end()).then_some(())
}

/// Takes over one row of units, without what lies beyond the picture's edge.
fn keep(grid: &Grid, unit_row: usize, channels: usize, strip: &[u8], pixels: &mut [u8]) {
    let [height, width] = grid.size;
    let top = unit_row * grid.unit[0];
    for row in 0..grid.unit[0].min(height - top) {
        let from = |plane: usize| &strip[plane * grid.strip() + row * grid.stride()..][..width];
        let mut planes = pixels.chunks_exact_mut(height * width);
        let mut to = || planes.next().map(|plane| &mut plane[(top + row) * width..][..width]);
        match (channels, to(), to(), to()) {
            (3, Some(red), Some(green), Some(blue)) => {
                colour::convert([from(0), from(1), from(2)], [red, green, blue]);
            }
            (_, Some(grey), ..) => grey.copy_from_slice(from(0)),
            _ => {}
        }
    }
}
