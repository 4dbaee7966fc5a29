//! What is not taken.

use super::*;

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
fn a_host_that_is_not_there_is_said() {
    let closed = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let address = format!("http://{closed}/weights.h5");
    let message = Place::new().fetch(&address, None).unwrap_err();
    assert!(message.contains("is the network reachable?") && message.contains(&address), "{message}");
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
