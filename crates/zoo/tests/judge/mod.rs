//! Who judges a network, as the numbers that are kept of it say.

use std::path::Path;

/// The judge's name and version, as `Keras 3.15.1, TensorFlow 2.21.0`; `None` of a network that nobody judged yet.
pub(crate) fn judge(name: &str) -> Option<String> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden/networks");
    let text = std::fs::read_to_string(folder.join(name).with_extension("json")).ok()?;
    let numbers: serde_json::Value = serde_json::from_str(&text).expect("numbers as JSON");
    Some(numbers["judge"].as_str().expect("a judge").to_owned())
}
