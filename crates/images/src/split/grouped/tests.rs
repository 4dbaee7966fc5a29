use std::collections::{BTreeMap, BTreeSet};

use super::*;
use crate::Listing;

/// Pictures of patients, who have one class each: `patients[class]` are their numbers of pictures.
fn listing(patients: &[&[usize]]) -> Listing {
    let mut train = Vec::new();
    let mut group = 0;
    for (label, patients) in patients.iter().enumerate() {
        for &pictures in *patients {
            let sample = |picture| Sample {
                group: Some(group),
                ..Sample::new(format!("{label}/patient{group}-{picture}"), label as u32)
            };
            train.extend((0..pictures).map(sample));
            group += 1;
        }
    }
    let classes = (0..patients.len()).map(|class| class.to_string()).collect();
    Listing { classes, train, ..Listing::default() }
}

/// Of each group, the parts that it is in.
fn parts_of_groups(split: &Split) -> BTreeMap<u32, BTreeSet<usize>> {
    let mut parts: BTreeMap<u32, BTreeSet<usize>> = BTreeMap::new();
    for (part, samples) in [&split.train, &split.validation, &split.test].into_iter().enumerate() {
        for group in samples.iter().filter_map(|sample| sample.group) {
            parts.entry(group).or_default().insert(part);
        }
    }
    parts
}

fn of_class(samples: &[Sample], label: u32) -> usize {
    samples.iter().filter(|sample| sample.label == label).count()
}

const SHARES: Shares = Shares { validation: 0.2, test: 0.2 };

#[test]
fn no_group_is_parted_and_shares_are_kept() {
    let sizes: Vec<usize> = (0..120).map(|patient| patient * 7 % 11 + 1).collect();
    let (many, few) = (&sizes[..100], &sizes[100..]);
    let all: usize = sizes.iter().sum();
    for seed in 0..20 {
        let split = listing(&[many, few]).split(SHARES, seed).unwrap();
        assert!(parts_of_groups(&split).values().all(|parts| parts.len() == 1));
        assert_eq!(split.train.len() + split.validation.len() + split.test.len(), all);
        for (label, patients) in [(0, many), (1, few)] {
            let total: usize = patients.iter().sum();
            for part in [&split.validation, &split.test] {
                let share = of_class(part, label) as f64 / total as f64;
                assert!((0.15..=0.25).contains(&share), "seed {seed}, class {label}: {share}");
            }
        }
        assert!(split.notes.is_empty(), "{:?}", split.notes);
    }
    let by_seed = |seed| listing(&[many, few]).split(SHARES, seed).unwrap();
    assert_eq!(by_seed(1), by_seed(1));
    assert_ne!(by_seed(1).test, by_seed(2).test);
    let mut backwards = listing(&[many, few]);
    backwards.train.reverse();
    assert_eq!(backwards.split(SHARES, 1).unwrap(), by_seed(1), "the order of the list does not matter");
}

#[test]
fn a_class_of_few_groups_is_learned_first() {
    let split = listing(&[&[9], &[3; 10], &[2, 2]]).split(SHARES, 0).unwrap();
    assert_eq!(of_class(&split.train, 0), 9);
    assert!(of_class(&split.train, 2) > 0);
    assert_eq!(split.notes.len(), 2, "{:?}", split.notes);
    assert!(
        split.notes[0].contains("class \"0\" is in too few groups: none is left for validation and test")
    );
}

#[test]
fn a_picture_without_a_group_stands_alone() {
    let mut mixed = listing(&[&[5, 5, 5, 5], &[5, 5, 5, 5]]);
    mixed.train.extend((0..40).map(|picture| Sample::new(format!("single{picture}"), picture % 2)));
    let split = mixed.split(SHARES, 0).unwrap();
    let singles = |part: &[Sample]| part.iter().filter(|sample| sample.group.is_none()).count();
    assert!(singles(&split.train) > 0 && singles(&split.validation) + singles(&split.test) > 0);
    assert_eq!((split.validation.len(), split.test.len()), (16, 16));
}

#[test]
fn each_group_is_held_out_once() {
    let sizes: Vec<usize> = (0..60).map(|patient| patient % 5 + 1).collect();
    let folds: Vec<Split> = (1..=5)
        .map(|number| listing(&[&sizes, &sizes]).fold(Fold { number, of: 5 }, 0.2, 3).unwrap())
        .collect();
    let mut held_out: Vec<&Sample> = folds.iter().flat_map(|split| &split.validation).collect();
    held_out.sort();
    let count = held_out.len();
    held_out.dedup();
    assert_eq!(held_out.len(), count, "twice");
    assert_eq!(count + folds[0].test.len(), 2 * sizes.iter().sum::<usize>());
    for split in &folds {
        assert_eq!(split.test, folds[0].test);
        assert!(parts_of_groups(split).values().all(|parts| parts.len() == 1));
        let share = split.validation.len() as f64 / count as f64;
        assert!((0.17..=0.23).contains(&share), "{share}");
    }
}
