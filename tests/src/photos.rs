//! Photos of known things, out of packages that are fetched and never committed.

use std::io::Read;
use std::path::{Path, PathBuf};
use std::process::Command;

use sha2::{Digest, Sha256};

use crate::program::home;

/// A wheel, pinned, and the photos in it.
struct Package {
    requirement: &'static str,
    sha256: &'static str,
    photos: &'static [&'static str],
}

/// Of scikit-image the cat Chelsea and a cup of coffee (both CC0),
/// of Matplotlib an admiral of the US Navy (public domain).
const PACKAGES: [Package; 2] = [
    Package {
        requirement: "scikit-image==0.26.0",
        sha256: "74aa5518ccea28121f57a95374581d3b979839adc25bb03f289b1bc9b99c58af",
        photos: &["skimage/data/chelsea.png", "skimage/data/coffee.png"],
    },
    Package {
        requirement: "matplotlib==3.11.2",
        sha256: "07d9b9fa60cd4c393692f50d0bb03123242ddf61c99bb0e95e75feb354e7c1a8",
        photos: &["matplotlib/mpl-data/sample_data/grace_hopper.jpg"],
    },
];

/// One platform's wheels, so that they are the same bytes everywhere; nothing in them is run.
const PLATFORM: [&str; 8] = [
    "--only-binary=:all:",
    "--no-deps",
    "--quiet",
    "--python-version=3.11",
    "--implementation=cp",
    "--abi=cp311",
    "--platform=manylinux_2_28_x86_64",
    "--platform=manylinux_2_17_x86_64",
];

/// The folder of the photos, in the tests' cache; fetched now if they are not there yet.
pub fn photos() -> PathBuf {
    let folder = home().join("data/photos");
    std::fs::create_dir_all(&folder).unwrap();
    for package in &PACKAGES {
        let names = package.photos.iter().map(|member| member.rsplit('/').next().unwrap());
        if names.clone().all(|name| folder.join(name).is_file()) {
            continue;
        }
        let mut wheel = package.fetch();
        for (member, name) in package.photos.iter().zip(names) {
            let mut photo = Vec::new();
            wheel.by_name(member).unwrap().read_to_end(&mut photo).unwrap();
            std::fs::write(folder.join(name), photo).unwrap();
        }
    }
    folder
}

impl Package {
    fn fetch(&self) -> zip::ZipArchive<std::io::Cursor<Vec<u8>>> {
        let folder = tempfile::tempdir().unwrap();
        let mut pip = Command::new("python3");
        pip.args(["-m", "pip", "download", self.requirement, "--dest", "."]).args(PLATFORM);
        let status = pip.current_dir(folder.path()).status();
        assert!(status.unwrap_or_else(|e| panic!("{pip:?}: {e}")).success(), "{pip:?} failed");
        let bytes = std::fs::read(only_file(folder.path())).unwrap();
        let sha256: String = Sha256::digest(&bytes).iter().map(|byte| format!("{byte:02x}")).collect();
        assert_eq!(sha256, self.sha256, "{}", self.requirement);
        zip::ZipArchive::new(std::io::Cursor::new(bytes)).unwrap()
    }
}

fn only_file(folder: &Path) -> PathBuf {
    std::fs::read_dir(folder).unwrap().next().expect("pip brought a file").unwrap().path()
}
