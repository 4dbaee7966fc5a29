//! What comes before all names in a file: `state_dict.` in a checkpoint,
//! `module.` of a model that was trained in parallel.

use std::collections::HashSet;

use super::Tensor;

/// Some names suffice to find what comes before them; more would cost time on a hostile file, as would more or longer
/// prefixes.
const SAMPLES: usize = 8;
const MOST_PREFIXES: usize = 64;
const LONGEST_PREFIX: usize = 256;

/// The prefix under which most of the `wanted` names are found; the first one where several are alike.
pub(super) fn find<'a>(tensors: &'a [Tensor], wanted: &HashSet<&str>) -> &'a str {
    let mut sample: Vec<&str> = wanted.iter().copied().collect();
    sample.sort_unstable();
    let step = sample.len().div_ceil(SAMPLES).max(1);
    let mut prefixes: Vec<&str> = vec![""];
    for name in sample.into_iter().step_by(step) {
        for tensor in tensors {
            let before = tensor.name.strip_suffix(name).unwrap_or_default();
            if before.ends_with('.')
                && before.len() <= LONGEST_PREFIX
                && prefixes.len() < MOST_PREFIXES
                && !prefixes.contains(&before)
            {
                prefixes.push(before);
            }
        }
    }
    let longest = wanted.iter().map(|name| name.len()).max().unwrap_or(0);
    let count = |prefix: &str| {
        let names = tensors.iter().filter_map(|tensor| tensor.name.strip_prefix(prefix));
        names.filter(|name| name.len() <= longest && wanted.contains(name)).count()
    };
    let counts: Vec<(&str, usize)> = prefixes.into_iter().map(|prefix| (prefix, count(prefix))).collect();
    let most = counts.iter().map(|(_, count)| *count).max().unwrap_or(0);
    counts.into_iter().find(|(_, count)| *count == most).map_or("", |(prefix, _)| prefix)
}
