//! The tables against the registry and against what the publishers write.

use std::collections::HashSet;

use super::*;

#[test]
fn each_file_names_an_architecture_that_can_be_built_so() {
    for file in all() {
        let name = file.architecture;
        let architecture = crate::find(name).unwrap();
        assert!(architecture.alphas.contains(&file.alpha), "{name}: alpha {}", file.alpha);
        assert!(architecture.has_published_top(), "{name}");
        assert!(file.image_size.is_none_or(|size| size >= architecture.minimum_size), "{name}");
        if file.image_size.is_some() {
            let own = Wanted::of(architecture, Part::Whole);
            assert!(!architecture.published_for(&own).is_empty(), "{name} has no file for its own size");
        }
    }
}

#[test]
fn each_file_is_there_once_and_its_checksum_is_one() {
    let mut places = HashSet::new();
    for file in all() {
        assert!(places.insert(format!("{:?}", file.place)), "{:?} is there twice", file.place);
        if let Place::Address(address) = &file.place {
            assert!(address.starts_with("https://"), "{address}");
            let ending = address.rsplit('.').next().unwrap();
            assert!(["h5", "pth"].contains(&ending), "{address}");
            assert_eq!(address.contains("top"), file.part == Part::Base, "{address}");
        }
        let Some(Checksum { algorithm, digits }) = file.checksum else { continue };
        let most = if algorithm == Algorithm::Md5 { 32 } else { 64 };
        assert!(digits.len() == most || digits.len() == 8, "{digits}");
        assert!(digits.bytes().all(|b| b.is_ascii_digit() || (b'a'..=b'f').contains(&b)), "{digits}");
        // torch's names end in the first digits of their files' checksums.
        if let (Place::Address(address), 8) = (&file.place, digits.len()) {
            assert!(address.ends_with(&format!("-{digits}.pth")), "{address}");
        }
    }
}

#[test]
fn addresses_are_those_that_keras_asks_for() {
    let address = |name: &str, wanted: &Wanted| {
        let file = crate::find(name).unwrap().published_for(wanted).remove(0);
        let Place::Address(address) = file.place else { panic!("{name}: {:?}", file.place) };
        address.rsplit('/').next().unwrap().to_string()
    };
    let of = |alpha, size, part| Wanted { alpha, size, part };
    let kernels = "mobilenet_v2_weights_tf_dim_ordering_tf_kernels";
    let cases = [
        (of(1.0, [224, 224], Part::Whole), "1.0_224.h5"),
        (of(1.0, [96, 96], Part::Base), "1.0_96_no_top.h5"),
        // As Keras: not square, or of a size without weights.
        (of(0.5, [96, 128], Part::Base), "0.5_224_no_top.h5"),
        (of(0.35, [150, 150], Part::Base), "0.35_224_no_top.h5"),
        (of(1.4, [96, 96], Part::Whole), "1.4_224.h5"),
    ];
    for (wanted, ending) in cases {
        assert_eq!(address("mobilenet_v2", &wanted), format!("{kernels}_{ending}"));
    }
    assert_eq!(
        address("resnet50", &of(1.0, [300, 200], Part::Base)),
        "resnet50_weights_tf_dim_ordering_tf_kernels_notop.h5"
    );
}

#[test]
fn a_width_without_weights_has_none_and_a_base_comes_from_a_whole_network() {
    let mobilenet = crate::find("mobilenet_v2").unwrap();
    let of = |alpha, part| mobilenet.published_for(&Wanted { alpha, size: [224; 2], part });
    assert!(of(0.6, Part::Base).is_empty());
    let parts: Vec<Part> = of(1.0, Part::Base).iter().map(|file| file.part).collect();
    assert_eq!(parts, [Part::Base, Part::Whole]);
    assert!(of(1.0, Part::Whole).iter().all(|file| file.part == Part::Whole));

    let lite = crate::find("efficientnet_lite0").unwrap();
    let files = lite.published_for(&Wanted::of(lite, Part::Base));
    assert!(matches!(files[0].place, Place::Package { .. }), "{files:?}");
}
