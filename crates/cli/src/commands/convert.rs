//! `linnaeus convert`: a set of pictures in another form.

use std::process::ExitCode;

use report::numbers::count;
use serde_json::json;
use workflow::{Conversion, Error, ErrorKind};

use crate::arguments::{Convert, DataFormat};
use crate::commands::print_json;
use crate::interrupt;
use crate::output::{self, Form};
use crate::screen::Screen;

pub(crate) fn run(arguments: &Convert, form: Form) -> anyhow::Result<ExitCode> {
    let DataFormat::Tfrecord = arguments.to;
    let wrong = |e: images::Error| Error::new(ErrorKind::Usage, format!("--{e}"));
    let conversion = Conversion {
        data: arguments.data.clone(),
        columns: arguments.listing.columns(),
        out: arguments.out.clone(),
        encoding: arguments.encoding.parse().map_err(wrong)?,
        size: arguments.image_size.as_ref().map(|size| size.sides()),
        shards: arguments.shards,
    };
    let stop = interrupt::flag();
    let mut screen = Screen::new();
    let converted = workflow::convert(&conversion, &mut |event| screen.draw(&event), &stop)?;
    screen.finish();
    if form == Form::Json {
        let skipped = converted.skipped.iter().map(|s| json!({"path": s.path, "reason": s.reason}));
        let skipped: Vec<_> = skipped.collect();
        print_json(&json!({"files": converted.files, "pictures": converted.pictures, "skipped": skipped}))?;
    } else {
        converted.files.iter().try_for_each(|file| output::result(file.display()))?;
        let pictures = count(converted.pictures, "picture", "pictures");
        output::tell(format_args!("{pictures} in {}", count(converted.files.len(), "file", "files")));
    }
    Ok(ExitCode::SUCCESS)
}
