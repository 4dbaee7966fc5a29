//! The names of layers' groups in the file of weights: the class in snake case, numbered.

use std::collections::HashMap;

use graph::Op;

use super::layers;

/// What the groups of layers like `op` are called, as `conv2d`, before their numbers.
pub(crate) fn group_class(op: &Op) -> String {
    snake_case(layers::class(op))
}

/// Names each group of one model: `conv2d`, `conv2d_1`, `re_lu`, …
#[derive(Default)]
pub(super) struct GroupNames {
    used: HashMap<String, usize>,
}

impl GroupNames {
    /// The name of the next layer of `class`.
    pub(super) fn next(&mut self, class: &str) -> String {
        let name = snake_case(class);
        let used = self.used.entry(name.clone()).or_default();
        *used += 1;
        match *used - 1 {
            0 => name,
            number => format!("{name}_{number}"),
        }
    }
}

/// Keras's `to_snake_case`: a `_` before a capital that starts a word or follows a small letter.
fn snake_case(class: &str) -> String {
    let letters: Vec<char> = class.chars().filter(|c| c.is_alphanumeric() || *c == '_').collect();
    let mut name = String::new();
    for (index, letter) in letters.iter().enumerate() {
        let before = index.checked_sub(1).map(|before| letters[before]);
        let starts_word = letters.get(index + 1).is_some_and(char::is_ascii_lowercase);
        let after_small = before.is_some_and(|before| before.is_ascii_lowercase());
        if letter.is_ascii_uppercase() && before.is_some() && (starts_word || after_small) {
            name.push('_');
        }
        name.extend(letter.to_lowercase());
    }
    name
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_those_of_keras() {
        // keras.src.utils.naming.to_snake_case
        for (class, name) in [
            ("Conv2D", "conv2d"),
            ("ReLU", "re_lu"),
            ("LeakyReLU", "leaky_re_lu"),
            ("BatchNormalization", "batch_normalization"),
            ("GlobalAveragePooling2D", "global_average_pooling2d"),
            ("DepthwiseConv2D", "depthwise_conv2d"),
            ("ZeroPadding2D", "zero_padding2d"),
            ("InputLayer", "input_layer"),
            ("TFSMLayer", "tfsm_layer"),
            ("Functional", "functional"),
        ] {
            assert_eq!(snake_case(class), name);
        }
    }

    #[test]
    fn a_class_is_numbered_from_its_second_layer() {
        let mut names = GroupNames::default();
        assert_eq!(names.next("Dense"), "dense");
        assert_eq!(names.next("Conv2D"), "conv2d");
        assert_eq!(names.next("Dense"), "dense_1");
        assert_eq!(names.next("Dense"), "dense_2");
    }
}
