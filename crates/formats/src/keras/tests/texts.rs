//! Architectures as JSON.

use super::*;
use crate::mutation;

#[test]
fn a_text_is_read_back() {
    for graph in [every(), handbook()] {
        let text = to_json(&graph).unwrap();
        let read = from_json(&text).unwrap();
        assert_eq!((&read.graph, read.left_out.len(), read.without_figures.len()), (&graph, 0, 0));
        assert_eq!(to_json(&read.graph).unwrap(), text);
    }
}

/// The text that Keras itself wrote into a file.
fn keras_text(name: &str) -> String {
    let mut archive = Archive::open(Cursor::new(std::fs::read(golden(name)).unwrap())).unwrap();
    String::from_utf8(archive.member(CONFIG, u64::MAX).unwrap().unwrap()).unwrap()
}

#[test]
fn texts_of_keras_are_read() {
    assert_eq!(from_json(&keras_text("every.keras")).unwrap().graph, every());
    assert_eq!(from_json(&keras_text("handbook.keras")).unwrap().graph, handbook());
    let nested = from_json(&keras_text("nested.keras")).unwrap();
    assert_eq!(nested.left_out.len(), 2);
    assert_eq!(nested.without_figures, ["adapted"]);
    let adapted = &nested.graph.node(nested.graph.find("adapted").unwrap()).op;
    assert_eq!(*adapted, Op::Normalization { mean: vec![0.0; 3], variance: vec![1.0; 3] });
}

/// Where Keras 3 writes Keras 2's form, nothing says that `x + 3` and `x * 2` are no layers.
#[test]
fn operations_without_their_module_are_known_by_what_they_are_called_with() {
    let mut model: Value = serde_json::from_str(&keras_text("handbook.keras")).unwrap();
    let layers = model.pointer_mut("/config/layers").and_then(Value::as_array_mut).unwrap();
    let lost = layers.iter_mut().filter_map(|layer| layer.as_object_mut()?.remove("module"));
    assert_eq!(lost.count(), handbook().nodes().len());
    assert_eq!(from_json(&model.to_string()).unwrap().graph, handbook());
}

#[test]
fn what_cannot_be_read_is_named_with_its_place() {
    let message = |text: &str| from_json(text).unwrap_err().to_string();
    assert!(message("no").contains("not JSON"));
    assert!(message("[]").contains("expected a JSON object"));
    let unknown =
        keras_text("every.keras").replace("\"class_name\": \"Flatten\"", "\"class_name\": \"Lambda\"");
    let error = message(&unknown);
    assert!(error.contains("layer flat (Lambda) of model every") && error.contains("never run"), "{error}");
    let deep = format!("{}{}", "{\"a\":".repeat(100_000), "}".repeat(100_000));
    assert_eq!(from_json(&deep).unwrap_err().kind(), ErrorKind::Malformed);
    let long = " ".repeat(MOST_TEXT_BYTES as usize + 1);
    assert_eq!(from_json(&long).unwrap_err().kind(), ErrorKind::TooLarge);
}

#[test]
fn damaged_texts_never_panic() {
    let tried = mutation::survives(keras_text("handbook.keras").as_bytes(), 3000, |bytes| {
        let _ = from_json(&String::from_utf8_lossy(bytes));
    });
    assert_eq!(tried, 3001);
}

/// Numbers where names are expected, layers in the place of others, extents that overflow: still JSON, and no model.
#[test]
fn texts_that_say_something_else_never_panic() {
    let mut tried = 0;
    for name in ["every.keras", "handbook.keras", "nested.keras"] {
        let model: Value = serde_json::from_str(&keras_text(name)).unwrap();
        let refused = std::cell::Cell::new(0);
        tried += mutation::survives_as_json(&model, 3000, |value| {
            refused.set(refused.get() + u64::from(text::from_config(value).is_err()));
        });
        assert!((1000..3000).contains(&refused.get()), "{name}: {} of 3000 were refused", refused.get());
    }
    assert_eq!(tried, 9000);
}
