//! `linnaeus doctor`: every fault that is planted is found, nothing is found where there is none, and what is moved can
//! be put back.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
#[cfg(unix)]
use std::process::Command;

use image::{DynamicImage, GrayImage, Luma, RgbImage};
use linnaeus_tests::{Outcome, everything_in, linnaeus, scene, train};
use serde_json::Value;

const CLASSES: [&str; 3] = ["beach", "forest", "street"];
/// Pictures of a class in a healthy set.
const EACH: u64 = 22;

/// A set of pictures that look like photos, and a place for what the doctor leaves.
struct Trial(tempfile::TempDir);

impl Trial {
    /// Healthy.
    fn new() -> Self {
        let trial = Self(tempfile::tempdir().unwrap());
        for (class, name) in CLASSES.iter().enumerate() {
            (0..EACH).for_each(|index| {
                trial.save(&format!("{name}/{index:02}.jpg"), &photo(100 * class as u64 + index));
            });
        }
        trial
    }

    fn data(&self) -> PathBuf {
        self.0.path().join("photos")
    }

    fn beside(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    /// Writes a file of the set.
    fn write(&self, name: &str, bytes: impl AsRef<[u8]>) {
        let path = self.data().join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, bytes).unwrap();
    }

    fn save(&self, name: &str, picture: &RgbImage) {
        self.write(name, encoded(picture, name.rsplit('.').next().unwrap()));
    }

    fn copy(&self, from: &str, to: &str) {
        self.write(to, std::fs::read(self.data().join(from)).unwrap());
    }

    fn doctor(&self, options: &[&str]) -> Outcome {
        doctor(&self.data(), options)
    }

    /// What is found, by kind: the pictures of each finding.
    fn found(&self) -> BTreeMap<String, Vec<Vec<String>>> {
        found(&self.data(), &self.doctor(&["--json"]).json())
    }
}

fn doctor(data: &Path, options: &[&str]) -> Outcome {
    linnaeus(
        ["doctor".as_ref(), data.as_os_str()].into_iter().chain(options.iter().map(|word| word.as_ref())),
    )
}

fn found(data: &Path, examination: &Value) -> BTreeMap<String, Vec<Vec<String>>> {
    let mut found: BTreeMap<String, Vec<Vec<String>>> = BTreeMap::new();
    for finding in examination["findings"].as_array().unwrap() {
        let path = |picture: &Value| {
            let path = Path::new(picture["path"].as_str().unwrap());
            path.strip_prefix(data).unwrap_or(path).to_string_lossy().replace('\\', "/")
        };
        let mut pictures: Vec<String> = finding["pictures"].as_array().unwrap().iter().map(path).collect();
        pictures.sort();
        found.entry(finding["kind"].as_str().unwrap().to_owned()).or_default().push(pictures);
    }
    found
}

fn photo(seed: u64) -> RgbImage {
    scene(seed, [90, 120])
}

fn encoded(picture: &RgbImage, ending: &str) -> Vec<u8> {
    let mut bytes = std::io::Cursor::new(Vec::new());
    let format = image::ImageFormat::from_extension(ending).unwrap();
    picture.write_to(&mut bytes, format).unwrap();
    bytes.into_inner()
}

/// The same photo as someone else passed it on: smaller, brighter, compressed harder.
fn passed_on(picture: &RgbImage) -> RgbImage {
    let (width, height) = (picture.width() * 2 / 3, picture.height() * 2 / 3);
    let mut small = image::imageops::resize(picture, width, height, image::imageops::FilterType::Triangle);
    small.pixels_mut().for_each(|pixel| pixel.0 = pixel.0.map(|level| level.saturating_add(12)));
    let mut bytes = Vec::new();
    image::codecs::jpeg::JpegEncoder::new_with_quality(&mut bytes, 60).encode_image(&small).unwrap();
    image::load_from_memory(&bytes).unwrap().into_rgb8()
}

#[test]
fn nothing_is_wrong_with_a_healthy_set() {
    let trial = Trial::new();
    let outcome = trial.doctor(&[]).succeeds();
    assert!(outcome.stdout.contains("66 pictures of 3 classes"), "{outcome}");
    assert!(outcome.stdout.contains("Nothing is wrong with it."), "{outcome}");
    let examination = trial.doctor(&["--json"]).succeeds().json();
    assert_eq!((&examination["faults"], &examination["advice"]), (&0.into(), &0.into()));
    assert_eq!(examination["classes"][1], serde_json::json!({"name": "forest", "pictures": EACH}));
    assert_eq!(trial.found(), BTreeMap::new());
}

#[test]
fn every_planted_fault_is_found_and_nothing_else() {
    let trial = Trial::new();
    let mut cut = encoded(&photo(900), "jpg");
    cut.truncate(cut.len() / 2);
    trial.write("beach/cut.jpg", &cut);
    trial.write("beach/words.png", "this is no picture");
    trial.write("forest/disguised.jpg", encoded(&photo(901), "png"));
    trial.copy("forest/03.jpg", "forest/again.jpg");
    trial.copy("forest/04.jpg", "street/astray.jpg");
    trial.save("street/passed_on.jpg", &passed_on(&photo(205)));
    trial.save("street/passed_on_astray.jpg", &passed_on(&photo(6)));
    trial.save("beach/icon.png", &scene(902, [12, 16]));
    trial.save("beach/scan.jpg", &scene(903, [700, 900]));
    trial.save("street/banner.jpg", &scene(904, [40, 400]));
    trial.save("forest/page.png", &RgbImage::from_pixel(120, 90, image::Rgb([250, 249, 251])));
    let grey: GrayImage = DynamicImage::ImageRgb8(photo(905)).into_luma8();
    grey.save(trial.data().join("street/grey.png")).unwrap();
    trial.save("desert/a.jpg", &photo(906));
    trial.save("desert/b.jpg", &photo(907));
    (0..5).for_each(|index| trial.save(&format!("lake/{index}.jpg"), &photo(910 + index)));
    trial.save("forest/flipped.jpg", &passed_on(&image::imageops::flip_horizontal(&photo(107))));
    trial.save("forest/turned.jpg", &image::imageops::rotate90(&photo(108)));
    trial.save("street/other_side.jpg", &image::imageops::flip_horizontal(&photo(9)));
    (0..EACH).for_each(|index| trial.save(&format!("Forests/{index}.jpg"), &photo(950 + index)));

    let one = |name: &str| vec![name.to_owned()];
    let pair = |a: &str, b: &str| vec![a.to_owned(), b.to_owned()];
    let expected = [
        ("blank", vec![one("forest/page.png")]),
        ("colour", vec![one("street/grey.png")]),
        (
            "conflict",
            vec![
                pair("beach/06.jpg", "street/passed_on_astray.jpg"),
                pair("forest/04.jpg", "street/astray.jpg"),
            ],
        ),
        ("copy", vec![pair("forest/03.jpg", "forest/again.jpg")]),
        ("few_pictures", vec![vec![]]),
        ("imbalance", vec![vec![]]),
        ("lookalike", vec![pair("street/05.jpg", "street/passed_on.jpg")]),
        ("misnamed", vec![one("forest/disguised.jpg")]),
        (
            "mirrored",
            vec![
                pair("forest/07.jpg", "forest/flipped.jpg"),
                pair("forest/08.jpg", "forest/turned.jpg"),
                pair("beach/09.jpg", "street/other_side.jpg"),
            ],
        ),
        ("missing_class", vec![pair("desert/a.jpg", "desert/b.jpg")]),
        ("shape", vec![one("street/banner.jpg")]),
        ("similar_names", vec![vec![]]),
        ("size", vec![one("beach/icon.png"), one("beach/scan.jpg")]),
        ("unreadable", vec![one("beach/cut.jpg"), one("beach/words.png")]),
    ];
    let expected: BTreeMap<_, _> =
        expected.into_iter().map(|(kind, found)| (kind.to_owned(), found)).collect();
    assert_eq!(trial.found(), expected);

    let page = trial.beside("page.html");
    let outcome = trial.doctor(&["--html", page.to_str().unwrap()]).fails(1, &[]);
    let in_order = [
        "under two labels",
        "cannot be used",
        "holds text",
        "desert",
        "one of them mirrored:",
        "one of them turned by a quarter:",
        "one of them mirrored, of classes \"beach\" and \"street\":",
        "classes \"Forests\" and \"forest\" differ in how they are written alone",
        "--class-weights balanced",
    ];
    let places = in_order.map(|said| outcome.stdout.find(said));
    assert!(places.iter().all(Option::is_some) && places.is_sorted(), "{places:?}: {outcome}");
    assert!(outcome.stdout.lines().all(|line| line.chars().count() <= 80), "{outcome}");
    let page = std::fs::read_to_string(page).unwrap();
    assert!(page.matches("<img").count() >= 16 && page.contains("street/passed_on.jpg"));
    assert!(
        page.contains("they look the same, one of them mirrored") && page.contains("street/other_side.jpg")
    );
    assert!(!page.contains("src=\"http") && !page.contains("<script"), "the page fetches or runs something");
}

#[test]
fn the_number_of_threads_does_not_matter() {
    let trial = Trial::new();
    trial.copy("forest/03.jpg", "forest/again.jpg");
    trial.save("street/passed_on.jpg", &passed_on(&photo(205)));
    let run = |threads: &str| {
        let mut examination = trial.doctor(&["--json", "--threads", threads]).json();
        examination["seconds"].take();
        examination
    };
    assert_eq!(run("1"), run("3"));
}

/// Files of a healthy set in `train`, `val` and `test`, with a leak byte for byte and one passed on.
fn with_parts(trial: &Trial) {
    for (class, name) in CLASSES.iter().enumerate() {
        for (part, first) in [("val", 40), ("test", 60)] {
            (0..20).for_each(|index| {
                trial.save(
                    &format!("{part}/{name}/{index:02}.jpg"),
                    &photo(100 * class as u64 + first + index),
                );
            });
        }
        let train = trial.data().join("train");
        std::fs::create_dir_all(&train).unwrap();
        std::fs::rename(trial.data().join(name), train.join(name)).unwrap();
    }
    trial.copy("train/beach/00.jpg", "test/beach/leak.jpg");
    trial.save("val/street/leak.jpg", &passed_on(&photo(201)));
}

#[test]
fn leaks_are_found_in_folders_listings_and_records() {
    let trial = Trial::new();
    with_parts(&trial);
    let leaks = BTreeMap::from([(
        "leak".to_owned(),
        vec![
            vec!["test/beach/leak.jpg".to_owned(), "train/beach/00.jpg".to_owned()],
            vec!["train/street/01.jpg".to_owned(), "val/street/leak.jpg".to_owned()],
        ],
    )]);
    assert_eq!(trial.found(), leaks);
    trial.doctor(&[]).fails(1, &[]);

    let files = everything_in(&trial.data()).into_iter().filter(|name| name.ends_with(".jpg"));
    let rows = files.map(|name| {
        let parts: Vec<&str> = name.split('/').collect();
        format!("photos/{name},{},{}\n", parts[1], parts[0])
    });
    let listing = trial.beside("photos.csv");
    std::fs::write(&listing, "file,label,split\n".to_owned() + &rows.collect::<String>()).unwrap();
    assert_eq!(found(&trial.data(), &doctor(&listing, &["--json"]).json()), leaks);
    let (records, quarantine) = (trial.beside("records"), trial.beside("quarantine"));
    let convert = ["convert".as_ref(), listing.as_os_str(), "--to".as_ref(), "tfrecord".as_ref()];
    linnaeus(convert.into_iter().chain(["--out".as_ref(), records.as_os_str()])).succeeds();
    let of_records = found(&records, &doctor(&records, &["--json"]).json());
    let counts = |found: &BTreeMap<String, Vec<Vec<String>>>| -> Vec<(String, Vec<usize>)> {
        found.iter().map(|(kind, all)| (kind.clone(), all.iter().map(Vec::len).collect())).collect()
    };
    assert_eq!(counts(&of_records), counts(&leaks));

    let moving = ["--quarantine", quarantine.to_str().unwrap()];
    doctor(&listing, &moving).fails(2, &["photos.csv", "would name files that are gone"]);
    doctor(&records, &moving).fails(2, &["records in TFRecord files", "one by one"]);
    assert!(!quarantine.exists());
}

#[test]
fn of_a_file_that_is_cut_off_only_what_is_known_is_said() {
    let trial = Trial::new();
    let (records, whole) = (trial.beside("records"), trial.beside("whole"));
    let convert = |from: &Path, to: &Path| {
        let words = ["convert".as_ref(), from.as_os_str(), "--to".as_ref(), "tfrecord".as_ref()];
        linnaeus(words.into_iter().chain([
            "--out".as_ref(),
            to.as_os_str(),
            "--shards".as_ref(),
            "1".as_ref(),
        ]))
    };
    convert(&trial.data(), &records).succeeds();
    let shard = records.join("train-00000-of-00001.tfrecord");
    let size = std::fs::metadata(&shard).unwrap().len();
    std::fs::File::options().write(true).open(&shard).unwrap().set_len(size * 4 / 5).unwrap();

    let examination = doctor(&records, &["--json"]).json();
    let read = examination["pictures"].as_u64().unwrap();
    assert!((40..60).contains(&read), "{read}");
    let findings = examination["findings"].as_array().unwrap();
    let cut: Vec<&Value> = findings.iter().filter(|finding| finding["kind"] == "cut_off").collect();
    assert_eq!(
        (cut.len(), &cut[0]["severity"], findings.len()),
        (1, &"fault".into(), 1 + few(findings)),
        "{findings:?}"
    );
    let detail = cut[0]["detail"].as_str().unwrap();
    assert!(detail.contains(&format!("train-00000-of-00001.tfrecord: {read} records were read")), "{detail}");
    assert!(detail.contains(&format!(" of {} on, cannot be", size * 4 / 5)), "{detail}");
    assert!(detail.ends_with("how many pictures it held is not known"), "{detail}");

    let outcome = doctor(&records, &[]).fails(1, &[]);
    assert!(outcome.stdout.contains("convert DATA --to tfrecord"), "{outcome}");
    assert!(!outcome.stdout.contains("--quarantine"), "it would be refused: {outcome}");
    let outcome = convert(&records, &whole).succeeds();
    assert!(outcome.stderr.contains("records were read, and the rest of the file"), "{outcome}");
    assert_eq!(doctor(&whole, &["--json"]).json()["pictures"], read);
}

fn few(findings: &[Value]) -> usize {
    findings.iter().filter(|finding| finding["kind"] == "few_pictures").count()
}

#[test]
fn what_cannot_be_moved_is_not_said_to_be() {
    let trial = Trial::new();
    trial.write("beach/words.png", "this is no picture");
    trial.copy("forest/04.jpg", "street/astray.jpg");
    let advised = |data: &Path| doctor(data, &[]).fails(1, &[]).stdout.replace('\n', " ");
    assert!(advised(&trial.data()).contains("--quarantine"));
    let files = everything_in(&trial.data()).into_iter().filter(|name| name.contains('.'));
    let rows = files.map(|name| format!("photos/{name},{}\n", name.split('/').next().unwrap()));
    let listing = trial.beside("photos.csv");
    std::fs::write(&listing, "file,label\n".to_owned() + &rows.collect::<String>()).unwrap();
    let said = advised(&listing);
    assert!(!said.contains("--quarantine") && said.contains("out of the listing"), "{said}");
}

#[test]
fn the_quarantine_takes_what_nobody_can_use_and_says_from_where() {
    let trial = Trial::new();
    trial.write("beach/words.png", "this is no picture");
    trial.copy("forest/03.jpg", "forest/again.jpg");
    trial.copy("forest/04.jpg", "street/astray.jpg");
    trial.save("street/passed_on.jpg", &passed_on(&photo(205)));
    let before = everything_in(&trial.data());
    let quarantine = trial.beside("quarantine");
    let moving = ["--quarantine", quarantine.to_str().unwrap()];
    let inside = trial.data().join("away");
    trial.doctor(&["--quarantine", inside.to_str().unwrap()]).fails(2, &["lies in the set itself"]);
    assert_eq!(everything_in(&trial.data()), before);

    let outcome = trial.doctor(&moving).fails(1, &[]);
    assert!(outcome.stdout.contains("4 files were moved to"), "{outcome}");
    assert!(outcome.stdout.contains("1 fault is left for you to judge"), "{outcome}");
    let moved = ["beach/words.png", "forest/04.jpg", "forest/again.jpg", "street/astray.jpg"];
    let files = |folder: &Path| -> Vec<String> {
        everything_in(folder).into_iter().filter(|name| folder.join(name).is_file()).collect()
    };
    assert_eq!(files(&quarantine), [&moved[..3], &["moved.csv"], &moved[3..]].concat());
    assert!(moved.iter().all(|name| !trial.data().join(name).exists()));
    // Nothing is overwritten, and what is left is advice or to be judged.
    trial.doctor(&moving).fails(2, &["holds something already"]);
    std::fs::remove_file(trial.data().join("street/passed_on.jpg")).unwrap();
    trial.doctor(&[]).succeeds();

    trial.save("street/passed_on.jpg", &passed_on(&photo(205)));
    let table = std::fs::read_to_string(quarantine.join("moved.csv")).unwrap();
    let mut rows = table.lines();
    assert_eq!(rows.next(), Some("from,to,kind,why"));
    for row in rows {
        let [from, to, kind, _] = row.splitn(4, ',').collect::<Vec<_>>()[..] else { panic!("{row}") };
        assert!(["unreadable", "copy", "conflict"].contains(&kind), "{row}");
        std::fs::rename(quarantine.join(to), from).unwrap();
    }
    assert_eq!(everything_in(&trial.data()), before, "all is as it was");
}

/// A file that a link leads to is no copy of itself.
#[cfg(unix)]
#[test]
fn the_quarantine_moves_nothing_that_a_link_leads_to() {
    let trial = Trial::new();
    std::os::unix::fs::symlink(trial.data().join("forest"), trial.data().join("street/more")).unwrap();
    let before = everything_in(&trial.data());
    let quarantine = trial.beside("quarantine");
    let outcome = trial.doctor(&["--quarantine", quarantine.to_str().unwrap()]).fails(1, &[]);
    assert!(outcome.stdout.contains("a link leads to this file too"), "{outcome}");
    assert_eq!(everything_in(&trial.data()), before);
}

#[test]
fn groups_that_stay_together_leak_nothing() {
    let trial = Trial::new();
    trial.save("street/05_b.jpg", &passed_on(&photo(205)));
    trial.doctor(&[]).fails(1, &[]);
    trial.doctor(&["--group-by", "[a-z]+/[0-9]+"]).succeeds();
    trial.doctor(&["--group-by", "("]).fails(2, &["--group-by", "is no regular expression"]);
    trial.doctor(&["--group-column", "x"]).fails(2, &["has no columns"]);
}

#[test]
fn training_warns_of_what_it_can_know() {
    let trial = Trial::new();
    trial.copy("forest/03.jpg", "forest/again.jpg");
    trial.copy("forest/04.jpg", "street/astray.jpg");
    (0..4).for_each(|index| trial.save(&format!("lake/{index}.jpg"), &photo(910 + index)));
    let (data, run) = (trial.data(), trial.beside("run"));
    let quick = ["--base", "small_cnn", "--image-size", "32", "--epochs", "1", "--batch-size", "8"];
    let outcome = train(&data, &run, &quick).succeeds();
    let pointer = format!("linnaeus doctor {}", data.display());
    let warnings: Vec<&str> = outcome.stderr.lines().filter(|line| line.contains(&pointer)).collect();
    assert_eq!(warnings.len(), 4, "{outcome}");
    for said in [
        "1 picture is an exact copy",
        "1 picture has the same bytes as one of another class",
        "class \"lake\" (4) has few pictures",
        "times as many",
    ] {
        assert!(warnings.iter().any(|line| line.contains(said)), "no {said}: {outcome}");
    }
}

#[test]
fn wrong_input_is_refused() {
    let trial = Trial::new();
    doctor(&trial.beside("nowhere"), &[]).fails(2, &["nowhere", "No such file"]);
    trial.doctor(&["--label-column", "x"]).fails(2, &["is no listing, so it has no columns"]);
    trial.doctor(&["--threads", "many"]).fails(2, &["--threads"]);
    let page = trial.beside("no/such/folder/page.html");
    trial
        .doctor(&["--html", page.to_str().unwrap()])
        .fails(2, &["--html: expected a file in a folder", "page.html"]);
    trial.doctor(&["--html", "."]).fails(2, &["--html: expected the name of a file"]);
    let listing = trial.beside("a.csv");
    std::fs::write(&listing, "path,label\nphotos/beach/00.jpg,\"beach\n").unwrap();
    doctor(&listing, &[]).fails(1, &["a quote opens on line 2 and is never closed"]);
    std::fs::write(
        &listing,
        "path,label\nphotos/beach/00.jpg,beach\nphotos/beach/01.jpg,\nphotos/gone.jpg,beach\nphotos/street/00.jpg,street\n",
    )
    .unwrap();
    let found = found(&trial.data(), &doctor(&listing, &["--json"]).json());
    assert_eq!(found["left_out"], [["beach/01.jpg"]]);
    assert_eq!(found["unreadable"], [["gone.jpg"]]);
}

#[cfg(unix)]
#[test]
fn ctrl_c_ends_it_and_nothing_is_moved() {
    use linnaeus_tests::{program, start};
    let trial = Trial::new();
    let mut noise = GrayImage::new(2000, 2000);
    let mut level = 1_u32;
    noise.pixels_mut().for_each(|pixel| {
        level = level.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        *pixel = Luma([(level >> 24) as u8]);
    });
    let first = trial.data().join("beach/large_000.png");
    noise.save(&first).unwrap();
    for index in 1..400 {
        std::fs::hard_link(&first, trial.data().join(format!("beach/large_{index:03}.png"))).unwrap();
    }
    let before = everything_in(&trial.data());
    let mut command = Command::new(program());
    command.arg("doctor").arg(trial.data()).args(["--threads", "1", "--quarantine"]);
    let mut running = start(command.arg(trial.beside("quarantine")));
    running.wait_for(|said| said.contains("looking at the pictures"));
    running.signal("INT");
    running.finish().fails(1, &["stopped before all pictures were looked at: nothing was written or moved"]);
    assert_eq!(everything_in(&trial.data()), before);
    assert!(!trial.beside("quarantine").exists());
}
