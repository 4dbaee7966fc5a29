//! Times matrix products and convolutions on the shapes of MobileNetV2 and ResNet50 at 224 by 224, and of a network for
//! small pictures, in GFLOP/s and as a share of what a loop of nothing but multiply-adds reaches beside each of them.
//!
//! `cargo run --release --example kernel_bench -- [threads=1,2] [batch=8] [filter=words in a row's name]`

#![allow(clippy::print_stdout, reason = "a table on standard output is what it is for")]

use std::hint::black_box;
use std::ops::{Deref, DerefMut};
use std::time::{Duration, Instant};

use linnaeus_kernels::activation::Activation;
use linnaeus_kernels::conv::{self, Conv};
use linnaeus_kernels::{Epilogue, Pool, Window, Write, roofline};

const LEAST_TIME: Duration = Duration::from_millis(250);
const ROUNDS: usize = 5;

/// Name, input height and width, channels, filters, kernel, stride.
type Shape = (&'static str, usize, usize, usize, usize, usize);

const SHAPES: [Shape; 36] = [
    ("mobilenet stem", 224, 3, 32, 3, 2),
    ("mobilenet project 112", 112, 32, 16, 1, 1),
    ("mobilenet expand 112", 112, 16, 96, 1, 1),
    ("mobilenet project 56", 56, 96, 24, 1, 1),
    ("mobilenet expand 56", 56, 24, 144, 1, 1),
    ("mobilenet project 28", 28, 144, 32, 1, 1),
    ("mobilenet expand 28", 28, 32, 192, 1, 1),
    ("mobilenet project 14", 14, 384, 64, 1, 1),
    ("mobilenet expand 14", 14, 64, 384, 1, 1),
    ("mobilenet project 14b", 14, 576, 96, 1, 1),
    ("mobilenet expand 14b", 14, 96, 576, 1, 1),
    ("mobilenet project 7", 7, 960, 160, 1, 1),
    ("mobilenet expand 7", 7, 160, 960, 1, 1),
    ("mobilenet last", 7, 320, 1280, 1, 1),
    ("mobilenet head", 1, 1280, 1000, 1, 1),
    ("dense head of 5", 1, 1280, 5, 1, 1),
    ("resnet stem", 224, 3, 64, 7, 2),
    ("resnet 56 reduce", 56, 256, 64, 1, 1),
    ("resnet 56 spatial", 56, 64, 64, 3, 1),
    ("resnet 56 expand", 56, 64, 256, 1, 1),
    ("resnet 28 shortcut", 56, 256, 512, 1, 2),
    ("resnet 28 reduce", 28, 512, 128, 1, 1),
    ("resnet 28 spatial", 28, 128, 128, 3, 1),
    ("resnet 28 spatial strided", 56, 128, 128, 3, 2),
    ("resnet 28 expand", 28, 128, 512, 1, 1),
    ("resnet 14 reduce", 14, 1024, 256, 1, 1),
    ("resnet 14 spatial", 14, 256, 256, 3, 1),
    ("resnet 14 expand", 14, 256, 1024, 1, 1),
    ("resnet 7 shortcut", 14, 1024, 2048, 1, 2),
    ("resnet 7 reduce", 7, 2048, 512, 1, 1),
    ("resnet 7 spatial", 7, 512, 512, 3, 1),
    ("resnet 7 expand", 7, 512, 2048, 1, 1),
    ("resnet head", 1, 2048, 1000, 1, 1),
    ("small 32 spatial", 32, 16, 16, 3, 1),
    ("small 16 spatial", 16, 32, 32, 3, 1),
    ("small 8 spatial", 8, 64, 64, 3, 1),
];

fn main() {
    let mut threads = vec![1, 2];
    let mut batch = 8;
    let mut filter = String::new();
    for argument in std::env::args().skip(1) {
        match argument.split_once('=') {
            Some(("threads", list)) => threads = list.split(',').filter_map(|n| n.parse().ok()).collect(),
            Some(("batch", number)) => batch = number.parse().unwrap_or(batch),
            Some(("filter", words)) => filter = words.to_string(),
            _ => panic!("{argument}: expected threads=1,2 batch=8 or filter=words"),
        }
    }
    println!(
        "{:<28} {:>7} {:>20} {:>20} {:>20}",
        "", "threads", "forward", "backward input", "backward kernel"
    );
    for threads in threads {
        let pool = Pool::new(threads);
        for shape in SHAPES.iter().filter(|shape| shape.0.contains(&filter)) {
            time_shape(&pool, shape, batch);
        }
    }
}

/// One row of the table.
fn time_shape(pool: &Pool, &(name, size, channels, filters, kernel, stride): &Shape, batch: usize) {
    let out = size.div_ceil(stride);
    let pad = ((out - 1) * stride + kernel).saturating_sub(size) / 2;
    let window = Window {
        input: [size, size, channels],
        output: [out, out],
        kernel: [kernel, kernel],
        stride: [stride, stride],
        dilation: [1, 1],
        pad: [pad, pad],
    };
    let conv = Conv { window, filters, groups: 1 };
    let taps = kernel * kernel * channels;
    let (x, w) = (values(batch * window.input_len()), values(taps * filters));
    let dy = values(batch * out * out * filters);
    let (mut y, mut dx, mut dw) = (values(dy.len()), values(x.len()), values(w.len()));
    let (mut packed, mut turned) = (conv::Filters::new(&conv), conv::TransposedFilters::new(&conv));
    packed.pack(pool, &w);
    turned.pack(pool, &w);
    let bias = values(filters);
    let epilogue = Epilogue { bias: Some(&bias), residual: None, activation: Activation::Relu };
    let mut scratch = values(conv::kernel_scratch(&conv, batch));
    let flops = 2.0 * (batch * out * out * filters * taps) as f64;
    let mut best = [0.0_f64; 3];
    let mut peak = 0.0_f64;
    for _ in 0..ROUNDS {
        peak = peak.max(roofline::peak_operations(pool, LEAST_TIME / ROUNDS as u32) / 1e9);
        let rates = [
            rate(flops, || conv::forward(pool, &conv, batch, &x, &packed, &epilogue, &mut y)),
            rate(flops, || conv::backward_input(pool, &conv, batch, &dy, &turned, Write::Set, &mut dx)),
            rate(flops, || conv::backward_kernel(pool, &conv, batch, &x, &dy, &mut scratch, &mut dw)),
        ];
        (0..3).for_each(|i| best[i] = best[i].max(rates[i]));
    }
    let cell = |rate: f64| format!("{rate:7.1} ({:3.0} %)", 100.0 * rate / peak);
    println!(
        "{name:<28} {:>7} {:>20} {:>20} {:>20}",
        pool.threads(),
        cell(best[0]),
        cell(best[1]),
        cell(best[2])
    );
    black_box((&y[..], &dx[..], &dw[..]));
}

/// GFLOP/s of the best of many calls.
fn rate(flops: f64, mut work: impl FnMut()) -> f64 {
    let start = Instant::now();
    let mut best = f64::INFINITY;
    while start.elapsed() < LEAST_TIME / ROUNDS as u32 {
        let call = Instant::now();
        work();
        best = best.min(call.elapsed().as_secs_f64());
    }
    flops / best / 1e9
}

/// Floats that begin on a cache line, as the engine's do.
struct Values {
    floats: Vec<f32>,
    first: usize,
    len: usize,
}

fn values(len: usize) -> Values {
    let floats: Vec<f32> = (0..len + 16).map(|i| (i % 251) as f32 / 251.0 - 0.5).collect();
    let first = floats.as_ptr().align_offset(64);
    Values { floats, first, len }
}

impl Deref for Values {
    type Target = [f32];

    fn deref(&self) -> &[f32] {
        &self.floats[self.first..self.first + self.len]
    }
}

impl DerefMut for Values {
    fn deref_mut(&mut self) -> &mut [f32] {
        &mut self.floats[self.first..self.first + self.len]
    }
}
