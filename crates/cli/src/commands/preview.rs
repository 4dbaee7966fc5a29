//! `linnaeus preview`: what augmentation makes of pictures, on one sheet.

use std::process::ExitCode;

use images::{Channels, Preprocess};
use serde_json::json;
use workflow::{Error, ErrorKind};

use crate::arguments::Preview;
use crate::commands::print_json;
use crate::output;
use crate::screen::Screen;

pub(crate) fn run(arguments: &Preview, json: bool) -> anyhow::Result<ExitCode> {
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
    match json {
        true => print_json(&json!({"file": arguments.out, "pictures": shown}))?,
        false => output::result(arguments.out.display())?,
    }
    Ok(ExitCode::SUCCESS)
}
