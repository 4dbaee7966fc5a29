//! Classes whose names are nearly the same: `Cat` and `cat`, `cat ` and `cats`, `é` as one sign and as two.

use std::collections::BTreeMap;

use unicode_normalization::UnicodeNormalization;

use crate::finding::Finding;
use crate::kind::Kind;
use crate::set::Set;

/// A way to write a name that changes nothing of what it means, and what it is called.
type Way = (fn(&str) -> String, &'static str);

const WAYS: [Way; 4] = [
    (spaced, "spaces and hyphens"),
    (lower, "case"),
    (composed, "how letters are encoded"),
    (singular, "an s at the end"),
];

pub(crate) fn check(set: &Set) -> Vec<Finding> {
    let alike = alike(&set.classes).into_iter();
    alike.map(|detail| Finding::advice(Kind::SimilarNames, detail, Vec::new())).collect()
}

/// What there is to say of each group of names that are nearly the same.
pub(crate) fn alike(classes: &[String]) -> Vec<String> {
    let mut by_meaning: BTreeMap<String, Vec<&str>> = BTreeMap::new();
    for class in classes {
        by_meaning.entry(meaning(class)).or_default().push(class);
    }
    let several = by_meaning.into_iter().filter(|(meaning, names)| {
        // A and a are letters that somebody wants to tell apart.
        names.len() > 1 && meaning.chars().nth(1).is_some()
    });
    several.map(|(_, names)| detail(&names)).collect()
}

fn detail(names: &[&str]) -> String {
    // Two encodings of a letter look the same: they are written out.
    let is_encoding = names.iter().all(|name| composed(name) == composed(names[0]));
    let quoted = |name: &&str| match is_encoding {
        true => format!("\"{}\"", name.escape_default()),
        false => format!("{name:?}"),
    };
    let listed = names.iter().map(quoted).collect::<Vec<_>>().join(" and ");
    let is_all = |(way, _): &&Way| names.iter().all(|name| way(name) == way(names[0]));
    let in_what = WAYS.iter().find(is_all).map_or("how they are written", |(_, what)| what);
    format!("classes {listed} differ in {in_what} alone")
}

fn meaning(name: &str) -> String {
    WAYS.iter().fold(name.to_owned(), |name, (way, _)| way(&name))
}

fn spaced(name: &str) -> String {
    let words = name.split(|c: char| c.is_whitespace() || matches!(c, '_' | '-'));
    words.filter(|word| !word.is_empty()).collect::<Vec<_>>().join(" ")
}

fn lower(name: &str) -> String {
    name.to_lowercase()
}

/// Normalization form KC.
fn composed(name: &str) -> String {
    name.nfkc().collect()
}

fn singular(name: &str) -> String {
    name.strip_suffix('s').unwrap_or(name).to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(classes: &[&str]) -> Vec<String> {
        alike(&classes.iter().map(|class| (*class).to_owned()).collect::<Vec<_>>())
    }

    #[test]
    fn names_that_mean_the_same_are_found() {
        assert_eq!(found(&["Cat", "cat"]), ["classes \"Cat\" and \"cat\" differ in case alone"]);
        assert_eq!(
            found(&["cat", "cats", "dog"]),
            ["classes \"cat\" and \"cats\" differ in an s at the end alone"]
        );
        assert_eq!(
            found(&["cat", " cat "]),
            ["classes \"cat\" and \" cat \" differ in spaces and hyphens alone"]
        );
        assert_eq!(
            found(&["cat ", "Cats"]),
            ["classes \"cat \" and \"Cats\" differ in how they are written alone"]
        );
        assert_eq!(found(&["hot dog", "hot_dog", "hot-dog"]).len(), 1);
        // é as one sign, and as e with an accent.
        let message = "classes \"caf\\u{e9}\" and \"cafe\\u{301}\" differ in how letters are encoded alone";
        assert_eq!(found(&["caf\u{e9}", "cafe\u{301}"]), [message]);
        assert_eq!(found(&["Ａbc", "Abc"]).len(), 1);
    }

    #[test]
    fn other_names_are_not() {
        assert_eq!(found(&["cat", "cart", "car", "dog", "glass", "sunglass", "sunglasses"]), [""; 0]);
        assert_eq!(found(&["A", "a", "s", "0", "1", "10"]), [""; 0]);
        assert_eq!(found(&["", "x", "äpfel", "apfel"]), [""; 0]);
    }
}
