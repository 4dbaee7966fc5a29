//! Files made by hand to take for ever or to fill the memory: each is an error, within a second and bounded memory.

use std::io::{Cursor, Write};

use graph::{Dense, Graph, Op, Weights};

use crate::weights::{NO_NAMES, from_reader, read_into};
use crate::{Error, ErrorKind, Which, keras, mutation, torch};

fn golden(name: &str) -> Vec<u8> {
    std::fs::read(format!("{}/tests/data/{name}", env!("CARGO_MANIFEST_DIR"))).unwrap()
}

fn graph() -> Graph {
    let mut graph = Graph::new("m", "in", [4]).unwrap();
    graph.add("out", Op::Dense(Dense::new(2)), &[graph.input()]).unwrap();
    graph
}

/// What is wrong with `bytes` as a file of weights, through the one door and its bounds.
#[track_caller]
fn refused(what: &str, bytes: &[u8]) -> Error {
    let (graph, mut error) = (graph(), None);
    mutation::bounded(bytes.len(), what, || {
        let names = |name: &str| Some(name.replace('/', "."));
        let loaded =
            from_reader(Cursor::new(bytes), &graph, &mut Weights::zeros(&graph), Which::All, &[&names]);
        error = loaded.err();
    });
    error.unwrap_or_else(|| panic!("{what} was taken"))
}

/// A zip of members with these names and bytes, whose directory claims that each has `claimed` bytes.
fn zip_that_claims(members: &[(&str, &[u8])], claimed: u64) -> Vec<u8> {
    let (mut file, mut directory) = (Vec::new(), Vec::new());
    for (name, bytes) in members {
        let start = file.len() as u32;
        let sizes = [claimed.to_le_bytes(), claimed.to_le_bytes()].concat();
        let zip64 = [&[1, 0, 16, 0][..], &sizes].concat();
        // Version 4.5, no flags, stored, no time, no checksum, sizes that stand in the extra field.
        let shared = [&[45, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0][..], &[0xFF; 8]].concat();
        let lengths = [(name.len() as u16).to_le_bytes(), (zip64.len() as u16).to_le_bytes()].concat();
        file.extend([&b"PK\x03\x04"[..], &shared[..], &lengths, name.as_bytes(), &zip64, bytes].concat());
        directory.extend([&b"PK\x01\x02\x2d\x00"[..], &shared[..], &lengths, &[0; 10]].concat());
        directory.extend([&start.to_le_bytes()[..], name.as_bytes(), &zip64].concat());
    }
    let count = (members.len() as u16).to_le_bytes();
    let place = [(directory.len() as u32).to_le_bytes(), (file.len() as u32).to_le_bytes()].concat();
    [file, directory, [&b"PK\x05\x06\0\0\0\0"[..], &count[..], &count, &place, &[0, 0]].concat()].concat()
}

#[test]
fn zips_that_claim_terabytes_are_refused() {
    const TERABYTES: u64 = 1 << 43;
    for members in [&["config.json", "metadata.json", "model.weights.h5"][..], &["archive/data.pkl"]] {
        let members: Vec<(&str, &[u8])> = members.iter().map(|name| (*name, &b"{}"[..])).collect();
        let error = refused("a zip of terabytes", &zip_that_claims(&members, TERABYTES));
        assert_eq!(error.kind(), ErrorKind::TooLarge, "{error}");
        // What is there as it claims is read, so that it is the claim that is refused.
        let error = refused("a zip of two bytes each", &zip_that_claims(&members, 2)).to_string();
        assert!(error.contains("checksum") || error.contains("Checksum"), "{error}");
    }
    let path = tempfile::NamedTempFile::new().unwrap();
    let members = [("config.json", &b"{}"[..]), ("model.weights.h5", b"{}")];
    std::fs::write(path.path(), zip_that_claims(&members, TERABYTES)).unwrap();
    let error = keras::Glance::at(path.path()).err().unwrap();
    assert!(error.to_string().contains("lies beyond the"), "{error}");
}

#[test]
fn directories_without_end_are_refused() {
    // The end record of zip64: entries, bytes and place of the directory; then its locator and the old record.
    for (entries, size, start) in [
        (1_u64 << 33, 1_u64 << 45, 1_u64 << 40),
        (u64::MAX, u64::MAX, u64::MAX),
        (1 << 40, 1 << 46, 0),
        (1 << 33, 1 << 45, 4),
    ] {
        let counts = [entries, entries, size, start].map(u64::to_le_bytes).concat();
        let mut file = b"PK\x03\x04".to_vec();
        file.extend(
            [&b"PK\x06\x06"[..], &44_u64.to_le_bytes()[..], &[45, 0, 45, 0], &[0; 8], &counts].concat(),
        );
        file.extend([&b"PK\x06\x07"[..], &[0; 4][..], &4_u64.to_le_bytes(), &1_u32.to_le_bytes()].concat());
        file.extend([&b"PK\x05\x06"[..], &[0; 4][..], &[0xFF; 12], &[0; 2]].concat());
        refused("a directory of zip64", &file);
    }
    let mut ends = b"PK\x03\x04".to_vec();
    ends.extend(b"PK\x05\x06".repeat(2 << 20));
    refused("nothing but ends of directories", &ends);
}

#[test]
fn arrays_whose_extents_overflow_are_refused() {
    let mut bytes = Vec::new();
    let file = std::fs::File::open(format!("{}/tests/data/earliest.h5.gz", env!("CARGO_MANIFEST_DIR")));
    std::io::Read::read_to_end(&mut flate2::read::GzDecoder::new(file.unwrap()), &mut bytes).unwrap();
    let shape = [4_u64, 6].map(u64::to_le_bytes).concat();
    for (extents, kind) in [
        ([1_u64 << 62, 1 << 62], ErrorKind::TooLarge),
        ([u64::MAX, 2], ErrorKind::TooLarge),
        ([1 << 40, 6], ErrorKind::Malformed), // no overflow, and no such values in the file
    ] {
        let claimed = extents.map(u64::to_le_bytes).concat();
        let mut hostile = bytes.clone();
        let places: Vec<usize> =
            (0..hostile.len() - 16).filter(|at| hostile[*at..at + 16] == shape).collect();
        assert!(!places.is_empty());
        places.iter().for_each(|at| hostile[*at..at + 16].copy_from_slice(&claimed));
        mutation::bounded(hostile.len(), "an array without end", || {
            let file = crate::hdf5::File::open(&hostile).unwrap();
            let error = file.root().get("types/00").unwrap().dataset().and_then(|d| d.read()).unwrap_err();
            assert_eq!(error.kind(), kind, "{error}");
        });
    }
}

#[test]
fn headers_of_safetensors_without_end_are_refused() {
    for length in [1_u64 << 63, u64::MAX, (16 << 20) + 1, 16 << 20] {
        let mut bytes = length.to_le_bytes().to_vec();
        bytes.extend(b"{\"w\":{}}");
        refused("a header without end", &bytes);
    }
    let wide = format!("{{\"w\":[{}0]}}", "0,".repeat(7 << 20));
    let bytes = [&(wide.len() as u64).to_le_bytes()[..], wide.as_bytes()].concat();
    assert_eq!(refused("a wide header", &bytes).kind(), ErrorKind::TooLarge);
}

#[test]
fn json_that_is_deep_or_wide_is_refused() {
    let many = 1_000_000;
    let deep = format!("{}{}", "[".repeat(many), "]".repeat(many));
    let nested = format!("{}1{}", "{\"a\":".repeat(many / 10), "}".repeat(many / 10));
    let wide = format!("[{}0]", "0,".repeat(15 << 20));
    for (what, text, kind) in [
        ("deep lists", &deep, ErrorKind::TooLarge),
        ("deep objects", &nested, ErrorKind::Malformed),
        ("a wide list", &wide, ErrorKind::TooLarge),
    ] {
        mutation::bounded(0, what, || {
            assert_eq!(keras::from_json(text).unwrap_err().kind(), kind, "{what}");
        });
        let mut zip = zip::ZipWriter::new(Cursor::new(Vec::new()));
        zip.start_file("config.json", zip::write::SimpleFileOptions::default()).unwrap();
        zip.write_all(text.as_bytes()).unwrap();
        let bytes = zip.finish().unwrap().into_inner();
        assert_eq!(refused(what, &bytes).kind(), kind, "{what}");
    }
}

/// A file of the old form around `object`, a pickle without its end.
fn pickled(object: &[u8]) -> Vec<u8> {
    let before = b"\x80\x02\x8a\x0a\x6c\xfc\x9c\x46\xf9\x20\x6a\xa8\x50\x19.\x80\x02M\xe9\x03.\x80\x02}.";
    [&before[..], b"\x80\x02", object, b".\x80\x02]."].concat()
}

#[test]
fn pickles_without_end_are_refused() {
    let many = 2 << 20;
    // Nothing, marks, empty lists, dictionaries, things remembered, and tuples in tuples in tuples.
    for code in [&b"N"[..], b"(", b"]", b"}", b"N\x94", b")\x85"] {
        let error = refused("a long pickle", &pickled(&code.repeat(many)));
        assert_eq!(error.kind(), ErrorKind::TooLarge, "{code:?}: {error}");
    }
    let nested = [&b"}"[..], &b"X\x01\x00\x00\x00a}".repeat(100_000), &b"s".repeat(100_000)].concat();
    let error = refused("dictionaries in dictionaries", &pickled(&nested)).to_string();
    assert!(error.contains("too deep"), "{error}");
    // A name of many letters: what is wanted is not run, and the message is short.
    let name = [&b"c"[..], "x".repeat(1 << 20).as_bytes(), b"\nname\n"].concat();
    assert!(refused("a long name", &pickled(&name)).to_string().len() < 500);
}

/// `storage` of this many float32 values, and a tensor of this shape in it, in a dictionary; the pickle goes on.
fn tensor(elements: u64, extents: &[u64]) -> Vec<u8> {
    let number = |value: &u64| [&b"\x8a\x08"[..], &value.to_le_bytes()].concat();
    let numbers =
        |values: &[u64]| [&b"("[..], &values.iter().flat_map(number).collect::<Vec<u8>>()[..], b"t"].concat();
    let mut pickle = b"}X\x03\x00\x00\x00outctorch._utils\n_rebuild_tensor_v2\n".to_vec();
    pickle.extend(b"((X\x07\x00\x00\x00storagectorch\nFloatStorage\nX\x01\x00\x00\x000X\x03\x00\x00\x00cpu");
    pickle.extend(
        [&number(&elements)[..], b"tQK\x00", &numbers(extents), &numbers(&[1, 1][..extents.len()])].concat(),
    );
    pickle.extend(b"tRs");
    pickle
}

#[test]
fn tensors_without_end_are_refused() {
    const BILLION: u64 = 1_000_000_000;
    for (elements, extents) in [
        (BILLION, &[BILLION][..]),
        (1 << 62, &[1 << 62]),
        (1, &[1 << 32, 1 << 32]),
        (1, &[u64::MAX >> 1, 1 << 40]),
    ] {
        refused("a tensor without end", &pickled(&tensor(elements, extents)));
        let members = [
            ("a/data.pkl", &[&b"\x80\x02"[..], &tensor(elements, extents)[..], b"."].concat()[..]),
            ("a/data/0", &[0; 4]),
        ];
        let mut zip = zip::ZipWriter::new(Cursor::new(Vec::new()));
        for (name, bytes) in members {
            zip.start_file(name, zip::write::SimpleFileOptions::default()).unwrap();
            zip.write_all(bytes).unwrap();
        }
        refused("a tensor without end in a zip", &zip.finish().unwrap().into_inner());
    }
}

/// One tensor without values, and dictionaries of names for it: four bytes each.
#[test]
fn a_tensor_of_a_million_names_is_refused() {
    let mut pickle = tensor(0, &[0]);
    pickle.truncate(pickle.len() - 1); // the tensor stays on the stack, over its name
    pickle.extend(b"q\x01sX\x00\x10\x00\x00");
    pickle.extend(b"n".repeat(4096));
    pickle.extend(b"q\x020(");
    pickle.extend(b"h\x02h\x01".repeat(400_000));
    pickle.extend(b"u");
    let mut file = pickled(&pickle);
    file.truncate(file.len() - 4);
    file.extend(b"\x80\x02]X\x01\x00\x00\x000a.\x00\x00\x00\x00\x00\x00\x00\x00");
    let error = refused("a tensor of a million names", &file);
    assert_eq!(error.kind(), ErrorKind::TooLarge, "{error}");
}

/// What is like a missing name is said; to look for it must not take long.
#[test]
fn a_missing_tensor_among_many_is_said_at_once() {
    let names: Vec<String> = (0..30_000).map(|index| format!("{index:0>900}.out.kernel")).collect();
    let tensors: Vec<torch::Tensor> =
        names.into_iter().map(|name| torch::Tensor { name, shape: vec![0], data: Vec::new() }).collect();
    let (graph, bytes) = (graph(), 30_000 * 1000);
    for prefix in ["", "model."] {
        mutation::bounded(bytes, "a missing tensor", || {
            let name_of = |name: &str| Some(format!("{prefix}{}", name.replace('/', ".")));
            let mut weights = Weights::zeros(&graph);
            let loaded = torch::load(&graph, &mut weights, &tensors, Which::All, &name_of);
            assert_eq!(loaded.unwrap_err().kind(), ErrorKind::Mismatch);
        });
    }
    let short: Vec<torch::Tensor> = (0..100_000)
        .map(|index| torch::Tensor { name: format!("{index:0>40}"), shape: vec![0], data: Vec::new() })
        .collect();
    mutation::bounded(bytes, "a missing tensor", || {
        let name_of = |name: &str| Some(format!("a.long.name.that.is.not.among.them.{name}"));
        let loaded =
            torch::load(&graph, &mut Weights::zeros(&graph), &short, Which::AllBut(&["out"]), &name_of);
        assert_eq!(loaded.unwrap().loaded, Vec::<String>::new());
    });
}

/// A file with a hole may say that it has any length.
#[test]
fn files_of_a_terabyte_are_not_read() {
    let graph = graph();
    for start in
        [torch_mark(), b"\x89HDF\r\n\x1a\n".to_vec(), b"\x10\0\0\0\0\0\0\0{\"w\":0}        ".to_vec()]
    {
        let mut file = tempfile::NamedTempFile::new().unwrap();
        file.write_all(&start).unwrap();
        file.as_file().set_len(1 << 40).unwrap();
        mutation::bounded(0, "a terabyte", || {
            let mut weights = Weights::zeros(&graph);
            let error = read_into(file.path(), &graph, &mut weights, Which::All, NO_NAMES).unwrap_err();
            assert_eq!(error.kind(), ErrorKind::TooLarge, "{error}");
        });
    }
}

fn torch_mark() -> Vec<u8> {
    golden("legacy.pth")[..15].to_vec()
}
