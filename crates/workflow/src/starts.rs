//! Several starts at once, the worse ones ended early:
//! successive halving (Jamieson & Talwalkar 2016, arXiv:1502.07943).
//!
//! Each start is a run with a seed of its own, in a folder of its own, that is left after a part of the first stage
//! that is judged: of an initial run, which only finds weights, nothing is compared. The better half goes on from the
//! states that were kept, for twice as many epochs, until one is left. Its files become the run's, which goes on from
//! its state: to the same bits as a run with its seed alone.

mod attempt;
mod pause;
mod record;

use std::cmp::Ordering;
use std::sync::Arc;
use std::sync::atomic::{self, AtomicBool};

use engine::Pool;
use report::numbers::count;
use train::callbacks::Rank;
use train::{KeptFeatures, Model};

use attempt::{Attempt, among_starts};
use record::{Record, Tried};

use crate::clock::Clock;
use crate::data::Pictures;
use crate::feeder::Feeding;
use crate::job::ToldApart;
use crate::kept_state::KeptState;
use crate::network::Built;
use crate::planned_stage::first_judged;
use crate::run_folder::RunFolder;
use crate::standardize::Standardization;
use crate::{Error, ErrorKind, Event, Observer, Plan, Recipe, Result};

/// What all starts of a run share.
pub(crate) struct Ground<'a> {
    pub(crate) plan: &'a Plan,
    pub(crate) classes: &'a [String],
    pub(crate) told_apart: &'a ToldApart,
    pub(crate) pictures: &'a Pictures,
    pub(crate) feeding: &'a Feeding,
    pub(crate) pool: &'a Arc<Pool>,
    pub(crate) clock: &'a Clock,
    pub(crate) stop: &'a AtomicBool,
    pub(crate) folder: &'a RunFolder,
    /// Of the pictures.
    pub(crate) fingerprint: &'a str,
    /// The training pictures' figures, where the network has a layer for them.
    pub(crate) standardization: Option<&'a Standardization>,
}

/// The start that goes on, or the best one so far where they were stopped.
pub(crate) struct Won {
    pub(crate) chosen: Chosen,
    pub(crate) model: Model,
    pub(crate) kept: Option<KeptState>,
}

/// Which start was chosen.
pub(crate) struct Chosen {
    /// With its seed.
    pub(crate) plan: Plan,
    /// What all of them reached.
    pub(crate) starts: Vec<report::Start>,
    /// Its own folder, where it was stopped among the others and is not the run.
    pub(crate) folder: Option<RunFolder>,
}

/// Tries as many starts as the plan asks for, two or more.
///
/// # Errors
/// Training fails, or is stopped before any of them has finished an epoch.
pub(crate) fn hold(ground: &Ground, features: &mut KeptFeatures, observer: &mut Observer) -> Result<Won> {
    let mut contest = Contest { ground, features, record: Record::read(&ground.folder.starts_record())? };
    let seed = match contest.record.won {
        Some(seed) => seed,
        None => contest.play(observer)?,
    };
    let folder = contest.record.won.is_none().then(|| ground.folder.of_start(seed));
    let plan = contest.plan(seed);
    let Built { model, .. } = build(ground, &plan)?;
    let state = folder.as_ref().unwrap_or(ground.folder).state();
    let kept = KeptState::read(&state)?.map(|kept| kept.of_pictures(ground.fingerprint));
    let chosen = Chosen { starts: contest.record.told(), plan, folder };
    Ok(Won { chosen, model, kept })
}

/// The network of a start, as it begins.
fn build(ground: &Ground, plan: &Plan) -> Result<Built> {
    let Ground { classes, stop, standardization, .. } = *ground;
    let mut built = plan.network.build(&plan.recipe, &plan.preprocess, classes, &mut |_| {}, stop)?;
    if let Some(figures) = standardization {
        figures.put_into(&mut built.model.graph)?;
    }
    Ok(built)
}

/// Removes what is left of the starts that did not go on.
pub(crate) fn clear(run: &RunFolder) -> Result<()> {
    let starts = run.starts();
    match std::fs::remove_dir_all(&starts) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
            Err(files::Error::new("remove", &starts, error).into())
        }
        _ => Ok(()),
    }
}

/// After how many epochs half of those that are left ends: a half, a quarter, … of `epochs`, the fewest first.
fn rounds(starts: usize, epochs: usize) -> Vec<usize> {
    let halvings = starts.next_power_of_two().ilog2();
    let after = |round: u32| epochs.div_ceil(1 << (halvings - round).min(63)).clamp(1, epochs - 1);
    (0..halvings).map(after).collect()
}

/// Starts that are tried against each other.
struct Contest<'a> {
    ground: &'a Ground<'a>,
    /// Of a frozen base, which is the same for all of them.
    features: &'a mut KeptFeatures,
    record: Record,
}

impl Contest<'_> {
    /// The seed of the best start, whose files are then the run's; where it is stopped, that of the best one so far, and all
    /// stay as they are.
    fn play(&mut self, observer: &mut Observer) -> Result<u64> {
        let Ground { plan, stop, .. } = *self.ground;
        let count = plan.recipe.starts;
        let mut left: Vec<u64> =
            (0..count as u64).map(|start| plan.recipe.seed.wrapping_add(start)).collect();
        'rounds: for epochs in rounds(count, plan.stages[first_judged(&plan.stages)].epochs) {
            for seed in left.clone() {
                if self.record.of(seed).is_none_or(|tried| tried.epochs < epochs) {
                    let attempt = Attempt::new(self.ground, self.plan(seed))?;
                    let reached = attempt.train(epochs, self.features, observer)?;
                    let tried = Tried::new(seed, epochs, reached);
                    if stop.load(atomic::Ordering::Relaxed) {
                        break 'rounds;
                    }
                    self.say(&tried, observer);
                    self.record.put(tried);
                    self.record.write(&self.ground.folder.starts_record())?;
                }
            }
            self.sort(&mut left);
            left.truncate(left.len().div_ceil(2));
        }
        self.sort(&mut left);
        let won =
            left.first().copied().filter(|seed| self.record.of(*seed).is_some_and(|t| t.value.is_some()));
        let won = won.ok_or_else(|| match stop.load(atomic::Ordering::Relaxed) {
            true => Error::new(
                ErrorKind::Stopped,
                "training was stopped before the first start was tried, so there is no model yet",
            ),
            false => Error::new(
                ErrorKind::Training,
                format!("not one of the {count} starts came to a number: lower --learning-rate"),
            ),
        })?;
        if stop.load(atomic::Ordering::Relaxed) {
            observer(Event::Notice(&format!("of the starts so far the one with seed {won} is the best")));
            return Ok(won);
        }
        observer(Event::Notice(&format!("the start with seed {won} is the run, and goes on")));
        self.take(won)?;
        Ok(won)
    }

    /// The best first; of equals the one of the lower seed.
    fn sort(&self, seeds: &mut [u64]) {
        let standing = |seed: u64| self.record.of(seed).and_then(Tried::standing);
        let monitor = among_starts(&self.ground.plan.monitor);
        seeds.sort_by(|a, b| {
            let is_better = |a, b| monitor.rank(a, Some(b)) != Rank::NoBetter;
            match (standing(*a), standing(*b)) {
                (Some(a), Some(b)) if is_better(a, b) => Ordering::Less,
                (Some(a), Some(b)) if is_better(b, a) => Ordering::Greater,
                (a, b) => b.is_some().cmp(&a.is_some()),
            }
        });
    }

    fn say(&self, tried: &Tried, observer: &mut Observer) {
        let Tried { seed, epochs, value, .. } = tried;
        let name = &self.ground.plan.monitor.name;
        let value = value.map_or_else(|| "no number".to_owned(), |value| format!("{value:.4}"));
        observer(Event::Notice(&format!(
            "the start with seed {seed} reached {name} {value} in {}",
            count(*epochs, "epoch", "epochs")
        )));
    }

    /// The plan of the start with this seed.
    fn plan(&self, seed: u64) -> Plan {
        let plan = self.ground.plan;
        Plan { recipe: Recipe { seed, ..plan.recipe.clone() }, ..plan.clone() }
    }

    /// Makes a start's files the run's, its state last, and removes all others. What a kill leaves undone is done by
    /// the next try.
    fn take(&mut self, seed: u64) -> Result<()> {
        let (run, start) = (self.ground.folder, self.ground.folder.of_start(seed));
        let saved = start.saved().into_iter().map(|from| {
            let to = run.checkpoints().join(from.file_name().unwrap_or_default());
            (from, to)
        });
        let files = [
            (start.history(), run.history()),
            (start.tensorboard(), run.tensorboard()),
            (start.best(), run.best()),
            (start.state(), run.state()),
        ];
        for (from, to) in saved.chain(files).filter(|(from, _)| from.exists()) {
            std::fs::rename(from, &to)
                .map_err(|error| files::Error::new("move a start's file to", &to, error))?;
        }
        self.record.won = Some(seed);
        self.record.write(&self.ground.folder.starts_record())?;
        clear(run)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_round_has_twice_the_epochs_of_the_one_before() {
        assert_eq!(rounds(4, 12), [3, 6]);
        assert_eq!(rounds(8, 10), [2, 3, 5]);
        assert_eq!(rounds(2, 10), [5]);
        assert_eq!(rounds(3, 9), [3, 5]);
        // Of a short stage an epoch at least is left for the one that goes on.
        assert_eq!(rounds(64, 2), [1; 6]);
        for starts in 2..=64_usize {
            let mut left = starts;
            rounds(starts, 20).iter().for_each(|_| left = left.div_ceil(2));
            assert_eq!(left, 1, "of {starts}");
        }
    }
}
