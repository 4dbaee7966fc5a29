//! Puts pictures that are the same in groups: by their bytes, and by their looks.

use std::cell::LazyCell;
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::atomic::{AtomicBool, Ordering};

use crate::look::{Look, Seen};
use crate::neighbours::{Neighbours, RADIUS, TURNED_RADIUS};
use crate::turn::Turn;

/// What makes pictures the same.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Sameness {
    /// All their bytes.
    Bytes,
    /// What they show: rescaled, compressed anew, a little brighter or darker.
    Looks,
    /// What they show, once some are mirrored or turned.
    Turned(BTreeSet<Turn>),
}

/// Two pictures or more that are the same.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Group {
    pub(crate) by: Sameness,
    /// In order; of copies with the same bytes, the first stays.
    pub(crate) members: Vec<usize>,
}

/// The groups among the pictures for which `counts` holds; none if `stop` was set. Of pictures with the same bytes one
/// is compared by its looks with others, for all of them. Blank pictures look like nothing.
pub(crate) fn groups(
    looks: &[Look],
    counts: impl Fn(usize) -> bool,
    stop: &AtomicBool,
) -> Option<Vec<Group>> {
    let mut by_bytes: HashMap<[u8; 32], Vec<usize>> = HashMap::new();
    let mut different: Vec<(usize, &Seen)> = Vec::new();
    for (number, look) in looks.iter().enumerate().filter(|(number, _)| counts(*number)) {
        let (Some(digest), Ok(seen)) = (look.digest, &look.seen) else { continue };
        let copies = by_bytes.entry(digest).or_default();
        copies.push(number);
        if copies.len() == 1 && !seen.likeness.is_blank() {
            different.push((number, seen));
        }
    }
    let exact = by_bytes.into_values().filter(|copies| copies.len() > 1);
    let mut groups: Vec<Group> = exact.map(|members| Group { by: Sameness::Bytes, members }).collect();
    groups.extend(alike(&different, stop)?);
    groups.sort_by(|a, b| a.members.cmp(&b.members));
    Some(groups)
}

/// What looks the same, and what looks the same as that; then what does when it is mirrored or turned, one picture
/// standing for those that look like it.
fn alike(pictures: &[(usize, &Seen)], stop: &AtomicBool) -> Option<Vec<Group>> {
    let mut alike = Alike::of(pictures);
    for place in 0..pictures.len() {
        if stop.load(Ordering::Relaxed) {
            return None;
        }
        alike.find(place);
    }
    Some(alike.groups())
}

/// Pictures on their way into groups.
struct Alike<'a> {
    pictures: &'a [(usize, &'a Seen)],
    neighbours: Neighbours,
    /// As they are.
    same: Joined,
    /// As they are, mirrored or turned.
    turned: Joined,
    /// A place in each such pair, and what was done.
    turns: Vec<(usize, Turn)>,
}

impl<'a> Alike<'a> {
    fn of(pictures: &'a [(usize, &'a Seen)]) -> Self {
        let each = || Joined((0..pictures.len()).collect());
        Self { pictures, neighbours: Neighbours::new(), same: each(), turned: each(), turns: Vec::new() }
    }

    /// Joins the picture at `place` with those before it.
    fn find(&mut self, place: usize) {
        let Self { pictures, neighbours, same, turned, turns } = self;
        let seen = pictures[place].1;
        // One of many frames of a scene stands for all that share its hash,
        // or the frames would be compared each with each.
        let mut stands_for_itself = true;
        neighbours.around((seen.hash, RADIUS), |hash, other| {
            if same.root(place) == same.root(other) {
                stands_for_itself &= hash != seen.hash;
            } else if seen.likeness.is_copy_of(&pictures[other].1.likeness) {
                same.join(place, other);
                turned.join(place, other);
                stands_for_itself &= hash != seen.hash;
            }
        });
        if !stands_for_itself {
            return;
        }
        for turn in Turn::ALL {
            let likeness = LazyCell::new(|| seen.likeness.turned(turn));
            neighbours.around((seen.hash.turned(turn), TURNED_RADIUS), |_, other| {
                if turned.root(place) != turned.root(other)
                    && likeness.is_copy_of(&pictures[other].1.likeness)
                {
                    turned.join(place, other);
                    turns.push((place, turn));
                }
            });
        }
        neighbours.insert(seen.hash, place);
    }

    fn groups(mut self) -> Vec<Group> {
        let (mut same, mut turned) =
            (BTreeMap::<usize, Vec<usize>>::new(), BTreeMap::<usize, Vec<usize>>::new());
        for (place, (number, _)) in self.pictures.iter().enumerate() {
            let members = same.entry(self.same.root(place)).or_default();
            members.push(*number);
            if members.len() == 1 {
                turned.entry(self.turned.root(place)).or_default().push(*number);
            }
        }
        let mut turns = BTreeMap::<usize, BTreeSet<Turn>>::new();
        for (place, turn) in &self.turns {
            turns.entry(self.turned.root(*place)).or_default().insert(*turn);
        }
        let same = same.into_values().map(|members| Group { by: Sameness::Looks, members });
        let turned = turned.into_iter().map(|(root, members)| {
            let turns = turns.remove(&root).unwrap_or_default();
            Group { by: Sameness::Turned(turns), members }
        });
        same.chain(turned).filter(|group| group.members.len() > 1).collect()
    }
}

/// Sets that are joined one by one: each points to another of its set, or to itself.
struct Joined(Vec<usize>);

impl Joined {
    fn root(&mut self, mut place: usize) -> usize {
        while self.0[place] != place {
            self.0[place] = self.0[self.0[place]];
            place = self.0[place];
        }
        place
    }

    fn join(&mut self, a: usize, b: usize) {
        let (a, b) = (self.root(a), self.root(b));
        self.0[a.max(b)] = a.min(b);
    }
}

#[cfg(test)]
mod tests {
    use images::Sample;
    use linnaeus_tests::scene;

    use super::*;
    use crate::look::Eye;

    #[test]
    fn frames_of_a_scene_are_not_compared_each_with_each() {
        let folder = tempfile::tempdir().unwrap();
        let look = |seed: u64| {
            let path = folder.path().join(format!("{seed}.png"));
            scene(seed, [48, 64]).save(&path).unwrap();
            Eye::new().look_at(&Sample::new(path, 0))
        };
        let (first, second) = (look(1), look(2));
        // 40,000 files of two scenes, no two of the same bytes: each with each would be 800 million pairs.
        let looks: Vec<Look> = (0..40_000_u64)
            .map(|number| {
                let mut look = if number % 4 == 0 { second.clone() } else { first.clone() };
                look.digest = Some(std::array::from_fn(|byte| number.to_le_bytes()[byte % 8]));
                look
            })
            .collect();
        let groups = groups(&looks, |number| number != 5, &AtomicBool::new(false)).unwrap();
        let sizes: Vec<(usize, usize)> =
            groups.iter().map(|group| (group.members[0], group.members.len())).collect();
        assert_eq!(sizes, [(0, 10_000), (1, 29_999)]);
        assert!(groups.iter().all(|group| group.by == Sameness::Looks));
    }
}
