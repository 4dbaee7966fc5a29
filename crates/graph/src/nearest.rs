//! Names like the one that was asked for, for messages that say what exists.

/// Up to `most` of `names`, the most similar to `wanted` first.
///
/// # Examples
/// ```
/// assert_eq!(linnaeus_graph::nearest("val_los", ["val_accuracy", "loss", "val_loss"], 1), ["val_loss"]);
/// ```
pub fn nearest<'a>(wanted: &str, names: impl IntoIterator<Item = &'a str>, most: usize) -> Vec<&'a str> {
    let mut ranked: Vec<(usize, &str)> =
        names.into_iter().map(|name| (strsim::damerau_levenshtein(wanted, name), name)).collect();
    ranked.sort_by_key(|(distance, _)| *distance);
    ranked.into_iter().take(most).map(|(_, name)| name).collect()
}
