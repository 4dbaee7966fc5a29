//! Architectures that are called like a name that there is not: `MobileNetV2` is `mobilenet_v2`, and `mobilenet_v3`
//! begins the names of two.

use crate::architectures::all;

/// Names that are said at most.
const MOST: usize = 4;
/// So many letters at the beginning mean something.
const LEAST_BEGINNING: usize = 5;

/// What to say of `wanted`, which is no name: those that were probably meant.
pub(crate) fn hint(wanted: &str) -> String {
    let plain_wanted = plain(wanted);
    let names: Vec<(String, &str)> = all().map(|a| (plain(a.name), a.name)).collect();
    let of_plain = |wanted: &str| names.iter().find(|(plain, _)| plain == wanted).map(|(_, name)| *name);
    if let Some(name) = of_plain(&plain_wanted) {
        return format!("did you mean {name}?");
    }
    let begins =
        |whole: &str, beginning: &str| beginning.len() >= LEAST_BEGINNING && whole.starts_with(beginning);
    let longer: Vec<&str> = plains(&names).filter(|name| begins(name, &plain_wanted)).collect();
    let shorter: Vec<&str> = plains(&names).filter(|name| begins(&plain_wanted, name)).collect();
    let among = [longer, shorter].into_iter().find(|some| !some.is_empty());
    let among = among.unwrap_or_else(|| plains(&names).collect());
    let near: Vec<&str> =
        graph::nearest(&plain_wanted, among, MOST).into_iter().filter_map(of_plain).collect();
    match near.as_slice() {
        [one] => format!("did you mean {one}?"),
        several => format!("the nearest names are {}", several.join(", ")),
    }
}

fn plains<'a>(names: &'a [(String, &str)]) -> impl Iterator<Item = &'a str> {
    names.iter().map(|(plain, _)| plain.as_str())
}

/// Letters and digits alone, and small: how names are written differs from library to library.
pub fn plain(name: &str) -> String {
    name.chars().filter(char::is_ascii_alphanumeric).map(|letter| letter.to_ascii_lowercase()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_keras_and_of_others_find_ours() {
        for (wanted, expected) in [
            ("MobileNetV2", "mobilenet_v2"),
            ("VGG16", "vgg16"),
            ("ResNet50", "resnet50"),
            ("ResNet50V2", "resnet50_v2"),
            ("efficientnetb0", "efficientnet_b0"),
            ("EfficientNetV2B0", "efficientnet_v2_b0"),
            ("efficientnet-lite0", "efficientnet_lite0"),
            ("MobileNetV3Large", "mobilenet_v3_large"),
            ("InceptionResNetV2", "inception_resnet_v2"),
            ("NASNetMobile", "nasnet_mobile"),
            ("ConvNeXtTiny", "convnext_tiny"),
        ] {
            assert_eq!(hint(wanted), format!("did you mean {expected}?"), "{wanted}");
        }
    }

    #[test]
    fn a_beginning_and_a_slip_of_the_hand_find_the_nearest() {
        assert_eq!(hint("mobilenet_v3"), "the nearest names are mobilenet_v3_small, mobilenet_v3_large");
        assert!(hint("mobilenet_v2_100").contains(" mobilenet_v2,"), "{}", hint("mobilenet_v2_100"));
        assert!(hint("resnet").contains("resnet50"), "{}", hint("resnet"));
        assert!(hint("eficientnet_b0").contains("efficientnet_b0"), "{}", hint("eficientnet_b0"));
        // Any name at all, in any script.
        for wanted in ["", "x", "りんご"] {
            assert!(hint(wanted).starts_with("the nearest names are "), "{wanted}");
        }
    }
}
