//! Optimizers as Keras writes them, `Adam(learning_rate=1e-3)`.

use train::optimizers;

use super::advice::{DECAY, Settings, Spelling, beside, meant};
use crate::check::call::Arguments;

const EVERY: &str = "it is for every optimizer: give {}";

pub(in crate::check) const OPTIMIZER: Spelling = Spelling {
    known_as: optimizers::known_as,
    read: |text| optimizers::OptimizerConfig::find(text).map(|_| ()),
    meant: &[
        meant("momentum", "momentum is a setting of sgd: write sgd,momentum=0.9"),
        meant("nesterov", "Nesterov's form is a setting of sgd: write sgd,momentum=0.9,nesterov"),
        meant("amsgrad", "AMSGrad is a setting of adam: write adam,amsgrad"),
        beside("clipnorm", EVERY, ("clipnorm", "1")),
        beside("clipvalue", EVERY, ("clipvalue", "1")),
        beside("globalclipnorm", EVERY, ("global_clipnorm", "1")),
        beside("ema", "averages of the weights are for every optimizer: give {}", ("use_ema", "")),
    ],
    settings: &[],
    arguments: |name| match name {
        "sgd" => &["learning_rate", "momentum", "nesterov"],
        "adagrad" => &["learning_rate", "initial_accumulator_value", "epsilon"],
        "adadelta" => &["learning_rate", "rho", "epsilon"],
        "rmsprop" => &["learning_rate", "rho", "momentum", "epsilon", "centered"],
        "adam" => &["learning_rate", "beta_1", "beta_2", "epsilon", "amsgrad"],
        "adamw" => &["learning_rate", "weight_decay", "beta_1", "beta_2", "epsilon", "amsgrad"],
        "lion" => &["learning_rate", "beta_1", "beta_2"],
        "adamax" | "nadam" => &["learning_rate", "beta_1", "beta_2", "epsilon"],
        _ => &[],
    },
    is_idle: |name, _| Ok(name == "jit_compile"),
    own: &[
        ("learning_rate", "learning_rate"),
        ("lr", "learning_rate"),
        ("decay", DECAY),
        ("weight_decay", "weight_decay"),
        ("clipnorm", "clipnorm"),
        ("clipvalue", "clipvalue"),
        ("global_clipnorm", "global_clipnorm"),
        ("use_ema", "use_ema"),
        ("ema_momentum", "ema_momentum"),
        ("gradient_accumulation_steps", "gradient_accumulation_steps"),
    ],
    change,
};

/// What is only said of averages says nothing where there are none.
fn change(given: &mut Arguments<'_>) -> Result<Settings, String> {
    if given.get("use_ema") != Some("True") {
        given.take("ema_momentum");
    }
    Ok(Vec::new())
}
