//! What may be changed in the recipe of a run that was left: nothing by which the steps that it took would have been others.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use toml::{Table, Value};
use train::schedules::Span;

use crate::kept_state::KeptState;
use crate::planned_stage::PlannedStage;
use crate::{Error, Plan, Recipe, Result, model_file};

/// Where things lie, which changes nothing: it is not even told.
const PLACES: [&str; 3] = ["data", "image_folder", "out"];
/// What holds from here on: it ends a training, or comes after it.
const FREE: [&str; 2] = ["patience", "threshold"];
/// What changes no bit: how fast it goes, and how often it is kept.
const SPEED: [&str; 2] = ["threads", "save_freq"];
/// What is written of epochs, which changes no bit either. Each file is of one epoch, or says of which each figure is.
const WRITTEN: [&str; 4] = ["checkpoint", "checkpoint_best_only", "checkpoint_every", "histogram_freq"];
/// How long stages are, which is free where the steps so far do not depend on it.
const LENGTHS: [&str; 3] = ["epochs", "fine_tune_epochs", "initial_epochs"];

/// What was changed from the recipe that the run in `folder` was begun with to that of `plan`, for a person; `None` where
/// that is nothing.
///
/// # Errors
/// It cannot be changed any more.
pub(crate) fn changes(
    begun: &Recipe,
    plan: &Plan,
    kept: Option<&KeptState>,
    folder: &Path,
) -> Result<Option<String>> {
    let changed = differences(begun, &plan.recipe)?;
    let told = |changed: &[&Difference]| changed.iter().map(|one| one.told()).collect::<Vec<_>>().join("; ");
    let of = |keys: &[&str]| -> Vec<&Difference> {
        changed.iter().filter(|one| keys.contains(&one.key())).collect()
    };
    let (lengths, written) = (of(&LENGTHS), of(&WRITTEN));
    let known = [PLACES.as_slice(), &free(), &LENGTHS].concat();
    let others: Vec<&Difference> = changed.iter().filter(|one| !known.contains(&one.key())).collect();
    if !others.is_empty() {
        return Err(refused(folder, &told(&others), "a run goes on as it was begun"));
    }
    if !lengths.is_empty() {
        let before = Recipe { data: plan.recipe.data.clone(), ..begun.clone() }.check()?;
        check_lengths(&before.stages, &plan.stages, kept)
            .map_err(|why| refused(folder, &told(&lengths), &why))?;
    }
    let all = [lengths, of(&free())].concat();
    let stays =
        if written.is_empty() { "" } else { "; what was written of the epochs before stays as it is" };
    Ok((!all.is_empty())
        .then(|| format!("the recipe was changed, which holds from here on: {}{stays}", told(&all))))
}

/// What may be changed whatever the steps so far were.
fn free() -> Vec<&'static str> {
    [FREE.as_slice(), &SPEED, &WRITTEN].concat()
}

/// Fails where a fold of a cross-validation, begun by one recipe, would have other figures by the other, which is that at
/// `path`.
///
/// # Errors
/// With the setting's name.
pub(crate) fn check_same((begun, now): (&Recipe, &Recipe), path: &Path) -> Result<()> {
    let changed = differences(begun, now)?;
    let free = [PLACES.as_slice(), &SPEED, &WRITTEN].concat();
    let is_free = |one: &&Difference| free.contains(&one.key());
    match changed.iter().find(|one| !is_free(one)) {
        None => Ok(()),
        Some(one) => Err(Error::usage(format!(
            "{} is another one than its folds were begun with, and folds of different settings do not go together: {}. Put \
             that back, or begin another cross-validation",
            path.display(),
            one.told()
        ))),
    }
}

fn refused(folder: &Path, what: &str, why: &str) -> Error {
    let best = model_file(folder);
    let learned = match best.is_file() {
        true => format!(", which --weights {} starts from what this one has learned", best.display()),
        false => String::new(),
    };
    Error::usage(format!(
        "--resume {}: recipe.toml was changed since the run was begun, and {why}: {what}. Put that back; for other settings \
         begin a new run{learned}. What may be changed: {}; and how many epochs are to come, where the schedule does not go by \
         it",
        folder.display(),
        free().join(", ")
    ))
}

/// A setting that is another one.
struct Difference {
    /// As `batch_size`, or `stage 2, layers`.
    name: String,
    before: Option<Value>,
    now: Option<Value>,
}

impl Difference {
    fn key(&self) -> &str {
        self.name.rsplit(", ").next().unwrap_or(&self.name)
    }

    /// `batch_size was 8 and is now 16`.
    fn told(&self) -> String {
        let shown = |value: &Option<Value>| match value {
            None => "not given".to_owned(),
            // Of 32 bits here: with the digits that it was written with.
            Some(Value::Float(value)) if f64::from(*value as f32) == *value => (*value as f32).to_string(),
            Some(value) => value.to_string(),
        };
        format!("{} was {} and is now {}", self.name, shown(&self.before), shown(&self.now))
    }
}

fn differences(before: &Recipe, now: &Recipe) -> Result<Vec<Difference>> {
    let (before, now) = (settings(before)?, settings(now)?);
    let names: BTreeSet<&String> = before.keys().chain(now.keys()).collect();
    let of = |name: &&String| Difference {
        name: (*name).clone(),
        before: before.get(*name).cloned(),
        now: now.get(*name).cloned(),
    };
    Ok(names.iter().map(of).filter(|one| one.before != one.now).collect())
}

/// Each setting by its name; those of stages one by one.
fn settings(recipe: &Recipe) -> Result<BTreeMap<String, Value>> {
    let table = Table::try_from(recipe)
        .map_err(|error| Error::usage(format!("the recipe cannot be compared: {error}")))?;
    let mut settings = BTreeMap::new();
    for (name, value) in table {
        match (name.as_str(), value) {
            ("stage", Value::Array(stages)) => {
                for (number, stage) in (1..).zip(stages) {
                    let own = stage.as_table().cloned().unwrap_or_default();
                    settings.extend(
                        own.into_iter().map(|(key, value)| (format!("stage {number}, {key}"), value)),
                    );
                }
            }
            (_, value) => _ = settings.insert(name, value),
        }
    }
    Ok(settings)
}

/// Fails, with the reason, where a stage of another length would have had other steps so far.
fn check_lengths(
    before: &[PlannedStage],
    now: &[PlannedStage],
    kept: Option<&KeptState>,
) -> Result<(), String> {
    let Some(kept) = kept else { return Err("the starts that were tried are compared by it".into()) };
    if before.len() != now.len() {
        return Err("there were other stages".into());
    }
    let finished = kept.finished.len();
    for (place, (before, now)) in before.iter().zip(now).enumerate() {
        if before.epochs == now.epochs || place > finished {
            continue;
        }
        if place < finished {
            return Err(format!("stage {} is over", place + 1));
        }
        let earlier: usize = kept.finished.iter().map(|(_, history)| history.epochs.len()).sum();
        let begun = kept.state.place().map_or(0, |(epoch, _)| epoch.saturating_sub(earlier));
        if now.epochs < begun {
            return Err(format!("its epoch {begun} is begun"));
        }
        if !had_the_same_rates(before, now, begun) {
            return Err(format!("its schedule, {}, goes by it", now.schedule));
        }
    }
    Ok(())
}

/// Whether a stage of another length has the same rates in its first epochs, of any number of steps.
fn had_the_same_rates(before: &PlannedStage, now: &PlannedStage, epochs: usize) -> bool {
    const STEPS: usize = 16;
    let rate = |stage: &PlannedStage, step: usize| {
        stage.schedule.rate(stage.learning_rate, step as u64, Span::new(stage.epochs, STEPS))
    };
    (0..epochs * STEPS).all(|step| rate(before, step) == rate(now, step))
}

#[cfg(test)]
mod tests {
    use train::{Ended, History, State};

    use super::*;

    fn recipe() -> Recipe {
        Recipe { data: "photos".into(), base: "small_cnn".into(), ..Recipe::default() }
    }

    /// Left in this epoch, counted over the stages, after stages of so many epochs.
    fn kept(epoch: usize, finished: &[usize]) -> KeptState {
        let mut state = State::default();
        state.put_numbers("place", &[epoch as f64, 3.0]);
        let record = |epoch| train::EpochRecord {
            epoch,
            stage: String::new(),
            learning_rate: 1.0,
            scores: train::Scores::new(),
            seconds: 0.0,
        };
        let history = |epochs: &usize| History {
            epochs: (1..=*epochs).map(record).collect(),
            ended: Ended::Finished,
            best_epoch: None,
            seconds: train::Seconds::default(),
        };
        let finished = finished.iter().map(|epochs| (String::new(), history(epochs))).collect();
        KeptState { state, finished, pictures: String::new() }
    }

    fn changed(
        begun: &Recipe,
        kept: Option<&KeptState>,
        change: impl FnOnce(&mut Recipe),
    ) -> Result<Option<String>> {
        let mut recipe = begun.clone();
        change(&mut recipe);
        let begun = begun.clone().check().unwrap().recipe;
        changes(&begun, &recipe.check().unwrap(), kept, Path::new("runs/1"))
    }

    #[test]
    fn what_would_have_led_elsewhere_is_refused_by_its_name() {
        let kept = kept(4, &[]);
        let refused =
            |change: fn(&mut Recipe)| changed(&recipe(), Some(&kept), change).unwrap_err().to_string();
        let message = refused(|r| (r.batch_size, r.seed) = (16, 9));
        let expected = "--resume runs/1: recipe.toml was changed since the run was begun, and a run goes on as it was \
                        begun: batch_size was 32 and is now 16; seed was 0 and is now 9. Put that back";
        assert!(message.starts_with(expected), "{message}");
        assert!(
            refused(|r| r.weight_decay = Some(0.1)).contains("weight_decay was not given and is now 0.1")
        );
        assert!(refused(|r| r.validation_split = 0.3).contains("validation_split was 0.2 and is now 0.3"));
        assert!(
            refused(|r| r.memory_limit = Some(crate::Size::bytes(1 << 34))).contains("memory_limit was ")
        );
        assert!(refused(|r| r.epochs = 3).contains("its epoch 4 is begun: epochs was 10 and is now 3"));
    }

    #[test]
    fn what_changes_no_step_is_free() {
        let kept = kept(4, &[]);
        let free = |change: fn(&mut Recipe)| changed(&recipe(), Some(&kept), change).unwrap();
        assert_eq!(free(|_| ()), None);
        assert_eq!(free(|r| r.data = "elsewhere".into()), None);
        let told = free(|r| (r.epochs, r.patience) = (20, 9)).unwrap();
        let expected = "the recipe was changed, which holds from here on: epochs was 10 and is now 20; patience was 5 and is \
                        now 9";
        assert_eq!(told, expected);
        assert!(free(|r| r.epochs = 4).is_some(), "the epoch under way may be the last");
    }

    #[test]
    fn what_is_written_of_epochs_is_free() {
        let begun = Recipe { checkpoint: "{epoch}.keras".into(), checkpoint_every: 2, ..recipe() };
        let free = |change: fn(&mut Recipe)| changed(&begun, Some(&kept(4, &[])), change).unwrap().unwrap();
        assert_eq!(
            free(|r| (r.checkpoint_every, r.histogram_freq) = (1, 5)),
            "the recipe was changed, which holds from here on: checkpoint_every was 2 and is now 1; histogram_freq was 0 and is \
             now 5; what was written of the epochs before stays as it is"
        );
        let told = free(|r| (r.checkpoint, r.checkpoint_every) = (String::new(), 1));
        assert!(told.contains("checkpoint was \"{epoch}.keras\" and is now not given"), "{told}");
        let told = free(|r| (r.checkpoint_every, r.checkpoint_best_only) = (1, true));
        assert!(told.contains("checkpoint_best_only was false and is now true"), "{told}");
        assert!(!free(|r| r.patience = 9).contains("stays as it is"), "nothing is written otherwise");
        let told = free(|r| r.threshold = crate::Threshold::Given(0.3));
        assert!(told.contains("is now 0.3"), "{told}");
        // Nor does it set the folds of a cross-validation apart, as patience does.
        let fold = |change: fn(&mut Recipe)| {
            let mut recipe = begun.clone();
            change(&mut recipe);
            check_same((&begun, &recipe), Path::new("recipe.toml"))
        };
        assert_eq!(fold(|r| (r.checkpoint_every, r.histogram_freq) = (1, 5)), Ok(()));
        assert!(fold(|r| r.patience = 9).is_err());
    }

    #[test]
    fn epochs_are_free_where_the_steps_so_far_do_not_go_by_them() {
        let scheduled = |schedule: &str| Recipe { schedule: schedule.into(), ..recipe() };
        let longer = |recipe: &Recipe, kept: Option<&KeptState>| {
            changed(recipe, kept, |r| r.epochs = 12).map_err(|error| error.to_string())
        };
        let early = kept(4, &[]);
        for schedule in
            ["", "exponential=0.9", "step=0.001/0.0001,boundaries=2epochs", "table=0:0.001/5:0.0001"]
        {
            assert!(longer(&scheduled(schedule), Some(&early)).is_ok(), "{schedule}");
        }
        for schedule in ["cosine", "one_cycle", "polynomial"] {
            let message = longer(&scheduled(schedule), Some(&early)).unwrap_err();
            assert!(
                message.contains(&format!("its schedule, {schedule}, goes by it: epochs was 10")),
                "{message}"
            );
        }
        assert!(
            longer(&recipe(), None).unwrap_err().contains("the starts that were tried are compared by it")
        );
        let tuned = Recipe {
            base: "mobilenet_v2".into(),
            fine_tune: 3.into(),
            schedule: "cosine".into(),
            ..recipe()
        };
        let later = kept(12, &[10]);
        assert!(longer(&tuned, Some(&later)).unwrap_err().contains("stage 1 is over"));
        assert!(changed(&tuned, Some(&later), |r| r.fine_tune_epochs = 9).unwrap().is_some());
        // What is still to come may be of any length.
        assert!(changed(&tuned, Some(&early), |r| r.fine_tune_epochs = 9).unwrap().is_some());
    }
}
