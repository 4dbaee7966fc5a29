//! The search for a learning rate: a range test, then short trainings at rates of a grid, then finer around the best.

use std::path::Path;
use std::sync::atomic::AtomicBool;
use std::sync::mpsc;
use std::time::Instant;

use report::{RangeTest, RateSearch, RateTrial};
use train::schedules::{Exponential, Length};
use train::{Data, Ended, ErrorKind as TrainErrorKind, History, Model, Stage};

use super::candidates::{Tried, about_as_good, best, search, two_digits};
use super::ground::Ground;
use super::range_test::Curve;
use super::recorder::Recorder;
use crate::{Error, ErrorKind, Event, Observer, Plan, Result};

/// Steps that a try has at least, unless its epochs are given.
const STEPS: usize = 60;
/// Epochs that a try has at least then.
const EPOCHS: usize = 2;
/// What a range test goes through.
const RANGE: [f64; 2] = [1e-7, 10.0];

/// What a search may be told.
#[derive(Debug, Clone, PartialEq)]
pub struct Rates {
    /// The grid's first rate.
    pub from: f64,
    /// Its last.
    pub to: f64,
    /// Epochs of each try; `None`: as many as make some dozens of steps.
    pub epochs: Option<usize>,
    /// Steps of the range test.
    pub range_steps: usize,
    /// Pictures that are looked at, at most.
    pub pictures: usize,
}

impl Default for Rates {
    fn default() -> Self {
        Self { from: 1e-5, to: 1.0, epochs: None, range_steps: 100, pictures: 2000 }
    }
}

impl Rates {
    fn check(&self) -> Result<()> {
        let positive = |option, rate: f64| match rate.is_finite() && rate > 0.0 && rate <= 1e3 {
            true => Ok(()),
            false => Err(Error::setting(option, "more than 0 and at most 1000", rate)),
        };
        positive("--from", self.from)?;
        positive("--to", self.to)?;
        if self.from > self.to {
            return Err(Error::setting("--to", format!("--from, {}, or more", self.from), self.to));
        }
        if self.from < self.to * 1e-12 {
            return Err(Error::setting("--from", "at least a millionth of a millionth of --to", self.from));
        }
        Ok(())
    }
}

/// Searches a rate for the first stage of `plan`. Nothing is written.
///
/// # Errors
/// A setting is out of its range, the pictures or weights cannot be used, every rate diverges, or `stop` was set.
pub fn rates(plan: &Plan, rates: &Rates, observer: &mut Observer, stop: &AtomicBool) -> Result<RateSearch> {
    let begun = Instant::now();
    rates.check()?;
    let ground = Ground::read(plan, rates.pictures, observer, stop)?;
    let start = ground.build(plan, observer)?.model;
    observer(Event::Started("range test: one training whose rate rises from step to step"));
    let range_test = range_test(plan, &ground, &start, rates.range_steps)?;
    let epochs = rates.epochs.unwrap_or_else(|| STEPS.div_ceil(ground.steps(plan)).max(EPOCHS));
    let mut count = 0;
    let tried = search(rates.from, rates.to, |rate| {
        count += 1;
        observer(Event::Started(&format!("try {count}: {epochs} epochs at rate {rate:e}")));
        ground.check_stop()?;
        let loss = try_rate(plan, &ground, &start, (rate, epochs))?;
        let shown =
            loss.map_or_else(|| "diverged".to_owned(), |loss| format!("{} {loss:.4}", monitor(&ground)));
        observer(Event::Notice(&format!("rate {rate:e}: {shown}")));
        Ok(loss)
    })?;
    let (learning_rate, _) = best(&tried).ok_or_else(|| {
        let message = "training diverges at every rate that was tried; see that the labels and the pictures are right, or \
                       give smaller rates with --from and --to";
        Error::new(ErrorKind::Training, message)
    })?;
    let why = reason(&tried, &range_test, monitor(&ground), epochs);
    Ok(RateSearch {
        name: data_name(&plan.recipe.data),
        architecture: start.graph.name().to_string(),
        pictures: ground.pictures.train.len(),
        monitor: monitor(&ground).into(),
        epochs,
        trials: tried.into_iter().map(|(learning_rate, loss)| RateTrial { learning_rate, loss }).collect(),
        range_test,
        learning_rate,
        why,
        seconds: begun.elapsed().as_secs_f64(),
    })
}

/// What the data is called.
pub(super) fn data_name(data: &Path) -> String {
    let full = std::fs::canonicalize(data).unwrap_or_else(|_| data.to_path_buf());
    full.file_name().map_or_else(String::new, |name| name.to_string_lossy().into_owned())
}

fn monitor(ground: &Ground) -> &'static str {
    if ground.pictures.validation.is_empty() { "loss" } else { "val_loss" }
}

/// The least loss that so many epochs at `rate` come to.
fn try_rate(
    plan: &Plan,
    ground: &Ground,
    start: &Model,
    (rate, epochs): (f64, usize),
) -> Result<Option<f64>> {
    let stage = Stage { learning_rate: rate as f32, ..ground.first_stage(plan, epochs) };
    match ground.fit(&ground.data(plan), &mut start.clone(), &stage, &mut []) {
        Ok(History { ended: Ended::Interrupted, .. }) => ground.check_stop().map(|()| None),
        Ok(history) => {
            let losses = history.epochs.iter().filter_map(|record| record.scores.get(monitor(ground)));
            let least = losses.fold(f64::INFINITY, f64::min);
            Ok(Some(least).filter(|loss| loss.is_finite()))
        }
        Err(error) if error.kind() == TrainErrorKind::Diverged => Ok(None),
        Err(error) => Err(error.into()),
    }
}

fn range_test(plan: &Plan, ground: &Ground, start: &Model, steps: usize) -> Result<RangeTest> {
    let [from, to] = RANGE;
    let factor = (to / from).powf(1.0 / steps.saturating_sub(1).max(1) as f64);
    let rising = Exponential { decay_rate: factor, decay_steps: Length::Steps(1.0), staircase: false };
    let epochs = steps.div_ceil(ground.steps(plan));
    let stage =
        Stage { learning_rate: from as f32, schedule: rising.into(), ..ground.first_stage(plan, epochs) };
    let (sender, receiver) = mpsc::channel();
    let data = Data { validation: None, ..ground.data(plan) };
    let fitted = ground.fit(&data, &mut start.clone(), &stage, &mut [Box::new(Recorder::new(steps, sender))]);
    let mut curve = Curve::default();
    receiver.try_iter().for_each(|(rate, loss)| curve.push(rate, loss));
    match fitted {
        Ok(_) => {}
        // The step whose loss is no number is seen by nobody else.
        Err(error) if error.kind() == TrainErrorKind::Diverged => curve.end(factor),
        Err(error) => return Err(error.into()),
    }
    ground.check_stop()?;
    Ok(curve.judged())
}

/// Why the best of `tried` is taken, in one sentence.
fn reason(tried: &[Tried], test: &RangeTest, monitor: &str, epochs: usize) -> String {
    let Some((_, loss)) = best(tried) else { return String::new() };
    let of = if monitor == "loss" { "training" } else { "validation" };
    let mut why = format!(
        "of {} rates it comes to the least {of} loss within {epochs} epoch{}, {loss:.4}",
        tried.len(),
        if epochs == 1 { "" } else { "s" }
    );
    if let Some([low, high]) = about_as_good(tried).filter(|[low, high]| low < high) {
        why += &format!("; from {low:e} to {high:e} it is as good within 5 %");
    }
    if let Some(rate) = test.diverges {
        why += &format!("; in the range test the loss is thrown up at {:e}", two_digits(rate));
    }
    why
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_range_that_is_none_is_refused() {
        let refused = |change: fn(&mut Rates)| {
            let mut rates = Rates::default();
            change(&mut rates);
            rates.check().unwrap_err().to_string()
        };
        assert_eq!(refused(|r| r.from = 0.0), "--from: expected more than 0 and at most 1000, received 0");
        assert_eq!(refused(|r| r.to = f64::NAN), "--to: expected more than 0 and at most 1000, received NaN");
        assert_eq!(refused(|r| r.from = 2.0), "--to: expected --from, 2, or more, received 1");
        assert!(refused(|r| r.from = 1e-300).starts_with("--from: expected at least"));
        assert_eq!(Rates::default().check(), Ok(()));
    }

    #[test]
    fn the_reason_is_one_sentence_with_the_figures() {
        let tried = [(1e-3, Some(0.51)), (1e-2, Some(0.5)), (0.1, None)];
        let test = RangeTest { diverges: Some(0.234), ..RangeTest::default() };
        assert_eq!(
            reason(&tried, &test, "val_loss", 3),
            "of 3 rates it comes to the least validation loss within 3 epochs, 0.5000; from 1e-3 to 1e-2 it is as good \
             within 5 %; in the range test the loss is thrown up at 2.3e-1"
        );
    }
}
