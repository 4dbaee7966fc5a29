//! What every try shares: the pictures, the features of a frozen base, the start of the weights,
//! the order of the batches.

use std::cell::RefCell;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use engine::Pool;
use images::{Sample, Split};
use train::callbacks::Callback;
use train::{Data, History, KeptFeatures, Model, Runtime, Stage};

use crate::data::{Listed, Pictures};
use crate::feeder::Feeding;
use crate::job::{ToldApart, data};
use crate::network::Built;
use crate::planned_stage::{Outline, PlannedStage};
use crate::run::{BEGINS_AGAIN, stage_graphs};
use crate::standardize::Standardization;
use crate::{Error, ErrorKind, Event, Observer, Plan, Result};

/// Pictures that were read, once for all tries.
pub(super) struct Shared<'a> {
    pub(super) pictures: Pictures,
    classes: Vec<String>,
    feeding: Feeding,
    told_apart: ToldApart,
    standardization: Option<Standardization>,
    /// Of a base that tries leave frozen.
    features: RefCell<KeptFeatures>,
    pool: Arc<Pool>,
    stop: &'a AtomicBool,
}

impl<'a> Shared<'a> {
    /// Reads at most so many pictures to learn from, and as many to validate with; none of the test part. The plans are
    /// of one recipe, but for what they train.
    pub(super) fn read(
        plans: &[&Plan],
        most: usize,
        observer: &mut Observer,
        stop: &'a AtomicBool,
    ) -> Result<Self> {
        let plan = plans[0];
        let mut listed = Listed::read(&plan.recipe.data, &plan.division, observer)?;
        let told_apart = ToldApart::of(plan, &listed)?;
        let all = listed.split.train.len();
        listed.split.train = thinned(std::mem::take(&mut listed.split.train), most);
        listed.split.validation = thinned(std::mem::take(&mut listed.split.validation), most);
        // What is chosen here must not know the test part.
        listed.split.test.clear();
        let left = listed.split.train.len();
        if left < all {
            observer(Event::Notice(&format!(
                "{left} of the {all} training pictures are looked at, as many of each class as is its share; --pictures \
                 takes more"
            )));
        }
        let classes = listed.classes.clone();
        let feeding = feeding(plans, &listed.split)?;
        let pictures = listed
            .load(&plan.preprocess, (&feeding, plan.threads), observer, stop)
            .map_err(|error| error.if_stopped(BEGINS_AGAIN))?;
        let standardization = match plan.recipe.standardize {
            true => Some(Standardization::measure(&pictures.train, observer, stop)?),
            false => None,
        };
        let pool = Arc::new(Pool::new(plan.threads));
        let features = RefCell::default();
        Ok(Self { pictures, classes, feeding, told_apart, standardization, features, pool, stop })
    }

    /// The network of `plan` at its start.
    pub(super) fn build(&self, plan: &Plan, observer: &mut Observer) -> Result<(Model, Outline)> {
        let built = plan.network.build(&plan.recipe, &plan.preprocess, &self.classes, observer, self.stop)?;
        let mut outline = Outline::of(&built);
        let Built { mut model, .. } = built;
        if let Some(figures) = &self.standardization {
            figures.put_into(&mut model.graph)?;
            figures.put_into(&mut outline.graph)?;
        }
        Ok((model, outline))
    }

    /// As a run trains `planned`, where no stage was before it.
    pub(super) fn whole_stage(
        &self,
        plan: &Plan,
        planned: &PlannedStage,
        outline: &Outline,
    ) -> Result<Stage> {
        planned.stage(plan, &self.told_apart, outline)
    }

    /// So many epochs as `planned` has them, of whose figures the losses alone count.
    pub(super) fn stage(
        &self,
        plan: &Plan,
        (planned, epochs): (&PlannedStage, usize),
        outline: &Outline,
    ) -> Result<Stage> {
        let stage = self.whole_stage(plan, planned, outline)?;
        Ok(Stage { name: "try".into(), epochs, metrics: Vec::new(), ..stage })
    }

    /// The pictures as every try has them: the same batches in the same order.
    pub(super) fn data<'b>(&'b self, plan: &'b Plan) -> Data<'b> {
        data(plan, &self.pictures, &self.feeding)
    }

    /// The loss that tries are judged by.
    pub(super) fn monitor(&self) -> &'static str {
        if self.pictures.validation.is_empty() { "loss" } else { "val_loss" }
    }

    /// Trains `model` for a stage: the least of its epochs' losses, `None` if it diverged.
    ///
    /// # Errors
    /// Training fails, or was stopped.
    pub(super) fn least_loss(
        &self,
        plan: &Plan,
        model: &mut Model,
        stage: &Stage,
        callbacks: &mut [Box<dyn Callback>],
    ) -> Result<Option<f64>> {
        let fitted = self.fit(&self.data(plan), model, stage, callbacks);
        self.check_stop()?;
        match fitted {
            Ok(history) => {
                let losses = history.epochs.iter().filter_map(|record| record.scores.get(self.monitor()));
                Ok(losses.reduce(f64::min).filter(|loss| loss.is_finite()))
            }
            Err(error) if error.kind() == train::ErrorKind::Diverged => Ok(None),
            Err(error) => Err(error.into()),
        }
    }

    /// Trains `model` without a word.
    pub(super) fn fit(
        &self,
        data: &Data<'_>,
        model: &mut Model,
        stage: &Stage,
        callbacks: &mut [Box<dyn Callback>],
    ) -> Result<History, train::Error> {
        let mut features = self.features.borrow_mut();
        let runtime = Runtime { features: Some(&mut features), ..Runtime::new(self.stop, &self.pool) };
        train::fit(model, data, stage, callbacks, &mut |_| {}, runtime)
    }

    /// Which validation pictures `model` gets right.
    pub(super) fn is_right(&self, plan: &Plan, model: &Model) -> Result<Vec<bool>> {
        let (source, batch) = (&self.pictures.validation, plan.recipe.batch_size);
        let predictions = train::predict(model, source, batch, &mut |_| {}, self.stop, &self.pool)?;
        let pairs = predictions.predicted().into_iter().zip(&predictions.labels);
        Ok(pairs.map(|(predicted, label)| predicted == *label).collect())
    }

    /// Fails once it was stopped: half a search has no answer.
    pub(super) fn check_stop(&self) -> Result<()> {
        match self.stop.load(Ordering::Relaxed) {
            false => Ok(()),
            true => {
                Err(Error::new(ErrorKind::Stopped, "stopped before there was an answer")
                    .if_stopped(BEGINS_AGAIN))
            }
        }
    }
}

/// How the pictures are fed where each of `plans` is trained, and where the features of a base that one of them leaves
/// frozen are kept.
fn feeding(plans: &[&Plan], split: &Split) -> Result<Feeding> {
    let mut graphs = Vec::new();
    for plan in plans {
        graphs.extend(stage_graphs(plan, &plan.network.outline(&plan.preprocess)?)?);
    }
    Feeding::of(plans[0], split, &graphs)
}

/// At most about `most` of `samples`, which are sorted by class: of each class its share, evenly spaced,
/// and one at least.
fn thinned(samples: Vec<Sample>, most: usize) -> Vec<Sample> {
    let all = samples.len();
    if all <= most {
        return samples;
    }
    let mut last_class = None;
    let keep = |(index, sample): (usize, Sample)| {
        let is_first = last_class.replace(sample.label) != Some(sample.label);
        let place = |index: usize| index as u128 * most as u128 / all as u128;
        (is_first || place(index + 1) > place(index)).then_some(sample)
    };
    samples.into_iter().enumerate().filter_map(keep).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Recipe;

    #[test]
    fn features_of_a_base_that_one_plan_leaves_frozen_are_kept() {
        let recipe = Recipe {
            data: "photos".into(),
            base: "mobilenet_v2".into(),
            image_size: vec![64],
            ..Recipe::default()
        };
        let frozen = recipe.clone().check().unwrap();
        let from_scratch = Recipe { weights: "none".into(), ..recipe }.check().unwrap();
        let samples = || (0..50).map(|index| Sample::new(format!("{index}.png"), index % 2)).collect();
        let split = Split { train: samples(), validation: samples(), ..Split::default() };
        let features = |plans: &[&Plan]| feeding(plans, &split).unwrap().features;
        // Of each picture the last feature map, 2 by 2 pixels of 1280 values, or their mean.
        let kept = features(&[&frozen]);
        assert!(kept >= 100 * 1280 * size_of::<f32>(), "{kept}");
        assert_eq!(features(&[&frozen, &from_scratch]), kept);
        assert_eq!(features(&[&from_scratch]), 0);
    }

    #[test]
    fn fewer_pictures_keep_the_shares_of_the_classes() {
        let samples: Vec<Sample> = (0..1000)
            .map(|index| {
                Sample::new(format!("{index:04}.png"), if index < 700 { 0 } else { 1 + index / 997 })
            })
            .collect();
        let kept = thinned(samples.clone(), 100);
        let count = |class| kept.iter().filter(|sample| sample.label == class).count();
        assert!((69..=72).contains(&count(0)) && (29..=32).contains(&count(1)), "{} {}", count(0), count(1));
        assert!(count(2) >= 1 && kept.len() <= 103, "{}", kept.len());
        assert_eq!(thinned(samples.clone(), 1000), samples);
        assert_eq!(thinned(samples, 1).len(), 3 + 1);
    }
}
