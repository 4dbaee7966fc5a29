//! Against files that h5py made, and round trips of our own.

use std::io::Read;

use super::{Attribute, File, Writer};
use crate::ErrorKind;
use crate::mutation;

fn golden(name: &str) -> Vec<u8> {
    let path = format!("{}/tests/data/{name}.h5.gz", env!("CARGO_MANIFEST_DIR"));
    let mut bytes = Vec::new();
    flate2::read::GzDecoder::new(std::fs::File::open(path).unwrap()).read_to_end(&mut bytes).unwrap();
    bytes
}

fn values(file: &File<'_>, path: &str) -> Vec<f32> {
    file.root().get(path).unwrap().dataset().unwrap().read().unwrap()
}

fn ramp(count: usize, start: f32) -> Vec<f32> {
    (0..count).map(|i| i as f32 + start).collect()
}

#[test]
fn both_forms_of_h5py_are_read() {
    for name in ["earliest", "latest"] {
        let bytes = golden(name);
        let file = File::open(&bytes).unwrap();
        for number in 0..14 {
            let start = if number < 10 { -12.0 } else { 0.0 };
            assert_eq!(values(&file, &format!("types/{number:02}")), ramp(24, start), "{name} {number}");
        }
        assert_eq!(values(&file, "scalar"), [1.5]);
        assert!(values(&file, "empty").is_empty());
        assert_eq!(values(&file, "bfloat16"), [1.5, -2.0]);
        assert_eq!(values(&file, "compact"), [1.0, 2.0, 3.0]);
        let many = file.root().get("many").unwrap();
        assert_eq!(many.members().count(), 300);
        for number in 0..300 {
            assert_eq!(values(&file, &format!("many/member_{number}")), [(number % 100) as f32]);
        }
        assert_eq!(file.root().get("types/00").unwrap().dataset().unwrap().shape(), [4, 6]);
        let attribute = |name| file.root().attribute(name).unwrap();
        let texts = |texts: &[&str]| Some(Attribute::Texts(texts.iter().map(|t| (*t).to_owned()).collect()));
        assert_eq!(attribute("fixed"), texts(&["one", "three"]));
        assert_eq!(attribute("text"), texts(&["Linné"]));
        assert_eq!(attribute("texts"), texts(&["", "two", "a longer one"]));
        assert_eq!(attribute("numbers"), Some(Attribute::Numbers(vec![1.0, -2.0])));
        assert_eq!(attribute("none"), None);
    }
}

#[test]
fn chunks_are_inflated_and_put_in_place() {
    let bytes = golden("earliest");
    let file = File::open(&bytes).unwrap();
    assert_eq!(values(&file, "chunks"), ramp(70, 0.0));
    assert_eq!(values(&file, "plain_chunks"), ramp(5, 0.0));
}

fn written(writer: Writer<'_>) -> Vec<u8> {
    let (layout, mut bytes) = (writer.layout(), Vec::new());
    layout.write(&mut bytes).unwrap();
    assert_eq!(bytes.len() as u64, layout.bytes());
    bytes
}

#[test]
fn what_is_written_is_read_back() {
    let values = ramp(12, 0.5);
    // 1 symbol node of 8 and its edge; 1 tree node of 32 × 8 and its edge; three levels.
    for count in [0, 1, 8, 9, 256, 257, 9000] {
        let mut writer = Writer::new();
        writer.group("many").unwrap();
        for number in 0..count {
            writer.values("many", &format!("member {number}"), &[3, 4], &values).unwrap();
        }
        writer.text("layers/dense/vars", "name", "élève").unwrap();
        writer.text("layers/empty/vars", "name", "").unwrap();
        writer.values("layers/dense/vars", "0", &[], &values[..1]).unwrap();
        let bytes = written(writer);
        let file = File::open(&bytes).unwrap();
        let many = file.root().get("many").unwrap();
        assert_eq!(many.members().count(), count);
        for name in many.members() {
            let dataset = many.get(name).unwrap().dataset().unwrap();
            assert_eq!(dataset.shape(), [3, 4]);
            assert_eq!(dataset.read().unwrap(), values);
        }
        let name = |path| file.root().get(path).unwrap().attribute("name").unwrap().unwrap();
        assert_eq!(name("layers/dense/vars").text(), Some("élève"));
        assert_eq!(name("layers/empty/vars").text(), Some(""));
        assert_eq!(super::tests::values(&file, "layers/dense/vars/0"), [0.5]);
    }
}

#[test]
fn wrong_use_of_the_writer_is_an_error() {
    let values = [0.0; 4];
    let mut writer = Writer::new();
    writer.values("a", "0", &[2, 2], &values).unwrap();
    assert_eq!(writer.values("a", "0", &[4], &values).unwrap_err().kind(), ErrorKind::Malformed);
    assert_eq!(writer.values("a", "1", &[5], &values).unwrap_err().kind(), ErrorKind::Mismatch);
    assert_eq!(writer.group("a/0/b").unwrap_err().kind(), ErrorKind::Malformed);
    assert_eq!(writer.group("a//b").unwrap_err().kind(), ErrorKind::Malformed);
}

#[test]
fn truncated_and_foreign_files_say_so() {
    let bytes = golden("earliest");
    let message = |bytes: &[u8]| File::open(bytes).err().unwrap().to_string();
    assert!(
        message(&bytes[..bytes.len() - 1]).contains("truncated"),
        "{}",
        message(&bytes[..bytes.len() - 1])
    );
    assert!(message(b"PK\x03\x04").contains("not an HDF5 file"));
    for length in 0..2000 {
        message(&bytes[..length]);
    }
}

/// Opens everything there is to open.
fn read_all(bytes: &[u8]) {
    let Ok(file) = File::open(bytes) else { return };
    let mut waiting = vec![file.root()];
    while let Some(item) = waiting.pop() {
        for name in ["name", "dtype", "texts"] {
            let _ = item.attribute(name);
        }
        let _ = item.dataset().and_then(|dataset| dataset.read());
        waiting.extend(item.members().map(|name| item.get(name).unwrap()));
    }
}

#[test]
fn damaged_files_never_panic() {
    for name in ["earliest", "latest"] {
        assert_eq!(mutation::survives(&golden(name), 1500, read_all), 1501);
    }
}
