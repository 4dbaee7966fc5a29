//! `linnaeus preview`: what augmentation makes of pictures, on one sheet.

use std::process::ExitCode;

use images::{Channels, Preprocess};
use serde_json::json;
use workflow::{Error, ErrorKind};

use crate::arguments::Preview;
use crate::commands::print_json;
use crate::output::{self, Form};
use crate::screen::Screen;

pub(crate) fn run(arguments: &Preview, form: Form) -> anyhow::Result<ExitCode> {
    let wrong = |e: images::Error| Error::new(ErrorKind::Usage, format!("--image-size: {e}"));
    let size = arguments.image_size.sides();
    let preview = workflow::Preview {
        data: arguments.data.clone(),
        columns: arguments.listing.columns(),
        augment: workflow::augment(&arguments.augment)?,
        preprocess: Preprocess::new(size, Channels::Rgb).map_err(wrong)?,
        pictures: arguments.pictures,
        variants: arguments.variants,
        seed: arguments.seed,
    };
    let mut screen = Screen::new();
    let shown = preview.write(&arguments.out, &mut |event| screen.draw(&event))?;
    screen.finish();
    match form {
        Form::Json => print_json(&json!({"file": arguments.out, "pictures": shown}))?,
        Form::Text => output::result(arguments.out.display())?,
    }
    Ok(ExitCode::SUCCESS)
}
