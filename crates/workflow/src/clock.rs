//! Where a run's time goes, over all its sittings: kept beside its state as `seconds.json`.
//!
//! Of a sitting that was left counts what passed until its last state was kept: what came after is done again.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::Instant;

use report::Seconds;
use train::callbacks::StoreError;

use crate::run_folder::RunFolder;

/// Runs from the beginning of a sitting to its end.
pub(crate) struct Clock {
    file: PathBuf,
    /// Of the sittings before.
    earlier: Seconds,
    begun: Instant,
    /// Of this one, by what was done.
    parts: BTreeMap<&'static str, f64>,
    /// What is being done, and since when; `None` while it is training, which keeps its own account.
    doing: Option<(&'static str, Instant)>,
}

impl Clock {
    /// Begins a sitting of the run in `folder`, with what those before took, if it goes on from what they left.
    pub(crate) fn start(folder: &RunFolder) -> Self {
        let file = folder.seconds();
        let kept = std::fs::read_to_string(&file).ok().filter(|_| folder.has_state());
        // A run goes on without knowing them.
        let earlier = kept.and_then(|kept| serde_json::from_str(&kept).ok()).unwrap_or_default();
        Self { file, earlier, begun: Instant::now(), parts: BTreeMap::new(), doing: None }
    }

    /// From now on it is this that is done.
    pub(crate) fn turn_to(&mut self, next: Option<&'static str>) {
        if let Some((part, since)) = self.doing.take() {
            *self.parts.entry(part).or_default() += since.elapsed().as_secs_f64();
        }
        self.doing = next.map(|next| (next, Instant::now()));
    }

    /// What all sittings took so far, with what this one's `training` says.
    pub(crate) fn seconds<'a>(&self, training: impl IntoIterator<Item = &'a train::Seconds>) -> Seconds {
        let mut seconds = self.earlier.clone();
        seconds.total += self.begun.elapsed().as_secs_f64();
        let under_way = self.doing.map(|(part, since)| (part, since.elapsed().as_secs_f64()));
        let own = self.parts.iter().map(|(part, spent)| (*part, *spent)).chain(under_way);
        for (part, spent) in own.chain(training.into_iter().flat_map(training_parts)) {
            *seconds.parts.entry(part.to_owned()).or_default() += spent;
        }
        seconds
    }

    /// Keeps that for the next sitting.
    pub(crate) fn keep<'a>(
        &self,
        training: impl IntoIterator<Item = &'a train::Seconds>,
    ) -> Result<(), StoreError> {
        Ok(files::write(&self.file, serde_json::to_string_pretty(&self.seconds(training))? + "\n")?)
    }
}

fn training_parts(seconds: &train::Seconds) -> [(&'static str, f64); 7] {
    [
        ("features", seconds.features),
        ("waiting", seconds.waiting),
        ("forward", seconds.forward),
        ("backward", seconds.backward),
        ("update", seconds.update),
        ("validation", seconds.validation),
        ("callbacks", seconds.callbacks),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_kept_counts_where_the_run_goes_on_from_it() {
        let place = tempfile::tempdir().unwrap();
        let folder = RunFolder::at(place.path());
        std::fs::create_dir_all(folder.checkpoints()).unwrap();
        let training = train::Seconds { forward: 2.0, total: 3.0, ..train::Seconds::default() };
        let mut first = Clock::start(&folder);
        first.earlier.total = 100.0;
        first.turn_to(Some("decode"));
        first.keep([&training, &training]).unwrap();

        let anew = Clock::start(&folder).seconds([]);
        assert!(anew.total < 50.0 && anew.parts.is_empty(), "nothing was kept to go on from: {anew:?}");
        std::fs::write(folder.state(), "").unwrap();
        let mut second = Clock::start(&folder);
        let kept = second.seconds([]);
        assert!(kept.total >= 100.0 && kept.parts["forward"] == 4.0, "{kept:?}");
        assert!(kept.parts.contains_key("decode"), "also what was under way: {kept:?}");
        second.turn_to(Some("decode"));
        second.turn_to(None);
        let both = second.seconds([&training]);
        assert_eq!(both.parts["forward"], 6.0);
        assert!(both.parts["decode"] >= kept.parts["decode"] && both.parts["update"] == 0.0, "{both:?}");
    }
}
