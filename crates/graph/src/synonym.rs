//! Names as Keras has them beside ours: a class, as `CosineDecay`, is the same in small letters with underscores
//! between its words, as `cosine_decay`; what we call otherwise has its other names in a list.

/// The one of `names` that `written` is; `others` has other names, written as functions are, each with ours.
///
/// # Examples
/// ```
/// # use linnaeus_graph::known_as;
/// assert_eq!(known_as("HeNormal", &["he_normal"], &[]), Some("he_normal"));
/// assert_eq!(known_as("BinaryAccuracy", &["accuracy"], &[("binary_accuracy", "accuracy")]), Some("accuracy"));
/// ```
pub fn known_as(
    written: &str,
    names: &[&'static str],
    others: &[(&str, &'static str)],
) -> Option<&'static str> {
    let wanted = letters(written);
    let here = names.iter().copied().find(|name| letters(name) == wanted);
    here.or_else(|| others.iter().find(|(other, _)| letters(other) == wanted).map(|(_, ours)| *ours))
}

/// What a class's name and a function's have in common.
fn letters(name: &str) -> String {
    name.trim().replace('_', "").to_lowercase()
}
