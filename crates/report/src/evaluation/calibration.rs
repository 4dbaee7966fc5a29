//! Whether a model that says 80 % is right in 80 of 100 cases.
//!
//! The expected calibration error is `Σ (pictures in bin / pictures) · |accuracy − mean confidence|` over 15 bins
//! of equal width (Guo et al. 2017, "On Calibration of Modern Neural Networks").

use serde::{Deserialize, Serialize};

use super::verdict::Verdict;

const BINS: usize = 15;

/// How confidence and accuracy agree.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Calibration {
    /// 0 is perfect. `None`: no picture got a prediction.
    pub expected_error: Option<f64>,
    /// 15 bins of equal width, from no confidence to full confidence.
    pub bins: Vec<CalibrationBin>,
}

/// The pictures whose confidence is above `from` and at most `to`.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct CalibrationBin {
    /// Lower end, outside the bin.
    pub from: f64,
    /// Upper end, inside the bin.
    pub to: f64,
    /// How many pictures there are.
    pub pictures: usize,
    /// Their mean confidence. `None` when there are none.
    pub confidence: Option<f64>,
    /// The share of them that is right. `None` when there are none.
    pub accuracy: Option<f64>,
}

/// Of the pictures of a bin.
#[derive(Clone, Copy, Default)]
struct Sums {
    pictures: usize,
    confidence: f64,
    /// How many are right.
    right: f64,
}

impl Calibration {
    pub(super) fn of(verdicts: &[Verdict]) -> Self {
        let mut sums = [Sums::default(); BINS];
        for verdict in verdicts.iter().filter(|v| v.predicted.is_some()) {
            let confidence = f64::from(verdict.confidence);
            let bin = ((confidence * BINS as f64).ceil() as usize).clamp(1, BINS) - 1;
            sums[bin].pictures += 1;
            sums[bin].confidence += confidence;
            sums[bin].right += f64::from(u8::from(verdict.is_right()));
        }
        Self::from_sums(&sums)
    }

    /// Of the pictures of several parts.
    pub(super) fn together<'a>(parts: impl Iterator<Item = &'a Self>) -> Self {
        let mut sums = [Sums::default(); BINS];
        for part in parts {
            for (sum, bin) in sums.iter_mut().zip(&part.bins) {
                let of_all = |mean: Option<f64>| mean.unwrap_or(0.0) * bin.pictures as f64;
                sum.pictures += bin.pictures;
                sum.confidence += of_all(bin.confidence);
                sum.right += of_all(bin.accuracy);
            }
        }
        Self::from_sums(&sums)
    }

    fn from_sums(sums: &[Sums; BINS]) -> Self {
        let bins: Vec<_> =
            sums.iter().enumerate().map(|(index, sums)| CalibrationBin::of(index, *sums)).collect();
        let pictures: usize = bins.iter().map(|b| b.pictures).sum();
        let gap = |bin: &CalibrationBin| Some((bin.accuracy? - bin.confidence?).abs() * bin.pictures as f64);
        let expected_error =
            (pictures > 0).then(|| bins.iter().filter_map(gap).sum::<f64>() / pictures as f64);
        Self { expected_error, bins }
    }
}

impl CalibrationBin {
    fn of(index: usize, Sums { pictures, confidence, right }: Sums) -> Self {
        let mean = |sum: f64| (pictures > 0).then(|| sum / pictures as f64);
        let edge = |index: usize| index as f64 / BINS as f64;
        Self {
            from: edge(index),
            to: edge(index + 1),
            pictures,
            confidence: mean(confidence),
            accuracy: mean(right),
        }
    }
}
