//! Huffman codes and the coefficients they stand for (ITU-T T.81, annexes C and F.2.2).
//!
//! A symbol says how many zero coefficients come first (`run`) and in how many bits the next one follows (`size`).
//! One look-up gives both and how far to go on, so that the value is worked out beside the next look-up.

use super::bits::Bits;

/// Codes up to this length are found in one look-up.
const DIRECT: u32 = 10;

/// Of which coefficients.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// The mean of a block, as the difference from the one before.
    Dc,
    /// All others.
    Ac,
}

/// A set of codes.
pub(super) struct Codes {
    /// By the next [`DIRECT`] bits.
    direct: Box<[Symbol; 1 << DIRECT]>,
    /// In the order of their codes.
    symbols: Vec<Symbol>,
    /// Of each length: what the next 16 bits are below, and the symbol of the code 0.
    lengths: [(u32, i32); 17],
}

/// What a code stands for: zeros, and how the coefficient after them is written. In one number, from the lowest bit
/// up: eight bits for the length of code and value together (zero for a code that is longer than [`DIRECT`], or none);
/// eight for the run of zeros (more than a block has, at its end and where the code is not one); and 2^size − 1 for a
/// value of `size` bits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Symbol(u32);

/// The run to beyond the last coefficient from anywhere: the rest of the block is zeros.
const END: u8 = 128;

/// A run to beyond any position that [`END`] can lead to.
const WRONG: u8 = 192;

impl Symbol {
    const ELSEWHERE: Self = Self(0);

    const INVALID: Self = Self(1 | (WRONG as u32) << 8);

    fn new(kind: Kind, code: u8, symbol: u8) -> Self {
        let (run, size) = match (kind, symbol) {
            (Kind::Dc, size @ 0..=11) => (0, size),
            (Kind::Ac, 0) => (END, 0),
            (Kind::Ac, 0xf0) => (15, 0),
            (Kind::Ac, symbol) if matches!(symbol & 15, 1..=10) => (symbol >> 4, symbol & 15),
            _ => return Self::INVALID,
        };
        Self(u32::from(code + size) | u32::from(run) << 8 | ((1 << size) - 1) << 16)
    }
}

impl Codes {
    /// From sixteen counts (the codes of each length) and the symbols. None if there are more codes than bits allow.
    pub(super) fn new(kind: Kind, written: &[u8]) -> Option<Self> {
        let (counts, symbols) = written.split_first_chunk::<16>()?;
        let mut codes = Self {
            direct: Box::new([Symbol::ELSEWHERE; 1 << DIRECT]),
            symbols: Vec::with_capacity(symbols.len()),
            lengths: [(0, 0); 17],
        };
        // A mean has no symbol beyond 15, used or not: such a table is damaged.
        if kind == Kind::Dc && symbols.iter().any(|symbol| *symbol > 15) {
            return None;
        }
        let mut symbols = symbols.iter();
        let mut next = 0;
        for (length, count) in (1..).zip(counts) {
            next <<= 1;
            codes.lengths[usize::from(length)].1 = codes.symbols.len() as i32 - next as i32;
            for symbol in symbols.by_ref().take(usize::from(*count)) {
                let symbol = Symbol::new(kind, length, *symbol);
                codes.symbols.push(symbol);
                if u32::from(length) <= DIRECT {
                    let span = 1 << (DIRECT - u32::from(length));
                    codes.direct.get_mut(next * span..(next + 1) * span)?.fill(symbol);
                }
                next += 1;
            }
            if next > 1 << length {
                return None;
            }
            codes.lengths[usize::from(length)].0 = (next << (16 - length)) as u32;
        }
        Some(codes)
    }

    #[cold]
    fn long(&self, peeked: u64) -> Symbol {
        let next = (peeked >> 48) as u32;
        let mut lengths = self.lengths.iter().enumerate().skip(1);
        let found = lengths.find(|(_, (limit, _))| next < *limit);
        let symbol = found.and_then(|(length, (_, first))| {
            self.symbols.get(((next >> (16 - length)) as i32 + first) as usize).copied()
        });
        symbol.unwrap_or(Symbol::INVALID)
    }

    /// The zeros before the next value, and the value.
    #[inline(always)]
    fn next(&self, bits: &mut Bits) -> (usize, i32) {
        let mut symbol = self.direct[(bits.peek() >> (64 - DIRECT)) as usize];
        if symbol == Symbol::ELSEWHERE {
            symbol = self.long(bits.peek());
        }
        let Symbol(symbol) = symbol;
        let mask = (symbol >> 16) as i32;
        let written = bits.peek().rotate_left(symbol) as i32 & mask;
        bits.consume(symbol);
        // The first bit is 0 if the value is negative, and then 2^size − 1 was added to it.
        let negative = (2 * written - mask - 1) >> 31;
        (usize::from((symbol >> 8) as u8), written - (mask & negative))
    }
}

/// The coefficients of eight by eight pixels, `[horizontal frequency, vertical frequency]`, and room for what is
/// written beyond the last one.
pub(super) type Block = [i16; 256];

/// Where in a [`Block`] a coefficient goes, by its number in zigzag order; what has no place goes to 64.
const PLACES: [u8; 256] = {
    let mut places = [64; 256];
    let (mut row, mut column) = (0, 0);
    let mut number = 0;
    while number < 64 {
        places[number] = column * 8 + row;
        // Up to the right on even diagonals, down to the left on odd ones.
        match ((row + column) % 2, row, column) {
            (0, _, 7) => row += 1,
            (0, 0, _) => column += 1,
            (0, ..) => (row, column) = (row - 1, column + 1),
            (_, 7, _) => column += 1,
            (_, _, 0) => row += 1,
            _ => (row, column) = (row + 1, column - 1),
        }
        number += 1;
    }
    places
};

/// [`PLACES`] of a block's coefficients, for the tables that are in the same order.
pub(super) fn place(number: usize) -> usize {
    usize::from(PLACES[number])
}

/// Decodes one block; `mean` goes from block to block. Gives the number of the last coefficient in zigzag order, or
/// nothing if a code is wrong.
#[inline(always)]
pub(super) fn decode_block(
    dc: &Codes,
    ac: &Codes,
    bits: &mut Bits,
    mean: &mut i32,
    block: &mut Block,
) -> Option<usize> {
    block[..64].fill(0);
    bits.refill();
    let (wrong, difference) = dc.next(bits);
    if wrong != 0 {
        return None;
    }
    *mean = mean.wrapping_add(difference);
    block[0] = *mean as i16;
    let mut number = 1;
    let mut step = |bits: &mut Bits| {
        let (run, value) = ac.next(bits);
        number += run;
        block[usize::from(PLACES[number & 255])] = value as i16;
        number += 1;
        number
    };
    // A mean takes up to 27 bits and any other coefficient up to 26, so that there are enough for two.
    let end = loop {
        let number = step(bits);
        if number > 63 {
            break number;
        }
        bits.refill();
        let number = step(bits);
        if number > 63 {
            break number;
        }
    };
    match end {
        64 => Some(63),
        _ if end > usize::from(WRONG) => None,
        _ => end.checked_sub(usize::from(END) + 2),
    }
}
