//! What a server's answer means for a download, and what its failures are called.

use std::io;
use std::time::Duration;

use ureq::Error;
use ureq::http::response::Parts;

use super::retry_after;

/// An answer that brings something.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Meaning {
    /// The file from its first byte on.
    Begins { total: Option<u64> },
    /// The rest of the file, from the byte that was asked for on.
    GoesOn { total: Option<u64> },
    /// There is nothing left to bring.
    IsComplete,
}

/// An answer that brings nothing.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Refusal {
    /// Another part than the one that was asked for: ask for the whole file.
    AskAnew,
    /// It may be different soon.
    NotNow { why: String, wait: Option<Duration> },
    /// It will be the same the next time.
    Never(String),
}

/// What `answer` means for a download that has its first `have` bytes.
pub(super) fn meaning(answer: &Parts, have: u64) -> Result<Meaning, Refusal> {
    let status = answer.status;
    if let (200 | 206, Some(encoding)) = (status.as_u16(), encoding(answer)) {
        return Err(Refusal::Never(format!(
            "the server sends it packed ({encoding}), which was not asked for"
        )));
    }
    match (status.as_u16(), ContentRange::of(answer)) {
        (200, _) => Ok(Meaning::Begins { total: content_length(answer) }),
        (206, Some(ContentRange { first: Some(first), total })) if first == have => {
            Ok(Meaning::GoesOn { total })
        }
        (416, Some(ContentRange { total: Some(total), .. })) if total == have && have > 0 => {
            Ok(Meaning::IsComplete)
        }
        (206 | 416, _) if have > 0 => Err(Refusal::AskAnew),
        (404 | 410, _) => Err(Refusal::Never(format!("the server has no such file any more ({status})"))),
        (408 | 425 | 429 | 500.., _) => {
            let wait = header(answer, "Retry-After")
                .and_then(|value| retry_after::wait(value, header(answer, "Date")));
            Err(Refusal::NotNow { why: format!("the server answers {status}"), wait })
        }
        _ => Err(Refusal::Never(format!("the server answers {status}"))),
    }
}

/// The server's mark of the file's version that `If-Range` may be given: a strong `ETag`, else the date.
pub(super) fn validator(answer: &Parts) -> Option<String> {
    let tag = header(answer, "ETag").filter(|tag| !tag.starts_with("W/"));
    tag.or_else(|| header(answer, "Last-Modified")).map(str::to_string)
}

/// How the bytes were packed for the way, if they were.
fn encoding(answer: &Parts) -> Option<&str> {
    header(answer, "Content-Encoding").filter(|encoding| !encoding.trim().eq_ignore_ascii_case("identity"))
}

fn content_length(answer: &Parts) -> Option<u64> {
    header(answer, "Content-Length")?.trim().parse().ok()
}

/// `Content-Range: bytes 100-199/200`, or `bytes */200` with
/// [416](https://www.rfc-editor.org/rfc/rfc9110#field.content-range).
#[derive(Debug)]
struct ContentRange {
    first: Option<u64>,
    total: Option<u64>,
}

impl ContentRange {
    fn of(answer: &Parts) -> Option<Self> {
        let (range, total) = header(answer, "Content-Range")?.strip_prefix("bytes ")?.split_once('/')?;
        let first = range.split_once('-').and_then(|(first, _)| first.trim().parse().ok());
        Some(Self { first, total: total.trim().parse().ok() })
    }
}

fn header<'a>(answer: &'a Parts, name: &str) -> Option<&'a str> {
    answer.headers.get(name)?.to_str().ok()
}

/// Whether the same request may succeed a moment later.
pub(super) fn may_pass(error: &Error) -> bool {
    match error {
        // Who is not there, or is somebody else, will be so in a second.
        Error::Io(e) => !matches!(
            e.kind(),
            io::ErrorKind::ConnectionRefused
                | io::ErrorKind::HostUnreachable
                | io::ErrorKind::NetworkUnreachable
                | io::ErrorKind::InvalidData
        ),
        Error::Protocol(_) => true,
        _ => false,
    }
}

/// Why no answer came, and what to do where that helps.
pub(super) fn explain(error: &Error) -> String {
    match error {
        Error::HostNotFound => "its host is not found: is the network reachable?".into(),
        Error::Timeout(_) => {
            "there is no answer: is the network reachable, or is there a proxy to name in HTTPS_PROXY?".into()
        }
        Error::ConnectionFailed => "no connection: is the network reachable?".into(),
        // What rustls says of a certificate comes so.
        Error::Io(e) if e.kind() == io::ErrorKind::InvalidData => {
            format!("the server does not prove who it is ({e})")
        }
        Error::Io(e) => format!("{e}: is the network reachable?"),
        Error::TooManyRedirects => "the server sends from one address to the next without end".into(),
        Error::RequireHttpsOnly(_) => "the server sends to an address that is not safe (https)".into(),
        Error::Tls(_) | Error::Rustls(_) => format!("the server does not prove who it is ({error})"),
        other => other.to_string(),
    }
}

/// Why an answer ended early.
pub(super) fn explain_broken(error: &io::Error) -> String {
    match error.get_ref().and_then(|inner| inner.downcast_ref::<Error>()) {
        Some(Error::Timeout(_)) => "nothing came for too long".into(),
        _ if error.kind() == io::ErrorKind::TimedOut => "nothing came for too long".into(),
        _ => format!("the connection broke ({error})"),
    }
}
