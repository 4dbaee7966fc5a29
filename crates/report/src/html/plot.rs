//! The arithmetic of a drawing: from values to points, and round numbers for an axis.

use crate::shorten::columns;

/// A straight map from values to points.
#[derive(Debug, Clone, Copy)]
pub(super) struct Scale {
    pub(super) values: [f64; 2],
    pub(super) points: [f64; 2],
}

impl Scale {
    pub(super) fn at(&self, value: f64) -> f64 {
        let ([low, high], [start, end]) = (self.values, self.points);
        let width = high - low;
        if width == 0.0 { (start + end) / 2.0 } else { start + (value - low) / width * (end - start) }
    }
}

/// How wide `text` is at most, in the page's largest letters for drawings.
pub(super) fn width(text: &str) -> f64 {
    const LETTER: f64 = 7.8;
    columns(text) as f64 * LETTER
}

/// A point as an SVG attribute: a tenth of a pixel is fine enough.
pub(super) fn px(point: f64) -> String {
    let text = format!("{point:.1}");
    text.strip_suffix(".0").map_or(text.clone(), str::to_owned)
}

/// Round numbers (1, 2 or 5 times a power of ten apart) that begin at or below `low` and end at or above `high`,
/// about `about` of them.
pub(super) fn ticks(low: f64, high: f64, about: usize) -> Vec<f64> {
    let is_point = high - low <= 1e-9 * low.abs().max(high.abs());
    let span = if is_point { high.abs().max(1.0) } else { high - low };
    let rough = span / about.max(1) as f64;
    let power = 10_f64.powf(rough.log10().floor());
    let step =
        [1.0, 2.0, 5.0, 10.0].map(|m| m * power).into_iter().find(|s| *s >= rough * 0.999).unwrap_or(rough);
    let last = (high / step - 1e-9).ceil();
    // Of a value by itself the last is at or just above it: no share is more than 1.
    let first = if is_point && low > 0.0 { last - 1.0 } else { (low / step + 1e-9).floor() };
    (0..=(last - first).max(1.0) as usize).map(|index| (first + index as f64) * step).collect()
}

/// Whole numbers within `first..=last`, about `about` of them: the first, and then round ones.
pub(super) fn whole_ticks(first: usize, last: usize, about: usize) -> Vec<usize> {
    let rough = last.saturating_sub(first).div_ceil(about.max(1)).max(1);
    let power = 10_usize.pow(rough.ilog10());
    let step =
        [1, 2, 5, 10].into_iter().filter_map(|m| power.checked_mul(m)).find(|s| *s >= rough).unwrap_or(rough);
    let near = step.div_ceil(2);
    let round = (first / step..=last / step).map(|n| n * step).filter(|n| n.saturating_sub(first) >= near);
    std::iter::once(first).chain(round).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ticks_are_round_and_enclose_the_values() {
        let shown =
            |low, high| ticks(low, high, 5).iter().map(|t| format!("{t:.3}")).collect::<Vec<_>>().join(" ");
        assert_eq!(shown(0.0, 1.0), "0.000 0.200 0.400 0.600 0.800 1.000");
        assert_eq!(shown(0.312, 1.61), "0.000 0.500 1.000 1.500 2.000");
        assert_eq!(shown(0.7, 0.7), "0.600 0.800");
        assert_eq!(shown(0.8, 0.8), "0.600 0.800");
        assert_eq!(shown(0.8, 0.8 + 1e-16), "0.600 0.800");
        assert_eq!(shown(1.0, 1.0), "0.800 1.000");
        assert_eq!(shown(0.0, 0.0), "0.000 0.200");
    }

    #[test]
    fn epochs_are_whole() {
        assert_eq!(whole_ticks(1, 10, 6), [1, 2, 4, 6, 8, 10]);
        assert_eq!(whole_ticks(1, 1, 6), [1]);
        assert_eq!(whole_ticks(1, 250, 6), [1, 50, 100, 150, 200, 250]);
        assert_eq!(whole_ticks(8, 30, 4), [8, 20, 30]);
        assert_eq!(whole_ticks(9, 3, 6), [9]);
        assert!(whole_ticks(0, usize::MAX, 6).len() < 12);
    }

    #[test]
    fn a_scale_of_no_width_stays_in_the_middle() {
        assert_eq!(Scale { values: [3.0, 3.0], points: [0.0, 10.0] }.at(3.0), 5.0);
        assert_eq!(Scale { values: [0.0, 2.0], points: [10.0, 0.0] }.at(0.5), 7.5);
    }

    #[test]
    fn points_are_short() {
        assert_eq!([1.0, 0.26, -0.04].map(px), ["1", "0.3", "-0"]);
    }
}
