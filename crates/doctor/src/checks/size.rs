//! Pictures that are very small, or much larger or smaller than the others.
//!
//! Of the logarithms of areas, one that lies more than 4 (16 times the pixels) from the median, and more than six times
//! the median absolute deviation, is an outlier.

use super::shape::median;
use crate::finding::Finding;
use crate::kind::Kind;
use crate::set::Set;

/// A shorter side below this shows nothing, whatever the others are.
const SMALLEST: usize = 8;
/// A shorter side below this is small, if the others have twice as much.
const SMALL: usize = 32;
/// Powers of two.
const FAR: f64 = 4.0;
const DEVIATIONS: f64 = 6.0;

pub(crate) fn check(set: &Set) -> Vec<Finding> {
    let sides = || set.seen().map(|(_, _, seen)| seen.size);
    let area = |[height, width]: [usize; 2]| (height as f64 * width as f64).log2();
    let Some(usual) = median(sides().map(area)) else { return Vec::new() };
    let Some(deviation) = median(sides().map(|size| (area(size) - usual).abs())) else { return Vec::new() };
    let usual_side = median(sides().map(|[height, width]| height.min(width) as f64)).unwrap_or_default();
    let is_far = |size| {
        let distance = area(size) - usual;
        (distance.abs() > FAR && distance.abs() > DEVIATIONS * deviation).then_some(distance)
    };
    set.seen()
        .filter_map(|(number, _, seen)| {
            let [height, width] = seen.size;
            let shorter = height.min(width);
            let is_small = shorter < SMALLEST || shorter < SMALL && 2.0 * shorter as f64 <= usual_side;
            let what = match (is_small, is_far(seen.size)) {
                (true, _) => "very small".to_owned(),
                (_, Some(distance)) if distance > 0.0 => {
                    format!("{:.0} times as many pixels as most of the others", distance.exp2())
                }
                (_, Some(distance)) => {
                    format!("a {:.0}th of the pixels of most of the others", (-distance).exp2())
                }
                _ => return None,
            };
            let detail = format!("{width} × {height} pixels: {what}");
            Some(Finding::advice(Kind::Size, detail, vec![number]))
        })
        .collect()
}
