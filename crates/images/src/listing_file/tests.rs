use super::*;

/// Enough of a PNG to be taken for one.
const PNG: &[u8] = b"\x89PNG\r\n\x1a\n....";

/// A folder with four pictures, some text, and a listing.
struct Set(tempfile::TempDir);

impl Set {
    fn new(listing: &str, text: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        std::fs::create_dir(folder.path().join("photos")).unwrap();
        for name in ["1.png", "2.png", "3.png", "4.png"] {
            std::fs::write(folder.path().join("photos").join(name), PNG).unwrap();
        }
        std::fs::write(folder.path().join("photos/notes.txt"), "text").unwrap();
        std::fs::write(folder.path().join("photos/broken.png"), "text").unwrap();
        std::fs::write(folder.path().join(listing), text).unwrap();
        Self(folder)
    }

    fn read(&self, listing: &str, columns: &Columns) -> Result<Listing> {
        read_listing(&self.0.path().join(listing), columns)
    }

    /// As `label:file:group`.
    fn words(&self, samples: &[Sample]) -> Vec<String> {
        let word = |sample: &Sample| {
            let file = sample.path.strip_prefix(self.0.path().join("photos")).unwrap().display();
            format!("{}:{file}:{}", sample.label, sample.group.map_or("-".into(), |group| group.to_string()))
        };
        samples.iter().map(word).collect()
    }
}

fn read(name: &str, text: &str, columns: &Columns) -> (Set, Listing) {
    let set = Set::new(name, text);
    let listing = set.read(name, columns).unwrap_or_else(|error| panic!("{error}"));
    (set, listing)
}

fn refused(name: &str, text: &str, columns: &Columns) -> String {
    Set::new(name, text).read(name, columns).unwrap_err().to_string()
}

#[test]
fn each_format_says_the_same() {
    let texts = [
        ("a.csv", "path,label\nphotos/1.png,cat\nphotos/2.png,dog\n\"photos/3.png\",cat\n"),
        ("a.csv", "\u{feff}Label;File Name\r\ncat;photos/1.png\r\ndog;photos\\2.png\r\ncat;photos/3\r\n"),
        ("a.csv", "photos/1.png,cat\nphotos/2.png,dog\nphotos/3.png,cat"),
        ("a.tsv", "id\tdx\nphotos/1.png\tcat\nphotos/2.png\tdog\nphotos/3.png\tcat\n"),
        (
            "a.json",
            r#"[{"path": "photos/1.png", "label": "cat"}, {"label": "dog", "path": "photos/2.png", "boxes": [1]},
                {"path": "photos/3.png", "label": "cat"}]"#,
        ),
        ("a.json", r#"[["photos/1.png", "cat"], ["photos/2.png", "dog"], ["photos/3.png", "cat"]]"#),
        (
            "a.jsonl",
            "{\"image\": \"photos/1.png\", \"class\": \"cat\"}\n\n{\"image\": \"photos/2.png\", \"class\": \"dog\"}\n\
             {\"image\": \"photos/3.png\", \"class\": \"cat\"}",
        ),
    ];
    for (name, text) in texts {
        let (set, listing) = read(name, text, &Columns::default());
        assert_eq!(listing.classes, ["cat", "dog"], "{text}");
        assert_eq!(set.words(&listing.train), ["0:1.png:-", "1:2.png:-", "0:3.png:-"], "{text}");
        assert_eq!((&listing.validation, &listing.test, listing.skipped.len()), (&None, &None, 0), "{text}");
    }
}

#[test]
fn columns_are_chosen_by_name_or_position() {
    let text = "path,label,second,part,who\nphotos/1.png,x,0,Train,ann\nphotos/2.png,x,1,test,bob\n\
                photos/3.png,x,1,,ann\nphotos/4.png,x,0,valid,ann\n";
    let columns = Columns {
        label: Some("3".into()),
        split: Some("part".into()),
        group: Some("who".into()),
        ..Columns::default()
    };
    let (set, listing) = read("a.csv", text, &columns);
    assert_eq!(set.words(&listing.train), ["0:1.png:0", "1:3.png:0"]);
    assert_eq!(set.words(listing.test.as_ref().unwrap()), ["1:2.png:1"]);
    assert_eq!(set.words(listing.validation.as_ref().unwrap()), ["0:4.png:0"]);
    // Ann is in the validation part, so that nothing of her may be learned.
    let split = listing.split(crate::Shares { validation: 0.2, test: 0.2 }, 0).unwrap();
    assert_eq!((split.train.len(), split.validation.len(), split.test.len()), (0, 1, 1));
    assert_eq!(split.notes[0], "2 training pictures are left out: others of their groups are held out");
}

#[test]
fn files_are_looked_for_where_it_is_said() {
    let text = "image_id,dx\n1,nv\n2,mel\n";
    let set = Set::new("a.csv", text);
    let columns = Columns { folder: Some(set.0.path().join("photos")), ..Columns::default() };
    assert_eq!(set.words(&set.read("a.csv", &columns).unwrap().train), ["1:1.png:-", "0:2.png:-"]);
    let nowhere = set.read("a.csv", &Columns::default()).unwrap_err().to_string();
    assert!(nowhere.contains("none of its pictures (2) is there; line 2 means"), "{nowhere}");
}

#[test]
fn numbers_are_sorted_by_their_value() {
    let text = "path,label\nphotos/1.png,10\nphotos/2.png,9\nphotos/3.png,-1\n";
    assert_eq!(read("a.csv", text, &Columns::default()).1.classes, ["-1", "9", "10"]);
    let codes = "path,label\nphotos/1.png,010\nphotos/2.png,9\n";
    assert_eq!(read("a.csv", codes, &Columns::default()).1.classes, ["010", "9"]);
}

#[test]
fn rows_that_cannot_be_used_are_named() {
    let text = "path,label\nphotos/1.png,cat\nphotos/2.png,dog\nphotos/gone.png,cat\nphotos/3.png,\n\
                photos/broken.png,cat\nphotos/notes.txt,cat\nphotos/4.png,cat\nphotos/4.png,dog\nphotos/1.png,cat\n";
    let (set, listing) = read("a.csv", text, &Columns::default());
    assert_eq!(set.words(&listing.train), ["0:1.png:-", "1:2.png:-"]);
    let reasons: Vec<&str> = listing.skipped.iter().map(|skipped| skipped.reason.as_str()).collect();
    let expected = [
        "line 5: it has no label",
        "lines 8 and 9 give it two labels",
        "named as a picture but holds text",
        "line 4: there is no such file",
        "line 7",
    ];
    assert_eq!(reasons.len(), expected.len(), "{reasons:?}");
    for (reason, expected) in reasons.iter().zip(expected) {
        assert!(reason.contains(expected), "{reason:?} instead of {expected:?}");
    }
    assert_eq!(listing.notes, ["rows that name a picture which another row names too: 1"]);
}

#[test]
fn a_picture_in_two_parts_is_refused_with_its_rows() {
    let rows = |part| {
        format!(
            "path,label,split\nphotos/1.png,cat,train\nphotos/2.png,dog,train\nphotos/3.png,dog,test\n\
             photos/./1.png,cat,{part}\n"
        )
    };
    let message = refused("a.csv", &rows("test"), &Columns::default());
    assert!(message.contains("a.csv: a picture is in one part, and "), "{message}");
    assert!(
        message.contains("photos/1.png is in train by line 2 and in test by line 5: keep one row"),
        "{message}"
    );
    assert!(
        refused("a.csv", &rows("val"), &Columns::default())
            .contains("in train by line 2 and in val by line 5")
    );
    let (_, listing) = read("a.csv", &rows("training"), &Columns::default());
    assert_eq!(listing.train.len(), 2, "the same twice is the same");
}

#[cfg(unix)]
#[test]
fn a_name_may_have_a_backslash() {
    let set = Set::new("a.csv", "path,label\nphotos/a\\b.png,cat\nphotos\\2.png,dog\n");
    std::fs::write(set.0.path().join("photos/a\\b.png"), PNG).unwrap();
    let listing = set.read("a.csv", &Columns::default()).unwrap();
    assert_eq!(set.words(&listing.train), ["0:a\\b.png:-", "1:2.png:-"]);
}

#[test]
fn a_first_picture_that_is_missing_is_no_header() {
    let text = "photos/0.PNG,cat\nphotos/1.png,cat\nphotos/2.png,dog\n";
    let (set, listing) = read("list.csv", text, &Columns::default());
    assert_eq!(set.words(&listing.train), ["0:1.png:-", "1:2.png:-"]);
    assert_eq!(listing.skipped.len(), 1, "{:?}", listing.skipped);
    assert!(listing.skipped[0].path.ends_with("photos/0.PNG"), "{:?}", listing.skipped);
}

#[test]
fn wrong_listings_are_refused() {
    let named = |label: &str| Columns { label: Some(label.into()), ..Columns::default() };
    let any = Columns::default();
    let split = Columns { split: Some("s".into()), ..Columns::default() };
    let cases: [(&str, &str, &Columns, &str); 20] = [
        (
            "a.csv",
            "path,label\nphotos/1.png,cat\nphotos/2.png,\"dog\n",
            &any,
            "a quote opens on line 3 and is never closed",
        ),
        // What it takes for one cell makes the row too short.
        (
            "a.csv",
            "path,label\n\"photos/1.png,cat\nphotos/2.png,dog\n",
            &any,
            "a quote opens on line 2 and is never",
        ),
        (
            "a.csv",
            "path,label\nphotos/1.png,cat\n\"photos/2.png,dog\n\"photos/3,4.png\",cat\n",
            &any,
            "a quote opens on line 3 and is closed on line 4, which makes a row of 3 cells",
        ),
        (
            "a.csv",
            "path,label\n\"a \"\"b\"\"\n.png\",cat\nphotos/2.png,\"dog\n",
            &any,
            "a quote opens on line 4 and is never closed",
        ),
        (
            "a.csv",
            "path,label\nphotos/1.png,cat\nphotos/2.png\n",
            &any,
            "line 3 has 1 cell, and the lines before it have 2",
        ),
        (
            "a.csv",
            "path,label\nphotos/1.png,cat\n",
            &named("species"),
            "--label-column species: there is no such column; there are path, label",
        ),
        ("a.csv", "path,label\nphotos/1.png,cat\n", &named("3"), "--label-column 3: there is no such column"),
        ("a.csv", "path,label\nphotos/1.png,cat\n", &named("path"), "are the same column, 1"),
        (
            "a.csv",
            "path,animal\nphotos/1.png,cat\n",
            &any,
            "which column is the label? there are path, animal: say it with --label-column",
        ),
        ("a.csv", "", &any, "it is empty: expected a line for each picture"),
        ("a.csv", "path,label\n", &any, "it has no rows"),
        (
            "a.csv",
            "path,label\nphotos/1.png,cat\nphotos/2.png,cat\n",
            &any,
            "all pictures are of one class (\"cat\")",
        ),
        (
            "a.csv",
            "path,label,s\nphotos/1.png,cat,eval\n",
            &split,
            "line 2: there is no part called \"eval\"",
        ),
        ("a.csv", "path,label\nphotos/\u{e9}.png,cat\nphotos/\u{fffd}", &any, "line 3 has 1 cell,"),
        ("a.json", "{}", &any, "expected a list of objects"),
        ("a.json", "[{\"path\": \"photos/1.png\"", &any, "it is no JSON"),
        ("a.json", "[1]", &any, "entry 1: expected an object or a list, received a number"),
        (
            "a.json",
            "[[\"photos/1.png\", 1], {\"path\": \"photos/2.png\"}]",
            &any,
            "some entries are objects and some are lists",
        ),
        ("a.jsonl", "{\"path\": \"photos/1.png\", \"label\": 1}\n{", &any, "line 2 is no JSON"),
        ("a.txt", "path,label\n", &any, "a listing's name ends in one of: csv, tsv, json, jsonl, ndjson"),
    ];
    for (name, text, columns, expected) in cases {
        let message = refused(name, text, columns);
        assert!(message.contains(expected), "{message:?} instead of {expected:?}");
    }
    let nested = format!("{}{}", "[".repeat(100_000), "]".repeat(100_000));
    assert!(refused("a.json", &nested, &any).contains("it is no JSON"));
    let names: Vec<String> = (0..999).map(|name| format!("\"n{name}\":1")).collect();
    let wide = format!("{{{}}}\n{}", names.join(","), "{\"n998\":1}\n".repeat(30_000));
    assert!(refused("a.jsonl", &wide, &any).contains("more than 20000000 cells"));
    let latin = Set::new("a.csv", "");
    std::fs::write(latin.0.path().join("a.csv"), b"path,label\nphotos/1.png,\xe9\n").unwrap();
    assert!(latin.read("a.csv", &any).unwrap_err().to_string().contains("line 2 is not UTF-8"));
}

#[test]
fn a_column_of_different_values_is_no_label() {
    let set = Set::new("a.csv", "");
    let rows: String = (0..30)
        .map(|row| {
            std::fs::write(set.0.path().join(format!("photos/many{row}.png")), PNG).unwrap();
            format!("photos/many{row}.png,{row}th\n")
        })
        .collect();
    std::fs::write(set.0.path().join("a.csv"), format!("path,label\n{rows}")).unwrap();
    let message = set.read("a.csv", &Columns::default()).unwrap_err().to_string();
    assert!(
        message.contains("30 pictures have 30 different labels: is that the label's column?"),
        "{message}"
    );
}
