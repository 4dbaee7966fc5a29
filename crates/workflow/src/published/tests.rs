//! What is fetched, converted and kept, with servers inside of the test in the place of the publishers'.

use graph::{Graph, Weights};
use zoo::{Options, Pooling, Top};

use super::*;
use crate::fetch::server::{Server, send};
use crate::provenance::Provenance;

fn small_cnn() -> (&'static Architecture, Wanted) {
    let architecture = zoo::find("small_cnn").unwrap();
    (architecture, Wanted::of(architecture, Part::Base))
}

/// The bytes of a `.keras` file of `graph`, as somebody else's program writes it: without a card.
fn file_of(graph: &Graph) -> Vec<u8> {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("m.keras");
    formats::keras::write(&path, graph, &Weights::zeros(graph), None).unwrap();
    std::fs::read(path).unwrap()
}

fn base(architecture: &Architecture) -> Graph {
    let options = Options::new(architecture.default_input, Top::Features(Pooling::None));
    architecture.build(&options).unwrap()
}

/// A file of `architecture` without a checksum, at `address`.
fn published_at(architecture: &Architecture, address: &str) -> Published {
    Published {
        architecture: architecture.name,
        alpha: 1.0,
        image_size: None,
        part: Part::Base,
        place: Place::Address(address.to_owned()),
        checksum: None,
        megabytes: None,
        license: None,
        source: "a test",
    }
}

fn serve(body: Vec<u8>) -> Server {
    Server::new(move |_, _, stream| {
        send(stream, "200 OK", &format!("Content-Length: {}\r\n", body.len()), &body)
    })
}

struct Cache {
    folder: tempfile::TempDir,
    folders: Folders,
    stop: AtomicBool,
}

impl Cache {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let folders = Folders::below(folder.path().to_path_buf());
        Self { folder, folders, stop: AtomicBool::new(false) }
    }

    fn pull(&self, addresses: &[&str], observer: &mut Observer) -> Result<PathBuf> {
        let (architecture, wanted) = small_cnn();
        let candidates: Vec<Published> =
            addresses.iter().map(|address| published_at(architecture, address)).collect();
        let Self { folders, stop, .. } = self;
        Pulling { architecture, wanted: &wanted, folders, stop }.any(&candidates, observer)
    }

    fn downloads(&self) -> usize {
        std::fs::read_dir(&self.folders.downloads).map_or(0, Iterator::count)
    }
}

#[test]
fn what_cannot_be_converted_and_has_no_checksum_is_discarded() {
    let server = serve(b"<html>Please log in</html>".to_vec());
    let cache = Cache::new();
    for requests in 1..=2 {
        let message = cache.pull(&[&server.address], &mut |_| {}).unwrap_err().to_string();
        assert!(message.contains("no file of weights") && message.contains("was discarded"), "{message}");
        assert_eq!((server.requests().len(), cache.downloads()), (requests, 0));
    }
    // The next address may have it.
    let good = serve(file_of(&base(small_cnn().0)));
    cache.pull(&[&server.address, &good.address], &mut |_| {}).unwrap();
}

#[test]
fn what_an_earlier_run_left_and_is_no_such_file_is_fetched_anew() {
    let server = serve(file_of(&base(small_cnn().0)));
    let cache = Cache::new();
    std::fs::create_dir_all(&cache.folders.downloads).unwrap();
    std::fs::write(cache.folders.downloads.join("weights.h5"), "<html>Please log in</html>").unwrap();
    let mut notices = Vec::new();
    let mut observe = |event: Event<'_>| {
        if let Event::Notice(text) = event {
            notices.push(text.to_owned());
        }
    };
    let path = cache.pull(&[&server.address], &mut observe).unwrap();
    assert!(notices[0].contains("discarded and fetched anew"), "{notices:?}");
    assert_eq!((server.requests().len(), cache.downloads()), (1, 0));
    let origin = format!("imagenet ({})", server.address);
    assert_eq!(Provenance::of(&path).origin(), Some(origin.as_str()));
}

#[test]
fn what_is_wrong_here_is_not_looked_for_elsewhere() {
    let second = serve(file_of(&base(small_cnn().0)));
    // No folder can be where a file is: as good as a full disk, and as much the same for each address.
    let first = serve(Vec::new());
    let cache = Cache::new();
    std::fs::write(&cache.folders.downloads, "a file").unwrap();
    let error = cache.pull(&[&first.address, &second.address], &mut |_| {}).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::File, "{error}");

    let cache = Cache::new();
    std::fs::write(&cache.folders.weights, "a file").unwrap();
    let good = serve(file_of(&base(small_cnn().0)));
    let error = cache.pull(&[&good.address, &second.address], &mut |_| {}).unwrap_err();
    assert_eq!(
        (error.kind(), cache.downloads()),
        (ErrorKind::File, 1),
        "what came is good and stays: {error}"
    );

    // Somebody who wants to stop.
    let cache = Cache::new();
    let mut stop = |event: Event<'_>| {
        if matches!(event, Event::Fetching { .. }) {
            cache.stop.store(true, Ordering::Relaxed);
        }
    };
    let error = cache.pull(&[&good.address, &second.address], &mut stop).unwrap_err();
    assert!(error.to_string().contains("was stopped"), "{error}");
    assert!(second.requests().is_empty(), "{:?}", second.requests());
}

#[test]
fn an_imported_file_says_that_it_was_and_what_it_holds() {
    let architecture = zoo::find("mobilenet").unwrap();
    let wanted = Wanted { alpha: 0.25, ..Wanted::of(architecture, Part::Whole) };
    let build = |top| architecture.build(&Options::new([224, 224, 3], top).alpha(0.25)).unwrap();
    let cache = Cache::new();
    let file = cache.folder.path().join("mine.keras");
    let tops = [
        (Top::Published { classes: 1000 }, Part::Whole, "mobilenet-0.25.keras"),
        (Top::Features(Pooling::None), Part::Base, "mobilenet-0.25-no-top.keras"),
    ];
    for (top, part, name) in tops {
        std::fs::write(&file, file_of(&build(top))).unwrap();
        let imported =
            converted::convert(architecture, &wanted, &file, "imported from mine", &cache.folders).unwrap();
        assert_eq!((imported.part, imported.path.file_name().unwrap().to_str()), (part, Some(name)));
        assert_eq!(Provenance::of(&imported.path).origin(), Some("imported from mine"));
        let of = |path: &Path| kept::Kept::of(architecture, path.to_path_buf());
        let kept = of(&imported.path).unwrap();
        assert_eq!((kept.alpha, kept.image_size), (0.25, None));
        assert_eq!(kept.state, State::Usable { part, origin: "imported from mine".into() });

        // Cut off anywhere, and of another network.
        let bytes = std::fs::read(&imported.path).unwrap();
        for length in [0, 100, bytes.len() / 2, bytes.len() - 1] {
            std::fs::write(&imported.path, &bytes[..length]).unwrap();
            let State::Damaged { why, run } = of(&imported.path).unwrap().state else {
                panic!("cut to {length} it is as good as whole")
            };
            assert!(why.contains(name), "{why}");
            let no_top = if part == Part::Base { " --no-top" } else { "" };
            assert_eq!(run, format!("linnaeus weights pull mobilenet --alpha 0.25{no_top}"));
            assert!(kept::trouble(architecture, &imported.path).is_some());
        }
        let other = cache.folders.weights.join("mobilenet_v2.keras");
        std::fs::write(&other, &bytes).unwrap();
        let v2 = zoo::find("mobilenet_v2").unwrap();
        assert!(kept::trouble(v2, &other).is_some());
        let state = kept::Kept::of(v2, other).unwrap().state;
        assert!(
            matches!(&state, State::Damaged { why, .. } if why.contains("it is of mobilenet")),
            "{state:?}"
        );
    }
}

#[test]
fn a_name_in_the_cache_says_what_it_is() {
    let of = |architecture: &str, name: &str| {
        let kept = kept::Kept::of(zoo::find(architecture).unwrap(), name.into())?;
        let State::Damaged { run, .. } = kept.state else { panic!("there is no such file") };
        Some((kept.alpha, kept.image_size, run))
    };
    let pull = "linnaeus weights pull mobilenet_v2";
    assert_eq!(of("mobilenet_v2", "mobilenet_v2.keras"), Some((1.0, None, pull.to_string())));
    let (alpha, size, run) = of("mobilenet_v2", "mobilenet_v2-0.5-160-no-top.keras").unwrap();
    assert_eq!((alpha, size, run), (0.5, Some(160), format!("{pull} --alpha 0.5 --image-size 160 --no-top")));
    // Never published: only imported.
    let run = of("mobilenet_v2", "mobilenet_v2-0.6.keras").unwrap().2;
    assert_eq!(run, "linnaeus weights import mobilenet_v2 FILE --alpha 0.6");
    for name in
        ["mobilenet_v2.keras.part", "mobilenet_v2-mine.keras", "mobilenet.keras", "mobilenet_v2_1.keras"]
    {
        assert_eq!(of("mobilenet_v2", name), None, "{name}");
    }
    assert_eq!(of("resnet50", "resnet50_v2.keras"), None);
}
