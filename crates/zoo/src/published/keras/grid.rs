//! The files of MobileNet and MobileNetV2, one for each width and size of pictures; no checksums are stated for them.

use super::{HOST, KERAS, NO_TOP};
use crate::published::{Part, Place, Published};

/// Every file.
pub(super) fn files() -> impl Iterator<Item = Published> {
    GRIDS.iter().flat_map(of_grid)
}

/// MobileNet's and MobileNetV2's files: a pair for each width and each size of pictures. Keras gives no checksums.
struct Grid {
    architecture: &'static str,
    stem: &'static str,
    /// The width multipliers as the addresses write them, and the sizes that each is there for.
    widths: &'static [(f32, &'static str, &'static [usize])],
    /// What stands between the size and the ending.
    after_size: &'static str,
    /// Of the whole network of width 1 for the largest pictures.
    megabytes: u32,
}

const GRIDS: &[Grid] = &[
    Grid {
        architecture: "mobilenet",
        stem: "tensorflow/keras-applications/mobilenet/mobilenet_",
        widths: &[
            (1.0, "1_0", &[224, 192, 160, 128]),
            (0.75, "7_5", &[224, 192, 160, 128]),
            (0.5, "5_0", &[224, 192, 160, 128]),
            (0.25, "2_5", &[224, 192, 160, 128]),
        ],
        after_size: "_tf",
        megabytes: 16,
    },
    Grid {
        architecture: "mobilenet_v2",
        stem: "tensorflow/keras-applications/mobilenet_v2/mobilenet_v2_weights_tf_dim_ordering_tf_kernels_",
        widths: &[
            (1.0, "1.0", &[224, 192, 160, 128, 96]),
            (0.75, "0.75", &[224, 192, 160, 128, 96]),
            (0.5, "0.5", &[224, 192, 160, 128, 96]),
            (0.35, "0.35", &[224, 192, 160, 128, 96]),
            (1.3, "1.3", &[224]),
            (1.4, "1.4", &[224]),
        ],
        after_size: "",
        megabytes: 14,
    },
];

fn of_grid(grid: &Grid) -> impl Iterator<Item = Published> {
    grid.widths.iter().flat_map(move |&(alpha, written, sizes)| {
        sizes.iter().flat_map(move |&size| {
            [Part::Whole, Part::Base].map(|part| {
                let name = format!("{written}_{size}{}{}", grid.after_size, NO_TOP[part as usize]);
                let is_largest = alpha == 1.0 && size == 224 && part == Part::Whole;
                Published {
                    architecture: grid.architecture,
                    alpha,
                    image_size: Some(size),
                    part,
                    place: Place::Address(format!("{HOST}{}{name}", grid.stem)),
                    checksum: None,
                    megabytes: is_largest.then_some(grid.megabytes),
                    license: KERAS.license,
                    source: KERAS.source,
                }
            })
        })
    })
}
