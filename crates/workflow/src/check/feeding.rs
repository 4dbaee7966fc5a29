//! Where training pictures come from, how often, and how many make an epoch.

use images::Sampling;

use super::choice::choose;
use crate::feeder::{self, Feeder};
use crate::recipe::SEGMENT_EPOCHS;
use crate::{Error, Recipe, Result, machine};

/// The feeder and the sampling; the memory limit is filled in.
pub(super) fn check(recipe: &mut Recipe) -> Result<(Feeder, Sampling)> {
    let feeder = choose("--feeder", &recipe.feeder, &feeder::NAMES)?;
    if recipe.segment_epochs != SEGMENT_EPOCHS && matches!(feeder, Feeder::Memory | Feeder::Disk) {
        return Err(Error::usage(format!(
            "--segment-epochs is for --feeder hybrid: leave it out, or give that in the place of {}",
            recipe.feeder
        )));
    }
    let most = train::MOST_PICTURES_PER_EPOCH / recipe.batch_size;
    if let Some(steps) = recipe.steps_per_epoch.filter(|steps| !(1..=most).contains(steps)) {
        return Err(Error::setting("--steps-per-epoch", format_args!("1 to {most}"), steps));
    }
    let ways = [("uniform", Sampling::Uniform), ("balanced", Sampling::Balanced)];
    let sampling = choose("--sampling", &recipe.sampling, &ways)?;
    if sampling == Sampling::Balanced && recipe.class_weights == "balanced" {
        return Err(Error::usage(
            "--sampling balanced and --class-weights balanced each make up for rare classes, and both together would count \
             them twice: give one of them",
        ));
    }
    recipe.memory_limit.get_or_insert_with(machine::default_limit);
    Ok((feeder, sampling))
}
