//! Paths as a person should see them: without the folder that the set was read from.

use std::path::Path;

use crate::Outcome;

/// The folders that pictures were read from: of folds several, where the set was moved in between.
pub(crate) struct Sources<'a>(Vec<&'a Path>);

impl<'a> Sources<'a> {
    pub(crate) fn of(outcomes: impl IntoIterator<Item = &'a Outcome>) -> Self {
        let sources = outcomes.into_iter().filter_map(|outcome| outcome.images.source.as_deref());
        let mut sources: Vec<&Path> = sources.map(Path::new).collect();
        // Of one within the other, the inner one says less.
        sources.sort_by_key(|source| std::cmp::Reverse(source.components().count()));
        sources.dedup();
        Self(sources)
    }

    /// `path` without its source.
    pub(crate) fn shown(&self, path: &Path) -> String {
        let inner = self.0.iter().find_map(|source| path.strip_prefix(source).ok());
        inner.unwrap_or(path).display().to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ImageFacts;

    #[test]
    fn a_path_is_without_the_folder_that_it_is_in() {
        let read_from = |source: &str| Outcome {
            images: ImageFacts { source: Some(source.into()), ..ImageFacts::default() },
            ..Outcome::default()
        };
        let runs = [read_from("/data"), read_from("/data/foods"), read_from("/moved"), Outcome::default()];
        let sources = Sources::of(&runs);
        let shown = |path: &str| sources.shown(Path::new(path));
        assert_eq!(shown("/data/foods/fish/1.jpg"), "fish/1.jpg");
        assert_eq!(shown("/moved/fish/1.jpg"), "fish/1.jpg");
        assert_eq!(shown("/elsewhere/1.jpg"), "/elsewhere/1.jpg");
        assert_eq!(Sources::of(&[Outcome::default()]).shown(Path::new("/data/1.jpg")), "/data/1.jpg");
    }
}
