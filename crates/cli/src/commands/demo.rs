//! `linnaeus demo`: the whole job on real photos, from nothing.

use std::process::ExitCode;

use workflow::{Recipe, food};

use crate::arguments::Demo;
use crate::commands::train::train;
use crate::output::Form;
use crate::screen::Screen;

pub(crate) fn run(arguments: &Demo, form: Form) -> anyhow::Result<ExitCode> {
    let mut screen = Screen::new();
    let data = food::ensure(&mut |event| screen.draw(&event))?;
    screen.finish();
    let recipe = Recipe {
        data,
        base: "efficientnet_lite0".into(),
        epochs: arguments.epochs,
        augment: "flip,rotation=0.1,zoom=0.1".into(),
        patience: arguments.epochs,
        seed: arguments.seed,
        threads: arguments.threads,
        out: arguments.out.clone().unwrap_or_default(),
        ..Recipe::default()
    };
    train(recipe, form)
}
