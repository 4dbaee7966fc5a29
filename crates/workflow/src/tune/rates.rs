//! The search for a learning rate: a range test, then short trainings at rates of a grid, then finer around the best.

use std::sync::atomic::AtomicBool;
use std::sync::mpsc;
use std::time::Instant;

use report::{RangeTest, RateSearch, RateTrial, numbers};
use train::callbacks::Callback;
use train::schedules::{Exponential, Length};
use train::{Data, Ended, ErrorKind as TrainErrorKind, Model, Stage};

use super::candidates::{Tried, about_as_good, best, search, two_digits};
use super::range_test::Curve;
use super::recorder::Recorder;
use super::shared::Shared;
use crate::callbacks::deciding;
use crate::job::is_last;
use crate::outcome::data_name;
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

/// Searches [`crate::Recipe::learning_rate`] by the first stage of `plan` that it is for. Nothing is written.
///
/// # Errors
/// A setting is out of its range, no stage has that rate, the pictures or weights cannot be used, every rate diverges,
/// or `stop` was set.
pub fn rates(plan: &Plan, rates: &Rates, observer: &mut Observer, stop: &AtomicBool) -> Result<RateSearch> {
    let begun = Instant::now();
    rates.check()?;
    let place = searched(plan)?;
    let shared = Shared::read(&[plan], rates.pictures, observer, stop)?;
    let search = Search::begin(plan, place, &shared, observer)?;
    observer(Event::Started("range test: one training whose rate rises from step to step"));
    let range_test = search.range_test(rates.range_steps)?;
    let epochs = rates.epochs.unwrap_or_else(|| STEPS.div_ceil(search.steps()).max(EPOCHS));
    let tried = search.grid(rates, epochs, observer)?;
    let (learning_rate, _) = best(&tried).ok_or_else(|| {
        let message = "training diverges at every rate that was tried; see that the labels and the pictures are right, or \
                       give smaller rates with --from and --to";
        Error::new(ErrorKind::Training, message)
    })?;
    let why = reason(&tried, &range_test, shared.monitor(), epochs);
    Ok(RateSearch {
        name: data_name(&plan.recipe.data),
        architecture: search.start.graph.name().to_string(),
        pictures: shared.pictures.train.len(),
        monitor: shared.monitor().into(),
        epochs,
        trials: tried.into_iter().map(|(learning_rate, loss)| RateTrial { learning_rate, loss }).collect(),
        range_test,
        learning_rate,
        why,
        seconds: begun.elapsed().as_secs_f64(),
    })
}

/// Which stage is tried: the first that has the recipe's rate, but not the short run before it under a heavy decay.
fn searched(plan: &Plan) -> Result<usize> {
    let first = usize::from(plan.recipe.initial_epochs > 0);
    let found = (first..plan.stages.len()).find(|place| !plan.stages[*place].has_own_rate);
    found.ok_or_else(|| {
        Error::usage(
            "tune lr searches --learning-rate, and each [[stage]] of the recipe has a learning_rate of its own: leave that \
             of the stage out that is to be tried",
        )
    })
}

/// A stage that is tried at one rate after the other, always from the same start.
struct Search<'a> {
    plan: &'a Plan,
    shared: &'a Shared<'a>,
    /// As the stage has it, its rate and epochs aside.
    stage: Stage,
    start: Model,
}

impl<'a> Search<'a> {
    /// The stage at `place`, from what those before it leave in a run.
    fn begin(plan: &'a Plan, place: usize, shared: &'a Shared, observer: &mut Observer) -> Result<Self> {
        let (mut start, outline) = shared.build(plan, observer)?;
        // An initial run has the rate that is sought, so that it cannot come first.
        let before = plan.stages[..place].iter().filter(|planned| planned.has_own_rate);
        let mut deciding = deciding(plan);
        let mut first_epoch = 0;
        for planned in before {
            let stage = Stage { first_epoch, ..shared.whole_stage(plan, planned, &outline)? };
            observer(Event::Started(&format!(
                "stage {}, which comes before: {}",
                stage.name,
                numbers::count(stage.epochs, "epoch", "epochs")
            )));
            start.graph = planned.graph(&outline)?;
            let history = shared.fit(&shared.data(plan), &mut start, &stage, &mut deciding)?;
            shared.check_stop()?;
            if is_last(&history) {
                return Err(none_follows(&stage.name, &history.ended));
            }
            first_epoch += history.epochs.len();
        }
        let planned = &plan.stages[place];
        start.graph = planned.graph(&outline)?;
        let stage = shared.stage(plan, (planned, planned.epochs), &outline)?;
        Ok(Self { plan, shared, stage: Stage { first_epoch, ..stage }, start })
    }

    /// Steps of an epoch.
    fn steps(&self) -> usize {
        self.shared.data(self.plan).steps()
    }

    fn grid(&self, rates: &Rates, epochs: usize, observer: &mut Observer) -> Result<Vec<Tried>> {
        let mut count = 0;
        search(rates.from, rates.to, |rate| {
            count += 1;
            let (written, lasts) = (numbers::rate(rate), numbers::count(epochs, "epoch", "epochs"));
            observer(Event::Started(&format!("try {count}: {lasts} at rate {written}")));
            self.shared.check_stop()?;
            let loss = self.try_rate(rate, epochs)?;
            let shown = loss
                .map_or_else(|| "diverged".to_owned(), |loss| format!("{} {loss:.4}", self.shared.monitor()));
            observer(Event::Notice(&format!("rate {written}: {shown}")));
            Ok(loss)
        })
    }

    /// The least loss that so many epochs at `rate` come to.
    fn try_rate(&self, rate: f64, epochs: usize) -> Result<Option<f64>> {
        let stage = Stage { learning_rate: rate as f32, epochs, ..self.stage.clone() };
        self.shared.least_loss(self.plan, &mut self.start.clone(), &stage, &mut [])
    }

    fn range_test(&self, steps: usize) -> Result<RangeTest> {
        let (plan, shared, [from, to]) = (self.plan, self.shared, RANGE);
        let factor = (to / from).powf(1.0 / steps.saturating_sub(1).max(1) as f64);
        let rising = Exponential { decay_rate: factor, decay_steps: Length::Steps(1.0), staircase: false };
        let stage = Stage {
            learning_rate: from as f32,
            schedule: rising.into(),
            epochs: steps.div_ceil(self.steps()),
            ..self.stage.clone()
        };
        let (sender, receiver) = mpsc::channel();
        let data = Data { validation: None, ..shared.data(plan) };
        let mut recorder: [Box<dyn Callback>; 1] = [Box::new(Recorder::new(steps, sender))];
        let fitted = shared.fit(&data, &mut self.start.clone(), &stage, &mut recorder);
        let mut curve = Curve::default();
        receiver.try_iter().for_each(|(rate, loss)| curve.push(rate, loss));
        match fitted {
            Ok(_) => {}
            // The step whose loss is no number is seen by nobody else.
            Err(error) if error.kind() == TrainErrorKind::Diverged => curve.end(factor),
            Err(error) => return Err(error.into()),
        }
        shared.check_stop()?;
        Ok(curve.judged())
    }
}

/// The stage of this name ended so that a run would have no other after it.
fn none_follows(name: &str, ended: &Ended) -> Error {
    let why = match ended {
        Ended::Reached(why) | Ended::Diverged(why) | Ended::NotANumber(why) => why.as_str(),
        Ended::Finished | Ended::StoppedEarly(_) | Ended::Interrupted => "it was stopped",
    };
    let message = format!("no stage follows after {name}, so that there is no rate to find for one: {why}");
    Error::new(ErrorKind::Training, message)
}

/// Why the best of `tried` is taken, in one sentence.
fn reason(tried: &[Tried], test: &RangeTest, monitor: &str, epochs: usize) -> String {
    let Some((_, loss)) = best(tried) else { return String::new() };
    let of = if monitor == "loss" { "training" } else { "validation" };
    let mut why = format!(
        "of {} rates it comes to the least {of} loss within {}, {loss:.4}",
        tried.len(),
        numbers::count(epochs, "epoch", "epochs")
    );
    if let Some([low, high]) = about_as_good(tried).filter(|[low, high]| low < high) {
        why += &format!("; from {} to {} it is as good within 5 %", numbers::rate(low), numbers::rate(high));
    }
    if let Some(rate) = test.diverges {
        why += &format!("; in the range test the loss is thrown up at {}", numbers::rate(two_digits(rate)));
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
             within 5 %; in the range test the loss is thrown up at 0.23"
        );
    }
}
