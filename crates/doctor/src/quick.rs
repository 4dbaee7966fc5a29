//! What can be told before training without decoding anything: exact copies, leaks, labels, sizes of classes.

use std::path::Path;

use images::{Duplicate, Listing};

use crate::checks::classes::{FEW, extremes, imbalance};

/// What there is to say, a line each, of the listing of `data` from which `duplicates` were taken out. Each line names the
/// command that shows the pictures.
pub fn quick(data: &Path, listing: &Listing, duplicates: &[Duplicate]) -> Vec<String> {
    let differ = |one: &&Duplicate| one.copy.1.label != one.kept.1.label;
    let leaks = duplicates.iter().filter(|one| one.copy.0 != one.kept.0).count();
    let conflicts = duplicates.iter().filter(differ).count();
    let plain = duplicates.iter().filter(|one| one.copy.0 == one.kept.0 && !differ(one)).count();
    let is = |count: usize, one: &str, many: &str| match count {
        1 => format!("1 picture {one}"),
        count => format!("{count} pictures {many}"),
    };
    let mut lines = Vec::new();
    if leaks > 0 {
        let are = is(leaks, "is in two parts, byte for byte", "are in two parts, byte for byte");
        lines.push(format!("{are}: only the copy in the part to measure with is used"));
    }
    if conflicts > 0 {
        let are = is(conflicts, "has the same bytes as one", "have the same bytes as some");
        lines.push(format!("{are} of another class: one of the labels is wrong, and one of them is used"));
    }
    if plain > 0 {
        lines.push(format!("{} used", is(plain, "is an exact copy and not", "are exact copies and not")));
    }
    lines.extend(of_classes(listing));
    lines.iter().map(|line| format!("{line}; see `linnaeus doctor {}`", data.display())).collect()
}

fn of_classes(listing: &Listing) -> Vec<String> {
    let mut counts = vec![0; listing.classes.len()];
    for sample in &listing.train {
        if let Some(count) = counts.get_mut(sample.label as usize) {
            *count += 1;
        }
    }
    let mut lines = Vec::new();
    let named = listing.classes.iter().zip(&counts);
    let few: Vec<String> =
        named.filter(|(_, count)| **count < FEW).map(|(name, count)| format!("{name:?} ({count})")).collect();
    match few.as_slice() {
        [] => {}
        [one] => lines.push(format!("class {one} has few pictures: its figures will be rough")),
        [first, .., last] if few.len() <= 4 => {
            let between = few[1..few.len() - 1].iter().map(|name| format!(", {name}")).collect::<String>();
            lines.push(format!("classes {first}{between} and {last} have few pictures: their figures will be rough"));
        }
        [first, ..] => {
            let more = few.len() - 1;
            lines.push(format!("class {first} and {more} others have few pictures: their figures will be rough"));
        }
    }
    if let Some((least, most)) = extremes(0..counts.len(), |class| counts[class]) {
        let name = |class: usize| (listing.classes[class].as_str(), counts[class]);
        lines.extend(imbalance(name(least), name(most)));
    }
    lines
}
