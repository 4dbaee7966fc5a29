//! Puts pictures that are the same in groups: by their bytes, and by their looks.

use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, Ordering};

use crate::look::{Look, Seen};
use crate::neighbours::Neighbours;

/// What makes pictures the same.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Sameness {
    /// All their bytes.
    Bytes,
    /// What they show: rescaled, compressed anew, a little brighter or darker.
    Looks,
}

/// Two pictures or more that are the same.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Group {
    pub(crate) by: Sameness,
    /// In order; of copies with the same bytes, the first stays.
    pub(crate) members: Vec<usize>,
}

/// The groups among the pictures for which `counts` holds; none if `stop` was set. Of pictures with the same bytes one is
/// compared by its looks with others, for all of them. Blank pictures look like nothing.
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

/// What looks the same, and what looks the same as that.
fn alike(pictures: &[(usize, &Seen)], stop: &AtomicBool) -> Option<Vec<Group>> {
    let mut neighbours = Neighbours::new();
    let mut joined = Joined((0..pictures.len()).collect());
    for (place, (_, seen)) in pictures.iter().enumerate() {
        if stop.load(Ordering::Relaxed) {
            return None;
        }
        // One of many frames of a scene stands for all that share its hash, or the frames would be compared each with each.
        let mut stands_for_itself = true;
        neighbours.around(seen.hash, |hash, other| {
            if joined.root(place) == joined.root(other) {
                stands_for_itself &= hash != seen.hash;
            } else if seen.likeness.is_copy_of(&pictures[other].1.likeness) {
                joined.join(place, other);
                stands_for_itself &= hash != seen.hash;
            }
        });
        if stands_for_itself {
            neighbours.insert(seen.hash, place);
        }
    }
    let mut members: HashMap<usize, Vec<usize>> = HashMap::new();
    for (place, (number, _)) in pictures.iter().enumerate() {
        members.entry(joined.root(place)).or_default().push(*number);
    }
    let groups = members.into_values().filter(|members| members.len() > 1);
    Some(groups.map(|members| Group { by: Sameness::Looks, members }).collect())
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
