//! Looking into a `.keras` file, which is a zip.

use std::io::Read;
use std::path::Path;

/// The bytes of one member, as `model.weights.h5`.
pub fn member(path: &Path, name: &str) -> Vec<u8> {
    let file = std::fs::File::open(path).unwrap_or_else(|e| panic!("{}: {e}", path.display()));
    let mut archive = zip::ZipArchive::new(file).unwrap_or_else(|e| panic!("{}: {e}", path.display()));
    let mut bytes = Vec::new();
    let mut member = archive.by_name(name).unwrap_or_else(|e| panic!("{} in {}: {e}", name, path.display()));
    member.read_to_end(&mut bytes).unwrap();
    bytes
}
