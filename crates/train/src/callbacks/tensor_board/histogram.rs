//! How values are spread, in 30 buckets of one width from the smallest to the largest,
//! as `tf.summary.histogram` has them.

use super::event::Histogram;

const BUCKETS: usize = 30;

/// Of the values that are finite; `None` where none is.
pub(super) fn histogram(values: &[f32]) -> Option<Histogram> {
    let finite = || values.iter().filter(|value| value.is_finite()).map(|value| f64::from(*value));
    let (min, max) = finite()
        .fold((f64::INFINITY, f64::NEG_INFINITY), |(least, most), value| (least.min(value), most.max(value)));
    let range = max - min;
    if range < 0.0 {
        return None;
    }
    let mut histogram = Histogram {
        min,
        max,
        num: finite().count() as f64,
        sum: finite().sum(),
        sum_squares: finite().map(|value| value * value).sum(),
        bucket_limit: vec![max],
        bucket: vec![0.0],
    };
    if range > 0.0 {
        let limit = |bucket: usize| min + range * (bucket + 1) as f64 / BUCKETS as f64;
        histogram.bucket_limit = (0..BUCKETS).map(limit).collect();
        histogram.bucket = vec![0.0; BUCKETS];
    }
    let last = histogram.bucket.len() - 1;
    let width = range / BUCKETS as f64;
    for value in finite() {
        // All alike have a bucket without a width.
        let bucket = if width > 0.0 { ((value - min) / width) as usize } else { last };
        histogram.bucket[bucket.min(last)] += 1.0;
    }
    Some(histogram)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_fall_into_thirty_buckets_of_one_width() {
        let values: Vec<f32> = (0..=60).map(|value| value as f32).chain([f32::NAN]).collect();
        let found = histogram(&values).unwrap();
        assert_eq!((found.min, found.max, found.num, found.sum), (0.0, 60.0, 61.0, 1830.0));
        assert_eq!((found.bucket_limit[0], found.bucket_limit[29]), (2.0, 60.0));
        // The last one holds its upper end too.
        assert_eq!(found.bucket[..29], [2.0; 29]);
        assert_eq!(found.bucket[29], 3.0);
        assert_eq!(found.sum_squares, (0..=60).map(|v| f64::from(v * v)).sum::<f64>());
    }

    #[test]
    fn values_that_are_alike_or_no_numbers_are_no_trouble() {
        let alike = histogram(&[0.5; 7]).unwrap();
        assert_eq!((alike.bucket_limit, alike.bucket), (vec![0.5], vec![7.0]));
        assert!(histogram(&[]).is_none() && histogram(&[f32::NAN, f32::INFINITY]).is_none());
        assert_eq!(histogram(&[f32::MIN, f32::MAX]).unwrap().bucket.iter().sum::<f64>(), 2.0);
    }
}
