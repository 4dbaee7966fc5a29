//! One request and what answers it, on a thread of its own: whoever waits for the next piece can stop at any time,
//! however silent the server is.

use std::io::{self, Read};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender, sync_channel};
use std::time::Duration;

use ureq::http::response::Parts;
use ureq::{Agent, Error};

/// What comes, in its order.
#[derive(Debug)]
pub(super) enum Arrival {
    /// The answer's status and headers.
    Head(Box<Parts>),
    /// No answer came.
    Failed(Error),
    /// A part of its body.
    Piece(Vec<u8>),
    /// All of its body came.
    End,
    /// Its body broke off.
    Broken(io::Error),
}

/// A request on its way.
pub(super) struct Exchange {
    arrivals: Receiver<Arrival>,
}

/// What is read at once, and how many of these may wait to be taken.
const PIECE_BYTES: usize = 1 << 16;
const WAITING: usize = 4;
/// How often it is looked whether to stop, here and during a pause.
pub(super) const LOOK: Duration = Duration::from_millis(50);

impl Exchange {
    /// Asks for `address`.
    ///
    /// # Errors
    /// The system gives no thread.
    pub(super) fn begin(
        agent: &Agent,
        address: &str,
        headers: Vec<(&'static str, String)>,
    ) -> io::Result<Self> {
        let (sender, arrivals) = sync_channel(WAITING);
        let (agent, address) = (agent.clone(), address.to_owned());
        // It ends by itself when nobody takes what it sends, at the latest when the server was silent for too long.
        std::thread::Builder::new()
            .name("download".into())
            .spawn(move || ask(&agent, &address, headers, &sender))?;
        Ok(Self { arrivals })
    }

    /// The next one; `None` once `stop` is set.
    pub(super) fn next(&self, stop: &AtomicBool) -> Option<Arrival> {
        loop {
            if stop.load(Ordering::Relaxed) {
                return None;
            }
            match self.arrivals.recv_timeout(LOOK) {
                Ok(arrival) => return Some(arrival),
                Err(RecvTimeoutError::Timeout) => {}
                Err(RecvTimeoutError::Disconnected) => {
                    return Some(Arrival::Broken(io::Error::other("it ended without an end")));
                }
            }
        }
    }
}

fn ask(agent: &Agent, address: &str, headers: Vec<(&'static str, String)>, arrivals: &SyncSender<Arrival>) {
    let mut request = agent.get(address);
    for (name, value) in headers {
        request = request.header(name, value);
    }
    // Sending fails where nobody listens any more, and then there is nobody to tell.
    let (head, body) = match request.call() {
        Ok(answer) => answer.into_parts(),
        Err(error) => return drop(arrivals.send(Arrival::Failed(error))),
    };
    let mut is_heard = arrivals.send(Arrival::Head(Box::new(head))).is_ok();
    let mut body = body.into_reader();
    while is_heard {
        let mut piece = vec![0; PIECE_BYTES];
        let arrival = match body.read(&mut piece) {
            Ok(0) => return drop(arrivals.send(Arrival::End)),
            Ok(length) => {
                piece.truncate(length);
                Arrival::Piece(piece)
            }
            Err(error) => return drop(arrivals.send(Arrival::Broken(error))),
        };
        is_heard = arrivals.send(arrival).is_ok();
    }
}
