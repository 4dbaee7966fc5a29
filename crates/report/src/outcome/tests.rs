use std::collections::BTreeSet;

use serde_json::Value;

use super::*;
use crate::sample;

#[test]
fn json_gives_back_what_was_written() {
    for outcome in [sample::outcome(), Outcome::default()] {
        let json = outcome.to_json().unwrap();
        assert_eq!(Outcome::from_json(&json).unwrap(), outcome);
    }
}

#[test]
fn a_written_file_is_read_back() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("result.json");
    sample::outcome().write(&path).unwrap();
    let json = std::fs::read_to_string(&path).unwrap();
    assert!(json.ends_with("}\n"));
    assert_eq!(Outcome::from_json(&json).unwrap(), sample::outcome());
    let error = sample::outcome().write(Path::new("/no/such/folder/result.json")).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::File);
}

/// Programs read these keys: one that is gone or renamed breaks them.
#[test]
fn keys_are_stable() {
    let json: Value = serde_json::from_str(&sample::outcome().to_json().unwrap()).unwrap();
    let mut keys = BTreeSet::new();
    collect(&json, "", &mut keys);
    insta::assert_snapshot!(keys.into_iter().collect::<Vec<_>>().join("\n"));
}

fn collect(value: &Value, path: &str, keys: &mut BTreeSet<String>) {
    match value {
        Value::Object(members) => {
            for (key, value) in members {
                let path = if path.is_empty() { key.clone() } else { format!("{path}.{key}") };
                collect(value, &path, keys);
            }
        }
        Value::Array(values) if !values.is_empty() => {
            values.iter().for_each(|value| collect(value, &format!("{path}[]"), keys));
        }
        _ => {
            keys.insert(path.to_owned());
        }
    }
}

#[test]
fn the_figures_stand_where_programs_look_for_them() {
    let json: Value = serde_json::from_str(&sample::outcome().to_json().unwrap()).unwrap();
    assert_eq!(json["test"]["accuracy"], 0.6);
    assert_eq!(json["test"]["classes"][2]["precision"], Value::Null);
    assert_eq!(json["seconds"]["total"], 43.75);
    assert_eq!(json["seconds"]["decode"], 6.125);
    assert_eq!(json["images"]["skipped"]["count"], 1);
}

#[test]
fn what_is_no_result_is_refused() {
    let refused = |json: &str| {
        let error = Outcome::from_json(json).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Format);
        error.to_string()
    };
    assert!(refused("{").contains("not a result"));
    assert!(refused(r#"{"name": 3}"#).contains("not a result"));
    assert!(refused(r#"{"layout": 2}"#).contains("newer version"));
}

#[test]
fn an_evaluation_that_contradicts_itself_is_refused() {
    let changes: [fn(&mut Evaluation); 8] = [
        |e| e.pictures = 0,
        |e| e.pictures = usize::MAX,
        |e| e.correct += 1,
        |e| e.undefined_predictions = usize::MAX,
        |e| e.confusion[1] = vec![],
        |e| e.confusion[0][1] = usize::MAX,
        |e| e.classes[0].support = 99,
        |e| e.classes[0].predicted = 0,
    ];
    for (index, change) in changes.into_iter().enumerate() {
        let mut outcome = sample::outcome();
        change(outcome.test.as_mut().unwrap());
        let error = Outcome::from_json(&outcome.to_json().unwrap()).unwrap_err();
        assert!(error.to_string().contains("does not add up"), "change {index}: {error}");
    }
}

#[cfg(unix)]
#[test]
fn a_path_that_is_not_unicode_is_written() {
    use std::os::unix::ffi::OsStringExt;
    let mut outcome = sample::outcome();
    outcome.images.skipped.list[0].path = std::ffi::OsString::from_vec(b"caf\xe9.jpg".to_vec()).into();
    let back = Outcome::from_json(&outcome.to_json().unwrap()).unwrap();
    assert_eq!(back.images.skipped.list[0].path, Path::new("caf\u{fffd}.jpg"));
}

#[test]
fn paths_are_shown_without_their_source() {
    let outcome = sample::outcome();
    assert_eq!(outcome.shown(Path::new("/data/foods/fish/1.jpg")), "fish/1.jpg");
    assert_eq!(outcome.shown(Path::new("/elsewhere/1.jpg")), "/elsewhere/1.jpg");
    assert_eq!(Outcome::default().shown(Path::new("/data/1.jpg")), "/data/1.jpg");
}
