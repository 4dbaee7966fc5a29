//! One file over HTTP: an interrupted download goes on where it stopped, what comes is bounded and checked, and the file
//! appears whole or not at all.

mod response;
mod state;

use std::io::Read;
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use ureq::Agent;
use ureq::config::Config;
use ureq::tls::{RootCerts, TlsConfig};
use zoo::Checksum;

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

/// How long a server may be silent, and how often it may break off.
#[derive(Debug, Clone, Copy)]
struct Patience {
    connect: Duration,
    read: Duration,
    /// Times that a connection may break off without having brought anything.
    attempts: usize,
}

const PATIENCE: Patience =
    Patience { connect: Duration::from_secs(20), read: Duration::from_secs(30), attempts: 3 };

/// What is read at once.
const PIECE_BYTES: usize = 1 << 16;

impl Download<'_> {
    /// Fetches the file to `path`, or what an earlier call did not get of it. `stop`, once set, ends it after the piece
    /// that is being read.
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
            partial: files::Partial::open(path)?,
            state: State::beside(path),
            went_on: false,
            observer,
            stop,
        };
        match transfer.run(patience.attempts) {
            Ok(()) => {
                transfer.state.remove()?;
                Ok(transfer.partial.finish()?)
            }
            Err(error) => {
                if transfer.partial.is_empty() {
                    transfer.state.remove()?;
                    transfer.partial.discard()?;
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
    Early(String),
}

impl Transfer<'_, '_> {
    /// Fetches and checks everything.
    fn run(&mut self, attempts: usize) -> Result<()> {
        self.drop_what_cannot_go_on()?;
        self.receive_all(attempts)?;
        let Err(why) = self.download.verify(self.partial.growing()) else { return Ok(()) };
        self.partial.restart()?;
        if !self.went_on {
            return Err(self.download.failed(&why));
        }
        // The file on the server may have changed since its first part came.
        self.receive_all(attempts)?;
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

    /// Asks until everything came; a connection that brought more than there ever was may break off as often as it likes.
    fn receive_all(&mut self, attempts: usize) -> Result<()> {
        let (mut left, mut most) = (attempts, self.partial.len());
        loop {
            let why = match self.receive()? {
                Ended::Whole => return Ok(()),
                Ended::Early(why) => why,
            };
            left = if self.partial.len() > most { attempts } else { left.saturating_sub(1) };
            most = most.max(self.partial.len());
            if left == 0 {
                return Err(self.failed(&why));
            }
        }
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
        let mut request = self.agent.get(self.download.address).header("Accept-Encoding", "identity");
        if !self.partial.is_empty() {
            request = request.header("Range", format!("bytes={}-", self.partial.len()));
            if let Some(validator) = self.state.validator() {
                request = request.header("If-Range", validator);
            }
        }
        let answer = match request.call() {
            Ok(answer) => answer,
            Err(error) if response::may_pass(&error) => return Ok(Ended::Early(response::explain(&error))),
            Err(error) => return Err(self.failed(&response::explain(&error))),
        };
        let total = match response::meaning(&answer, self.partial.len()) {
            Ok(Meaning::GoesOn { total }) => {
                self.went_on = true;
                total
            }
            Ok(Meaning::Begins { total }) => {
                self.partial.restart()?;
                self.state.begin(self.download.address, response::validator(&answer))?;
                total
            }
            Ok(Meaning::IsComplete) => return Ok(Ended::Whole),
            Err(Refusal::AskAnew) => {
                self.partial.restart()?;
                return Ok(Ended::Early("the server does not go on where it stopped".into()));
            }
            Err(Refusal::Never(why)) => return Err(self.download.failed(&why)),
            Err(Refusal::NotNow(why)) => return Ok(Ended::Early(why)),
        };
        self.check_size(total.unwrap_or(0))?;
        self.read(&mut answer.into_body().into_reader(), total)
    }

    /// Takes what comes until it ends.
    fn read(&mut self, body: &mut impl Read, total: Option<u64>) -> Result<Ended> {
        let mut piece = vec![0; PIECE_BYTES];
        loop {
            (self.observer)(Event::Fetching { bytes: self.partial.len(), total });
            if self.stop.load(Ordering::Relaxed) {
                return Err(self.failed("it was stopped"));
            }
            match body.read(&mut piece) {
                Ok(0) => break,
                Ok(length) => {
                    self.check_size(self.partial.len() + length as u64)?;
                    self.partial.append(&piece[..length])?;
                }
                Err(error) => return Ok(Ended::Early(response::explain_broken(&error))),
            }
        }
        Ok(match total {
            Some(total) if self.partial.len() < total => {
                Ended::Early(format!("it ended after {} of {total} bytes", self.partial.len()))
            }
            _ => Ended::Whole,
        })
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
