//! The plainest baseline encoder, for pictures of any sampling and any restart interval.

use std::f64::consts::PI;

/// What to encode.
pub(super) struct Sketch {
    /// Height and width.
    pub(super) size: [usize; 2],
    /// Blocks in a unit, down and across, of each component.
    pub(super) blocks: Vec<[usize; 2]>,
    pub(super) restart_interval: usize,
    /// By how much coefficients are divided.
    pub(super) step: u8,
}

/// Symbols of the coefficients after the first: all that a baseline picture may have.
fn ac_symbols() -> Vec<u8> {
    let values = (0..16).flat_map(|run| (1..=10).map(move |size| run << 4 | size));
    [0, 0xf0].into_iter().chain(values).collect()
}

/// So many of them have codes of 8 bits, the others of 12: more than one look-up takes.
const SHORT: usize = 100;

impl Sketch {
    /// The file of a picture whose components at row `y` and column `x` are `value(component, y, x)`, 0 to 255.
    pub(super) fn encode(&self, value: impl Fn(usize, f64, f64) -> f64) -> Vec<u8> {
        let mut file = self.header();
        let most = [0, 1].map(|axis| self.blocks.iter().map(|b| b[axis]).max().unwrap());
        let units = [0, 1].map(|axis| self.size[axis].div_ceil(8 * most[axis]));
        let mut bits = Writer::default();
        let mut means = vec![0; self.blocks.len()];
        for unit in 0..units[0] * units[1] {
            if self.restart_interval > 0 && unit > 0 && unit % self.restart_interval == 0 {
                bits.restart(unit / self.restart_interval - 1);
                means.fill(0);
            }
            for (component, blocks) in self.blocks.iter().enumerate() {
                let spread = [0, 1].map(|axis| most[axis] as f64 / blocks[axis] as f64);
                for block in 0..blocks[0] * blocks[1] {
                    let top = (unit / units[1] * blocks[0] + block / blocks[1]) * 8;
                    let left = (unit % units[1] * blocks[1] + block % blocks[1]) * 8;
                    let sample = |y: usize, x: usize| {
                        let at = |axis: usize, p: usize| (p as f64 + 0.5) * spread[axis] - 0.5;
                        value(component, at(0, top + y), at(1, left + x)) - 128.0
                    };
                    self.block(&mut bits, &mut means[component], sample);
                }
            }
        }
        file.extend(bits.finish());
        file.extend([0xff, 0xd9]);
        file
    }

    fn header(&self) -> Vec<u8> {
        let count = self.blocks.len() as u8;
        let [height, width] = self.size.map(|side| (side as u16).to_be_bytes());
        let mut frame = vec![8, height[0], height[1], width[0], width[1], count];
        let mut scan = vec![count];
        for (id, blocks) in (1..).zip(&self.blocks) {
            frame.extend([id, (blocks[1] << 4 | blocks[0]) as u8, 0]);
            scan.extend([id, 0]);
        }
        scan.extend([0, 63, 0]);
        let dc: Vec<u8> = [0, 0, 0, 0, 12].into_iter().chain([0; 12]).chain(0..12).collect();
        let long = (ac_symbols().len() - SHORT) as u8;
        let counts = [0x10, 0, 0, 0, 0, 0, 0, 0, SHORT as u8, 0, 0, 0, long, 0, 0, 0, 0];
        let ac: Vec<u8> = counts.into_iter().chain(ac_symbols()).collect();
        let mut steps = vec![self.step; 65];
        steps[0] = 0;
        let restarts = (self.restart_interval as u16).to_be_bytes().to_vec();
        let mut file = vec![0xff, 0xd8];
        for (marker, content) in
            [(0xdb, steps), (0xc0, frame), (0xc4, dc), (0xc4, ac), (0xdd, restarts), (0xda, scan)]
        {
            file.extend([0xff, marker]);
            file.extend((content.len() as u16 + 2).to_be_bytes());
            file.extend(content);
        }
        file
    }

    fn block(&self, bits: &mut Writer, mean: &mut i32, sample: impl Fn(usize, usize) -> f64) {
        let (mut values, mut zeros) = (zigzag().map(|(v, u)| self.coefficient(v, u, &sample)), 0);
        let first = values.next().unwrap();
        let (size, written) = spelled(first - *mean);
        *mean = first;
        bits.put(size, 4);
        bits.put(written, size);
        for value in values {
            if value == 0 {
                zeros += 1;
                continue;
            }
            while zeros > 15 {
                bits.symbol(0xf0);
                zeros -= 16;
            }
            let (size, written) = spelled(value);
            bits.symbol((zeros << 4 | size) as u8);
            bits.put(written, size);
            zeros = 0;
        }
        if zeros > 0 {
            bits.symbol(0);
        }
    }

    /// ITU-T T.81, A.3.3, by its definition.
    fn coefficient(&self, v: usize, u: usize, sample: impl Fn(usize, usize) -> f64) -> i32 {
        let wave = |p: usize, f: usize| ((2 * p + 1) as f64 * f as f64 * PI / 16.0).cos();
        let norm = |f: usize| if f == 0 { 0.125_f64.sqrt() } else { 0.5 };
        let pixels = (0..64).map(|at| (at / 8, at % 8));
        let sum: f64 = pixels.map(|(y, x)| sample(y, x) * wave(y, v) * wave(x, u)).sum();
        (sum * norm(v) * norm(u) / f64::from(self.step)).round() as i32
    }
}

/// Vertical and horizontal frequencies in the order that they are written in: diagonal by diagonal.
pub(super) fn zigzag() -> impl Iterator<Item = (usize, usize)> {
    (0..15_usize).flat_map(|sum| {
        let rows: Vec<usize> = (sum.saturating_sub(7)..=sum.min(7)).collect();
        let ordered: Vec<usize> = if sum % 2 == 0 { rows.into_iter().rev().collect() } else { rows };
        ordered.into_iter().map(move |v| (v, sum - v))
    })
}

/// In how many bits a value is written, and how.
fn spelled(value: i32) -> (u32, u32) {
    let size = 32 - value.unsigned_abs().leading_zeros();
    (size, if value < 0 { (value + (1 << size) - 1) as u32 } else { value as u32 })
}

#[derive(Default)]
struct Writer {
    bytes: Vec<u8>,
    held: u32,
    count: u32,
}

impl Writer {
    fn put(&mut self, value: u32, size: u32) {
        for bit in (0..size).rev() {
            self.held = self.held << 1 | (value >> bit & 1);
            self.count += 1;
            if self.count == 8 {
                self.bytes.push(self.held as u8);
                if self.held == 0xff {
                    self.bytes.push(0);
                }
                (self.held, self.count) = (0, 0);
            }
        }
    }

    fn symbol(&mut self, symbol: u8) {
        let index = ac_symbols().iter().position(|s| *s == symbol).unwrap();
        match index.checked_sub(SHORT) {
            None => self.put(index as u32, 8),
            Some(beyond) => self.put(((SHORT << 4) + beyond) as u32, 12),
        }
    }

    fn fill(&mut self) {
        while self.count > 0 {
            self.put(1, 1);
        }
    }

    fn restart(&mut self, number: usize) {
        self.fill();
        self.bytes.extend([0xff, 0xd0 + (number % 8) as u8]);
    }

    fn finish(mut self) -> Vec<u8> {
        self.fill();
        self.bytes
    }
}
