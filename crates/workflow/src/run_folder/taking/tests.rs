//! What is left of a cross-validation that never began goes, and nothing else.

use super::*;

/// A fold as it is before it learns.
fn prepared(folder: &Path, number: usize) -> RunFolder {
    let fold = RunFolder::at(folder).of_fold(number);
    std::fs::create_dir_all(fold.checkpoints()).unwrap();
    for path in [fold.begun(), fold.split(), fold.recipe()] {
        std::fs::write(path, "").unwrap();
    }
    fold
}

fn create(out: &Path) -> Result<RunFolder> {
    let data = out.with_file_name("data");
    RunFolder::create(&Recipe { data, out: out.to_path_buf(), ..Recipe::default() })
}

#[test]
fn a_new_run_clears_prepared_folds_away() {
    let place = tempfile::tempdir().unwrap();
    let out = place.path().join("run");
    let folds = [1, 2, 3].map(|number| prepared(&out, number));
    create(&out).unwrap();
    assert!(folds.iter().all(|fold| !fold.path.exists()));

    // What somebody else has put there is not of a run.
    let own = out.join("fold-1/split.csv");
    std::fs::create_dir(out.join("fold-1")).unwrap();
    std::fs::write(&own, "").unwrap();
    create(&out).unwrap();
    assert!(own.exists());

    let learned = prepared(&out, 2);
    std::fs::write(learned.state(), "").unwrap();
    let error = create(&out).map(drop).unwrap_err();
    assert!(error.to_string().contains("fold-2 holds a run already"), "{error}");
    assert!(learned.state().exists() && learned.recipe().exists());
}

#[test]
fn folds_that_cannot_be_locked_are_cleared_unless_another_process_is_there() {
    let place = tempfile::tempdir().unwrap();
    let out = place.path().join("run");
    let folds = [1, 2].map(|number| prepared(&out, number));
    let whole = || {
        std::fs::write(RunFolder::at(&out).recipe(), "").unwrap();
        RunFolder::at(&out)
    };
    let another = files::Lock::take(&folds[1].path.join(LOCK)).unwrap().unwrap();
    whole().discard_folds_if_not_begun();
    assert!(folds.iter().all(|fold| fold.recipe().exists() && fold.begun().exists()));
    assert!(!folds[0].path.join(LOCK).exists());
    drop(another);

    // As where no file can be created.
    std::fs::create_dir(folds[0].path.join(LOCK)).unwrap();
    whole().discard_folds_if_not_begun();
    assert!(!folds[0].recipe().exists() && !folds[0].begun().exists() && !folds[1].path.exists());
    assert!(!RunFolder::at(&out).recipe().exists());
}
