//! Downloads from servers inside the test that behave well, badly and worse.

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

#[test]
fn a_broken_connection_goes_on_where_it_broke() {
    let server = Server::new(|number, request, stream| match number {
        0 => serve_cut(&published(), 70_000, stream),
        _ => serve(&published(), "1", request, stream),
    });
    let place = Place::new();
    place.fetch(&server.address, Some(MD5)).unwrap();
    place.holds(&published());
    let requests = server.requests();
    assert_eq!(requests[1].first(), Some(70_000), "{requests:?}");
    assert_eq!(requests[1].header("if-range"), Some("\"1\""));
}

#[test]
fn a_later_run_goes_on_where_an_earlier_one_ended() {
    let server = Server::new(|number, request, stream| match number {
        0 => serve_cut(&published(), 70_000, stream),
        1 | 2 => send(stream, "503 Service Unavailable", "", b""),
        _ => serve(&published(), "1", request, stream),
    });
    let place = Place::new();
    let message = place.fetch(&server.address, Some(MD5)).unwrap_err();
    assert!(message.contains("503") && message.contains("70000 bytes came and are kept"), "{message}");
    assert_eq!(place.names(), ["weights.h5.part", "weights.h5.part.json"]);
    place.fetch(&server.address, Some(MD5)).unwrap();
    place.holds(&published());
    assert_eq!(server.requests()[3].first(), Some(70_000));
}

#[test]
fn a_server_that_knows_no_ranges_sends_it_whole() {
    let server = Server::new(|number, _, stream| match number {
        0 => serve_cut(&published(), 70_000, stream),
        _ => send(stream, "200 OK", "Content-Length: 200000\r\n", &published()),
    });
    let place = Place::new();
    place.fetch(&server.address, Some(MD5)).unwrap();
    place.holds(&published());
}

#[test]
fn a_file_that_changed_is_fetched_anew() {
    let changed: Vec<u8> = published().iter().map(|byte| byte ^ 1).collect();
    let sent = changed.clone();
    let server = Server::new(move |number, request, stream| match number {
        0 => serve_cut(&published(), 70_000, stream),
        _ => serve(&sent, "2", request, stream),
    });
    let place = Place::new();
    place.fetch(&server.address, None).unwrap();
    place.holds(&changed);
}

#[test]
fn a_change_that_the_server_does_not_tell_is_found_by_the_checksum() {
    // The first part is of another file, without a tag; only the sum of both parts shows it.
    let other: Vec<u8> = published().iter().map(|byte| byte ^ 1).collect();
    let server = Server::new(move |number, request, stream| match number {
        0 => send(stream, "200 OK", "Content-Length: 200000\r\n", &other[..70_000]),
        _ => serve(&published(), "1", request, stream),
    });
    let place = Place::new();
    place.fetch(&server.address, Some(MD5)).unwrap();
    place.holds(&published());
    let first: Vec<Option<usize>> = server.requests().iter().map(Request::first).collect();
    assert_eq!(first, [None, Some(70_000), None]);
}

#[test]
fn what_an_earlier_run_left_is_dropped_when_it_cannot_be_trusted() {
    let server = Server::new(|_, request, stream| serve(&published(), "1", request, stream));
    // Of nobody knows what; and of another address.
    for left in [None, Some(r#"{"address":"http://example.org/other","validator":"\"1\""}"#)] {
        let place = Place::new();
        std::fs::write(place.folder.path().join("weights.h5.part"), "something else").unwrap();
        if let Some(left) = left {
            std::fs::write(place.folder.path().join("weights.h5.part.json"), left).unwrap();
        }
        place.fetch(&server.address, None).unwrap();
        place.holds(&published());
    }
}

#[test]
fn a_first_part_that_is_all_is_taken() {
    let server = Server::new(|_, request, stream| serve(&published(), "1", request, stream));
    let place = Place::new();
    std::fs::write(place.folder.path().join("weights.h5.part"), published()).unwrap();
    let state = format!(r#"{{"address":"{}","validator":"\"1\""}}"#, server.address);
    std::fs::write(place.folder.path().join("weights.h5.part.json"), state).unwrap();
    place.fetch(&server.address, Some(MD5)).unwrap();
    place.holds(&published());
}

#[test]
fn another_part_than_the_one_asked_for_is_not_taken() {
    let server = Server::new(|number, request, stream| match (number, request.first()) {
        (0, _) => serve_cut(&published(), 70_000, stream),
        (_, Some(_)) => {
            let headers = "Content-Range: bytes 50000-199999/200000\r\nContent-Length: 150000\r\n";
            send(stream, "206 Partial Content", headers, &published()[50_000..])
        }
        (_, None) => serve(&published(), "1", request, stream),
    });
    let place = Place::new();
    place.fetch(&server.address, None).unwrap();
    place.holds(&published());
}

#[test]
fn a_truncated_file_is_never_there() {
    let server = Server::new(|_, request, stream| match request.first() {
        None => serve_cut(&published(), 70_000, stream),
        Some(_) => send(stream, "206 Partial Content", "Content-Range: bytes 70000-199999/200000\r\n", b""),
    });
    let place = Place::new();
    let message = place.fetch(&server.address, Some(MD5)).unwrap_err();
    assert!(message.contains("70000 of 200000 bytes") && message.contains("are kept"), "{message}");
}

#[test]
fn a_wrong_checksum_is_said_and_nothing_is_kept() {
    let server =
        Server::new(|_, request, stream| serve(b"<html>something else</html>", "1", request, stream));
    let place = Place::new();
    let message = place.fetch(&server.address, Some(MD5)).unwrap_err();
    assert!(message.contains("its MD5 is ") && message.contains(MD5.digits), "{message}");
    assert!(place.names().is_empty(), "{:?}", place.names());
    assert_eq!(server.requests().len(), 1, "it would be wrong again");
}

#[test]
fn a_missing_file_is_said_at_once() {
    let server = Server::new(|_, _, stream| send(stream, "404 Not Found", "Content-Length: 4\r\n", b"gone"));
    let message = Place::new().fetch(&server.address, None).unwrap_err();
    assert!(message.contains("no such file any more (404 Not Found)"), "{message}");
    assert!(message.contains(&server.address) && message.contains("the weights"), "{message}");
    assert_eq!(server.requests().len(), 1);
}

#[test]
fn redirects_are_followed_but_not_without_end() {
    let server = Server::new(|_, request, stream| match request.path.as_str() {
        "/elsewhere" => serve(&published(), "1", request, stream),
        _ => send(stream, "302 Found", "Location: /elsewhere\r\nContent-Length: 0\r\n", b""),
    });
    let place = Place::new();
    place.fetch(&server.address, Some(MD5)).unwrap();
    place.holds(&published());

    let endless = Server::new(|number, _, stream| {
        send(stream, "302 Found", &format!("Location: /{number}\r\nContent-Length: 0\r\n"), b"")
    });
    let message = Place::new().fetch(&endless.address, None).unwrap_err();
    assert!(message.contains("from one address to the next"), "{message}");
    assert!(endless.requests().len() < 20);
}

#[test]
fn a_body_without_end_is_cut_at_the_most_bytes() {
    let endless = |headers: &'static str| {
        Server::new(move |_, _, stream| {
            send(stream, "200 OK", headers, b"")?;
            loop {
                stream.write_all(&[7; 4096])?;
            }
        })
    };
    // Without a length, and with a false one.
    for server in [endless(""), endless("Content-Length: 18446744073709551615\r\n")] {
        let place = Place::new();
        let message = place.fetch_at_most(&server.address, None, 100_000).unwrap_err();
        assert!(message.contains("larger than the 100000 bytes"), "{message}");
        assert!(place.names().is_empty(), "{:?}", place.names());
    }
}

#[test]
fn silence_ends_a_download_and_slowness_does_not() {
    // Slower in all than one read may be.
    let slow = Server::new(|_, _, stream| {
        send(stream, "200 OK", "Content-Length: 200000\r\n", b"")?;
        for piece in published().chunks(20_000) {
            std::thread::sleep(Duration::from_millis(60));
            stream.write_all(piece)?;
        }
        Ok(())
    });
    let place = Place::new();
    let begun = Instant::now();
    place.fetch(&slow.address, Some(MD5)).unwrap();
    assert!(begun.elapsed() > SHORT.read, "the server was quick");
    place.holds(&published());

    let silent = Server::new(|_, _, stream| {
        send(stream, "200 OK", "Content-Length: 200000\r\n", &published()[..1000])?;
        std::thread::sleep(Duration::from_secs(5));
        Ok(())
    });
    let begun = Instant::now();
    let message = Place::new().fetch(&silent.address, None).unwrap_err();
    assert!(begun.elapsed() < Duration::from_secs(4), "{:?}", begun.elapsed());
    assert!(message.contains("nothing came for too long"), "{message}");
}

#[test]
fn a_host_that_is_not_there_is_said() {
    let closed = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let address = format!("http://{closed}/weights.h5");
    let message = Place::new().fetch(&address, None).unwrap_err();
    assert!(message.contains("is the network reachable?") && message.contains(&address), "{message}");
}

#[test]
fn a_stopped_download_keeps_what_came() {
    let server = Server::new(|_, request, stream| serve(&published(), "1", request, stream));
    let place = Place::new();
    let download =
        Download { what: "the weights", address: &server.address, checksum: Some(MD5), most_bytes: 1 << 20 };
    let stop = AtomicBool::new(false);
    let mut observe = |event: Event<'_>| {
        if matches!(event, Event::Fetching { bytes: 1.., .. }) {
            stop.store(true, Ordering::Relaxed);
        }
    };
    let error = download.patiently(&place.path(), SHORT, &mut observe, &stop).unwrap_err();
    assert!(error.to_string().contains("it was stopped"), "{error}");
    place.fetch(&server.address, Some(MD5)).unwrap();
    place.holds(&published());
    assert!(server.requests()[1].first().is_some_and(|first| first > 0));
}

/// A busy server is left alone for a while, and then for twice as long.
#[test]
fn a_busy_server_is_asked_again_after_a_pause() {
    const PAUSE: Duration = Duration::from_millis(60);
    let server = Server::new(|number, request, stream| match number {
        0 => send(stream, "429 Too Many Requests", "", b""),
        1 => send(stream, "503 Service Unavailable", "Retry-After: a while\r\n", b""),
        _ => serve(&published(), "1", request, stream),
    });
    let place = Place::new();
    let patience = Patience { pause: PAUSE, attempts: 3, ..SHORT };
    place.patiently(&server.address, patience).unwrap();
    place.holds(&published());
    let times: Vec<Instant> = server.requests().iter().map(|request| request.at).collect();
    assert_eq!(times.len(), 3);
    assert!(times[1] - times[0] >= PAUSE && times[2] - times[1] >= 2 * PAUSE, "{times:?}");
}

#[test]
fn a_server_says_when_to_come_back() {
    let dates = "Date: Sun, 06 Nov 1994 08:49:37 GMT\r\nRetry-After: Sun, 06 Nov 1994 08:49:38 GMT\r\n";
    for headers in ["Retry-After: 1\r\n", dates] {
        let server = Server::new(move |number, request, stream| match number {
            0 => send(stream, "429 Too Many Requests", headers, b""),
            _ => serve(&published(), "1", request, stream),
        });
        let place = Place::new();
        let begun = Instant::now();
        place.fetch(&server.address, Some(MD5)).unwrap();
        assert!(begun.elapsed() >= Duration::from_secs(1), "{:?}", begun.elapsed());
        place.holds(&published());
    }
    // An hour is not waited, and not cut short either.
    let server = Server::new(|_, _, stream| send(stream, "503 Busy", "Retry-After: 3600\r\n", b""));
    let message = Place::new().fetch(&server.address, None).unwrap_err();
    assert!(message.contains("left alone for 3600 s"), "{message}");
    assert_eq!(server.requests().len(), 1);
}

/// However long a server is silent or wants to be left alone: whoever wants to stop does not wait for it.
#[test]
fn a_download_is_stopped_whatever_it_waits_for() {
    let busy = Server::new(|_, _, stream| send(stream, "503 Busy", "Retry-After: 60\r\n", b""));
    let silent = Server::new(|_, _, _| {
        std::thread::sleep(Duration::from_secs(60));
        Ok(())
    });
    let half = Server::new(|_, _, stream| {
        send(stream, "200 OK", "Content-Length: 200000\r\n", &published()[..1000])?;
        std::thread::sleep(Duration::from_secs(60));
        Ok(())
    });
    for server in [busy, silent, half] {
        let (place, stop) = (Place::new(), AtomicBool::new(false));
        let download =
            Download { what: "the weights", address: &server.address, checksum: None, most_bytes: 1 << 20 };
        let begun = Instant::now();
        let error = std::thread::scope(|scope| {
            scope.spawn(|| {
                std::thread::sleep(Duration::from_millis(200));
                stop.store(true, Ordering::Relaxed);
            });
            download.to(&place.path(), &mut |_| {}, &stop).unwrap_err()
        });
        assert!(error.to_string().contains("it was stopped"), "{error}");
        assert!(begun.elapsed() < Duration::from_secs(5), "{:?}", begun.elapsed());
    }
}

#[test]
fn what_comes_packed_or_is_more_than_was_said_is_not_taken() {
    let packed = Server::new(|_, _, stream| {
        send(stream, "200 OK", "Content-Encoding: gzip\r\nContent-Length: 3\r\n", b"\x1f\x8b\x08")
    });
    let message = Place::new().fetch(&packed.address, None).unwrap_err();
    assert!(message.contains("packed (gzip)"), "{message}");

    // In pieces of no stated length, so that nothing else ends it: what goes on is longer than the file.
    let longer = Server::new(|number, request, stream| match (number, request.first()) {
        (0, _) => serve_cut(&published(), 70_000, stream),
        (_, Some(first)) => {
            let headers = format!("Content-Range: bytes {first}-199999/200000\r\n");
            send(stream, "206 Partial Content", &headers, &published()[first - 10..])
        }
        (_, None) => serve(&published(), "1", request, stream),
    });
    let place = Place::new();
    place.fetch(&longer.address, None).unwrap();
    place.holds(&published());
}
