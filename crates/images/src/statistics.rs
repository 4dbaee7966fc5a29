//! Mean and variance of each channel over all pictures of a source (Keras's `Normalization.adapt`, and the figures
//! behind `featurewise_center` and `featurewise_std_normalization`).
//!
//! Levels are whole numbers, so the sums of x and of x² are exact, and the same in any order.

use std::sync::atomic::{AtomicBool, Ordering};

use crate::{Error, ErrorKind, Order, Result, Source};

/// Figures for levels of 0 to 255.
#[derive(Debug, Clone, PartialEq)]
pub struct ChannelStatistics {
    /// One a channel.
    pub mean: Vec<f64>,
    /// The mean of the squared distance from the mean, one a channel.
    pub variance: Vec<f64>,
}

/// Pictures that are read at a time.
const BATCH: usize = 8;
/// The sum of so many squares fits 32 bits.
const BLOCK: usize = 1 << 14;

/// The figures of the pictures of `source`, as they are before any augmentation, until `stop` is set.
///
/// # Errors
/// Not one picture can be read; or [`ErrorKind::Interrupted`].
pub fn channel_statistics(source: &Source, stop: &AtomicBool) -> Result<ChannelStatistics> {
    let channels = source.preprocess().channels.count();
    let mut sums = vec![[0_u64; 2]; channels];
    let mut pixels = 0_u64;
    for batch in source.batches(Order::Sequential, None, 0, BATCH) {
        for (channel, sums) in sums.iter_mut().enumerate() {
            add(batch.pixels.get(channel..).unwrap_or_default(), channels, sums);
        }
        pixels += (batch.pixels.len() / channels) as u64;
        if stop.load(Ordering::Relaxed) {
            return Err(Error::new(ErrorKind::Interrupted, "measuring the pictures was stopped"));
        }
    }
    if pixels == 0 {
        return Err(Error::new(ErrorKind::Empty, "there is no picture to measure"));
    }
    let mean = |[sum, _]: &[u64; 2]| *sum as f64 / pixels as f64;
    let variance = |[sum, squares]: &[u64; 2]| {
        let [sum, squares, count] = [*sum, *squares, pixels].map(u128::from);
        (count * squares - sum * sum) as f64 / (count as f64 * count as f64)
    };
    Ok(ChannelStatistics {
        mean: sums.iter().map(mean).collect(),
        variance: sums.iter().map(variance).collect(),
    })
}

/// Adds up every so-manieth value and its square.
fn add(values: &[f32], step: usize, [sum, squares]: &mut [u64; 2]) {
    for block in values.chunks(BLOCK * step) {
        let (mut of_block, mut of_squares) = (0_u32, 0_u32);
        for value in block.iter().step_by(step) {
            let level = u32::from(*value as u8);
            of_block += level;
            of_squares += level * level;
        }
        *sum += u64::from(of_block);
        *squares += u64::from(of_squares);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Channels, Preprocess, Sample, SourceOptions};

    /// Against two passes in double precision over the decoded pictures.
    #[test]
    fn agrees_with_the_plainest_loop_at_any_number_of_threads() {
        let folder = tempfile::tempdir().unwrap();
        let sample = |index: u32| {
            let path = folder.path().join(format!("{index}.png"));
            let pixel = |x: u32, y: u32| {
                let level = |by: u32| ((x * 7 + y * 13 + index * by).wrapping_mul(2_654_435_761) >> 24) as u8;
                image::Rgb([level(3), level(5) / 2, 200])
            };
            image::RgbImage::from_fn(40, 30, pixel).save(&path).unwrap();
            Sample::new(path, 0)
        };
        let mut samples: Vec<Sample> = (0..21).map(sample).collect();
        for channels in [Channels::Rgb, Channels::Grey] {
            let preprocess = Preprocess::new([30, 40], channels).unwrap();
            let source = |samples: &[Sample], workers| {
                let options = SourceOptions { memory_limit_bytes: 0, workers };
                Source::new(samples.to_vec(), &preprocess, options)
            };
            let goes_on = AtomicBool::new(false);
            let one = channel_statistics(&source(&samples, 1), &goes_on).unwrap();
            assert_eq!(channel_statistics(&source(&samples, 5), &goes_on).unwrap(), one);
            let all: Vec<u8> = samples
                .iter()
                .flat_map(|sample| preprocess.decode(&sample.path).unwrap().pixels().to_vec())
                .collect();
            for channel in 0..channels.count() {
                let of_channel: Vec<f64> =
                    all.iter().skip(channel).step_by(channels.count()).map(|v| f64::from(*v)).collect();
                let count = of_channel.len() as f64;
                let mean = of_channel.iter().sum::<f64>() / count;
                let variance = of_channel.iter().map(|v| (v - mean).powi(2)).sum::<f64>() / count;
                assert!((one.mean[channel] - mean).abs() < 1e-9, "{one:?}");
                assert!((one.variance[channel] - variance).abs() < 1e-6, "{one:?}");
            }
            if channels == Channels::Rgb {
                assert_eq!((one.mean[2], one.variance[2]), (200.0, 0.0), "a channel of one level");
            }
        }
        samples.iter_mut().for_each(|sample| sample.path.set_extension("gone").then_some(()).unwrap());
        let preprocess = Preprocess::new([30, 40], Channels::Rgb).unwrap();
        let options = SourceOptions { memory_limit_bytes: 0, workers: 1 };
        let none = channel_statistics(&Source::new(samples, &preprocess, options), &AtomicBool::new(false));
        assert_eq!(none.unwrap_err().kind(), ErrorKind::Empty);
    }

    /// The largest sums that a block can have.
    #[test]
    fn white_pictures_do_not_overflow() {
        let mut sums = [0; 2];
        add(&vec![255.0; 3 * BLOCK + 1], 1, &mut sums);
        let count = 3 * BLOCK as u64 + 1;
        assert_eq!(sums, [255 * count, 255 * 255 * count]);
    }
}
