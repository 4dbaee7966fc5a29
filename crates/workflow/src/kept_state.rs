//! A run's state on disk, from which it goes on after it was killed: `checkpoints/state.safetensors`.
//!
//! Values lie in the file as they are. Numbers and the histories of finished stages are text beside them, written so
//! that they read back with the same bits.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use formats::safetensors;
use images::Split;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use train::callbacks::StoreError;
use train::{Backup, Ended, EpochRecord, History, Seconds, State};

use crate::clock::Clock;
use crate::fetch::hex;
use crate::part_record::Root;
use crate::{Error, ErrorKind, Result};

/// What the file is written as. A reader that meets another number refuses it.
const VERSION: &str = "3";
/// Names of what lies beside the values.
const NUMBERS: &str = "numbers/";
const FINISHED: &str = "finished stages";
const PICTURES: &str = "pictures";

/// What was kept of a run.
pub(crate) struct KeptState {
    pub(crate) state: State,
    /// The stages before, by name; the clock knows what they took.
    pub(crate) finished: Vec<(String, History)>,
    /// Of the pictures, as [`fingerprint`] gives it.
    pub(crate) pictures: String,
}

/// Tells the pictures of a set from every other ones, wherever the set lies.
pub(crate) fn fingerprint(split: &Split, root: &Root) -> String {
    let mut hasher = Sha256::new();
    for (part, samples) in [&split.train, &split.validation].into_iter().enumerate() {
        for sample in samples {
            hasher.update(root.name(sample));
            hasher.update([0, part as u8]);
            hasher.update(sample.label.to_le_bytes());
        }
    }
    hex(&hasher.finalize())
}

impl KeptState {
    /// To go on with pictures of this fingerprint: other ones than before from the beginning of the epoch.
    pub(crate) fn of_pictures(mut self, fingerprint: &str) -> Self {
        if self.pictures != fingerprint {
            self.state.begin_epoch_anew();
        }
        self
    }

    /// What was kept at `path`; `None` where nothing was.
    ///
    /// # Errors
    /// The file is damaged, or of another version.
    pub(crate) fn read(path: &Path) -> Result<Option<Self>> {
        if !path.is_file() {
            return Ok(None);
        }
        let wrong = |why: &str| Error::new(ErrorKind::Model, format!("{}: {why}", path.display()));
        let damaged = |error: formats::Error| {
            wrong(&format!(
                "the state that was kept is damaged ({error}); the best model so far is in best.keras beside its folder: \
                 train on from it with --base, or begin anew with another --out"
            ))
        };
        let (values, texts) = safetensors::read_values(path).map_err(damaged)?;
        if texts.get("version").map(String::as_str) != Some(VERSION) {
            return Err(wrong(
                "it was written by another version of this program: go on with that version, or begin a new run with \
                 another --out, which --weights best.keras, from beside its folder, starts from what this one has learned",
            ));
        }
        let mut state = State::default();
        values.iter().for_each(|(name, values)| state.put_values(name, values));
        for (name, text) in &texts {
            if let Some(name) = name.strip_prefix(NUMBERS) {
                let numbers: Result<Vec<f64>, _> = text.split_whitespace().map(str::parse).collect();
                state.put_numbers(name, &numbers.map_err(|_| wrong("its numbers are damaged"))?);
            }
        }
        let finished = texts.get(FINISHED).and_then(|text| serde_json::from_str::<Vec<Finished>>(text).ok());
        let finished = finished.ok_or_else(|| wrong("it does not say which stages are finished"))?;
        Ok(Some(Self {
            state,
            finished: finished.into_iter().map(Finished::history).collect(),
            pictures: texts.get(PICTURES).cloned().unwrap_or_default(),
        }))
    }
}

/// Keeps a run's state from time to time, so that it takes a twentieth of the time at most.
pub(crate) struct StateFile<'a> {
    path: PathBuf,
    clock: &'a Clock,
    finished: &'a [(String, History)],
    pictures: &'a str,
    /// Steps from one state to the next; 0 for so many that it takes little time.
    frequency: usize,
    /// Steps since the last one.
    steps: usize,
    next: Instant,
}

/// No state is kept sooner after the one before.
const LEAST_PAUSE: Duration = Duration::from_secs(2);
/// So many times the time that keeping took passes before it is done again.
const PAUSE: u32 = 20;

impl<'a> StateFile<'a> {
    /// For a stage after the `finished` ones, on `pictures` of this fingerprint.
    pub(crate) fn new(
        path: PathBuf,
        clock: &'a Clock,
        (finished, pictures): (&'a [(String, History)], &'a str),
        frequency: usize,
    ) -> Self {
        Self { path, clock, finished, pictures, frequency, steps: 0, next: Instant::now() }
    }
}

impl Backup for StateFile<'_> {
    fn is_due(&mut self) -> bool {
        self.steps += 1;
        match self.frequency {
            0 => Instant::now() >= self.next,
            frequency => self.steps >= frequency,
        }
    }

    fn keep(&mut self, state: &State, spent: &Seconds) -> Result<(), StoreError> {
        let began = Instant::now();
        let finished: Vec<Finished> = self.finished.iter().map(Finished::of).collect();
        let mut texts = BTreeMap::from([
            ("version".to_owned(), VERSION.to_owned()),
            (PICTURES.to_owned(), self.pictures.to_owned()),
            (FINISHED.to_owned(), serde_json::to_string(&finished)?),
        ]);
        for (name, numbers) in state.all_numbers() {
            let numbers: Vec<String> = numbers.iter().map(|number| format!("{number:?}")).collect();
            texts.insert(format!("{NUMBERS}{name}"), numbers.join(" "));
        }
        if let Some(folder) = self.path.parent() {
            files::create_folder(folder)?;
        }
        safetensors::write_values(&self.path, state.all_values(), &texts)?;
        // The state is kept by now, and a run goes on without its seconds.
        let _ = self.clock.keep(self.finished.iter().map(|(_, history)| &history.seconds).chain([spent]));
        self.steps = 0;
        self.next = Instant::now() + LEAST_PAUSE.max(PAUSE * began.elapsed());
        Ok(())
    }
}

/// A stage's history as text.
#[derive(Serialize, Deserialize)]
struct Finished {
    name: String,
    epochs: Vec<Epoch>,
    /// Why it ended before its last epoch; `None` if it did not.
    stopped: Option<String>,
    best_epoch: Option<usize>,
}

#[derive(Serialize, Deserialize)]
struct Epoch {
    epoch: usize,
    learning_rate: f32,
    scores: Vec<(String, Option<f64>)>,
    seconds: f64,
}

impl Finished {
    fn of((name, history): &(String, History)) -> Self {
        let epoch = |record: &EpochRecord| Epoch {
            epoch: record.epoch,
            learning_rate: record.learning_rate,
            scores: record.scores.iter().map(|(name, value)| (name.to_owned(), finite(value))).collect(),
            seconds: record.seconds,
        };
        let stopped = match &history.ended {
            Ended::Finished => None,
            Ended::Interrupted => Some(String::new()),
            Ended::StoppedEarly(why)
            | Ended::Reached(why)
            | Ended::NotANumber(why)
            | Ended::Diverged(why) => Some(why.clone()),
        };
        Self {
            name: name.clone(),
            epochs: history.epochs.iter().map(epoch).collect(),
            stopped,
            best_epoch: history.best_epoch,
        }
    }

    fn history(self) -> (String, History) {
        let stage = self.name.clone();
        let record = |epoch: Epoch| EpochRecord {
            epoch: epoch.epoch,
            stage: stage.clone(),
            learning_rate: epoch.learning_rate,
            scores: epoch.scores.into_iter().map(|(name, value)| (name, value.unwrap_or(f64::NAN))).collect(),
            seconds: epoch.seconds,
        };
        let history = History {
            epochs: self.epochs.into_iter().map(record).collect(),
            ended: self.stopped.map_or(Ended::Finished, Ended::StoppedEarly),
            best_epoch: self.best_epoch,
            seconds: Seconds::default(),
        };
        (self.name, history)
    }
}

/// JSON has no other numbers.
fn finite(value: f64) -> Option<f64> {
    Some(value).filter(|value| value.is_finite())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::run_folder::RunFolder;

    #[test]
    fn a_state_is_kept_where_its_seconds_cannot_be() {
        let place = tempfile::tempdir().unwrap();
        let folder = RunFolder::at(place.path());
        std::fs::create_dir_all(folder.seconds()).unwrap();
        let clock = Clock::start(&folder);
        let mut state = State::default();
        state.put_numbers("place", &[3.0, 7.0]);
        let mut file = StateFile::new(folder.state(), &clock, (&[], ""), 2);
        assert!(!file.is_due() && file.is_due());
        file.keep(&state, &Seconds::default()).unwrap();
        let kept = KeptState::read(&folder.state()).unwrap().unwrap();
        assert_eq!(kept.state.place(), Some((3, 7)));
        assert!(!file.is_due(), "the next one is counted from it");
    }

    #[test]
    fn of_another_version_it_is_said_what_to_do() {
        let place = tempfile::tempdir().unwrap();
        let folder = RunFolder::at(place.path());
        std::fs::create_dir_all(folder.checkpoints()).unwrap();
        let texts = BTreeMap::from([("version".to_owned(), "0".to_owned())]);
        safetensors::write_values(&folder.state(), State::default().all_values(), &texts).unwrap();
        let error = KeptState::read(&folder.state()).map(drop).unwrap_err().to_string();
        for words in ["state.safetensors", "another version", "go on with that version", "--weights", "--out"]
        {
            assert!(error.contains(words), "{words}: {error}");
        }
    }
}
