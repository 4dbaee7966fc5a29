use super::*;

/// Enough of a PNG to be taken for one.
const PNG: &[u8] = b"\x89PNG\r\n\x1a\n....";

fn put(root: &Path, files: &[&str]) {
    for file in files {
        let path = root.join(file);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, PNG).unwrap();
    }
}

fn message(result: Result<Listing>, kind: ErrorKind) -> String {
    let error = result.unwrap_err();
    assert_eq!(error.kind(), kind, "{error}");
    error.to_string()
}

fn names(samples: &[Sample], root: &Path) -> Vec<String> {
    samples
        .iter()
        .map(|s| {
            let parts: Vec<_> =
                s.path.strip_prefix(root).unwrap().iter().map(|p| p.to_string_lossy().into_owned()).collect();
            format!("{}:{}", s.label, parts.join("/"))
        })
        .collect()
}

#[test]
fn class_folders_in_order() {
    let root = tempfile::tempdir().unwrap();
    let root = root.path();
    put(root, &["zebra/2.png", "zebra/10.png", "Äpfel und Birnen/a b.png", "cat/deep/er/x.png", "cat/a.png"]);
    put(root, &[".git/hidden.png", "cat/.hidden.png", "__MACOSX/cat/a.png"]);
    std::fs::write(root.join("cat/broken.jpg"), "text\n").unwrap();
    std::fs::write(root.join("cat/licence.txt"), "text\n").unwrap();
    std::fs::create_dir(root.join("nothing")).unwrap();
    let listing = read_folder(root).unwrap();
    assert_eq!(listing.classes, ["cat", "zebra", "Äpfel und Birnen"]);
    assert_eq!(
        names(&listing.train, root),
        [
            "0:cat/a.png",
            "0:cat/deep/er/x.png",
            "1:zebra/10.png",
            "1:zebra/2.png",
            "2:Äpfel und Birnen/a b.png"
        ]
    );
    assert_eq!(listing.skipped.len(), 1);
    assert!(listing.skipped[0].path.ends_with("cat/broken.jpg"));
    assert_eq!(listing.notes.len(), 1, "{:?}", listing.notes);
    assert!(listing.notes[0].contains("nothing holds no picture"));
    assert_eq!((listing.validation, listing.test), (None, None));
}

#[test]
fn parts() {
    for validation in ["val", "valid", "Validation"] {
        let root = tempfile::tempdir().unwrap();
        let root = root.path();
        put(root, &["train/a/1.png", "train/b/1.png", "test/a/2.png", "test/b/2.png", "notes/x.png"]);
        put(root, &[&format!("{validation}/a/3.png"), &format!("{validation}/b/3.png")]);
        let listing = read_folder(root).unwrap();
        assert_eq!(listing.classes, ["a", "b"]);
        assert_eq!(names(&listing.train, root), ["0:train/a/1.png", "1:train/b/1.png"]);
        assert_eq!(names(&listing.test.unwrap(), root), ["0:test/a/2.png", "1:test/b/2.png"]);
        assert_eq!(listing.validation.unwrap().len(), 2);
    }
}

#[test]
fn parts_as_archives_have_them() {
    let root = tempfile::tempdir().unwrap();
    let root = root.path();
    put(
        root,
        &["seg_train/seg_train/forest/1.png", "seg_train/seg_train/sea/2.png", "seg_pred/seg_pred/9.png"],
    );
    put(
        root,
        &["seg_test/seg_test/forest/3.png", "seg_test/seg_test/sea/4.png", "seg_test/seg_test/sea/5.png"],
    );
    let listing = read_folder(root).unwrap();
    assert_eq!(listing.classes, ["forest", "sea"]);
    assert_eq!((listing.train.len(), listing.test.unwrap().len(), listing.validation), (2, 3, None));
}

#[test]
fn a_class_named_train_is_a_class() {
    let root = tempfile::tempdir().unwrap();
    put(root.path(), &["train/1.png", "train/steam/1.png", "bus/1.png", "car/1.png"]);
    assert_eq!(read_folder(root.path()).unwrap().classes, ["bus", "car", "train"]);
}

#[test]
fn parts_that_differ() {
    let root = tempfile::tempdir().unwrap();
    put(root.path(), &["train/a/1.png", "train/b/1.png", "test/a/2.png", "test/c/2.png"]);
    let message = message(read_folder(root.path()), ErrorKind::ClassNames);
    assert!(message.contains("only the first has pictures of \"b\"; only the second of \"c\""), "{message}");
    std::fs::remove_dir_all(root.path().join("test/a")).unwrap();
    std::fs::rename(root.path().join("test/c"), root.path().join("test/b")).unwrap();
    let listing = read_folder(root.path()).unwrap();
    assert_eq!(listing.test.unwrap()[0].label, 1, "numbered as those to learn from");
    assert!(listing.notes[0].ends_with("test has no pictures of \"a\": its figures say nothing of them"));
    put(root.path(), &["val/a/1.png", "validation/a/1.png"]);
    let message = self::message(read_folder(root.path()), ErrorKind::ClassNames);
    assert!(message.contains("\"val\" and \"validation\""), "{message}");
}

#[test]
fn sets_that_are_of_no_use() {
    let root = tempfile::tempdir().unwrap();
    let root = root.path();
    assert!(message(read_folder(&root.join("none")), ErrorKind::Missing).contains("none"));
    message(read_folder(root), ErrorKind::Missing);
    put(root, &["loose.png"]);
    assert!(message(read_folder(&root.join("loose.png")), ErrorKind::Missing).contains("is a file"));
    message(read_folder(root), ErrorKind::Missing);
    std::fs::create_dir(root.join("a")).unwrap();
    std::fs::write(root.join("a/empty.png"), "").unwrap();
    assert!(message(read_folder(root), ErrorKind::Empty).contains("0 bytes"));
    put(root, &["a/good.png"]);
    assert!(message(read_folder(root), ErrorKind::OneClass).contains("\"a\""));
}

#[test]
fn depth_is_bounded() {
    let root = tempfile::tempdir().unwrap();
    let deep = |levels: usize| format!("a/{}x.png", "d/".repeat(levels));
    put(root.path(), &["b/1.png", &deep(DEEPEST), &deep(DEEPEST + 1)]);
    let listing = read_folder(root.path()).unwrap();
    assert_eq!(listing.train.len(), 2);
    assert_eq!(listing.skipped.len(), 1);
}

#[cfg(unix)]
#[test]
fn links_do_not_loop() {
    let root = tempfile::tempdir().unwrap();
    let root = root.path();
    put(root, &["a/1.png", "b/1.png", "elsewhere/2.png"]);
    std::os::unix::fs::symlink(root, root.join("a/up")).unwrap();
    std::os::unix::fs::symlink(root.join("a"), root.join("a/self")).unwrap();
    std::os::unix::fs::symlink(root.join("nowhere"), root.join("b/broken.png")).unwrap();
    std::os::unix::fs::symlink(root.join("elsewhere/2.png"), root.join("b/linked.png")).unwrap();
    let listing = read_folder(root).unwrap();
    let of_b: Vec<_> = listing.train.iter().filter(|s| s.label == 1).collect();
    assert_eq!(of_b.len(), 2);
    assert!(listing.skipped.iter().any(|s| s.path.ends_with("b/broken.png")), "{:?}", listing.skipped);
    // Through `up`, class a reaches every folder once.
    let of_a: Vec<_> = listing.train.iter().filter(|s| s.label == 0).collect();
    assert_eq!(of_a.len(), 4, "{of_a:?}");
}

#[cfg(unix)]
#[test]
fn a_pipe_is_not_waited_for() {
    let root = tempfile::tempdir().unwrap();
    put(root.path(), &["a/1.png", "b/1.png"]);
    let pipe = root.path().join("a/pipe.png");
    assert!(std::process::Command::new("mkfifo").arg(&pipe).status().unwrap().success());
    let listing = read_folder(root.path()).unwrap();
    assert_eq!(listing.skipped[0].reason, "can't be read: not a file");
}
