//! Schedules as Keras writes them, `CosineDecay(0.001, decay_steps=1000)`.

use train::schedules::{self, Schedule};

use super::advice::{Settings, Spelling, beside, meant};
use crate::check::call::{Arguments, unquoted};

const STAIRCASE: &str =
    "for half the rate after every 10 epochs, write exponential=0.5,decay_steps=10epochs,staircase";

pub(in crate::check) const SCHEDULE: Spelling = Spelling {
    known_as: schedules::known_as,
    read: |text| text.parse::<Schedule>().map(|_| ()),
    meant: &[
        beside(
            "reducelronplateau",
            "this follows a figure and not the steps: give {}",
            ("reduce_lr_on_plateau", "factor=0.1,patience=10"),
        ),
        meant("steplr", STAIRCASE),
        meant("stepdecay", STAIRCASE),
        meant(
            "warmup",
            "it comes before any schedule: write constant,warmup_steps=2epochs or cosine,warmup_steps=2epochs",
        ),
    ],
    settings: &[
        meant("restarts", "with restarts it is a schedule of its own: write cosine_restarts=10epochs"),
        meant("warmup", "write warmup_steps=2epochs"),
        meant("drop", STAIRCASE),
    ],
    arguments: |name| match name {
        "step" => &["boundaries", "values"],
        "exponential" | "inverse_time" => {
            &["initial_learning_rate", "decay_steps", "decay_rate", "staircase"]
        }
        "polynomial" => &["initial_learning_rate", "decay_steps", "end_learning_rate", "power", "cycle"],
        "cosine" => &["initial_learning_rate", "decay_steps", "alpha", "name", WARMUP_TARGET, WARMUP_STEPS],
        "cosine_restarts" => &["initial_learning_rate", "first_decay_steps", "t_mul", "m_mul", "alpha"],
        "one_cycle" => &[
            "optimizer",
            "max_lr",
            "total_steps",
            "epochs",
            "steps_per_epoch",
            "pct_start",
            ANNEAL,
            "div_factor",
            "final_div_factor",
            "three_phase",
        ],
        "table" => &["schedule", "verbose"],
        "constant" => &["learning_rate"],
        _ => &[],
    },
    // How long a stage is, is known; a function cannot be read.
    is_idle: |name, _| {
        Ok(["optimizer", "total_steps", "epochs", "steps_per_epoch", "schedule", "verbose"].contains(&name))
    },
    own: &[
        ("initial_learning_rate", "learning_rate"),
        ("learning_rate", "learning_rate"),
        ("max_lr", "learning_rate"),
    ],
    change,
};

const WARMUP_TARGET: &str = "warmup_target";
const WARMUP_STEPS: &str = "warmup_steps";
const ANNEAL: &str = "anneal_strategy";

/// Keras warms up from the initial rate to a target, and not at all without one; a stage's rate is what is warmed up to
/// here. PyTorch's lines instead of half waves are a switch.
fn change(given: &mut Arguments<'_>) -> Result<Settings, String> {
    let mut words = Vec::new();
    if let Some(way) = given.take(ANNEAL).filter(|way| unquoted(way) != "cos") {
        match unquoted(way) {
            "linear" => words.push(("linear", String::new())),
            other => return Err(format!("{ANNEAL}: expected cos or linear, received {other}")),
        }
    }
    match given.take(WARMUP_TARGET) {
        None => {
            given.take(WARMUP_STEPS);
        }
        Some(target) => {
            let first = given.take("initial_learning_rate").unwrap_or("0");
            let (Ok(from), Ok(to)) = (first.parse::<f64>(), target.parse::<f64>()) else {
                return Err(format!("a warm-up is from a number to another, received {first} and {target}"));
            };
            if !(0.0 <= from && from < to) {
                return Err(format!(
                    "a warm-up rises here, from 0 or more to a larger rate, received {first} to {target}: give a \
                     {WARMUP_TARGET} above the initial rate, or leave it and {WARMUP_STEPS} out"
                ));
            }
            if from != 0.0 {
                words.push(("warmup_start", (from / to).to_string()));
            }
            words.push(("learning_rate", target.to_owned()));
        }
    }
    Ok(words)
}
