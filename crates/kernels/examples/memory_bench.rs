//! Times the passes that memory bounds, on the shapes of MobileNetV2 at 224 by 224 and of ConvNeXt Tiny (and some
//! with 5x5 kernels): depthwise convolutions and their backwards, norms, activations, factors a channel, pools.
//!
//! Beside each stands a copy of as many bytes on the same threads; the last column is the share of its bandwidth.
//!
//! `cargo run --release --example memory_bench -- [threads=1,2] [batch=8] [filter=words in a row's name]`

#![allow(clippy::print_stdout, reason = "it is a report")]

use std::hint::black_box;
use std::time::{Duration, Instant};

use linnaeus_kernels::activation::{self, Activation};
use linnaeus_kernels::channel_scale::{self, Factors};
use linnaeus_kernels::depthwise::{self, Depthwise};
use linnaeus_kernels::layer_norm::{self, LayerNorm, Parameters};
use linnaeus_kernels::{Epilogue, Pool, Window, Write, elementwise, kept, norm, pooling, softmax};

/// For each row.
const TIME: Duration = Duration::from_millis(300);

/// Input height and width, channels, kernel, stride.
const DEPTHWISE: [[usize; 4]; 18] = [
    [112, 32, 3, 1],
    [112, 96, 3, 2],
    [56, 144, 3, 1],
    [56, 144, 3, 2],
    [28, 192, 3, 1],
    [28, 192, 3, 2],
    [14, 384, 3, 1],
    [14, 576, 3, 1],
    [14, 576, 3, 2],
    [7, 960, 3, 1],
    [56, 144, 5, 2],
    [28, 240, 5, 1],
    [14, 480, 5, 1],
    [7, 1152, 5, 1],
    [56, 96, 7, 1],
    [28, 192, 7, 1],
    [14, 384, 7, 1],
    [7, 768, 7, 1],
];

/// Positions of a map, channels.
const MAPS: [[usize; 2]; 4] = [[112 * 112, 32], [56 * 56, 144], [14 * 14, 576], [7 * 7, 1280]];

struct Options {
    threads: Vec<usize>,
    batch: usize,
    filter: String,
}

fn main() {
    let mut options = Options { threads: vec![1, 2], batch: 8, filter: String::new() };
    for argument in std::env::args().skip(1) {
        match argument.split_once('=') {
            Some(("threads", list)) => {
                options.threads = list.split(',').filter_map(|n| n.parse().ok()).collect()
            }
            Some(("batch", number)) => options.batch = number.parse().unwrap_or(options.batch),
            Some(("filter", words)) => options.filter = words.to_owned(),
            _ => println!("left aside: {argument}"),
        }
    }
    for threads in &options.threads {
        let bench = Bench { pool: Pool::new(*threads), options: &options };
        println!("\n{threads} threads, batch {}, {:?}", options.batch, bench.pool.isa().level());
        println!("{:44} {:>9} {:>8} {:>8} {:>8}", "", "µs", "GFLOP/s", "GB/s", "of copy");
        for shape in DEPTHWISE {
            bench.depthwise(shape);
        }
        for map in MAPS {
            bench.map(map);
        }
        bench.pools();
    }
}

struct Bench<'a> {
    pool: Pool,
    options: &'a Options,
}

impl Bench<'_> {
    /// Prints a row: `moved` floats are read or written, `operations` done.
    fn row(&self, name: &str, moved: usize, operations: usize, mut work: impl FnMut()) {
        if !name.contains(&self.options.filter) {
            return;
        }
        let from = vec![1.0; moved / 2];
        let mut to = vec![0.0; moved / 2];
        let (mut best, mut copy) = (f64::INFINITY, f64::INFINITY);
        let start = Instant::now();
        // The best of many single calls: what others do on the machine disturbs some of them.
        while start.elapsed() < TIME {
            best = best.min(seconds(&mut work));
            copy = copy.min(seconds(|| elementwise::copy(&self.pool, black_box(&from), Write::Set, &mut to)));
        }
        let bytes = (moved * 4) as f64;
        println!(
            "{name:44} {:9.1} {:8.1} {:8.1} {:7.0}%",
            best * 1e6,
            operations as f64 / best / 1e9,
            bytes / best / 1e9,
            copy / best * 100.0
        );
    }

    fn depthwise(&self, [size, channels, kernel, stride]: [usize; 4]) {
        let (pool, batch) = (&self.pool, self.options.batch);
        let output = size.div_ceil(stride);
        let pad = ((output - 1) * stride + kernel).saturating_sub(size) / 2;
        let window = Window {
            input: [size, size, channels],
            output: [output; 2],
            kernel: [kernel; 2],
            stride: [stride; 2],
            dilation: [1; 2],
            pad: [pad; 2],
        };
        let shape = Depthwise { window, multiplier: 1 };
        let mut x = vec![0.5; batch * window.input_len()];
        let mut y = vec![0.5; batch * output * output * channels];
        let mut taps = vec![0.25; kernel * kernel * channels];
        let bias = vec![0.1; channels];
        let mut scratch = vec![0.0; depthwise::kernel_scratch(&shape, batch)];
        let (moved, operations) = (x.len() + y.len(), 2 * y.len() * kernel * kernel);
        let name =
            |what: &str| format!("depthwise {what} {size}x{size}x{channels} {kernel}x{kernel}/{stride}");
        let epilogue = Epilogue { bias: Some(&bias), residual: None, activation: Activation::Relu6 };
        self.row(&name("forward"), moved, operations, || {
            depthwise::forward(pool, &shape, batch, black_box(&x), &taps, &epilogue, &mut y);
        });
        self.row(&name("backward_input"), moved, operations, || {
            depthwise::backward_input(pool, &shape, batch, black_box(&y), &taps, Write::Set, &mut x);
        });
        self.row(&name("backward_kernel"), moved, operations, || {
            depthwise::backward_kernel(pool, &shape, batch, black_box(&x), &y, &mut scratch, &mut taps);
        });
    }

    fn map(&self, [positions, channels]: [usize; 2]) {
        let (pool, rows) = (&self.pool, self.options.batch * positions);
        let count = rows * channels;
        let (x, dy, mut y) = (vec![0.5; count], vec![0.25; count], vec![0.0; count]);
        let figure = || vec![0.5; channels];
        let (mut first, mut second, scale) = (figure(), figure(), figure());
        let (mean, slope, offset) = (&figure(), &figure(), &figure());
        let (line, mut sums) =
            (norm::Line { scale: &figure(), slope, mean, offset }, vec![0.0; 2 * channels]);
        let mut scratch = vec![0.0; norm::scratch(rows, channels)];
        let name = |what: &str| format!("{what} {positions}x{channels}");
        self.row(&name("norm statistics"), count, 3 * count, || {
            norm::statistics(pool, channels, black_box(&x), &mut scratch, &mut first, &mut second);
        });
        for activation in [Activation::Relu6, Activation::Swish] {
            self.row(&name(&format!("norm affine {activation:?}")), 2 * count, 2 * count, || {
                norm::affine(pool, black_box(&x), &scale, &scale, activation, &mut y);
            });
        }
        self.row(&name("norm sums of gradients"), 2 * count, 4 * count, || {
            kept::sums(pool, black_box(&x), mean, &dy, &mut scratch, &mut sums);
        });
        self.row(&name("norm backward"), 3 * count, 5 * count, || {
            norm::backward(pool, black_box(&x), &dy, &line, Write::Set, &mut y);
        });
        for activation in &Activation::ALL[2..] {
            let activation = *activation;
            self.row(&name(&format!("activation {activation:?}")), 2 * count, count, || {
                activation::forward(pool, activation, black_box(&x), &mut y);
            });
            self.row(&name(&format!("activation backward {activation:?}")), 3 * count, count, || {
                activation::backward(pool, activation, black_box(&x), &dy, Write::Set, &mut y);
            });
        }
        let layer_norm = LayerNorm { gamma: &scale, beta: &scale, epsilon: 1e-6 };
        self.row(&name("layer norm"), 2 * count, 8 * count, || {
            layer_norm::forward(pool, &layer_norm, black_box(&x), &mut y);
        });
        let mut room = vec![0.0; layer_norm::scratch(rows, channels)];
        self.row(&name("layer norm backward"), 3 * count, 20 * count, || {
            let parameters = Parameters { gamma: Some(&mut first), beta: Some(&mut second) };
            let dx = Some((&mut y[..], Write::Set));
            layer_norm::backward(pool, &layer_norm, black_box(&x), &dy, &mut room, dx, parameters);
        });
        let batch = self.options.batch;
        let (gates, mut dgates) = (vec![0.5; batch * channels], vec![0.0; batch * channels]);
        let factors = Factors { values: &gates, channels, rows: positions };
        self.row(&name("channel scale"), 2 * count, count, || {
            channel_scale::multiply(pool, black_box(&x), &factors, Write::Set, &mut y);
        });
        let mut room = vec![0.0; channel_scale::scratch(batch, positions, channels)];
        self.row(&name("channel scale backward"), 3 * count, 3 * count, || {
            let (dx, dgates) = (Some((&mut y[..], Write::Set)), (&mut dgates[..], Write::Set));
            channel_scale::backward(pool, black_box(&x), &dy, &factors, &mut room, dx, dgates);
        });
        self.row(&name("add"), 3 * count, count, || {
            elementwise::add(pool, black_box(&x), &dy, Activation::Linear, &mut y);
        });
        let mut mean = vec![0.0; self.options.batch * channels];
        self.row(&name("global average"), count, count, || {
            pooling::global_average_forward(
                pool,
                positions,
                channels,
                self.options.batch,
                black_box(&x),
                &mut mean,
            );
        });
        self.row(&name("global average backward"), count, count, || {
            let batch = self.options.batch;
            pooling::global_average_backward(
                pool,
                positions,
                channels,
                batch,
                black_box(&mean),
                Write::Set,
                &mut y,
            );
        });
        self.row(&name("softmax"), 2 * count, count, || {
            softmax::forward(pool, channels, black_box(&x), &mut y)
        });
    }

    fn pools(&self) {
        let (pool, batch, channels) = (&self.pool, self.options.batch, 64);
        let window = Window {
            input: [112, 112, channels],
            output: [56, 56],
            kernel: [3, 3],
            stride: [2, 2],
            dilation: [1, 1],
            pad: [0, 0],
        };
        let mut x: Vec<f32> = (0..batch * window.input_len()).map(|i| (i % 1013) as f32).collect();
        let mut dx = x.clone();
        let mut y = vec![0.0; batch * window.positions() * channels];
        let (moved, operations) = (x.len() + y.len(), 9 * y.len());
        let name = |what: &str| format!("pool {what} 112x112x{channels} 3x3/2");
        self.row(&name("max"), moved, operations, || {
            pooling::max_forward(pool, &window, batch, black_box(&x), &mut y);
        });
        self.row(&name("max backward"), moved + x.len(), operations, || {
            pooling::max_backward(pool, &window, batch, black_box(&x), &y, Write::Set, &mut dx);
        });
        self.row(&name("average"), moved, operations, || {
            pooling::average_forward(pool, &window, batch, black_box(&x), &mut y);
        });
        self.row(&name("average backward"), moved, operations, || {
            pooling::average_backward(pool, &window, batch, black_box(&y), Write::Set, &mut x);
        });
    }
}

/// Seconds of one call.
fn seconds(work: impl FnOnce()) -> f64 {
    let start = Instant::now();
    work();
    start.elapsed().as_secs_f64()
}
