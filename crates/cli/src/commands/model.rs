//! The model that a command means: a file, a run's folder, or a network of the zoo.

use std::path::{Path, PathBuf};
use std::sync::atomic::AtomicBool;

use workflow::{Classifier, Error, ErrorKind, published};
use zoo::{Architecture, Part, Wanted};

use crate::output;
use crate::screen::Screen;

/// What a person called a model.
pub(crate) enum Named {
    /// A file that is there.
    File(PathBuf),
    /// A network of the zoo.
    Network(&'static Architecture),
}

impl Named {
    /// What `model` means. The name of a network comes before a file or folder that is called so, as with `--base`; such a
    /// file is meant by `./NAME`.
    ///
    /// # Errors
    /// It is neither.
    pub(crate) fn find(model: &str) -> Result<Self, Error> {
        let path = Path::new(model);
        match workflow::architecture(model) {
            Ok(architecture) => {
                if path.exists() {
                    output::tell(format_args!(
                        "note: {model} is the network of this name; the file or folder that is called so is ./{model}"
                    ));
                }
                Ok(Self::Network(architecture))
            }
            // Names have no dots and no folders.
            Err(error) if !path.exists() && is_name(model) => Err(Error::new(
                ErrorKind::Usage,
                format!("there is no model {model}: no file and no folder is called so, and {error}"),
            )),
            Err(_) => file(path).map(Self::File),
        }
    }
}

fn is_name(model: &str) -> bool {
    model.chars().all(|letter| letter.is_alphanumeric() || letter == '_' || letter == '-')
}

/// The model file that `path` means: itself, or the best model of a run's folder.
pub(crate) fn file(path: &Path) -> Result<PathBuf, Error> {
    let file = workflow::model_file(path);
    if file.is_file() {
        return Ok(file);
    }
    let what_to_do = workflow::instead_of_cross_validation(path).unwrap_or_else(|| {
        "give a .keras file, a run's folder, or (to predict or export) the name of a network".to_owned()
    });
    Err(Error::new(ErrorKind::Usage, format!("there is no model {}: {what_to_do}", file.display())))
}

/// The published classifier, fetched now if it is not in the cache yet.
pub(crate) fn published(architecture: &Architecture) -> Result<PathBuf, Error> {
    let mut screen = Screen::new();
    let wanted = Wanted::of(architecture, Part::Whole);
    let never = AtomicBool::new(false);
    let path = published::ensure(architecture, &wanted, &mut |event| screen.draw(&event), &never)?;
    screen.finish();
    Ok(path)
}

/// Reads a classifier, and says what of its file was left out.
pub(crate) fn load(file: &Path) -> Result<Classifier, Error> {
    let classifier = Classifier::load(file)?;
    say_left_out(&classifier.left_out);
    Ok(classifier)
}

/// Says what of a file was left out.
pub(crate) fn say_left_out(left_out: &[String]) {
    left_out.iter().for_each(|left_out| output::tell(format_args!("note: {left_out} is left out")));
}
