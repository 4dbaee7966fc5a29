//! The names of ImageNet's 1000 classes (ILSVRC 2012), in the order in which networks give them.

/// One name a class.
pub(crate) static CLASSES: [&str; 1000] = lines(include_str!("imagenet_classes.txt"));

/// The lines of `text`, cut while compiling: a file of another length does not compile.
const fn lines<const COUNT: usize>(text: &'static str) -> [&'static str; COUNT] {
    let mut lines = [""; COUNT];
    let mut rest = text;
    let mut line = 0;
    while line < COUNT {
        let mut end = 0;
        while rest.as_bytes()[end] != b'\n' {
            end += 1;
        }
        (lines[line], rest) = rest.split_at(end);
        rest = rest.split_at(1).1;
        line += 1;
    }
    assert!(rest.is_empty(), "more lines than classes");
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_names_stand_where_imagenet_has_them() {
        let known = [(0, "tench"), (1, "goldfish"), (281, "tabby"), (948, "Granny Smith"), (954, "banana")];
        for (index, name) in known {
            assert_eq!(CLASSES[index], name);
        }
        assert_eq!(CLASSES[999], "toilet tissue");
    }

    #[test]
    fn the_names_are_all_different_and_clean() {
        let mut sorted = CLASSES.to_vec();
        sorted.sort_unstable();
        sorted.dedup();
        assert_eq!(sorted.len(), CLASSES.len());
        assert!(CLASSES.iter().all(|name| !name.is_empty() && name.trim() == *name));
    }
}
