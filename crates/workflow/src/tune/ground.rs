//! What every try shares: the pictures, the start of the weights, the order of the batches.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use engine::Pool;
use images::Sample;
use train::callbacks::Callback;
use train::{Data, History, Model, Runtime, Stage};

use crate::data::{Listed, Pictures};
use crate::feeder::Feeding;
use crate::job::ToldApart;
use crate::network::Built;
use crate::planned_stage::PlannedStage;
use crate::run::stage_graphs;
use crate::{Error, ErrorKind, Event, Observer, Plan, Result};

/// Pictures that were read, once for all tries.
pub(super) struct Ground<'a> {
    pub(super) classes: Vec<String>,
    pub(super) pictures: Pictures,
    feeding: Feeding,
    told_apart: ToldApart,
    pool: Arc<Pool>,
    stop: &'a AtomicBool,
}

impl<'a> Ground<'a> {
    /// Reads at most so many pictures to learn from, and as many to validate with; none of the test part.
    pub(super) fn read(
        plan: &Plan,
        most: usize,
        observer: &mut Observer,
        stop: &'a AtomicBool,
    ) -> Result<Self> {
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
        let outline = plan.network.outline(&plan.preprocess)?;
        let feeding = Feeding::of(plan, &listed.split, &stage_graphs(plan, &outline)?)?;
        let pictures = listed.load(&plan.preprocess, (&feeding, plan.threads), observer, stop)?;
        let pool = Arc::new(Pool::new(plan.threads));
        Ok(Self { classes, pictures, feeding, told_apart, pool, stop })
    }

    /// The network of `plan` at its start.
    pub(super) fn build(&self, plan: &Plan, observer: &mut Observer) -> Result<Built> {
        plan.network.build(&plan.recipe, &plan.preprocess, &self.classes, observer, self.stop)
    }

    /// So many epochs as the first stage of `plan` has them.
    pub(super) fn first_stage(&self, plan: &Plan, epochs: usize) -> Stage {
        self.stage(plan, &plan.stages[0], epochs)
    }

    /// So many epochs as `planned` has them, at one rate for all layers.
    pub(super) fn stage(&self, plan: &Plan, planned: &PlannedStage, epochs: usize) -> Stage {
        Stage {
            name: "try".into(),
            epochs,
            first_epoch: 0,
            optimizer: planned.optimizer,
            learning_rate: planned.learning_rate as f32,
            rate_factors: Vec::new(),
            schedule: planned.schedule.clone(),
            loss: plan.loss,
            class_weights: self.told_apart.class_weights.clone(),
            metrics: Vec::new(),
            statistics: planned.statistics,
        }
    }

    /// The pictures as every try has them: the same batches in the same order.
    pub(super) fn data<'b>(&'b self, plan: &'b Plan) -> Data<'b> {
        Data {
            validation: Some(&self.pictures.validation).filter(|source| !source.is_empty()),
            augment: plan.augment.as_ref(),
            seed: plan.recipe.seed,
            steps_per_epoch: plan.recipe.steps_per_epoch,
            sampling: plan.sampling,
            segments: self.feeding.segments,
            feature_memory: self.feeding.features,
            ..Data::new(&self.pictures.train, plan.recipe.batch_size)
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
        train::fit(model, data, stage, callbacks, &mut |_| {}, Runtime::new(self.stop, &self.pool))
    }

    /// Which validation pictures `model` gets right.
    pub(super) fn is_right(&self, plan: &Plan, model: &Model) -> Result<Vec<bool>> {
        let (source, batch) = (&self.pictures.validation, plan.recipe.batch_size);
        let predictions = train::predict(model, source, batch, &mut |_| {}, self.stop, &self.pool)?;
        let pairs = predictions.predicted().into_iter().zip(&predictions.labels);
        Ok(pairs.map(|(predicted, label)| predicted == *label).collect())
    }

    /// Steps of an epoch.
    pub(super) fn steps(&self, plan: &Plan) -> usize {
        self.pictures.train.len().div_ceil(plan.recipe.batch_size)
    }

    /// Fails once it was stopped: half a search has no answer.
    pub(super) fn check_stop(&self) -> Result<()> {
        match self.stop.load(Ordering::Relaxed) {
            false => Ok(()),
            true => Err(Error::new(ErrorKind::Training, "stopped before there was an answer")),
        }
    }
}

/// At most about `most` of `samples`, which are sorted by class: of each class its share, evenly spaced, and one at least.
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
