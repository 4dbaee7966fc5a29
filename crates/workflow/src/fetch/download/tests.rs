//! Downloads from servers inside the test that behave well, badly and worse.

mod refusing;
mod resuming;
mod waiting;

use std::io::Write;
use std::net::{TcpListener, TcpStream};
use std::path::PathBuf;
use std::time::{Duration, Instant};

use zoo::Algorithm;

use super::*;
use crate::fetch::server::{Request, Server, send};

/// What the server has: 200,000 bytes that do not repeat.
fn published() -> Vec<u8> {
    (0_u32..50_000).flat_map(|i| i.wrapping_mul(2_654_435_761).to_le_bytes()).collect()
}

/// Of [`published`], as Python's `hashlib` says.
const MD5: Checksum = Checksum { algorithm: Algorithm::Md5, digits: "6f817fd91aa0fad8334180b02fcfa5dd" };

/// All of `bytes`, or from where the request says on, with the tag `version`.
fn serve(bytes: &[u8], version: &str, request: &Request, stream: &mut TcpStream) -> std::io::Result<()> {
    let (length, tag) = (bytes.len(), format!("\"{version}\""));
    let is_same = request.header("if-range").is_none_or(|asked| asked == tag);
    match request.first().filter(|_| is_same) {
        Some(first) if first >= length => {
            send(stream, "416 Range Not Satisfiable", &format!("Content-Range: bytes */{length}\r\n"), b"")
        }
        Some(first) => {
            let range = format!("Content-Range: bytes {first}-{}/{length}\r\n", length - 1);
            let headers = format!("{range}Content-Length: {}\r\nETag: {tag}\r\n", length - first);
            send(stream, "206 Partial Content", &headers, &bytes[first..])
        }
        None => send(stream, "200 OK", &format!("Content-Length: {length}\r\nETag: {tag}\r\n"), bytes),
    }
}

/// The first `cut` bytes of what [`serve`] would send, and then the end of the connection.
fn serve_cut(bytes: &[u8], cut: usize, stream: &mut TcpStream) -> std::io::Result<()> {
    let headers = format!("Content-Length: {}\r\nETag: \"1\"\r\n", bytes.len());
    send(stream, "200 OK", &headers, &bytes[..cut])
}

/// Short, so that tests of silence are.
const SHORT: Patience = Patience {
    connect: Duration::from_millis(500),
    read: Duration::from_millis(300),
    attempts: 2,
    pause: Duration::from_millis(10),
    longest_pause: Duration::from_secs(2),
};

/// One folder that downloads go to.
struct Place {
    folder: tempfile::TempDir,
}

impl Place {
    fn new() -> Self {
        Self { folder: tempfile::tempdir().unwrap() }
    }

    fn path(&self) -> PathBuf {
        self.folder.path().join("weights.h5")
    }

    fn fetch(&self, address: &str, checksum: Option<Checksum>) -> Result<(), String> {
        self.fetch_at_most(address, checksum, 1 << 20)
    }

    fn fetch_at_most(
        &self,
        address: &str,
        checksum: Option<Checksum>,
        most_bytes: u64,
    ) -> Result<(), String> {
        self.run(&Download { what: "the weights", address, checksum, most_bytes }, SHORT)
    }

    fn patiently(&self, address: &str, patience: Patience) -> Result<(), String> {
        let download = Download { what: "the weights", address, checksum: Some(MD5), most_bytes: 1 << 20 };
        self.run(&download, patience)
    }

    fn run(&self, download: &Download<'_>, patience: Patience) -> Result<(), String> {
        let never = AtomicBool::new(false);
        let done = download.patiently(&self.path(), patience, &mut |_| {}, &never);
        done.map_err(|error| {
            assert_eq!(error.kind(), ErrorKind::Fetch);
            assert!(!self.path().exists(), "half a file");
            error.to_string()
        })
    }

    /// What lies there.
    fn names(&self) -> Vec<String> {
        let entries = std::fs::read_dir(self.folder.path()).unwrap();
        let mut names: Vec<String> =
            entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
        names.sort();
        names
    }

    #[track_caller]
    fn holds(&self, bytes: &[u8]) {
        assert!(std::fs::read(self.path()).unwrap() == bytes, "another file");
        assert_eq!(self.names(), ["weights.h5"]);
    }
}

#[test]
fn a_whole_file_comes_with_its_progress() {
    let server = Server::new(|_, request, stream| serve(&published(), "1", request, stream));
    let place = Place::new();
    let download =
        Download { what: "the weights", address: &server.address, checksum: Some(MD5), most_bytes: 200_000 };
    let mut seen = Vec::new();
    let mut observe = |event: Event<'_>| {
        if let Event::Fetching { bytes, total } = event {
            seen.push((bytes, total));
        }
    };
    download.patiently(&place.path(), SHORT, &mut observe, &AtomicBool::new(false)).unwrap();
    place.holds(&published());
    assert_eq!(seen.first(), Some(&(0, Some(200_000))));
    assert_eq!(seen.last(), Some(&(200_000, Some(200_000))));
    assert!(seen.is_sorted(), "{seen:?}");
    assert_eq!(server.requests().len(), 1);
}
