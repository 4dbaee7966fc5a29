//! What starts have reached, kept in `starts.json` so that a run that was left goes on with them.

use std::path::Path;

use serde::{Deserialize, Serialize};
use train::callbacks::Standing;

use crate::{Error, ErrorKind, Result};

/// What was reached so far.
#[derive(Debug, Default, PartialEq, Serialize, Deserialize)]
pub(super) struct Record {
    pub(super) tried: Vec<Tried>,
    /// The seed that goes on.
    pub(super) won: Option<u64>,
}

/// What a start reached.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct Tried {
    pub(super) seed: u64,
    /// After how many epochs of the first stage that is judged.
    pub(super) epochs: usize,
    /// The best so far of what is monitored; `None` where the loss was no number.
    pub(super) value: Option<f64>,
    /// The loss of that epoch, if it has one.
    pub(super) loss: Option<f64>,
}

impl Tried {
    pub(super) fn new(seed: u64, epochs: usize, reached: Option<Standing>) -> Self {
        // JSON has no other numbers, and a start that came to none is not as good as any.
        let reached = reached.filter(|standing| standing.value.is_finite());
        let value = reached.map(|standing| standing.value);
        let loss = reached.map(|standing| standing.loss).filter(|loss| loss.is_finite());
        Self { seed, epochs, value, loss }
    }

    pub(super) fn standing(&self) -> Option<Standing> {
        Some(Standing { value: self.value?, loss: self.loss.unwrap_or(f64::NAN) })
    }
}

impl Record {
    pub(super) fn read(path: &Path) -> Result<Self> {
        let damaged = |why: String| Error::new(ErrorKind::File, format!("{}: {why}", path.display()));
        match std::fs::read_to_string(path) {
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(Self::default()),
            Err(error) => Err(damaged(error.to_string())),
            Ok(text) => serde_json::from_str(&text).map_err(|error| damaged(error.to_string())),
        }
    }

    pub(super) fn write(&self, path: &Path) -> Result<()> {
        let text = serde_json::to_string_pretty(self)
            .map_err(|error| Error::new(ErrorKind::File, format!("the starts cannot be written: {error}")))?;
        Ok(files::write(path, text + "\n")?)
    }

    pub(super) fn of(&self, seed: u64) -> Option<&Tried> {
        self.tried.iter().find(|tried| tried.seed == seed)
    }

    pub(super) fn put(&mut self, tried: Tried) {
        self.tried.retain(|known| known.seed != tried.seed);
        self.tried.push(tried);
        self.tried.sort_by_key(|tried| tried.seed);
    }

    pub(super) fn told(&self) -> Vec<report::Start> {
        let told = |tried: &Tried| report::Start {
            seed: tried.seed,
            epochs: tried.epochs,
            value: tried.value,
            went_on: self.won == Some(tried.seed),
        };
        self.tried.iter().map(told).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_record_is_read_as_it_was_written() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("starts.json");
        assert_eq!(Record::read(&path).unwrap(), Record::default());
        let mut record = Record { tried: Vec::new(), won: Some(u64::MAX) };
        for (seed, epochs, value) in [(7, 3, Some(0.1 + 0.2)), (u64::MAX, 3, None), (7, 6, Some(0.25))] {
            record.put(Tried { seed, epochs, value, loss: None });
        }
        assert_eq!(record.tried.len(), 2);
        record.write(&path).unwrap();
        assert_eq!(Record::read(&path).unwrap(), record);
        std::fs::write(&path, "{\"tried\": 3}").unwrap();
        let message = Record::read(&path).unwrap_err().to_string();
        assert!(message.contains("starts.json") && message.contains("expected a sequence"), "{message}");
    }
}
