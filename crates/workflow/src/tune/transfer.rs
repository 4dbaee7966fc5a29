//! A probe for negative transfer: frozen, fine-tuned and from scratch side by side, with the same pictures, seed and epochs.

use std::sync::atomic::AtomicBool;
use std::time::Instant;

use report::{TransferProbe, TransferWay, wilson};
use train::callbacks::{Callback, EarlyStopping, Monitor};
use train::{ErrorKind as TrainErrorKind, Model, Stage};

use super::ground::Ground;
use super::rates::data_name;
use super::verdict::{FROZEN, SCRATCH, TUNED, Way, verdict};
use crate::network::Network;
use crate::planned_stage::{Outline, PlannedStage};
use crate::{Error, Event, FineTune, Observer, Plan, Recipe, Result};

/// Trains what `recipe` asks for in three ways of `recipe.epochs` epochs each, and says whether the pretrained base helps.
/// Of the fine-tuned one's epochs half have the base frozen. Nothing is written.
///
/// # Errors
/// The recipe is wrong or its base has no weights that others trained, there are no validation pictures, the pictures
/// cannot be used, or `stop` was set.
pub fn transfer(
    recipe: &Recipe,
    most_pictures: usize,
    observer: &mut Observer,
    stop: &AtomicBool,
) -> Result<TransferProbe> {
    let begun = Instant::now();
    let plans = Plans::of(recipe)?;
    let plan = &plans.frozen;
    // Of the three, this one needs the most memory.
    let ground = Ground::read(&plans.from_scratch, most_pictures, observer, stop)?;
    if ground.pictures.validation.is_empty() {
        return Err(Error::usage(
            "tune transfer needs validation pictures to judge by, and there are none: give --validation-split a share",
        ));
    }
    let probe = Probe { ground: &ground, epochs: recipe.epochs };
    let ways = vec![
        probe.way(FROZEN, plan, None, observer)?,
        probe.way(TUNED, &plans.fine_tuned, plans.fine_tuned.stages.last(), observer)?,
        probe.way(SCRATCH, &plans.from_scratch, None, observer)?,
    ];
    let (transfer, take, words) = verdict(&ways);
    Ok(TransferProbe {
        name: data_name(&plan.recipe.data),
        architecture: plan.recipe.base.clone(),
        pictures: ground.pictures.train.len(),
        validation_pictures: ground.pictures.validation.len(),
        epochs: recipe.epochs,
        transfer,
        take: take.into(),
        verdict: words,
        ways: ways.into_iter().map(|way| way.figures).collect(),
        seconds: begun.elapsed().as_secs_f64(),
    })
}

/// The three ways, checked.
struct Plans {
    frozen: Plan,
    fine_tuned: Plan,
    from_scratch: Plan,
}

impl Plans {
    fn of(recipe: &Recipe) -> Result<Self> {
        if recipe.epochs < 2 {
            return Err(Error::setting(
                "--epochs",
                "2 or more: fine-tuning takes half of them",
                recipe.epochs,
            ));
        }
        let as_asked = recipe.clone().check()?;
        let base = &as_asked.recipe.base;
        match &as_asked.network {
            Network::Own(_) => {
                return Err(Error::usage(format!(
                    "tune transfer compares a network of `linnaeus models` with and without its published weights, and {base} \
                     is a model of one's own, which is trained as it is"
                )));
            }
            Network::Zoo(zoo) if zoo.starts_from_nothing() => {
                return Err(Error::usage(format!(
                    "tune transfer compares weights that others trained with none, and {base} has none here: give another \
                     --base, or --weights FILE"
                )));
            }
            Network::Zoo(_) => {}
        }
        let fine_tune = match recipe.fine_tune.is_asked_for() {
            true => recipe.fine_tune.clone(),
            false => FineTune::All,
        };
        let none = FineTune::default();
        let frozen = Recipe { fine_tune: none.clone(), ..recipe.clone() };
        let from_scratch = Recipe { fine_tune: none, weights: "none".into(), ..recipe.clone() };
        Ok(Self {
            frozen: frozen.check()?,
            fine_tuned: Recipe { fine_tune, ..recipe.clone() }.check()?,
            from_scratch: from_scratch.check()?,
        })
    }
}

/// What the ways share.
struct Probe<'a> {
    ground: &'a Ground<'a>,
    epochs: usize,
}

impl Probe<'_> {
    fn way(
        &self,
        name: &str,
        plan: &Plan,
        fine_tuned: Option<&PlannedStage>,
        observer: &mut Observer,
    ) -> Result<Way> {
        let (begun, ground) = (Instant::now(), self.ground);
        let built = ground.build(plan, observer)?;
        let outline = Outline::of(&built);
        let mut model = built.model;
        observer(Event::Started(&format!("{name}: {} epochs", self.epochs)));
        // The best epoch of all of them stays; no way is stopped early.
        let best = EarlyStopping::new(Monitor::new("val_loss"), self.epochs).restoring_best();
        let mut callbacks: [Box<dyn Callback>; 1] = [Box::new(best)];
        let first = self.epochs - fine_tuned.map_or(0, |_| self.epochs / 2);
        let mut went = self.fit(plan, &mut model, &ground.first_stage(plan, first), &mut callbacks)?;
        if let Some(planned) = fine_tuned {
            model.graph = planned.graph(&outline)?;
            let rate_factors = planned.rate_factors(&outline)?;
            let stage = ground.stage(plan, planned, self.epochs - first);
            let second = Stage { first_epoch: first, rate_factors, ..stage };
            went = self.fit(plan, &mut model, &second, &mut callbacks)?.or(went);
        }
        let right = ground.is_right(plan, &model)?;
        let (correct, all) = (right.iter().filter(|right| **right).count(), right.len());
        let figures = TransferWay {
            name: name.into(),
            correct,
            accuracy: correct as f64 / all as f64,
            accuracy_interval: wilson(correct, all),
            loss: went,
            seconds: begun.elapsed().as_secs_f64(),
        };
        observer(Event::Notice(&format!("{name}: {correct} of {all} validation pictures right")));
        Ok(Way { figures, right })
    }

    /// The least validation loss so far of this stage; `None` if it diverged.
    fn fit(
        &self,
        plan: &Plan,
        model: &mut Model,
        stage: &Stage,
        callbacks: &mut [Box<dyn Callback>],
    ) -> Result<Option<f64>> {
        let fitted = self.ground.fit(&self.ground.data(plan), model, stage, callbacks);
        self.ground.check_stop()?;
        match fitted {
            Ok(history) => {
                let losses = history.epochs.iter().filter_map(|record| record.scores.get("val_loss"));
                Ok(losses.reduce(f64::min).filter(|loss| loss.is_finite()))
            }
            Err(error) if error.kind() == TrainErrorKind::Diverged => Ok(None),
            Err(error) => Err(error.into()),
        }
    }
}
