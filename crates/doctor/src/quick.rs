//! What can be told before training without decoding anything: exact copies, leaks, labels, sizes of classes.

use std::path::Path;

use images::{Duplicate, Listing};

use crate::checks::classes::{FEW, extremes, imbalance};
use crate::checks::names::alike;

/// What there is to say, a line each, of the listing of `data` from which `duplicates` were taken out. Each line names
/// the command that shows the pictures.
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
    lines.extend(alike(&listing.classes).into_iter().map(|detail| format!("{detail}, and may be one class")));
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
            lines.push(format!(
                "classes {first}{between} and {last} have few pictures: their figures will be rough"
            ));
        }
        [first, ..] => {
            let more = few.len() - 1;
            lines.push(format!(
                "class {first} and {more} others have few pictures: their figures will be rough"
            ));
        }
    }
    if let Some((least, most)) = extremes(0..counts.len(), |class| counts[class]) {
        let name = |class: usize| (listing.classes[class].as_str(), counts[class]);
        lines.extend(imbalance(name(least), name(most)));
    }
    lines
}

#[cfg(test)]
mod tests {
    use images::{Part, Sample};

    use super::*;

    fn listing(counts: &[usize]) -> Listing {
        let of_class = |(class, count): (usize, &usize)| {
            (0..*count).map(|i| Sample::new(format!("{class}/{i}"), class as u32)).collect::<Vec<_>>()
        };
        Listing {
            classes: (0..counts.len()).map(|class| format!("c{class}")).collect(),
            train: counts.iter().enumerate().flat_map(of_class).collect(),
            ..Listing::default()
        }
    }

    #[test]
    fn each_thing_is_a_line() {
        let duplicate = |copy: (Part, u32), kept: (Part, u32)| Duplicate {
            copy: (copy.0, Sample::new("a", copy.1)),
            kept: (kept.0, Sample::new("b", kept.1)),
        };
        let duplicates = [
            duplicate((Part::Train, 0), (Part::Test, 0)),
            duplicate((Part::Train, 1), (Part::Test, 0)),
            duplicate((Part::Train, 1), (Part::Train, 0)),
            duplicate((Part::Train, 0), (Part::Train, 0)),
        ];
        let lines = quick(Path::new("photos"), &listing(&[60, 4, 9]), &duplicates);
        let expected = [
            "2 pictures are in two parts, byte for byte: only the copy in the part to measure with is used",
            "2 pictures have the same bytes as some of another class: one of the labels is wrong, and one of them is used",
            "1 picture is an exact copy and not used",
            "classes \"c1\" (4) and \"c2\" (9) have few pictures: their figures will be rough",
            "class \"c1\" has 4 pictures and class \"c0\" has 60: 15 times as many",
        ];
        assert_eq!(lines, expected.map(|line| format!("{line}; see `linnaeus doctor photos`")));
    }

    #[test]
    fn names_that_are_nearly_the_same_are_told() {
        let listing =
            Listing { classes: ["cats", "cat", "dog"].map(String::from).into(), ..listing(&[30, 30, 30]) };
        let lines = quick(Path::new("photos"), &listing, &[]);
        let expected = "classes \"cats\" and \"cat\" differ in an s at the end alone, and may be one class; see `linnaeus \
                        doctor photos`";
        assert_eq!(lines, [expected]);
    }

    #[test]
    fn nothing_is_said_of_a_healthy_set() {
        assert_eq!(quick(Path::new("photos"), &listing(&[40, 30]), &[]), [""; 0]);
    }
}
