//! Draws the events of a job on standard error: bars on a terminal, plain lines elsewhere.

mod lines;
mod place;

use std::io::IsTerminal;
use std::time::Duration;

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use report::numbers::count;
use train::{EpochRecord, Part};
use workflow::Event;

use crate::numbers::grouped;
use crate::output;
pub(crate) use lines::loaded_lines;
use lines::{figures, saved, skipped_lines, wrapped};
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
            Event::Skipped(skipped) => skipped_lines(skipped).iter().for_each(|line| self.line(line)),
            Event::Model { name, parameters, trained } => self.line(&format!(
                "{name}: {} parameters, {} of them trained",
                grouped(*parameters),
                grouped(*trained)
            )),
            Event::Fetching { bytes, total } => self.fetching(*bytes, *total),
            Event::Loaded(loaded) => loaded_lines(loaded).iter().for_each(|line| self.line(line)),
            Event::Fold { number, folds } => self.line(&format!("fold {number} of {folds}")),
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
