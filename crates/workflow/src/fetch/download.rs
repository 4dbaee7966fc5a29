//! One file over HTTP: an interrupted download goes on where it stopped, what comes is bounded and checked, and the
//! file appears whole or not at all.

mod exchange;
mod response;
mod retry_after;
mod state;

use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use ureq::Agent;
use ureq::config::Config;
use ureq::http::response::Parts;
use ureq::tls::{RootCerts, TlsConfig};
use zoo::Checksum;

use exchange::{Arrival, Exchange, LOOK};
use response::{Meaning, Refusal};
use state::State;

use crate::{Error, ErrorKind, Event, Observer, Result};

/// A file to fetch.
pub(crate) struct Download<'a> {
    /// What it is, for messages.
    pub(crate) what: &'a str,
    /// Its address.
    pub(crate) address: &'a str,
    /// What its bytes must give, if that is known.
    pub(crate) checksum: Option<Checksum>,
    /// It may not be larger.
    pub(crate) most_bytes: u64,
}

/// How long a server may be silent, how often it may break off or refuse, and how long one waits then.
#[derive(Debug, Clone, Copy)]
struct Patience {
    connect: Duration,
    read: Duration,
    /// Times that a connection may break off without having brought anything.
    attempts: usize,
    /// Before the second attempt; twice as long before the next one, and so on.
    pause: Duration,
    /// No pause is longer. A server that asks for a longer one is not waited for.
    longest_pause: Duration,
}

const PATIENCE: Patience = Patience {
    connect: Duration::from_secs(20),
    read: Duration::from_secs(30),
    attempts: 5,
    pause: Duration::from_secs(1),
    longest_pause: Duration::from_secs(60),
};

impl Download<'_> {
    /// Fetches the file to `path`, or what an earlier call did not get of it. `stop`, once set, ends it.
    ///
    /// # Errors
    /// The server cannot be reached or has no such file, what comes is too large or not what was published, or `path`
    /// cannot be written. What came is kept for the next call, unless it is wrong.
    pub(crate) fn to(&self, path: &Path, observer: &mut Observer, stop: &AtomicBool) -> Result<()> {
        self.patiently(path, PATIENCE, observer, stop)
    }

    fn patiently(
        &self,
        path: &Path,
        patience: Patience,
        observer: &mut Observer,
        stop: &AtomicBool,
    ) -> Result<()> {
        let mut transfer = Transfer {
            download: self,
            agent: agent(self.address, patience),
            patience,
            partial: files::Partial::open(path)?,
            state: State::beside(path),
            went_on: false,
            observer,
            stop,
        };
        let done = transfer.run();
        let Transfer { partial, state, .. } = transfer;
        match done {
            Ok(()) => {
                partial.finish()?;
                state.remove()
            }
            Err(error) => {
                if partial.is_empty() {
                    // What went wrong first is what is said.
                    let _ = state.remove().and_then(|()| Ok(partial.discard()?));
                }
                Err(error)
            }
        }
    }

    fn verify(&self, file: &Path) -> Result<(), String> {
        self.checksum.as_ref().map_or(Ok(()), |checksum| super::verify(file, checksum))
    }

    fn failed(&self, why: &str) -> Error {
        Error::new(ErrorKind::Fetch, format!("cannot fetch {} ({}): {why}", self.what, self.address))
    }
}

/// Speaks HTTP with the certificates of the platform, and through the proxy that the environment names.
fn agent(address: &str, patience: Patience) -> Agent {
    let tls = TlsConfig::builder().root_certs(RootCerts::PlatformVerifier).build();
    Config::builder()
        .user_agent(concat!("linnaeus/", env!("CARGO_PKG_VERSION")))
        .http_status_as_error(false)
        // Nothing that is asked for safely is followed to where it would come unsafely.
        .https_only(address.starts_with("https:"))
        .tls_config(tls)
        .timeout_resolve(Some(patience.connect))
        .timeout_connect(Some(patience.connect))
        .timeout_per_read(Some(patience.read))
        .timeout_per_write(Some(patience.read))
        .build()
        .new_agent()
}

/// A download while it goes on.
struct Transfer<'a, 'o> {
    download: &'a Download<'a>,
    agent: Agent,
    patience: Patience,
    partial: files::Partial,
    state: State,
    /// Whether a part came by itself, to be put behind another.
    went_on: bool,
    observer: &'a mut Observer<'o>,
    stop: &'a AtomicBool,
}

/// How one connection ended.
enum Ended {
    /// Everything came.
    Whole,
    /// It broke off.
    Early(Early),
}

/// Why not everything came, and how long the server asks to be left alone.
struct Early {
    why: String,
    wait: Option<Duration>,
}

impl Ended {
    fn early(why: impl Into<String>) -> Self {
        Self::Early(Early { why: why.into(), wait: None })
    }
}

impl Transfer<'_, '_> {
    /// Fetches and checks everything.
    fn run(&mut self) -> Result<()> {
        self.drop_what_cannot_go_on()?;
        self.receive_all()?;
        let Err(why) = self.download.verify(self.partial.growing()) else { return Ok(()) };
        self.partial.restart()?;
        if !self.went_on {
            return Err(self.download.failed(&why));
        }
        // The file on the server may have changed since its first part came.
        self.receive_all()?;
        self.download.verify(self.partial.growing()).or_else(|why| {
            self.partial.restart()?;
            Err(self.download.failed(&why))
        })
    }

    /// What an earlier call left is of use if it is of the same address and can be held against the server's file.
    fn drop_what_cannot_go_on(&mut self) -> Result<()> {
        let Download { address, checksum, most_bytes, .. } = *self.download;
        let goes_on = self.state.is_of(address) && (self.state.validator().is_some() || checksum.is_some());
        match goes_on && self.partial.len() <= most_bytes {
            true => Ok(()),
            false => Ok(self.partial.restart()?),
        }
    }

    /// Asks until everything came; a connection that brought more than there ever was may
    /// break off as often as it likes.
    fn receive_all(&mut self) -> Result<()> {
        let Patience { attempts, pause: first_pause, longest_pause, .. } = self.patience;
        let (mut left, mut most, mut pause) = (attempts, self.partial.len(), first_pause);
        loop {
            let Early { why, wait } = match self.receive()? {
                Ended::Whole => return Ok(()),
                Ended::Early(early) => early,
            };
            match self.partial.len() > most {
                true => (left, pause) = (attempts, first_pause),
                false => left = left.saturating_sub(1),
            }
            most = most.max(self.partial.len());
            if let Some(wait) = wait.filter(|wait| *wait > longest_pause) {
                let seconds = wait.as_secs();
                return Err(
                    self.failed(&format!("{why} and asks to be left alone for {seconds} s: try again then"))
                );
            }
            if left == 0 {
                return Err(self.failed(&why));
            }
            self.pause(wait.unwrap_or(pause), &why)?;
            pause = (2 * pause).min(longest_pause);
        }
    }

    /// Waits before the next attempt.
    fn pause(&mut self, pause: Duration, why: &str) -> Result<()> {
        if pause >= Duration::from_secs(1) {
            let seconds = pause.as_secs();
            (self.observer)(Event::Notice(&format!("{why}; the next try is in {seconds} s")));
        }
        let end = Instant::now() + pause;
        while !self.stop.load(Ordering::Relaxed) {
            match end.saturating_duration_since(Instant::now()) {
                Duration::ZERO => return Ok(()),
                left => std::thread::sleep(left.min(LOOK)),
            }
        }
        Err(self.stopped())
    }

    fn stopped(&self) -> Error {
        self.failed("it was stopped")
    }

    /// The connection failed, and may succeed another time.
    fn failed(&self, why: &str) -> Error {
        match self.partial.len() {
            0 => self.download.failed(why),
            bytes => self
                .download
                .failed(&format!("{why}; {bytes} bytes came and are kept: the next try goes on there")),
        }
    }

    /// One request and its answer.
    fn receive(&mut self) -> Result<Ended> {
        let mut headers = vec![("Accept-Encoding", "identity".to_owned())];
        if !self.partial.is_empty() {
            headers.push(("Range", format!("bytes={}-", self.partial.len())));
            headers.extend(self.state.validator().map(|validator| ("If-Range", validator.to_owned())));
        }
        let exchange = Exchange::begin(&self.agent, self.download.address, headers)
            .map_err(|e| self.failed(&format!("no thread for it ({e})")))?;
        let head = match self.next(&exchange)? {
            Arrival::Head(head) => head,
            Arrival::Failed(error) if response::may_pass(&error) => {
                return Ok(Ended::early(response::explain(&error)));
            }
            Arrival::Failed(error) => return Err(self.failed(&response::explain(&error))),
            Arrival::Broken(error) => return Ok(Ended::early(response::explain_broken(&error))),
            Arrival::Piece(_) | Arrival::End => return Ok(Ended::early("there was no answer")),
        };
        match response::meaning(&head, self.partial.len()) {
            Ok(Meaning::IsComplete) => Ok(Ended::Whole),
            Ok(Meaning::Begins { total }) => self.begin(&head).and_then(|()| self.read(&exchange, total)),
            Ok(Meaning::GoesOn { total }) => {
                self.went_on = true;
                self.read(&exchange, total)
            }
            Err(Refusal::AskAnew) => {
                self.partial.restart()?;
                Ok(Ended::early("the server does not go on where it stopped"))
            }
            Err(Refusal::Never(why)) => Err(self.download.failed(&why)),
            Err(Refusal::NotNow { why, wait }) => Ok(Ended::Early(Early { why, wait })),
        }
    }

    /// What comes is the file from its first byte on.
    fn begin(&mut self, head: &Parts) -> Result<()> {
        self.partial.restart()?;
        self.state.begin(self.download.address, response::validator(head))
    }

    fn next(&self, exchange: &Exchange) -> Result<Arrival> {
        exchange.next(self.stop).ok_or_else(|| self.stopped())
    }

    /// Takes what comes until it ends.
    fn read(&mut self, exchange: &Exchange, total: Option<u64>) -> Result<Ended> {
        self.check_size(total.unwrap_or(0))?;
        loop {
            (self.observer)(Event::Fetching { bytes: self.partial.len(), total });
            match self.next(exchange)? {
                Arrival::Piece(piece) => {
                    self.check_size(self.partial.len() + piece.len() as u64)?;
                    self.partial.append(&piece)?;
                }
                Arrival::Broken(error) => return Ok(Ended::early(response::explain_broken(&error))),
                Arrival::Failed(error) => return Ok(Ended::early(response::explain(&error))),
                Arrival::Head(_) | Arrival::End => break,
            }
        }
        let length = self.partial.len();
        match total {
            Some(total) if length < total => {
                Ok(Ended::early(format!("it ended after {length} of {total} bytes")))
            }
            Some(total) if length > total => {
                self.partial.restart()?;
                Ok(Ended::early(format!("{length} bytes came of a file of {total}")))
            }
            _ => Ok(Ended::Whole),
        }
    }

    fn check_size(&mut self, bytes: u64) -> Result<()> {
        let most = self.download.most_bytes;
        if bytes <= most {
            return Ok(());
        }
        self.partial.restart()?;
        Err(self.download.failed(&format!("it is larger than the {most} bytes that such a file may have")))
    }
}

#[cfg(test)]
mod tests;
