//! The registry: every family of architectures is one file in `architectures/` and one word in the list below.

use graph::{Error, ErrorKind, Result};

use crate::{Architecture, alike};

macro_rules! architectures {
    ($($name:ident),* $(,)?) => {
        $(mod $name;)*
        static FAMILIES: &[&[Architecture]] = &[$($name::FAMILY),*];
        #[cfg(test)]
        const FILES: &[&str] = &[$(stringify!($name)),*];
    };
}

architectures! {
    convnext,
    densenet,
    efficientnet,
    efficientnet_lite,
    efficientnet_v2,
    inception_resnet_v2,
    inception_v3,
    mobilenet,
    mobilenet_v2,
    mobilenet_v3,
    nasnet,
    plain_cnn,
    resnet,
    resnet_v1_5,
    resnet_v2,
    resnext,
    small_cnn,
    vgg,
    xception,
}

/// The members of each family.
pub fn families() -> impl Iterator<Item = &'static [Architecture]> + Clone {
    FAMILIES.iter().copied()
}

/// Every architecture, family by family.
pub fn all() -> impl Iterator<Item = &'static Architecture> + Clone {
    families().flatten()
}

/// The architecture called `name`.
///
/// # Errors
/// There is none; the message names those that were probably meant.
pub fn find(name: &str) -> Result<&'static Architecture> {
    all().find(|architecture| architecture.name == name).ok_or_else(|| {
        let message = format!("there is no architecture {name}; {}", alike::hint(name));
        Error::new(ErrorKind::UnknownName, message)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Whether each word of `file` begins a word of `name`, in order: `resnet_v2` those of `resnet50_v2`.
    fn names(file: &str, name: &str) -> bool {
        let mut words = name.split('_');
        file.split('_').all(|part| words.next().is_some_and(|word| word.starts_with(part)))
    }

    /// Of the files that an architecture could be in by its name, it is in the one that says most.
    #[test]
    fn each_is_in_its_familys_file() {
        for (family, file) in FAMILIES.iter().zip(FILES) {
            assert!(!family.is_empty(), "{file}");
            for architecture in *family {
                let fitting = FILES.iter().filter(|file| names(file, architecture.name));
                assert_eq!(fitting.max_by_key(|file| file.len()), Some(file), "{}", architecture.name);
            }
        }
    }

    #[test]
    fn an_unknown_name_gives_the_one_that_was_meant() {
        let error = find("mobilenetv2").unwrap_err();
        assert_eq!(error.kind(), ErrorKind::UnknownName);
        assert_eq!(error.to_string(), "there is no architecture mobilenetv2; did you mean mobilenet_v2?");
    }
}
