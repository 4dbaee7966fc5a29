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

/// The one of `names` that was probably meant by `wanted`, if one is like it.
///
/// # Examples
/// ```
/// assert_eq!(linnaeus_graph::meant("acuracy", ["accuracy", "f1"]), Some("accuracy"));
/// assert_eq!(linnaeus_graph::meant("mse", ["accuracy", "f1"]), None);
/// ```
pub fn meant<'a>(wanted: &str, names: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let letters = wanted.chars().count();
    let near = nearest(wanted, names, 1).into_iter().next();
    near.filter(|near| strsim::damerau_levenshtein(wanted, near) <= letters / 3)
}

/// What to choose from where there is no `wanted`: the name that was probably meant, if one is like it, then all names
/// in their own order.
///
/// # Examples
/// ```
/// let names = ["accuracy", "f1"];
/// assert_eq!(linnaeus_graph::choices("acuracy", &names), "did you mean accuracy? There are accuracy, f1");
/// assert_eq!(linnaeus_graph::choices("mse", &names), "there are accuracy, f1");
/// ```
pub fn choices(wanted: &str, names: &[&str]) -> String {
    let all = names.join(", ");
    match meant(wanted, names.iter().copied()) {
        Some(near) => format!("did you mean {near}? There are {all}"),
        None => format!("there are {all}"),
    }
}
