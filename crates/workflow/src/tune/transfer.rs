//! A probe for negative transfer: frozen, fine-tuned and from scratch side by side, with the same pictures,
//! seed and epochs.

use std::sync::atomic::AtomicBool;
use std::time::Instant;

use report::numbers::count;
use report::{TransferProbe, TransferWay, wilson};
use train::Stage;
use train::callbacks::{Callback, EarlyStopping, Monitor};

use super::shared::Shared;
use super::verdict::{FINE_TUNED, FROM_SCRATCH, FROZEN, Way, verdict};
use crate::network::Network;
use crate::outcome::data_name;
use crate::planned_stage::PlannedStage;
use crate::{Error, Event, FineTune, Observer, Plan, Recipe, Result};

/// Trains what `recipe` asks for in three ways of `recipe.epochs` epochs each, and says whether the pretrained base
/// helps. Of the fine-tuned one's epochs half have the base frozen. Nothing is written.
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
    let all = [plan, &plans.fine_tuned, &plans.from_scratch];
    let shared = Shared::read(&all, most_pictures, observer, stop)?;
    if shared.pictures.validation.is_empty() {
        return Err(Error::usage(
            "tune transfer needs validation pictures to judge by, and there are none: give --validation-split a share",
        ));
    }
    let probe = Probe { shared: &shared, epochs: recipe.epochs };
    let ways = vec![
        probe.way(FROZEN, plan, None, observer)?,
        probe.way(FINE_TUNED, &plans.fine_tuned, plans.fine_tuned.stages.last(), observer)?,
        probe.way(FROM_SCRATCH, &plans.from_scratch, None, observer)?,
    ];
    let (transfer, take, words) = verdict(&ways);
    Ok(TransferProbe {
        name: data_name(&plan.recipe.data),
        architecture: plan.recipe.base.clone(),
        pictures: shared.pictures.train.len(),
        validation_pictures: shared.pictures.validation.len(),
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
        check_stages(recipe)?;
        if recipe.epochs < 2 {
            return Err(Error::setting(
                "--epochs",
                "2 or more: fine-tuning takes half of them",
                recipe.epochs,
            ));
        }
        let frozen = without_fine_tuning(recipe).check()?;
        let base = &frozen.recipe.base;
        match &frozen.network {
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
        Ok(Self {
            fine_tuned: Recipe { fine_tune, ..recipe.clone() }.check()?,
            from_scratch: Recipe { weights: "none".into(), ..without_fine_tuning(recipe) }.check()?,
            frozen,
        })
    }
}

/// Of what is for fine-tuning alone, nothing: it would contradict a base that stays as it is, or has no weights yet.
fn without_fine_tuning(recipe: &Recipe) -> Recipe {
    Recipe { layer_decay: 1.0, ..recipe.without_fine_tuning() }
}

/// Fails for what is no second stage of a few epochs.
fn check_stages(recipe: &Recipe) -> Result<()> {
    if !recipe.stage.is_empty() {
        return Err(Error::usage(
            "tune transfer compares stages of its own, and the recipe lists some as [[stage]]: leave them out, and say with \
             fine_tune which layers to fine-tune",
        ));
    }
    if recipe.fine_tune == FineTune::EachBlock {
        return Err(Error::usage(
            "--fine-tune blocks makes a stage of each block, which are more than a probe has epochs for: give all, or so \
             many blocks at once, as \"2 blocks\"",
        ));
    }
    Ok(())
}

/// What the ways share.
struct Probe<'a> {
    shared: &'a Shared<'a>,
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
        let (begun, shared) = (Instant::now(), self.shared);
        let (mut model, outline) = shared.build(plan, observer)?;
        observer(Event::Started(&format!("{name}: {}", count(self.epochs, "epoch", "epochs"))));
        // The best epoch of all of them stays; no way is stopped early.
        let best = EarlyStopping::new(Monitor::new("val_loss"), self.epochs).restoring_best();
        let mut callbacks: [Box<dyn Callback>; 1] = [Box::new(best)];
        let first = self.epochs - fine_tuned.map_or(0, |_| self.epochs / 2);
        let stage = shared.stage(plan, (&plan.stages[0], first), &outline)?;
        let mut least = shared.least_loss(plan, &mut model, &stage, &mut callbacks)?;
        if let Some(planned) = fine_tuned {
            model.graph = planned.graph(&outline)?;
            let stage = shared.stage(plan, (planned, self.epochs - first), &outline)?;
            let second = Stage { first_epoch: first, ..stage };
            least = shared.least_loss(plan, &mut model, &second, &mut callbacks)?.or(least);
        }
        let right = shared.is_right(plan, &model)?;
        let (correct, all) = (right.iter().filter(|right| **right).count(), right.len());
        let figures = TransferWay {
            name: name.into(),
            correct,
            accuracy: correct as f64 / all as f64,
            accuracy_interval: wilson(correct, all),
            loss: least,
            seconds: begun.elapsed().as_secs_f64(),
        };
        observer(Event::Notice(&format!("{name}: {correct} of {all} validation pictures right")));
        Ok(Way { figures, right })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn recipe() -> Recipe {
        Recipe {
            data: "photos".into(),
            base: "mobilenet_v2".into(),
            image_size: vec![64],
            epochs: 4,
            ..Recipe::default()
        }
    }

    #[test]
    fn what_is_for_fine_tuning_stands_in_no_other_way() {
        for fine_tune in [FineTune::default(), FineTune::LastBlocks(2), FineTune::All] {
            let plans = Plans::of(&Recipe { layer_decay: 0.7, fine_tune, ..recipe() }).unwrap();
            assert_eq!([&plans.frozen, &plans.from_scratch].map(|plan| plan.stages.len()), [1, 1]);
            assert_eq!(plans.frozen.stages[0].layers, FineTune::Last(0));
            assert_eq!(plans.from_scratch.stages[0].layer_decay, 1.0);
            assert_eq!((plans.fine_tuned.stages.len(), plans.fine_tuned.stages[1].layer_decay), (2, 0.7));
        }
    }

    #[test]
    fn what_is_no_second_stage_is_refused_by_its_name() {
        let refused = |recipe: Recipe| Plans::of(&recipe).err().unwrap().to_string();
        let stage = vec![crate::StageRecipe::new(FineTune::Last(0), 3)];
        let message = refused(Recipe { stage, epochs: 10, ..recipe() });
        assert!(message.contains("[[stage]]") && !message.contains("--fine-tune"), "{message}");
        for fine_tune_rate_decay in [None, Some(0.5)] {
            let fine_tune = FineTune::EachBlock;
            let message = refused(Recipe { fine_tune, fine_tune_rate_decay, ..recipe() });
            assert!(message.starts_with("--fine-tune blocks") && message.contains("2 blocks"), "{message}");
        }
    }
}
