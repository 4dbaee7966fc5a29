//! What is there already is gone on with, where it can be trusted.

use super::*;

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
