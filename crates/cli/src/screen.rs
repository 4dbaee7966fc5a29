//! Draws the events of a job on standard error: bars on a terminal, plain lines elsewhere.

mod place;

use std::io::IsTerminal;
use std::path::Path;
use std::time::Duration;

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use report::numbers::count;
use report::{Found, LoadedWeights, SkippedLayer};
use train::{EpochRecord, Part, Scores};
use workflow::Event;

use crate::numbers::grouped;
use crate::output;
use place::Place;

/// What is drawn now.
pub(crate) struct Screen {
    is_terminal: bool,
    bar: ProgressBar,
    /// The epoch's line waits for what is said of it.
    pending: Option<String>,
    /// What was said of the stage that is about to begin: its number, how many there are, and the epochs after it.
    coming: Option<(usize, usize, usize)>,
    place: Place,
    /// The part whose features are being computed.
    features: Option<Part>,
    /// Whether the bar is that of a file being fetched.
    is_fetching: bool,
}

impl Screen {
    pub(crate) fn new() -> Self {
        let is_terminal = std::io::stderr().is_terminal();
        Self {
            is_terminal,
            bar: ProgressBar::hidden(),
            pending: None,
            coming: None,
            place: Place::default(),
            features: None,
            is_fetching: false,
        }
    }

    /// Draws one event.
    pub(crate) fn draw(&mut self, event: &Event<'_>) {
        match event {
            Event::Notice(text) => self.line(&format!("note: {text}")),
            Event::Started(what) => self.start(what),
            Event::Pictures { classes, split } => self.line(&format!(
                "{}; {} for training, {} for validation, {} for the test",
                count(classes.len(), "class", "classes"),
                count(split.train.len(), "picture", "pictures"),
                split.validation.len(),
                split.test.len()
            )),
            Event::Skipped(skipped) => self.skipped(skipped),
            Event::Model { name, parameters, trained } => self.line(&format!(
                "{name}: {} parameters, {} of them trained",
                grouped(*parameters),
                grouped(*trained)
            )),
            Event::Fetching { bytes, total } => self.fetching(*bytes, *total),
            Event::Loaded(loaded) => self.loaded(loaded),
            Event::RunFolder(path) => self.line(&format!("writing to {}", path.display())),
            Event::Stage { number, stages, epochs_after } => {
                self.coming = Some((*number, *stages, *epochs_after));
            }
            Event::Train(event) => self.training(event),
            Event::Testing { pictures: 0 } => {}
            Event::Testing { pictures } => {
                self.start(&format!("testing on {}", count(*pictures, "picture", "pictures")))
            }
            _ => {}
        }
    }

    /// Ends what is being drawn.
    pub(crate) fn finish(&mut self) {
        self.flush();
        self.bar.finish_and_clear();
    }

    fn training(&mut self, event: &train::Event<'_>) {
        use train::Event as E;
        match event {
            E::StageStarted { stage, first_epoch, last_epoch, steps, trained_parameters, .. } => {
                let (number, stages, after) = self.coming.take().unwrap_or((1, 1, 0));
                self.place = Place::alone(*first_epoch, *last_epoch).among(stage, (number, stages), after);
                self.features = None;
                self.line(&format!(
                    "{}, {} an epoch, {} parameters trained",
                    self.place.stage(stage),
                    count(*steps, "step", "steps"),
                    grouped(*trained_parameters)
                ));
            }
            E::Notice(text) => self.line(&format!("note: {text}")),
            E::FeaturesProgress { part, done, total } => self.features(*part, *done, *total),
            E::EpochStarted { epoch, steps, .. } => self.epoch_bar(*epoch, *steps),
            E::BatchDone { step, scores, images_per_second, .. } => {
                self.bar.set_position(*step as u64);
                self.bar.set_message(format!("{}  {images_per_second:.0} images/s", figures(scores)));
            }
            E::PredictProgress { .. } => {}
            E::EpochDone(record) => {
                self.flush();
                self.bar.finish_and_clear();
                self.pending = Some(self.epoch_line(record));
            }
            E::Saved { path, .. } => {
                if let Some(line) = &mut self.pending {
                    line.push_str(&saved(path));
                }
            }
            E::StoppedEarly { why } => self.line(&format!("stopped early: {why}")),
            E::Diverged { why } => self.line(&format!("stopped: {why}")),
            E::Interrupted => self.line("interrupted"),
            E::Restored { epoch, monitor, value } => {
                self.line(&format!("the weights of epoch {epoch} are kept ({monitor} {value:.4})"));
            }
            _ => {}
        }
    }

    fn features(&mut self, part: Part, done: usize, total: usize) {
        if self.features != Some(part) {
            self.features = Some(part);
            let name = if part == Part::Training { "training" } else { "validation" };
            let one = format!("{name} picture");
            let pictures = count(total, &one, &format!("{one}s"));
            self.start(&format!("features of {pictures}, once for all epochs"));
            if self.is_terminal {
                self.bar = self.new_bar("{bar:8.green/dim} {pos}/{len}  {wide_msg}", Some(total as u64));
                self.bar.set_message(format!("features of the {name} pictures, once for all epochs"));
            }
        }
        self.bar.set_position(done as u64);
    }

    /// So many of `total` things are done; `what` says which, as "looking at the pictures".
    pub(crate) fn count(&mut self, what: &str, done: usize, total: usize) {
        if done <= 1 {
            self.start(what);
            if self.is_terminal {
                self.bar = self
                    .new_bar("{bar:20.green/dim} {pos}/{len}  {eta} left  {wide_msg}", Some(total as u64));
                self.bar.set_message(what.to_owned());
            }
        }
        self.bar.set_position(done as u64);
    }

    fn fetching(&mut self, bytes: u64, total: Option<u64>) {
        if !self.is_terminal {
            return;
        }
        if !self.is_fetching {
            self.start("");
            self.is_fetching = true;
            let template = match total {
                Some(_) => "{bar:20.green/dim} {bytes} of {total_bytes}  {bytes_per_sec}  {eta} left",
                None => "{spinner} {bytes}  {bytes_per_sec}",
            };
            self.bar = self.new_bar(template, total);
            // What came in an earlier try says nothing of the speed of this one.
            self.bar.set_position(bytes);
            self.bar.reset_eta();
        }
        self.bar.set_position(bytes);
    }

    fn loaded(&mut self, loaded: &LoadedWeights) {
        loaded_lines(loaded).iter().for_each(|line| self.line(line));
    }

    fn epoch_line(&self, record: &EpochRecord) -> String {
        let EpochRecord { epoch, scores, seconds, .. } = record;
        format!("{}  {}  {seconds:.1} s", self.place.epoch(*epoch), figures(scores))
    }

    /// A step without a known length, or with one that comes later.
    fn start(&mut self, what: &str) {
        self.flush();
        self.bar.finish_and_clear();
        self.is_fetching = false;
        if !self.is_terminal {
            output::tell(what);
            return;
        }
        self.bar = self.new_bar("{spinner} {wide_msg}", None);
        self.bar.set_message(what.to_string());
        self.bar.enable_steady_tick(Duration::from_millis(100));
    }

    fn epoch_bar(&mut self, epoch: usize, steps: usize) {
        self.flush();
        self.bar.finish_and_clear();
        if self.is_terminal {
            self.bar = self.new_bar(
                "{prefix} {bar:8.green/dim} {pos}/{len}  {eta} left  {wide_msg}",
                Some(steps as u64),
            );
            self.bar.set_prefix(self.place.epoch(epoch));
        }
    }

    fn new_bar(&self, template: &str, length: Option<u64>) -> ProgressBar {
        let style = ProgressStyle::with_template(template).unwrap_or_else(|_| ProgressStyle::default_bar());
        let bar = ProgressBar::with_draw_target(length, ProgressDrawTarget::stderr());
        bar.with_style(style.progress_chars("━━╌"))
    }

    fn skipped(&mut self, skipped: &[images::Skipped]) {
        const SHOWN: usize = 5;
        let are = if skipped.len() == 1 { "file is" } else { "files are" };
        self.line(&format!("{} {are} left out:", skipped.len()));
        for one in skipped.iter().take(SHOWN) {
            let path = one.path.display().to_string();
            match one.reason.contains(&path) {
                true => self.line(&format!("  {}", one.reason)),
                false => self.line(&format!("  {path}: {}", one.reason)),
            }
        }
        if skipped.len() > SHOWN {
            self.line(&format!(
                "  and {} more; all are in result.json and the report",
                skipped.len() - SHOWN
            ));
        }
    }

    fn line(&mut self, text: &str) {
        self.flush();
        self.bar.suspend(|| output::tell(text));
    }

    fn flush(&mut self) {
        if let Some(line) = self.pending.take() {
            let shown = match self.is_terminal.then(|| console::Term::stderr().size_checked()).flatten() {
                Some((_, columns)) => wrapped(&line, usize::from(columns)),
                None => line,
            };
            self.bar.suspend(|| output::tell(shown));
        }
    }
}

/// What an epoch's line says of a model that was saved.
fn saved(path: &Path) -> String {
    let name = path.file_name().map_or_else(Default::default, |name| name.to_string_lossy());
    match workflow::model_file(path.parent().unwrap_or(path)) == path {
        true => "  best, saved".to_owned(),
        false => format!("  saved {name}"),
    }
}

/// What of a file of weights was loaded, and what was not, with the first names for each reason.
pub(crate) fn loaded_lines(loaded: &LoadedWeights) -> Vec<String> {
    const SHOWN: usize = 3;
    let LoadedWeights { file, found, loaded, skipped } = loaded;
    let mut reasons: Vec<(&str, Vec<&str>)> = Vec::new();
    for SkippedLayer { name, why } in skipped {
        match reasons.iter_mut().find(|(known, _)| known == why) {
            Some((_, names)) => names.push(name),
            None => reasons.push((why, vec![name])),
        }
    }
    let found = match found {
        Found::ByName => "",
        Found::ByOrder => " in the order of its layers, which have other names",
    };
    let mut lines =
        vec![format!("weights: {} loaded from {file}{found}, {} skipped", loaded.len(), skipped.len())];
    let reason = |(why, names): &(&str, Vec<&str>)| {
        let first = names[..names.len().min(SHOWN)].join(", ");
        let more = names.len().saturating_sub(SHOWN);
        let more = if more > 0 { format!(" and {more} more") } else { String::new() };
        format!("  {first}{more}: {why}")
    };
    lines.extend(reasons.iter().take(SHOWN).map(reason));
    if reasons.len() > SHOWN {
        lines.push(format!("  and for {} other reasons; --json has all", reasons.len() - SHOWN));
    }
    lines
}

/// `loss 0.1234  accuracy 0.9000`
fn figures(scores: &Scores) -> String {
    scores.iter().map(|(name, value)| format!("{name} {value:.4}")).collect::<Vec<_>>().join("  ")
}

/// The figures of `line`, which two spaces part, on as many lines as a terminal of `columns` needs to break none of them;
/// those after the first are below its second figure.
fn wrapped(line: &str, columns: usize) -> String {
    // The first, `epoch   1/10`, has spaces in it.
    let start = line.find('/').and_then(|at| line[at..].find("  ").map(|length| at + length)).unwrap_or(0);
    let (mut text, mut used) = (line[..start].to_owned(), start);
    for figure in line[start..].split("  ").filter(|figure| !figure.is_empty()) {
        if used + 2 + figure.len() > columns && used > start {
            text += &format!("\n{:start$}", "");
            used = start;
        }
        text += &format!("  {figure}");
        used += 2 + figure.len();
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn figures_are_not_broken_where_a_terminal_is_narrow() {
        let line = "epoch   1/10  loss 0.5000  accuracy 0.9000  val_loss 0.5000  1.2 s";
        assert_eq!(wrapped(line, 80), line);
        let two = "epoch   1/10  loss 0.5000  accuracy 0.9000\n              val_loss 0.5000  1.2 s";
        assert_eq!(wrapped(line, 50), two);
        // No room for anything: a figure a line.
        assert_eq!(wrapped(line, 5).lines().count(), 4);
    }

    #[test]
    fn skipped_layers_are_told_by_their_reason() {
        let skipped = |name: &str, why: &str| SkippedLayer { name: name.into(), why: why.into() };
        let counters = (0..5).map(|i| skipped(&format!("bn{i}.count"), "no parameter"));
        let loaded = LoadedWeights {
            file: "a.pth".into(),
            found: Found::ByOrder,
            loaded: vec!["stem/kernel".into()],
            skipped: counters.chain([skipped("head_dense", "expected 3, received 5")]).collect(),
        };
        let expected = [
            "weights: 1 loaded from a.pth in the order of its layers, which have other names, 6 skipped",
            "  bn0.count, bn1.count, bn2.count and 2 more: no parameter",
            "  head_dense: expected 3, received 5",
        ];
        assert_eq!(loaded_lines(&loaded), expected);
    }
}
