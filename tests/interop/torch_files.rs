//! Files that the real PyTorch wrote are loaded into our networks, whatever their format,
//! and these answer as PyTorch does.

use std::path::Path;
use std::sync::Arc;

use linnaeus::engine::{Pool, Predictor, initialize};
use linnaeus::formats::Which;
use linnaeus::formats::weights::{Names, read_into};
use linnaeus::graph::{Graph, Weights};
use linnaeus::zoo::{self, Architecture, InputScaling, Options, Top};
use linnaeus_tests::torch;

const CLASSES: usize = 10;
const PICTURES: usize = 2;
/// Of the logits, as a part of the largest.
const TOLERANCE: f64 = 1e-4;

/// A network of torchvision or timm, what it is called here, and the side of the pictures that it is asked about. Of
/// each family one member, and one of each library where they name its weights differently.
const OF_TORCH: [(&str, &str, usize); 14] = [
    ("torchvision:vgg16", "vgg16", 64), // a dense layer behind a flattened map
    ("timm:vgg16", "vgg16", 64),        // a convolution over the whole map in its place
    ("torchvision:resnet50", "resnet50_v1_5", 64),
    ("torchvision:resnext50_32x4d", "resnext50_32x4d", 64), // grouped
    ("torchvision:densenet121", "densenet121", 64),
    ("torchvision:convnext_tiny", "convnext_tiny", 64), // dense layers of a map, factors as tensors of [C, 1, 1]
    ("timm:convnext_tiny", "convnext_tiny", 64),
    ("timm:tf_mobilenetv3_small_100", "mobilenet_v3_small", 64), // depthwise, and dense layers as convolutions
    ("timm:tf_efficientnet_lite0", "efficientnet_lite0", 64),
    ("timm:tf_efficientnet_b0", "efficientnet_b0", 64),
    ("timm:tf_efficientnetv2_b0", "efficientnet_v2_b0", 64),
    ("timm:tf_efficientnetv2_s", "efficientnet_v2_s", 64), // has a table of its own
    ("timm:inception_resnet_v2", "inception_resnet_v2", 96), // norms whose factors are one
    ("timm:tf_mobilenetv3_large_100", "mobilenet_v3_large", 64), // has a table of its own
];

#[test]
fn no_family_with_names_of_torch_is_left_out() {
    let is_named = |architecture: &&Architecture| !architecture.torch_names.is_empty();
    let is_read =
        |architecture: &Architecture| OF_TORCH.iter().any(|(_, ours, _)| *ours == architecture.name);
    for family in zoo::families() {
        let mut named = family.iter().filter(is_named).peekable();
        if let Some(first) = named.peek().copied() {
            assert!(named.any(is_read), "no file of {} or another of its family is read", first.name);
        }
    }
}

#[test]
fn networks_are_loaded_from_every_file_of_pytorch() {
    let folder = tempfile::tempdir().unwrap();
    for (theirs, ours, size) in OF_TORCH {
        let folder = folder.path().join(theirs.replace(':', "_"));
        torch("write_torch.py", [folder.to_str().unwrap(), theirs, &size.to_string()]);
        judge_files_of_torch(&folder, ours, size);
        std::fs::remove_dir_all(folder).unwrap(); // some are large
    }
}

/// Any network that torchvision or timm has too: all files that it wrote to `folder` give the same weights, and with
/// them our network its logits.
#[track_caller]
fn judge_files_of_torch(folder: &Path, network: &str, size: usize) {
    let architecture = zoo::find(network).unwrap();
    let plain = InputScaling::Rescaling { scale: 1.0, offset: 0.0 }; // the pictures are what PyTorch's network read
    let options = Options::new([size, size, 3], Top::Published { classes: CLASSES }).scaling(plain);
    let graph = architecture.build(&options).unwrap();
    let weights = load(&folder.join("legacy.pth"), architecture, &graph);
    for file in ["zipped.pth", "checkpoint.pt", "model.safetensors"] {
        assert!(load(&folder.join(file), architecture, &graph) == weights, "{network}: {file}");
    }
    let answers = |pictures: &[f32]| {
        let mut predictor = Predictor::new(&graph, &weights, PICTURES, &Arc::new(Pool::new(2))).unwrap();
        predictor.predict(pictures).unwrap().iter().map(|p| f64::from(*p).ln()).collect::<Vec<f64>>()
    };
    let channels_last = |picture: &[f32]| -> Vec<f32> {
        let pixels = size * size;
        (0..3 * pixels).map(|index| picture[index % 3 * pixels + index / 3]).collect()
    };
    let pictures = floats(&folder.join("input.f32")); // [N, C, H, W]
    let pictures: Vec<f32> = pictures.chunks(3 * size * size).flat_map(channels_last).collect();
    let ours = centred(&answers(&pictures));
    let theirs: Vec<f64> = floats(&folder.join("logits.f32")).into_iter().map(f64::from).collect();
    let theirs = centred(&theirs);
    assert_eq!((ours.len(), theirs.len()), (PICTURES * CLASSES, PICTURES * CLASSES));

    let largest = theirs.iter().fold(0.0_f64, |most, value| most.max(value.abs()));
    let apart = farthest(&ours, &theirs) / largest;
    let (first, second) = theirs.split_at(CLASSES);
    let spread = farthest(first, second) / largest;
    println!(
        "{network}: logits of up to {largest:.2e}, at most {apart:.1e} of it apart, {spread:.1e} by the picture"
    );
    assert!(apart < TOLERANCE, "{network}: {ours:?}\nPyTorch {theirs:?}");
    assert!(spread > 10.0 * TOLERANCE, "{network}: the picture hardly counts, which would hide a mistake");
}

#[track_caller]
fn load(file: &Path, architecture: &Architecture, graph: &Graph) -> Weights {
    let names: Vec<Names<'_>> = architecture.torch_names.iter().map(|names| names as _).collect();
    let mut weights = initialize(graph, 7);
    read_into(file, graph, &mut weights, Which::All, &names)
        .unwrap_or_else(|refusal| panic!("{}: {refusal}", architecture.name));
    weights
}

/// The largest difference; a NaN stays one, and is no agreement.
fn farthest(ours: &[f64], theirs: &[f64]) -> f64 {
    let apart = ours.iter().zip(theirs).map(|(a, b)| (a - b).abs());
    apart.fold(0.0_f64, |most, apart| if most.is_nan() || apart <= most { most } else { apart })
}

/// The logits of each picture around their mean: a softmax leaves open what they have in common.
fn centred(logits: &[f64]) -> Vec<f64> {
    let of_picture = |logits: &[f64]| {
        let mean = logits.iter().sum::<f64>() / logits.len() as f64;
        logits.iter().map(move |logit| logit - mean).collect::<Vec<f64>>()
    };
    logits.chunks(CLASSES).flat_map(of_picture).collect()
}

fn floats(path: &Path) -> Vec<f32> {
    let bytes = std::fs::read(path).unwrap();
    bytes.chunks_exact(4).map(|bytes| f32::from_le_bytes(bytes.try_into().unwrap())).collect()
}
