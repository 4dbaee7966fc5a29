//! Pictures that are much longer than wide, or the other way round.

use crate::finding::Finding;
use crate::kind::Kind;
use crate::set::Set;

/// The longer side over the shorter one from which a shape is extreme,
/// if it is also [`BEYOND`] times that of the others.
const EXTREME: f64 = 4.0;
const BEYOND: f64 = 2.0;

pub(crate) fn check(set: &Set) -> Vec<Finding> {
    let ratio = |[height, width]: [usize; 2]| height.max(width) as f64 / height.min(width) as f64;
    let Some(usual) = median(set.seen().map(|(_, _, seen)| ratio(seen.size))) else { return Vec::new() };
    set.seen()
        .filter(|(_, _, seen)| ratio(seen.size) > EXTREME.max(BEYOND * usual))
        .map(|(number, _, seen)| {
            let [height, width] = seen.size;
            let (longer, than) = if width > height { ("wide", "high") } else { ("high", "wide") };
            let detail =
                format!("{width} × {height} pixels: {:.1} times as {longer} as {than}", ratio(seen.size));
            Finding::advice(Kind::Shape, detail, vec![number])
        })
        .collect()
}

/// The value in the middle; none without any.
pub(super) fn median(values: impl Iterator<Item = f64>) -> Option<f64> {
    let mut values: Vec<f64> = values.collect();
    values.sort_by(f64::total_cmp);
    values.get(values.len() / 2).copied()
}
