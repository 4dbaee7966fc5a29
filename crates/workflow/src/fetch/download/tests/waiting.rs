//! How long a download waits, and what ends it.

use super::*;

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
