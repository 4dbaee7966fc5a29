//! What lies in a set: a folder there that is no class's would be taken for one, or for pictures of one.

use std::path::Path;

use crate::folder::folders_of_classes;
use crate::tfrecord::is_tfrecord;

/// Whether `folder`, which need not be there, is `set` or lies below it, links followed.
pub fn is_below(folder: &Path, set: &Path) -> bool {
    let (Ok(folder), Ok(set)) = (std::path::absolute(folder), set.canonicalize()) else { return false };
    let there = folder.ancestors().find_map(|above| above.canonicalize().ok());
    there.is_some_and(|there| there.starts_with(&set)) || folder.starts_with(&set)
}

/// Whether pictures are looked for in `folder`, which need not be there, when the set at `set` is read. What a listing or
/// TFRecord files do not name is not looked for, nor what lies beside the folders of the parts.
pub fn is_searched(folder: &Path, set: &Path) -> bool {
    if !set.is_dir() || is_tfrecord(set) {
        return false;
    }
    // Where the set cannot be read, that is what is told.
    folders_of_classes(set).is_ok_and(|searched| searched.iter().any(|searched| is_below(folder, searched)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_searched_depends_on_the_parts() {
        let folder = tempfile::tempdir().unwrap();
        let path = |name: &str| folder.path().join(name);
        for class in ["plain/cat", "plain/dog", "parts/train/cat", "parts/train/dog", "parts/test/cat"] {
            std::fs::create_dir_all(path(class)).unwrap();
        }
        std::fs::write(path("rows.csv"), "path,label\n").unwrap();
        for (inside, set, searched) in [
            ("plain", "plain", true),
            ("plain/runs/plain-1", "plain", true),
            ("plain/cat/run", "plain", true),
            ("plainer/run", "plain", false),
            ("runs/plain-1", "plain", false),
            ("parts/runs/1", "parts", false),
            ("parts/train/run", "parts", true),
            ("parts/test/cat/run", "parts", true),
            ("run", "rows.csv", false),
            ("gone/run", "gone", false),
        ] {
            assert_eq!(is_searched(&path(inside), &path(set)), searched, "{inside} in {set}");
        }
    }

    #[cfg(unix)]
    #[test]
    fn links_are_followed() {
        let folder = tempfile::tempdir().unwrap();
        let path = |name: &str| folder.path().join(name);
        std::fs::create_dir_all(path("set/cat")).unwrap();
        std::os::unix::fs::symlink(path("set"), path("other")).unwrap();
        assert!(is_below(&path("other/runs/1"), &path("set")));
        assert!(is_below(&path("set/runs/1"), &path("other")));
    }
}
