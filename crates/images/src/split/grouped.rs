//! Shares whole groups out, so that no patient and no burst of photos is on both sides.
//!
//! Largest groups first, each goes to the part that lacks most of its classes: what `StratifiedGroupKFold` of
//! scikit-learn does too, with another measure.

use std::collections::HashMap;

use super::{Classes, Fold, Shares, Split};
use crate::Sample;
use crate::random::{Purpose, Random};

/// A group: its pictures, and how many it has of which classes.
struct Group {
    samples: Vec<Sample>,
    counts: Vec<(usize, usize)>,
}

pub(super) fn split(classes: Classes, shares: Shares, seed: u64) -> Split {
    let [validation, test] = [shares.validation, shares.test].map(f64::from);
    let names = classes.names.clone();
    let mut groups = groups(classes, seed);
    let mut parts = assign(&groups, names.len(), &[1.0 - validation - test, validation, test]);
    keep_classes_in_training(&groups, names.len(), &mut parts);
    let mut split = Split::default();
    for (group, part) in groups.iter_mut().zip(&parts) {
        split.part(*part).append(&mut group.samples);
    }
    split.note_missing(&names, [validation, test]);
    split
}

pub(super) fn fold(classes: Classes, fold: Fold, test: f32, seed: u64) -> Split {
    let names = classes.names.clone();
    let groups = groups(classes, seed);
    let mut split = Split::default();
    let of_test = assign(&groups, names.len(), &[1.0 - f64::from(test), f64::from(test)]);
    let (mut others, mut tested): (Vec<_>, Vec<_>) =
        groups.into_iter().zip(of_test).partition(|(_, part)| *part == 0);
    tested.iter_mut().for_each(|(group, _)| split.test.append(&mut group.samples));
    let others: Vec<Group> = others.drain(..).map(|(group, _)| group).collect();
    let folds = assign(&others, names.len(), &vec![1.0 / fold.of as f64; fold.of]);
    let mut parts: Vec<usize> = folds.iter().map(|of| usize::from(*of == fold.number - 1)).collect();
    keep_classes_in_training(&others, names.len(), &mut parts);
    for (mut group, part) in others.into_iter().zip(parts) {
        split.part(part).append(&mut group.samples);
    }
    split.note_missing(&names, [1.0, f64::from(test)]);
    split
}

impl Split {
    /// Training, validation and test, in this order.
    fn part(&mut self, number: usize) -> &mut Vec<Sample> {
        match number {
            0 => &mut self.train,
            1 => &mut self.validation,
            _ => &mut self.test,
        }
    }

    /// Classes that are missing where a share of them was asked for.
    fn note_missing(&mut self, names: &[String], shares: [f64; 2]) {
        let asked = [("validation", &self.validation, shares[0]), ("test", &self.test, shares[1])];
        let mut notes = Vec::new();
        for (label, name) in names.iter().enumerate() {
            let has = |part: &[Sample]| part.iter().any(|sample| sample.label as usize == label);
            let without: Vec<&str> = asked
                .iter()
                .filter(|(_, part, share)| *share > 0.0 && !has(part))
                .map(|(what, ..)| *what)
                .collect();
            if !without.is_empty() {
                notes.push(format!(
                    "class {name:?} is in too few groups: none is left for {}; give it pictures of more groups to have \
                     figures for it",
                    without.join(" and ")
                ));
            }
        }
        self.notes.extend(notes);
    }
}

/// The groups, the largest first; those of one size in random order. A picture without a group is one by itself.
fn groups(classes: Classes, seed: u64) -> Vec<Group> {
    let mut numbers: HashMap<u32, usize> = HashMap::new();
    let mut groups: Vec<Vec<Sample>> = Vec::new();
    for sample in classes.samples.into_iter().flatten() {
        let new = groups.len();
        let number = sample.group.map_or(new, |group| *numbers.entry(group).or_insert(new));
        if number == new {
            groups.push(Vec::new());
        }
        groups[number].push(sample);
    }
    // Whatever the order of the classes: by the first picture, then at random.
    groups.sort_by(|a, b| a.iter().min().cmp(&b.iter().min()));
    Random::new(seed, Purpose::Split, 1, 0).shuffle(&mut groups);
    groups.sort_by_key(|samples| std::cmp::Reverse(samples.len()));
    groups.into_iter().map(Group::of).collect()
}

impl Group {
    fn of(samples: Vec<Sample>) -> Self {
        let mut counts: Vec<(usize, usize)> = Vec::new();
        for sample in &samples {
            let class = sample.label as usize;
            match counts.iter_mut().find(|(known, _)| *known == class) {
                Some((_, count)) => *count += 1,
                None => counts.push((class, 1)),
            }
        }
        Self { samples, counts }
    }
}

/// The part of each group, where part `p` wants `shares[p]` of each class.
fn assign(groups: &[Group], classes: usize, shares: &[f64]) -> Vec<usize> {
    let mut totals = vec![0.0; classes];
    groups.iter().flat_map(|group| &group.counts).for_each(|(class, count)| totals[*class] += *count as f64);
    // What each part still lacks of each class.
    let mut lacks: Vec<Vec<f64>> =
        shares.iter().map(|share| totals.iter().map(|total| share * total).collect()).collect();
    let part_of = |group: &Group| {
        let need = |lacks: &Vec<f64>| -> f64 {
            group.counts.iter().map(|(class, count)| *count as f64 * lacks[*class] / totals[*class]).sum()
        };
        let mut best = (f64::NEG_INFINITY, 0);
        for (part, lacks) in lacks.iter().enumerate().filter(|(part, _)| shares[*part] > 0.0) {
            let need = need(lacks);
            if need > best.0 {
                best = (need, part);
            }
        }
        let (_, part) = best;
        group.counts.iter().for_each(|(class, count)| lacks[part][*class] -= *count as f64);
        part
    };
    groups.iter().map(part_of).collect()
}

/// A class that no group of part 0 has cannot be learned: its smallest group is moved there.
fn keep_classes_in_training(groups: &[Group], classes: usize, parts: &mut [usize]) {
    for class in 0..classes {
        let has = |group: &Group| group.counts.iter().any(|(of, _)| *of == class);
        let of_class: Vec<usize> = (0..groups.len()).filter(|at| has(&groups[*at])).collect();
        if of_class.iter().any(|at| parts[*at] == 0) {
            continue;
        }
        if let Some(smallest) = of_class.into_iter().min_by_key(|at| groups[*at].samples.len()) {
            parts[smallest] = 0;
        }
    }
}

#[cfg(test)]
mod tests;
