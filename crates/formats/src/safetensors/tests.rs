//! Against a file that the safetensors library made, round trips of our own, and files that are wrong.

use graph::{BatchNorm, Conv2d, Dense, Graph, Op, Weights};

use super::*;
use crate::weights::{self, NO_NAMES};
use crate::{ErrorKind, Matching, Which, mutation};

fn golden() -> Vec<u8> {
    std::fs::read(format!("{}/tests/data/torch.safetensors", env!("CARGO_MANIFEST_DIR"))).unwrap()
}

#[test]
fn a_file_of_pytorch_is_read() {
    let bytes = golden();
    let file = File::open(&bytes).unwrap();
    assert!(!file.is_of_keras());
    let mut tensors = file.tensors().unwrap();
    tensors.sort_by(|a, b| a.name.cmp(&b.name));
    let tensor = |name: &str, shape: &[usize], data: &[f32]| Tensor {
        name: name.into(),
        shape: shape.to_vec(),
        data: data.to_vec(),
    };
    let ramp: Vec<f32> = (0..24).map(|k| k as f32).collect();
    let expected = [
        tensor("brain", &[2], &[1.5, -2.0]),
        tensor("conv.weight", &[2, 3, 4], &ramp),
        tensor("count", &[], &[7.0]),
        tensor("double", &[1], &[0.25]),
        tensor("flags", &[2], &[1.0, 0.0]),
        tensor("half", &[2], &[0.5, -2.0]),
    ];
    assert_eq!(tensors, expected);
}

fn model(names: [&str; 3], classes: usize) -> Graph {
    let mut graph = Graph::new("m", "in", [4, 4, 3]).unwrap();
    let ops =
        [Op::Conv2d(Conv2d::new(4, 3)), Op::BatchNorm(BatchNorm::default()), Op::Dense(Dense::new(classes))];
    let mut last = graph.input();
    for (name, op) in names.into_iter().zip(ops) {
        last = graph.add(name, op, &[last]).unwrap();
    }
    graph
}

fn ramp(graph: &Graph) -> Weights {
    let mut weights = Weights::zeros(graph);
    weights.as_mut_slice().iter_mut().enumerate().for_each(|(index, value)| *value = index as f32 - 3.5);
    weights
}

#[test]
fn what_is_written_is_read_back_by_name_and_by_order() {
    let folder = tempfile::tempdir().unwrap();
    let (path, again) = (folder.path().join("weights"), folder.path().join("again"));
    let graph = model(["conv", "norm", "out"], 5);
    write(&path, &graph, &ramp(&graph)).unwrap();
    let mut weights = Weights::zeros(&graph);
    let loaded = weights::read_into(&path, &graph, &mut weights, Which::All, NO_NAMES).unwrap();
    assert_eq!((loaded.loaded.len(), loaded.matching), (3, Matching::ByName));
    assert_eq!(weights, ramp(&graph));
    write(&again, &graph, &weights).unwrap();
    assert_eq!(std::fs::read(&path).unwrap(), std::fs::read(&again).unwrap());

    let other = model(["a", "b", "c"], 7);
    let mut weights = Weights::zeros(&other);
    let loaded = weights::read_into(&path, &other, &mut weights, Which::AllBut(&["c"]), NO_NAMES).unwrap();
    assert_eq!((loaded.loaded, loaded.matching), (vec!["a".into(), "b".into()], Matching::ByOrder));
    let base = other.parameters()[6].offset;
    assert_eq!(weights.as_slice()[..base], ramp(&graph).as_slice()[..base]);
    assert!(weights.as_slice()[base..].iter().all(|value| *value == 0.0));
}

/// A file of this header and so many bytes of values.
fn file(header: &str, values: usize) -> Vec<u8> {
    let length = (header.len() as u64).to_le_bytes();
    [&length[..], header.as_bytes(), &vec![0; values]].concat()
}

#[test]
fn headers_that_lie_are_errors() {
    let tensor = |shape: &str, offsets: &str| {
        format!("{{\"w\":{{\"dtype\":\"F32\",\"shape\":{shape},\"data_offsets\":{offsets}}}}}")
    };
    assert!(File::open(&file(&tensor("[2]", "[0,8]"), 8)).is_ok());
    for (header, values, part) in [
        (tensor("[3]", "[0,8]"), 8, "8 bytes are not values of F32"),
        (tensor("[2]", "[8,16]"), 8, "lie outside the file"),
        (tensor("[2]", "[8,0]"), 8, "lie outside the file"),
        (tensor("[18446744073709551615,3]", "[0,8]"), 8, "are not values"),
        (tensor("[-1]", "[0,8]"), 8, "it has no shape"),
        (tensor("[2]", "[0]"), 8, "data_offsets"),
        ("[1]".to_owned(), 8, "no JSON object"),
        ("{\"w\":3}".to_owned(), 8, "no dtype"),
    ] {
        let error = File::open(&file(&header, values)).err().unwrap().to_string();
        assert!(error.contains(part), "{header}: {error}");
    }
    let part = "\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[0,8]";
    let shared = format!("{{\"a\":{{{part}}},\"b\":{{{part}}}}}");
    assert_eq!(File::open(&file(&shared, 8)).err().unwrap().kind(), ErrorKind::TooLarge);
    let deep = format!("{{\"a\":{}{}}}", "[".repeat(100_000), "]".repeat(100_000));
    assert_eq!(File::open(&file(&deep, 8)).err().unwrap().kind(), ErrorKind::Malformed);
    let unknown = tensor("[2]", "[0,8]").replace("F32", "F8_E4M3");
    let bytes = file(&unknown, 8);
    assert_eq!(File::open(&bytes).unwrap().tensors().unwrap_err().kind(), ErrorKind::Unsupported);
    let bytes = golden();
    for length in 0..bytes.len() {
        assert!(File::open(&bytes[..length]).is_err(), "cut to {length}");
    }
}

#[test]
fn damaged_files_never_panic() {
    let tried = mutation::survives(&golden(), 10_000, |bytes| {
        if let Ok(file) = File::open(bytes) {
            let _ = file.tensors();
            file.layers();
        }
    });
    assert_eq!(tried, 10_001);
}
