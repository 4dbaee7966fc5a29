//! Classes that are missing in a part, have few pictures, or are of very different sizes.

use std::collections::HashSet;

use images::Part;

use crate::finding::Finding;
use crate::groups::Sameness;
use crate::kind::Kind;
use crate::set::Set;

/// A class with fewer pictures has 4 or so in a test part of a fifth: one mistake more is 25 points less.
pub(crate) const FEW: usize = 20;
/// The largest class over the smallest one, from which accuracy says little.
pub(crate) const IMBALANCE: f64 = 2.5;

pub(crate) fn check(set: &Set) -> Vec<Finding> {
    let copies: HashSet<usize> = (set.groups.iter())
        .filter(|group| group.by == Sameness::Bytes)
        .flat_map(|group| group.members[1..].iter().copied())
        .collect();
    let mut counts = Counts { set, pictures: Vec::new() };
    counts.pictures = vec![Vec::new(); set.classes.len()];
    for (number, subject, _) in set.seen().filter(|(number, ..)| !copies.contains(number)) {
        if let Some(pictures) = subject.class.and_then(|class| counts.pictures.get_mut(class)) {
            pictures.push(number);
        }
    }
    let classes = 0..set.classes.len();
    classes.flat_map(|class| counts.of_class(class)).chain(counts.imbalance()).collect()
}

/// What of each class can be used: read, and there once.
struct Counts<'a> {
    set: &'a Set,
    /// By class.
    pictures: Vec<Vec<usize>>,
}

impl Counts<'_> {
    fn of_class(&self, class: usize) -> Vec<Finding> {
        let name = &self.set.classes[class];
        let missing: Vec<&str> = (self.set.parts.iter())
            .filter(|part| self.in_part(class, **part) == 0)
            .map(|part| part.name())
            .collect();
        let (pictures, together) = (self.in_part(class, Part::Train), self.kept_together(class));
        let plural = |count: usize| if count == 1 { "" } else { "s" };
        if !missing.is_empty() {
            let detail = format!("class {name:?} has no picture in {}", missing.join(" and "));
            return vec![Finding::fault(Kind::MissingClass, detail, Vec::new())];
        }
        if together < self.set.parts_to_fill {
            let what = match together == pictures {
                true => format!("{pictures} picture{} to learn from", plural(pictures)),
                false => format!("pictures of {together} group{}", plural(together)),
            };
            let detail = format!(
                "class {name:?} has {what}, and a split makes {} parts of them",
                self.set.parts_to_fill
            );
            return vec![Finding::fault(Kind::MissingClass, detail, self.pictures[class].clone())];
        }
        if self.pictures[class].len() < FEW {
            let count = self.pictures[class].len();
            let detail = format!("class {name:?} has {count} picture{} that can be used", plural(count));
            return vec![Finding::advice(Kind::FewPictures, detail, Vec::new())];
        }
        Vec::new()
    }

    fn in_part(&self, class: usize, part: Part) -> usize {
        self.of_part(class, part).count()
    }

    fn of_part(&self, class: usize, part: Part) -> impl Iterator<Item = usize> {
        let pictures = self.pictures[class].iter().copied();
        pictures.filter(move |number| self.set.subjects[*number].part.unwrap_or(Part::Train) == part)
    }

    /// How many pictures to learn from can be parted: those of a group count once.
    fn kept_together(&self, class: usize) -> usize {
        let mut groups = HashSet::new();
        let group = |number: usize| self.set.subjects[number].sample.group;
        self.of_part(class, Part::Train)
            .filter(|number| group(*number).is_none_or(|g| groups.insert(g)))
            .count()
    }

    fn imbalance(&self) -> Option<Finding> {
        let count = |class: usize| self.in_part(class, Part::Train);
        let (least, most) = extremes(0..self.set.classes.len(), count)?;
        let detail =
            imbalance((&self.set.classes[least], count(least)), (&self.set.classes[most], count(most)))?;
        Some(Finding::advice(Kind::Imbalance, detail, Vec::new()))
    }
}

/// The classes with the fewest and the most pictures; the first, of several.
pub(crate) fn extremes(
    classes: std::ops::Range<usize>,
    count: impl Fn(usize) -> usize,
) -> Option<(usize, usize)> {
    let least = classes.clone().min_by_key(|class| count(*class))?;
    let most = classes.min_by_key(|class| std::cmp::Reverse(count(*class)))?;
    Some((least, most))
}

/// What there is to say of a small and a large class, if they differ enough.
pub(crate) fn imbalance(small: (&str, usize), large: (&str, usize)) -> Option<String> {
    let ratio = large.1 as f64 / small.1 as f64;
    (small.1 > 0 && ratio >= IMBALANCE).then(|| {
        format!(
            "class {:?} has {} picture{} and class {:?} has {}: {} times as many",
            small.0,
            small.1,
            if small.1 == 1 { "" } else { "s" },
            large.0,
            large.1,
            (10.0 * ratio).round() / 10.0
        )
    })
}
