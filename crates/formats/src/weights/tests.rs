//! Every format through the one door, told by its content.

mod hostile;

use std::io::Cursor;
use std::path::PathBuf;

use graph::{Conv2d, Dense, DepthwiseConv2d, NodeId, Op, SeparableConv2d};

use super::*;
use crate::{ErrorKind, Matching, mutation};

fn graph(classes: usize) -> Graph {
    let mut graph = Graph::new("m", "in", [6, 5, 2]).unwrap();
    let mut last: NodeId = graph.input();
    let layers = [
        ("conv", Op::Conv2d(Conv2d::new(3, 3))),
        ("depthwise", Op::DepthwiseConv2d(DepthwiseConv2d::new(1))),
        ("separable", Op::SeparableConv2d(SeparableConv2d { multiplier: 2, ..SeparableConv2d::new(4, 1) })),
        ("flat", Op::Flatten),
        ("head", Op::Dense(Dense::new(classes))),
    ];
    for (name, op) in layers {
        last = graph.add(name, op, &[last]).unwrap();
    }
    graph
}

fn ramp(graph: &Graph) -> Weights {
    let mut weights = Weights::zeros(graph);
    weights.as_mut_slice().iter_mut().enumerate().for_each(|(index, value)| *value = index as f32);
    weights
}

#[test]
fn a_name_says_nothing_the_content_does() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("weights.jpeg");
    let graph = graph(2);
    type Write = fn(&Path, &Graph, &Weights) -> Result<()>;
    let writers: [Write; 2] = [|p, g, w| keras::write(p, g, w, None), safetensors::write];
    for write in writers {
        write(&path, &graph, &ramp(&graph)).unwrap();
        let mut weights = Weights::zeros(&graph);
        let loaded = read_into(&path, &graph, &mut weights, Which::All, NO_NAMES).unwrap();
        assert_eq!((loaded.loaded.len(), loaded.matching), (4, Matching::ByName));
        assert_eq!(weights, ramp(&graph));
    }
}

#[test]
fn what_it_is_and_what_can_be_read_is_said() {
    let message = |bytes: &[u8]| {
        let error = recognise(Cursor::new(bytes)).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Unsupported);
        error.to_string()
    };
    for (bytes, part) in [
        (&b""[..], "the file is empty"),
        (b"\x1c\0\0\0TFL3....", "TensorFlow Lite"),
        (b"{\"class_name\": 1}", "JSON, which has no weights"),
        (b"\x80\x04\x95....", "a pickle of Python"),
        (b"\x1f\x8b\x08", "gzip"),
        (b"GIF89a", "no file of weights that is known"),
    ] {
        let message = message(bytes);
        assert!(message.contains(part) && message.contains(".safetensors can be read"), "{message}");
    }
    let mut zip = zip::ZipWriter::new(Cursor::new(Vec::new()));
    zip.start_file("weights.npy", zip::write::SimpleFileOptions::default()).unwrap();
    let other = message(&zip.finish().unwrap().into_inner());
    assert!(other.contains("weights.npy"), "{other}");
    let graph = graph(2);
    let folder = tempfile::tempdir().unwrap();
    let error = read_into(folder.path(), &graph, &mut ramp(&graph), Which::All, NO_NAMES).unwrap_err();
    assert!(error.to_string().contains("this is a folder"), "{error}");
}

#[test]
fn a_layer_of_another_shape_is_an_error_unless_it_is_the_head() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("m.keras");
    let (stored, wanted) = (graph(2), graph(5));
    keras::write(&path, &stored, &ramp(&stored), None).unwrap();
    let mut weights = Weights::zeros(&wanted);
    for which in [Which::All, Which::AllBut(&["conv"])] {
        let error = read_into(&path, &wanted, &mut weights, which, NO_NAMES).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Mismatch);
        assert!(error.to_string().contains("layer head: expected kernel [48, 5]"), "{error}");
        assert_eq!(weights, Weights::zeros(&wanted), "a failure changes nothing");
    }
    for which in [Which::AllBut(&["head"]), Which::Without(&["head"])] {
        let loaded = read_into(&path, &wanted, &mut weights, which, NO_NAMES).unwrap();
        assert_eq!(loaded.loaded, ["conv", "depthwise", "separable"]);
        assert_eq!(loaded.skipped[0].0, "head");
    }
    let mut same = Weights::zeros(&stored);
    let loaded = read_into(&path, &stored, &mut same, Which::AllBut(&["head"]), NO_NAMES).unwrap();
    assert_eq!(loaded.loaded.last().map(String::as_str), Some("head"), "a head that fits is loaded");
    let mut same = Weights::zeros(&stored);
    let loaded = read_into(&path, &stored, &mut same, Which::Without(&["head"]), NO_NAMES).unwrap();
    assert_eq!(loaded.loaded, ["conv", "depthwise", "separable"], "unless it is to stay");
    assert_eq!(loaded.skipped, [("head".into(), "it is left as it is".into())]);
    let head = stored.parameters().iter().find(|parameter| parameter.name == "head/kernel").unwrap();
    assert!(same.get(head).iter().all(|value| *value == 0.0));
}

/// The tensors of PyTorch for [`graph`], each value its place; the head is called so only in the map.
fn name_of(parameter: &str) -> Option<String> {
    Some(match parameter {
        "conv/kernel" => "features.0.weight".into(),
        "conv/bias" => "features.0.bias".into(),
        "depthwise/kernel" => "features.1.weight".into(),
        "depthwise/bias" => "features.1.bias".into(),
        "separable/depthwise_kernel" => "features.2.weight".into(),
        "separable/pointwise_kernel" => "features.3.weight".into(),
        "separable/bias" => "features.3.bias".into(),
        "head/kernel" => "classifier.weight".into(),
        "head/bias" => "classifier.bias".into(),
        _ => return None,
    })
}

fn torch_file(prefix: &str, classes: usize) -> (PathBuf, tempfile::TempDir) {
    let shapes: [(&str, &[usize]); 10] = [
        ("features.0.weight", &[3, 2, 3, 3]),
        ("features.0.bias", &[3]),
        ("features.1.weight", &[3, 1, 1, 1]),
        ("features.1.bias", &[3]),
        ("features.1.num_batches_tracked", &[]),
        ("features.2.weight", &[6, 1, 1, 1]),
        ("features.3.weight", &[4, 6]), // a dense layer is as good as a convolution of 1 × 1
        ("features.3.bias", &[4]),
        ("classifier.weight", &[classes, 48]),
        ("classifier.bias", &[classes]),
    ];
    let (mut header, mut from) = (serde_json::Map::new(), 0_usize);
    for (name, shape) in shapes {
        let to = from + 4 * shape.iter().product::<usize>();
        let entry = serde_json::json!({"dtype": "F32", "shape": shape, "data_offsets": [from, to]});
        header.insert(format!("{prefix}{name}"), entry);
        from = to;
    }
    let header = serde_json::Value::Object(header).to_string();
    let mut bytes = [&(header.len() as u64).to_le_bytes()[..], header.as_bytes()].concat();
    bytes.extend((0..from / 4).flat_map(|index| (index as f32).to_le_bytes()));
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("model.safetensors");
    std::fs::write(&path, bytes).unwrap();
    (path, folder)
}

#[test]
fn tensors_of_pytorch_come_through_the_map_whatever_is_before_their_names() {
    let graph = graph(2);
    for prefix in ["", "module.", "state_dict.", "model.module."] {
        let (path, _folder) = torch_file(prefix, 2);
        let mut weights = Weights::zeros(&graph);
        let loaded = read_into(&path, &graph, &mut weights, Which::All, &[&name_of]).unwrap();
        assert_eq!((loaded.loaded.len(), loaded.skipped.len()), (9, 1), "{prefix}");
        let values = |name: &str| {
            weights.get(graph.parameters().iter().find(|parameter| parameter.name == name).unwrap())
        };
        // [out, in, kh, kw] is [kh, kw, in, out]: the first three values are those of the three filters.
        assert_eq!(values("conv/kernel")[..4], [0.0, 18.0, 36.0, 9.0]);
        let start = 54.0 + 3.0 + 3.0 + 3.0 + 1.0;
        assert_eq!(values("separable/depthwise_kernel")[..3], [start, start + 1.0, start + 2.0]);
        assert_eq!(values("separable/pointwise_kernel")[..2], [start + 6.0, start + 12.0]);
        // The head reads a map of 4 × 3 × 4: in PyTorch value 1 of channel 0 is behind value 0, here 4 values later.
        let head = start + 6.0 + 24.0 + 4.0;
        assert_eq!(values("head/kernel")[..4], [head, head + 48.0, head + 12.0, head + 60.0]);
        assert_eq!(values("head/kernel")[8..10], [head + 1.0, head + 49.0]);
    }
}

#[test]
fn a_head_of_pytorch_may_stay_and_a_map_must_be_known() {
    let wanted = graph(5);
    let (path, _folder) = torch_file("", 2);
    let mut weights = Weights::zeros(&wanted);
    let loaded = read_into(&path, &wanted, &mut weights, Which::AllBut(&["head"]), &[&name_of]).unwrap();
    assert_eq!(loaded.loaded.len(), 7);
    assert!(loaded.skipped.iter().any(|(name, why)| name == "head/kernel" && why.contains("[5, 48]")));
    let error = read_into(&path, &wanted, &mut weights, Which::All, &[&name_of]).unwrap_err();
    assert!(error.to_string().contains("layer head"), "{error}");
    let error = read_into(&path, &wanted, &mut weights, Which::All, NO_NAMES).unwrap_err();
    assert!(error.to_string().contains("PyTorch's names"), "{error}");
    let surplus = |name: &str| name_of(name).filter(|name| !name.starts_with("classifier"));
    let error = read_into(&path, &graph(2), &mut ramp(&graph(2)), Which::All, &[&surplus]).unwrap_err();
    assert!(error.to_string().contains("it has no name in the file"), "{error}");
}

#[test]
fn of_several_maps_the_one_that_fits_best_says_what_is_wrong() {
    let (path, _folder) = torch_file("module.", 2);
    let foreign = |name: &str| Some(format!("blocks.{name}"));
    let mut weights = Weights::zeros(&graph(2));
    let maps: [Names<'_>; 2] = [&foreign, &name_of];
    let loaded = read_into(&path, &graph(2), &mut weights, Which::All, &maps).unwrap();
    assert_eq!(loaded.loaded.len(), 9);
    let other = graph(5);
    let error =
        read_into(&path, &other, &mut Weights::zeros(&other), Which::All, &maps).unwrap_err().to_string();
    assert!(error.contains("layer head") && !error.contains("blocks."), "{error}");
}

/// Through the one door, into a graph that the undamaged file fits: told, read, and brought to their places.
#[test]
fn damaged_files_of_every_format_never_panic() {
    let folder = tempfile::tempdir().unwrap();
    let written = |write: &dyn Fn(&Path)| {
        let path = folder.path().join("weights");
        write(&path);
        std::fs::read(path).unwrap()
    };
    let golden = |name: &str| {
        let bytes = std::fs::read(format!("{}/tests/data/{name}", env!("CARGO_MANIFEST_DIR"))).unwrap();
        let mut unpacked = Vec::new();
        match name.ends_with(".gz") {
            true => {
                flate2::read::GzDecoder::new(&bytes[..]).read_to_end(&mut unpacked).map(|_| unpacked).unwrap()
            }
            false => bytes,
        }
    };
    let own = graph(2);
    let mut dense = Graph::new("m", "in", [4]).unwrap();
    dense.add("dense", Op::Dense(Dense { use_bias: false, ..Dense::new(3) }), &[dense.input()]).unwrap();
    let shared: Names<'_> = &|name| (name == "dense/kernel").then(|| "shared".into());
    let (torch, _folder) = torch_file("module.", 2);
    let everything = |name: &str| {
        let keras::Contents { graph, .. } = keras::read_bytes(&golden(name)).unwrap();
        graph
    };
    let (nested, wrapped) = (everything("nested.keras"), everything("keras2.h5.gz"));
    let cases: [(&str, Vec<u8>, &Graph, &[Names<'_>]); 8] = [
        ("ours", written(&|path| keras::write(path, &own, &ramp(&own), None).unwrap()), &own, NO_NAMES),
        (
            "safetensors",
            written(&|path| safetensors::write(path, &own, &ramp(&own)).unwrap()),
            &own,
            NO_NAMES,
        ),
        ("safetensors of PyTorch", std::fs::read(torch).unwrap(), &own, &[&name_of]),
        ("legacy.pth", golden("legacy.pth"), &dense, &[shared]),
        ("zipped.pth", golden("zipped.pth"), &dense, &[shared]),
        ("nested.keras", golden("nested.keras"), &nested, NO_NAMES),
        ("nested.weights.h5", golden("nested.weights.h5.gz"), &nested, NO_NAMES),
        ("keras2.h5", golden("keras2.h5.gz"), &wrapped, NO_NAMES),
    ];
    let mut tried = 0;
    for (name, bytes, graph, names) in cases {
        // The names of models in models are not those of the file.
        let every: Vec<&str> = graph.nodes().iter().map(|node| node.name.as_str()).collect();
        let head = match name {
            "nested.weights.h5" => Which::AllBut(&every),
            _ if name.ends_with(".pth") => Which::AllBut(&[]),
            _ => Which::All,
        };
        let load = |bytes: &[u8]| {
            let mut weights = Weights::zeros(graph);
            from_reader(Cursor::new(bytes), graph, &mut weights, head, names)
        };
        assert!(!load(&bytes).unwrap_or_else(|error| panic!("{name}: {error}")).loaded.is_empty(), "{name}");
        tried += mutation::survives(&bytes, 1000, |bytes| drop(load(bytes)));
    }
    assert_eq!(tried, 8 * 1001);
}

/// What begins as a file of some format is told or refused, whatever follows.
#[test]
fn any_beginning_is_told_or_refused() {
    let mut tried = 0;
    for start in
        [&b"\x89HDF\r\n\x1a\n"[..], b"PK\x03\x04", torch::MARK, b"\x10\0\0\0\0\0\0\0{", b"", b"PK\x05\x06"]
    {
        let bytes = [start, &[0x5A; 100]].concat();
        tried += mutation::survives(&bytes, 1000, |bytes| drop(recognise(Cursor::new(bytes))));
    }
    assert_eq!(tried, 6 * 1001);
}
