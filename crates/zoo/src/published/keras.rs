//! The files of `keras.applications`: addresses and checksums as Keras 3.15's sources state them, sizes as its
//! documentation does.

mod grid;

use super::{Algorithm, Checksum, Part, Place, Published};

const HOST: &str = "https://storage.googleapis.com/";

/// The two files of one network: with the classifier and without it.
struct Pair {
    architecture: &'static str,
    /// The address from the host's name to what tells the two apart.
    stem: &'static str,
    endings: Endings,
    /// Of the file with the classifier, and of that without.
    checksums: [&'static str; 2],
    /// Of the file with the classifier.
    megabytes: Option<u32>,
}

/// How the addresses of a pair end: with the classifier, and without it.
type Endings = [&'static str; 2];

const NOTOP: Endings = [".h5", "_notop.h5"];
const NO_TOP: Endings = [".h5", "_no_top.h5"];
const NO_TOP_V2: Endings = [".h5", "_no_top_v2.h5"];
const DASHES: Endings = [".h5", "-no-top.h5"];

const fn pair(
    architecture: &'static str,
    stem: &'static str,
    checksums: [&'static str; 2],
    megabytes: u32,
) -> Pair {
    Pair { architecture, stem, endings: NOTOP, checksums, megabytes: Some(megabytes) }
}

macro_rules! stem {
    ($folder:literal, $name:literal) => {
        concat!("tensorflow/keras-applications/", $folder, "/", $name, "_weights_tf_dim_ordering_tf_kernels")
    };
}

const VGG: &[Pair] = &[
    pair(
        "vgg16",
        stem!("vgg16", "vgg16"),
        ["64373286793e3c8b2b4e3219cbf3544b", "6d6bbae143d832006294945121d1f1fc"],
        528,
    ),
    pair(
        "vgg19",
        stem!("vgg19", "vgg19"),
        ["cbe5617147190e668d6c5d5026f83318", "253f8cb515780f3b799900260a226db6"],
        549,
    ),
];

const RESNET: &[Pair] = &[
    pair(
        "resnet50",
        stem!("resnet", "resnet50"),
        ["2cb95161c43110f7111970584f804107", "4d473c1dd8becc155b73f8504c6f6626"],
        98,
    ),
    pair(
        "resnet101",
        stem!("resnet", "resnet101"),
        ["f1aeb4b969a6efcfb50fad2f0c20cfc5", "88cf7a10940856eca736dc7b7e228a21"],
        171,
    ),
    pair(
        "resnet152",
        stem!("resnet", "resnet152"),
        ["100835be76be38e30d865e96f2aaae62", "ee4c566cf9a93f14d82f913c2dc6dd0c"],
        232,
    ),
    pair(
        "resnet50_v2",
        stem!("resnet", "resnet50v2"),
        ["3ef43a0b657b3be2300d5770ece849e0", "fac2f116257151a9d068a22e544a4917"],
        98,
    ),
    pair(
        "resnet101_v2",
        stem!("resnet", "resnet101v2"),
        ["6343647c601c52e1368623803854d971", "c0ed64b8031c3730f411d2eb4eea35b5"],
        171,
    ),
    pair(
        "resnet152_v2",
        stem!("resnet", "resnet152v2"),
        ["a49b44d1979771252814e80f8ec446f9", "ed17cf2e0169df9d443503ef94b23b33"],
        232,
    ),
];

const INCEPTION: &[Pair] = &[
    pair(
        "inception_v3",
        stem!("inception_v3", "inception_v3"),
        ["9a0d58056eeedaa3f26cb7ebd46da564", "bcbd6486424b2319ff4ef7d526e38f63"],
        92,
    ),
    pair(
        "inception_resnet_v2",
        stem!("inception_resnet_v2", "inception_resnet_v2"),
        ["e693bd0210a403b3192acc6073ad2e96", "d19885ff4a710c122648d3b5c3b684e4"],
        215,
    ),
    pair(
        "xception",
        stem!("xception", "xception"),
        ["0a58e3b7378bc2990ea3b43d5981f1f6", "b0042744bf5b25fce3cb969f33bebb97"],
        88,
    ),
];

const DENSENET: &[Pair] = &[
    pair(
        "densenet121",
        stem!("densenet", "densenet121"),
        ["9d60b8095a5708f2dcce2bca79d332c7", "30ee3e1110167f948a6b9946edeeb738"],
        33,
    ),
    pair(
        "densenet169",
        stem!("densenet", "densenet169"),
        ["d699b8f76981ab1b30698df4c175e90b", "b8c4d4c20dd625c148057b9ff1c1176b"],
        57,
    ),
    pair(
        "densenet201",
        stem!("densenet", "densenet201"),
        ["1ceb130c1ea1b78c3bf6114dbdfd8807", "c13680b51ded0fb44dff2d8f86ac8bb1"],
        80,
    ),
];

const NASNET: &[Pair] = &[
    Pair {
        endings: DASHES,
        ..pair(
            "nasnet_mobile",
            "tensorflow/keras-applications/nasnet/NASNet-mobile",
            ["020fb642bf7360b370c678b08e0adf61", "1ed92395b5b598bdda52abe5c0dbfd63"],
            23,
        )
    },
    Pair {
        endings: DASHES,
        ..pair(
            "nasnet_large",
            "tensorflow/keras-applications/nasnet/NASNet-large",
            ["11577c9a518f0070763c2b964a382f17", "d81d89dc07e6e56530c4e77faddd61b5"],
            343,
        )
    },
];

const EFFICIENTNET: &[Pair] = &[
    pair(
        "efficientnet_b0",
        "keras-applications/efficientnetb0",
        ["902e53a9f72be733fc0bcb005b3ebbac", "50bc09e76180e00e4465e1a485ddc09d"],
        29,
    ),
    pair(
        "efficientnet_b1",
        "keras-applications/efficientnetb1",
        ["1d254153d4ab51201f1646940f018540", "74c4e6b3e1f6a1eea24c589628592432"],
        31,
    ),
    pair(
        "efficientnet_b2",
        "keras-applications/efficientnetb2",
        ["b15cce36ff4dcbd00b6dd88e7857a6ad", "111f8e2ac8aa800a7a99e3239f7bfb39"],
        36,
    ),
    pair(
        "efficientnet_b3",
        "keras-applications/efficientnetb3",
        ["ffd1fdc53d0ce67064dc6a9c7960ede0", "af6d107764bb5b1abb91932881670226"],
        48,
    ),
    pair(
        "efficientnet_b4",
        "keras-applications/efficientnetb4",
        ["18c95ad55216b8f92d7e70b3a046e2fc", "ebc24e6d6c33eaebbd558eafbeedf1ba"],
        75,
    ),
    pair(
        "efficientnet_b5",
        "keras-applications/efficientnetb5",
        ["ace28f2a6363774853a83a0b21b9421a", "38879255a25d3c92d5e44e04ae6cec6f"],
        118,
    ),
    pair(
        "efficientnet_b6",
        "keras-applications/efficientnetb6",
        ["165f6e37dce68623721b423839de8be5", "9ecce42647a20130c1f39a5d4cb75743"],
        166,
    ),
    pair(
        "efficientnet_b7",
        "keras-applications/efficientnetb7",
        ["8c03f828fec3ef71311cd463b6759d99", "cbcfe4450ddf6f3ad90b1b398090fe4a"],
        256,
    ),
];

const EFFICIENTNET_V2: &[Pair] = &[
    pair(
        "efficientnet_v2_b0",
        "tensorflow/keras-applications/efficientnet_v2/efficientnetv2-b0",
        ["21ecbf6da12460d5c40bb2f29ceb2188", "893217f2bb855e2983157299931e43ff"],
        29,
    ),
    pair(
        "efficientnet_v2_b1",
        "tensorflow/keras-applications/efficientnet_v2/efficientnetv2-b1",
        ["069f0534ff22adf035c89e2d9547a9dc", "0e80663031ca32d657f9caa404b6ec37"],
        34,
    ),
    pair(
        "efficientnet_v2_b2",
        "tensorflow/keras-applications/efficientnet_v2/efficientnetv2-b2",
        ["424e49f28180edbde1e94797771950a7", "1dfe2e7a5d45b6632553a8961ea609eb"],
        42,
    ),
    pair(
        "efficientnet_v2_b3",
        "tensorflow/keras-applications/efficientnet_v2/efficientnetv2-b3",
        ["1f1fc43bd98a6e4fd8fdfd551e02c7a0", "f6abf7b5849ac99a89b50dd3fd532856"],
        59,
    ),
    pair(
        "efficientnet_v2_s",
        "tensorflow/keras-applications/efficientnet_v2/efficientnetv2-s",
        ["e1d88a8495beba45748fedd0cecbe016", "af0682fb74e8c54910f2d4393339c070"],
        88,
    ),
];

/// Keras gives SHA-256 for these.
const CONVNEXT: &[Pair] = &[
    Pair {
        architecture: "convnext_tiny",
        stem: "tensorflow/keras-applications/convnext/convnext_tiny",
        endings: NOTOP,
        checksums: [
            "8ae6e78ce2933352b1ef4008e6dd2f17bc40771563877d156bc6426c7cf503ff",
            "d547c096cabd03329d7be5562c5e14798aa39ed24b474157cef5e85ab9e49ef1",
        ],
        megabytes: None,
    },
    Pair {
        architecture: "convnext_small",
        stem: "tensorflow/keras-applications/convnext/convnext_small",
        endings: NOTOP,
        checksums: [
            "ce1277d8f1ee5a0ef0e171469089c18f5233860ceaf9b168049cb9263fd7483c",
            "6fc8009faa2f00c1c1dfce59feea9b0745eb260a7dd11bee65c8e20843da6eab",
        ],
        megabytes: None,
    },
];

/// A pair of MobileNetV3, of which there is one for each of two widths.
struct Wide {
    alpha: f32,
    pair: Pair,
}

const fn mobilenet_v3(
    alpha: f32,
    architecture: &'static str,
    stem: &'static str,
    checksums: [&'static str; 2],
) -> Wide {
    Wide { alpha, pair: Pair { architecture, stem, endings: NO_TOP_V2, checksums, megabytes: None } }
}

const MOBILENET_V3: &[Wide] = &[
    mobilenet_v3(
        1.0,
        "mobilenet_v3_small",
        "tensorflow/keras-applications/mobilenet_v3/weights_mobilenet_v3_small_224_1.0_float",
        ["8768d4c2e7dee89b9d02b2d03d65d862", "d3e8ec802a04aa4fc771ee12a9a9b836"],
    ),
    mobilenet_v3(
        0.75,
        "mobilenet_v3_small",
        "tensorflow/keras-applications/mobilenet_v3/weights_mobilenet_v3_small_224_0.75_float",
        ["cb65d4e5be93758266aa0a7f2c6708b7", "ebdb5cc8e0b497cd13a7c275d475c819"],
    ),
    mobilenet_v3(
        1.0,
        "mobilenet_v3_large",
        "tensorflow/keras-applications/mobilenet_v3/weights_mobilenet_v3_large_224_1.0_float",
        ["59e551e166be033d707958cf9e29a6a7", "07fb09a5933dd0c8eaafa16978110389"],
    ),
    mobilenet_v3(
        0.75,
        "mobilenet_v3_large",
        "tensorflow/keras-applications/mobilenet_v3/weights_mobilenet_v3_large_224_0.75_float",
        ["765b44a33ad4005b3ac83185abf1d0eb", "40af19a13ebea4e2ee0c676887f69a2e"],
    ),
];

/// Whose work a family is, and under what licence its Keras files were released, where that was said.
struct Origin {
    source: &'static str,
    license: Option<&'static str>,
}

const KERAS: Origin = Origin { source: "keras.applications", license: None };
const OXFORD: Origin = Origin {
    source: "the Visual Geometry Group at Oxford, ported by keras.applications",
    license: Some("CC-BY-4.0"),
};

/// Every file.
pub(super) fn files() -> impl Iterator<Item = Published> {
    let plain = [RESNET, INCEPTION, DENSENET, NASNET, EFFICIENTNET, EFFICIENTNET_V2, CONVNEXT];
    let plain = plain.into_iter().flatten().map(|pair| (1.0, pair, KERAS));
    let vgg = VGG.iter().map(|pair| (1.0, pair, OXFORD));
    let wide = MOBILENET_V3.iter().map(|wide| (wide.alpha, &wide.pair, KERAS));
    let pairs = vgg.chain(plain).chain(wide).flat_map(|(alpha, pair, origin)| of_pair(alpha, pair, &origin));
    pairs.chain(grid::files())
}

fn of_pair(alpha: f32, pair: &Pair, origin: &Origin) -> [Published; 2] {
    [Part::Whole, Part::Base].map(|part| Published {
        architecture: pair.architecture,
        alpha,
        image_size: None,
        part,
        place: Place::Address(format!("{HOST}{}{}", pair.stem, pair.endings[part as usize])),
        checksum: Some(checksum(pair.checksums[part as usize])),
        megabytes: pair.megabytes.filter(|_| part == Part::Whole),
        license: origin.license,
        source: origin.source,
    })
}

fn checksum(digits: &'static str) -> Checksum {
    let algorithm = if digits.len() == MD5_DIGITS { Algorithm::Md5 } else { Algorithm::Sha256 };
    Checksum { algorithm, digits }
}

const MD5_DIGITS: usize = 32;
