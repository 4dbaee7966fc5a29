//! Models that cannot be read or written, and files that are damaged or hostile.

use std::io::Write;

use super::*;
use crate::mutation;

/// The members of a small model.
fn members() -> (Value, Vec<u8>) {
    let mut archive = Archive::open(Cursor::new(std::fs::read(golden("nested.keras")).unwrap())).unwrap();
    let config = serde_json::from_slice(&archive.member(CONFIG, u64::MAX).unwrap().unwrap()).unwrap();
    (config, archive.member(WEIGHTS, u64::MAX).unwrap().unwrap())
}

/// A model of one layer after an input of 4 × 4 × 3.
fn one_layer(layer: Value) -> Value {
    let tensor = json!({"class_name": "__keras_tensor__", "config": {"keras_history": ["in", 0, 0]}});
    let mut layer = layer;
    layer["name"] = layer["config"]["name"].clone();
    layer["inbound_nodes"] = json!([{"args": [tensor], "kwargs": {}}]);
    let input = json!({"class_name": "InputLayer", "config": {
        "name": "in", "batch_shape": [null, 4, 4, 3], "dtype": "float32",
    }});
    json!({"class_name": "Functional", "module": "keras", "config": {
        "name": "m", "layers": [input, layer], "input_layers": [["in", 0, 0]], "output_layers": ["x", 0, 0],
    }})
}

fn empty_weights() -> Vec<u8> {
    let mut bytes = Vec::new();
    crate::hdf5::Writer::new().layout().write(&mut bytes).unwrap();
    bytes
}

fn refusal(config: &Value) -> String {
    from_members(config, "", &empty_weights()).unwrap_err().to_string()
}

/// A few bytes that ask for gigabytes.
#[test]
fn figures_for_very_many_channels_are_refused() {
    for (class, own) in [
        ("Normalization", json!({"axis": -1, "mean": [1.0], "variance": [1.0]})),
        ("Normalization", json!({"axis": -1})),
        ("Rescaling", json!({"scale": [1.0, 2.0], "offset": 0.5})),
    ] {
        let mut config = own;
        config["name"] = json!("x");
        let layer = json!({"class_name": class, "module": "keras.layers", "config": config});
        let mut model = one_layer(layer);
        model["config"]["layers"][0]["config"]["batch_shape"] = json!([null, 1, 1, 1 << 30]);
        let message = refusal(&model);
        assert!(message.contains("1073741824 channels; 4096 is the most"), "{message}");
    }
}

#[test]
fn a_layer_that_is_unknown_is_named_with_its_class_and_place() {
    for (class, own, part) in [
        (
            "Lambda",
            json!({"function": {"class_name": "__lambda__", "config": {"value": "4wEA"}}}),
            "never run",
        ),
        ("LeakyReLU", json!({"negative_slope": 0.3}), "no LeakyReLU"),
        ("ReLU", json!({"negative_slope": 0.1}), "negative_slope = 0.1"),
        ("ReLU", json!({"max_value": 4.0}), "max_value"),
        ("Activation", json!({"activation": "elu"}), "activation elu"),
        (
            "Activation",
            json!({"activation": {"class_name": "LeakyReLU", "config": {}}}),
            "activation \"LeakyReLU\"",
        ),
        ("Softmax", json!({"axis": 1}), "axis 1"),
        ("BatchNormalization", json!({"axis": [1], "momentum": 0.9, "epsilon": 0.1}), "axis [1]"),
        ("GlobalAveragePooling2D", json!({"keepdims": "no"}), "keepdims: expected true or false"),
        ("LayerNormalization", json!({"axis": [1, 2], "epsilon": 0.1}), "axis [1,2]"),
        ("LayerNormalization", json!({"epsilon": 0.1, "rms_scaling": true}), "rms_scaling = true"),
        ("LayerScale", json!({"init_values": 0.1, "projection_dim": 4}), "projection_dim of 4 on 3 channels"),
        ("Reshape", json!({"target_shape": [5, -1]}), "target_shape: expected extents of 48 values"),
        ("Reshape", json!({"target_shape": [-1, -1]}), "one of them at most -1"),
        ("Reshape", json!({"target_shape": [i64::MAX, i64::MAX]}), "target_shape"),
        ("Cropping2D", json!({"cropping": [[1, 2], 3, 4]}), "cropping: expected ((top, bottom)"),
        ("Cropping2D", json!({"cropping": 2}), "is empty"),
        ("Flatten", json!({"data_format": "channels_first"}), "channels_first"),
        ("Flatten", json!({"dtype": "int8"}), "dtype int8"),
        ("Dropout", json!({"rate": 0.1, "noise_shape": [1]}), "noise_shape"),
        ("Dropout", json!({"rate": 0.1, "noise_shape": [null, 1, 1, 3]}), "noise_shape"),
        ("Dropout", json!({"rate": "much"}), "rate: expected a number, received \"much\""),
        (
            "MaxPooling2D",
            json!({"pool_size": [2, 2, 2], "padding": "valid"}),
            "pool_size: expected 2 whole numbers",
        ),
        ("MaxPooling2D", json!({"pool_size": 2, "padding": "causal"}), "padding causal"),
        ("MaxPooling2D", json!({"pool_size": 9, "padding": "valid"}), "does not fit an input of 4 × 4"),
        ("Rescaling", json!({"scale": [1.0, 2.0], "offset": 0}), "for each of 3 channels"),
        ("Rescaling", json!({"scale": [1.0, -2.0, 3.0], "offset": 0}), "not positive"),
        ("Normalization", json!({"axis": -1, "mean": [1.0], "variance": [1.0], "invert": true}), "invert"),
        ("Dense", json!({"units": 4, "lora_rank": 2}), "lora_rank"),
        ("Conv2D", json!({"filters": -1}), "filters: expected a whole number, received -1"),
    ] {
        let mut own = own;
        own["name"] = json!("x");
        let message =
            refusal(&one_layer(json!({"class_name": class, "module": "keras.layers", "config": own})));
        let place = format!("layer x ({class}) of model m");
        assert!(message.contains(&place) && message.contains(part), "{class}: {message}");
    }
}

#[test]
fn code_of_others_is_refused() {
    let layer = |module, registered| json!({"class_name": "Flatten", "module": module, "registered_name": registered, "config": {"name": "x"}});
    assert!(from_members(&one_layer(layer("keras.layers", None::<&str>)), "", &empty_weights()).is_ok());
    for (module, registered) in
        [("os", None), ("kerasy.layers", None), ("keras.layers", Some("mine>Flatten"))]
    {
        let message = refusal(&one_layer(layer(module, registered)));
        assert!(message.contains("is not part of Keras"), "{message}");
    }
    let mut model = one_layer(layer("keras.layers", None));
    model["class_name"] = json!("Mine");
    assert!(refusal(&model).contains("its class is Mine"));
}

#[test]
fn joins_that_no_graph_can_hold_are_refused() {
    let flat = || one_layer(json!({"class_name": "Flatten", "config": {"name": "x"}}));
    let change = |pointer: &str, value: Value| {
        let mut model = flat();
        *model.pointer_mut(pointer).unwrap() = value;
        refusal(&model)
    };
    let call = flat()["config"]["layers"][1]["inbound_nodes"][0].clone();
    let history = "/config/layers/1/inbound_nodes/0/args/0/config/keras_history";
    for (pointer, value, part) in [
        ("/config/layers/1/inbound_nodes", json!([call, call]), "called 2 times"),
        (history, json!(["y", 0, 0]), "reads layer \"y\", which does not exist"),
        (history, json!(["in", 0, 1]), "output 1 of in"),
        (history, json!(["x", 0, 0]), "circle"),
        ("/config/layers/1/inbound_nodes", json!([]), "reads nothing"),
        ("/config/output_layers", json!([["x", 0, 0], ["in", 0, 0]]), "2 outputs"),
        ("/config/input_layers", json!([["x", 0, 0]]), "not an input layer"),
        ("/config/layers/0/config/batch_shape", json!([null, null, null, 3]), "no fixed size"),
        ("/config/layers/0/config/batch_shape", json!([null, 1 << 20, 1 << 20, 3]), "too large"),
        ("/config/layers/0/config/dtype", json!("complex64"), "complex64"),
        ("/config/layers/1/config/name", json!("a/b"), "no /"),
        ("/config/layers/1/config/name", json!("in"), "two layers"),
        ("/config/layers", json!(vec![json!(null); 20_001]), "more than 20000 layers"),
        ("/config", json!(3), "expected an object"),
    ] {
        let message = change(pointer, value);
        assert!(message.contains(part), "{pointer}: {message}");
    }
}

#[test]
fn weights_that_do_not_fit_say_where() {
    let (config, weights) = members();
    assert!(from_members(&config, "", &weights).is_ok());
    let mut wider = config.clone();
    let units = wider.pointer_mut("/config/layers/7/config/units").unwrap();
    *units = json!(7);
    let error = from_members(&wider, "", &weights).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Mismatch);
    assert!(error.to_string().contains("dense/kernel needs the shape [2, 7], received [2, 2]"), "{error}");

    let mut renamed = config.clone();
    for pointer in ["/config/layers/7/config/name", "/config/layers/7/name", "/config/output_layers/0"] {
        *renamed.pointer_mut(pointer).unwrap() = json!("head");
    }
    let error = from_members(&renamed, "", &weights).unwrap_err().to_string();
    assert!(error.contains("expected the weights of layer head, received those of dense"), "{error}");

    let mut huge = config.clone();
    *huge.pointer_mut("/config/layers/7/config/units").unwrap() = json!(1 << 24);
    assert_eq!(from_members(&huge, "", &weights).unwrap_err().kind(), ErrorKind::TooLarge);
    assert!(from_members(&config, "", &empty_weights()).unwrap_err().to_string().contains("is missing"));
}

#[test]
fn other_files_and_truncated_ones_say_so() {
    let whole = std::fs::read(golden("every.keras")).unwrap();
    let message = |bytes: &[u8]| read_bytes(bytes).unwrap_err().to_string();
    assert!(message(b"").contains("zip archive"));
    assert!(message(b"\x89HDF\r\n\x1a\n....").contains("HDF5"));
    assert!(message(&whole[..whole.len() / 2]).contains("truncated"));
    let missing = read(Path::new("/no/such.keras")).unwrap_err();
    assert_eq!(missing.kind(), ErrorKind::File);
    assert!(missing.to_string().contains("/no/such.keras"));
}

fn zip_of(members: &[(&str, &[u8])]) -> Vec<u8> {
    let mut zip = zip::ZipWriter::new(Cursor::new(Vec::new()));
    for (name, bytes) in members {
        zip.start_file(*name, zip::write::SimpleFileOptions::default()).unwrap();
        zip.write_all(bytes).unwrap();
    }
    zip.finish().unwrap().into_inner()
}

#[test]
fn bombs_are_not_unpacked() {
    let (config, _) = members();
    let zeros = vec![0; 80 << 20];
    let bomb = zip_of(&[(CONFIG, config.to_string().as_bytes()), (WEIGHTS, &zeros)]);
    assert!(bomb.len() < 1 << 20);
    assert_eq!(read_bytes(&bomb).unwrap_err().kind(), ErrorKind::TooLarge);
    let bomb = zip_of(&[(CONFIG, &zeros)]);
    assert_eq!(read_bytes(&bomb).unwrap_err().kind(), ErrorKind::TooLarge);
    let deep = format!("{}{}", "[".repeat(100_000), "]".repeat(100_000));
    let error = read_bytes(&zip_of(&[(CONFIG, deep.as_bytes())])).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Malformed, "{error}");
}

#[test]
fn a_model_within_itself_over_and_over_is_refused() {
    let mut model = one_layer(json!({"class_name": "Flatten", "config": {"name": "x"}}));
    for _ in 0..20 {
        model["config"]["name"] = json!("x");
        model = one_layer(model);
    }
    assert!(refusal(&model).contains("more than 16 deep"), "{}", refusal(&model));
}

#[test]
fn graphs_that_keras_cannot_hold_are_not_written() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("m.keras");
    let refused = |graph: &Graph| write(&path, graph, &Weights::zeros(graph), None).unwrap_err().to_string();
    let mut b = Builder::new("m", "in", [1, 1, 1]);
    b.then("dead", Op::Flatten);
    b.join("out", Op::Flatten, &[b.graph.input()]);
    assert!(refused(&b.graph).contains("dead does not lead to the output"));
    let mut b = Builder::new("m", "in", [1, 1, 1]);
    b.then("a/b", Op::Flatten);
    assert!(refused(&b.graph).contains("\"a/b\" cannot be the name"));
    let mut b = Builder::new("m", "in", [1, 1, 1]);
    b.then("scale", Op::Rescaling { scale: f32::INFINITY, offset: 0.0 });
    assert!(refused(&b.graph).contains("layer scale (Rescaling): inf"));
    let graph = Builder::new("m", "in", [1, 1, 1]).graph;
    let error =
        write(Path::new("/no/such/folder/m.keras"), &graph, &Weights::zeros(&graph), None).unwrap_err();
    assert!(error.to_string().contains("/no/such/folder/m.keras"), "{error}");
    assert!(!path.exists());
}

#[test]
fn damaged_files_never_panic() {
    let mut tried = mutation::survives(&std::fs::read(golden("nested.keras")).unwrap(), 1500, |bytes| {
        let _ = read_bytes(bytes);
    });
    // The zip's checksums hide what lies behind them; so each member by itself.
    let (config, weights) = members();
    tried += mutation::survives(config.to_string().as_bytes(), 3000, |bytes| {
        if let Ok(config) = serde_json::from_slice(bytes) {
            let _ = from_members(&config, "", &weights);
        }
    });
    tried += mutation::survives(&weights, 3000, |bytes| {
        let _ = from_members(&config, "", bytes);
    });
    assert_eq!(tried, 7503);
    tried += mutation::survives_as_json(&config, 3000, |config| {
        let _ = from_members(config, "", &weights);
    });
    assert_eq!(tried, 10_503);
}
