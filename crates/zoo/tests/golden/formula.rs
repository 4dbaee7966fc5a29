//! Weights, norms' figures and pictures made by a formula from a name and an index, exact in float32.
//!
//! `python/formula.py` is the same in Python, and says what the constants are for.

use graph::{Graph, Op, Parameter, Role, Weights};

const OFFSET: f32 = 0.1;
const FACTOR: f32 = 0.25;
const PATCH: usize = 16;

/// 32 bits for each index: FNV-1a of the name, folded, then the finalizer of MurmurHash3.
struct Words(u32);

impl Words {
    fn new(name: &str) -> Self {
        let hashed = name.bytes().fold(0xcbf2_9ce4_8422_2325, |hash: u64, byte| {
            (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
        });
        Self((hashed ^ hashed >> 32) as u32)
    }

    fn at(&self, index: usize) -> u32 {
        let mut x = (index as u32).wrapping_mul(0x9e37_79b1) ^ self.0;
        x = (x ^ x >> 16).wrapping_mul(0x85eb_ca6b);
        x = (x ^ x >> 13).wrapping_mul(0xc2b2_ae35);
        x ^ x >> 16
    }

    /// At least -1 and below 1, a multiple of 2^-23.
    fn unit(&self, index: usize) -> f32 {
        (self.at(index) >> 8) as f32 / (1 << 23) as f32 - 1.0
    }
}

/// Weights for `graph`, with kernels of variance `gain / fan_in`; those that read RGB are divided by `pixels`.
pub(crate) fn weights(graph: &Graph, gain: f64, pixels: f64) -> Weights {
    let mut weights = Weights::zeros(graph);
    for parameter in graph.parameters() {
        let words = Words::new(&parameter.name);
        let made: &dyn Fn(f32) -> f32 = match parameter.role {
            Role::Kernel | Role::DepthwiseKernel | Role::PointwiseKernel => {
                let limit = limit(graph, parameter, gain, pixels);
                &move |unit| unit * limit
            }
            Role::Bias | Role::Beta | Role::MovingMean => &|unit| unit * OFFSET,
            Role::Gamma | Role::MovingVariance => &|unit| unit * FACTOR + 1.0,
        };
        let values = weights.get_mut(parameter).iter_mut().enumerate();
        values.for_each(|(index, value)| *value = made(words.unit(index)));
    }
    weights
}

/// The largest value of a kernel.
fn limit(graph: &Graph, kernel: &Parameter, gain: f64, pixels: f64) -> f32 {
    let dims = kernel.shape.dims();
    let is_depthwise =
        kernel.role == Role::DepthwiseKernel || matches!(graph.node(kernel.node).op, Op::DepthwiseConv2d(_));
    let seen = if is_depthwise { &dims[..2] } else { &dims[..dims.len() - 1] };
    let fan_in: usize = seen.iter().product();
    let divisor = if dims.len() == 4 && dims[2] == 3 { pixels } else { 1.0 };
    ((3.0 * gain / fan_in as f64).sqrt() / divisor) as f32
}

/// Writes pictures of `[height, width, channels]` one after the other, with values of 0 to 255: patches under noise.
pub(crate) fn draw([height, width, channels]: [usize; 3], pictures: &mut [f32]) {
    for (number, picture) in pictures.chunks_exact_mut(height * width * channels).enumerate() {
        let (patches, noise) =
            (Words::new(&format!("patches {number}")), Words::new(&format!("noise {number}")));
        for (index, value) in picture.iter_mut().enumerate() {
            let (y, x, channel) = (index / channels / width, index / channels % width, index % channels);
            let place = |y: usize, x: usize| (y * 4096 + x) * 4 + channel;
            let (patch, noise) = (patches.at(place(y / PATCH, x / PATCH)) >> 24, noise.at(place(y, x)) >> 24);
            *value = ((3 * patch + noise) / 4) as f32;
        }
    }
}
