//! Where a run's time goes, over all its sittings: kept beside its state as `seconds.json`.
//!
//! Of a sitting that was left counts what passed until its last state was kept: what came after is done again.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
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
        // A run goes on without knowing them.
        let earlier = if folder.has_state() { read(&file).unwrap_or_default() } else { Seconds::default() };
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

/// The largest file that is read: a dozen parts, and that with room.
const LIMIT_BYTES: u64 = 64 << 10;

/// What was kept in `file`, without what no time can be.
fn read(file: &Path) -> Option<Seconds> {
    std::fs::metadata(file).ok().filter(|found| found.len() <= LIMIT_BYTES)?;
    let mut seconds: Seconds = serde_json::from_str(&std::fs::read_to_string(file).ok()?).ok()?;
    let can_be = |spent: f64| spent.is_finite() && spent >= 0.0;
    seconds.parts.retain(|_, spent| can_be(*spent));
    can_be(seconds.total).then_some(seconds)
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

    #[test]
    fn what_no_time_can_be_counts_for_nothing() {
        let place = tempfile::tempdir().unwrap();
        let folder = RunFolder::at(place.path());
        std::fs::create_dir_all(folder.checkpoints()).unwrap();
        std::fs::write(folder.state(), "").unwrap();
        let earlier = |text: &str| {
            std::fs::write(folder.seconds(), text).unwrap();
            Clock::start(&folder).earlier
        };
        let kept = earlier(r#"{"total": 9.0, "forward": 2.0, "decode": -3.0}"#);
        assert_eq!((kept.total, kept.parts.len(), kept.parts["forward"]), (9.0, 1, 2.0));
        let padding = " ".repeat(LIMIT_BYTES as usize);
        let too_long = format!(r#"{{"total": 9.0}}{padding}"#);
        for text in [r#"{"total": -9.0, "forward": 2.0}"#, r#"{"total": 1e999}"#, "{", &too_long] {
            let kept = earlier(text);
            assert!(kept.total == 0.0 && kept.parts.is_empty(), "{kept:?}");
        }
        std::fs::remove_file(folder.seconds()).unwrap();
        std::fs::create_dir(folder.seconds()).unwrap();
        assert_eq!(Clock::start(&folder).earlier.total, 0.0);
    }
}
