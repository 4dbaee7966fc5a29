//! Against the layers that Keras lists; `tests/interop/fine_tune.rs` asks Keras itself.

use zoo::{Head, Options, Top};

use super::*;

fn network(name: &str, size: usize) -> (Graph, NodeId) {
    let architecture = zoo::find(name).unwrap();
    let graph = architecture.build(&Options::new([size, size, 3], Top::Head(Head::new(2)))).unwrap();
    let output = architecture.base_output(&graph).unwrap();
    (graph, output)
}

fn tunable(graph: &Graph, output: NodeId) -> Tunable<'_> {
    Tunable { graph, base_output: Some(output), blocks: &[], option: "--fine-tune" }
}

fn names(graph: &Graph, layers: &[NodeId]) -> Vec<String> {
    layers.iter().map(|id| graph.node(*id).name.clone()).collect()
}

#[test]
fn a_name_and_a_number_mean_what_keras_s_users_mean() {
    let (graph, output) = network("mobilenet_v2", 96);
    let tunable = tunable(&graph, output);
    let named = tunable.layers(&FineTune::From("block_13_expand".into())).unwrap();
    // keras.applications.MobileNetV2(include_top=False).layers[116:]
    assert_eq!(named.len(), 154 - 116);
    let known = names(&graph, &named);
    assert_eq!(known[..4], ["block_13_expand", "block_13_expand_BN", "block_13_expand_relu", "block_13_pad"]);
    assert_eq!(known[35..], ["Conv_1", "Conv_1_bn", "out_relu"]);
    assert_eq!(tunable.layers(&FineTune::Last(38)).unwrap(), named);
    let all = tunable.layers(&FineTune::Last(154 + 1)).unwrap();
    assert_eq!(all.len(), 154 + 1, "Keras's and the scaling");
    let message = tunable.layers(&FineTune::Last(156)).unwrap_err().to_string();
    let expected = "--fine-tune 156: the base mobilenet_v2 has 155 layers: give fewer, or all";
    assert_eq!(message, expected);
}

/// Keras lists the layers of two branches by their distance from the end, and not branch after branch.
#[test]
fn branches_are_listed_as_keras_lists_them() {
    let (graph, output) = network("resnet50", 64);
    let tunable = tunable(&graph, output);
    let layers = tunable.layers(&FineTune::From("conv5_block1_2_relu".into())).unwrap();
    let expected = [
        "conv5_block1_2_relu",
        "conv5_block1_0_conv",
        "conv5_block1_3_conv",
        "conv5_block1_0_bn",
        "conv5_block1_3_bn",
        "conv5_block1_add",
    ];
    assert_eq!(names(&graph, &layers)[..6], expected);
}

#[test]
fn names_that_are_no_layer_of_the_base_are_refused_with_why() {
    let (graph, output) = network("mobilenet_v2", 96);
    let tunable = tunable(&graph, output);
    let refused = |name: &str| tunable.layers(&FineTune::From(name.into())).unwrap_err().to_string();
    let message = refused("block_13_expnd");
    assert!(message.contains("no such layer") && message.contains("block_13_expand"), "{message}");
    let message = refused("head_dense");
    assert!(message.contains("a layer of the new head"), "{message}");
    // Its activation is the last layer, and an activation has nothing to learn.
    let message = tunable.layers(&FineTune::Last(1)).unwrap_err().to_string();
    assert!(message.contains("Conv_1_bn, --fine-tune 2"), "{message}");
    assert!(refused("out_relu").contains("Conv_1_bn"));
}

#[test]
fn words_are_read_as_they_are_written() {
    for (text, meant) in [
        ("head", FineTune::Last(0)),
        ("30", FineTune::Last(30)),
        ("blocks", FineTune::EachBlock),
        ("1 block", FineTune::LastBlocks(1)),
        ("3 blocks", FineTune::LastBlocks(3)),
        ("all", FineTune::All),
        ("0 blocks", FineTune::From("0 blocks".into())),
        ("block_13_expand", FineTune::From("block_13_expand".into())),
    ] {
        let read: FineTune = text.parse().unwrap();
        assert_eq!((&read, read.to_string().as_str()), (&meant, text));
    }
    assert_eq!("0".parse(), Ok(FineTune::Last(0)));
    assert_eq!("stem".parse(), Ok(FineTune::All));
}

/// torchvision's `layer4` is Keras's `conv5`; timm groups ResNet's parameters for `layer_decay` in the same way.
#[test]
fn blocks_are_taken_from_the_top_and_their_depth_is_counted_from_it() {
    let (graph, output) = network("resnet50", 64);
    let blocks = zoo::find("resnet50").unwrap().blocks(&graph);
    let tunable = Tunable { blocks: &blocks, ..tunable(&graph, output) };
    let last = names(&graph, &tunable.layers(&FineTune::LastBlocks(1)).unwrap());
    assert!(last.iter().all(|name| name.starts_with("conv5_")), "{last:?}");
    assert_eq!(last.len(), 32, "Keras's layers of conv5");
    let four = names(&graph, &tunable.layers(&FineTune::LastBlocks(4)).unwrap());
    assert!(!four.iter().any(|name| name.starts_with("conv1") || name.starts_with("pool1")), "{four:?}");
    assert_eq!(tunable.layers(&FineTune::LastBlocks(5)), tunable.layers(&FineTune::All));
    let message = tunable.layers(&FineTune::LastBlocks(6)).unwrap_err().to_string();
    assert!(message.contains("--fine-tune 6 blocks") && message.contains("stem, conv2, conv3"), "{message}");
    let message = tunable.layers(&FineTune::From("conv4".into())).unwrap_err().to_string();
    assert!(message.contains("for it and those after it give 2 blocks"), "{message}");

    let depths = tunable.depths().unwrap();
    for (name, depth) in [
        ("head_dense", 0),
        ("conv5_block3_out", 1),
        ("conv4_block1_0_conv", 2),
        ("conv2_block1_1_conv", 4),
        ("conv1_conv", 5),
    ] {
        assert_eq!(depths[graph.find(name).unwrap().index()], depth, "{name}");
    }
    let unknown = Tunable { blocks: &[], ..tunable };
    assert!(unknown.depths().unwrap_err().to_string().contains("name layers in their place"));
}
