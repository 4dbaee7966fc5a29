//! The registry: every family of architectures is one file in `architectures/` and one word in the list below.

use graph::{Error, ErrorKind, Result};

use crate::Architecture;

macro_rules! architectures {
    ($($name:ident),* $(,)?) => {
        $(mod $name;)*
        static FAMILIES: &[&[Architecture]] = &[$($name::FAMILY),*];
        #[cfg(test)]
        const FILES: &[&str] = &[$(stringify!($name)),*];
    };
}

architectures! {
    efficientnet_lite,
    inception_resnet_v2,
    inception_v3,
    mobilenet_v2,
    mobilenet_v3,
    nasnet,
    plain_cnn,
    resnet,
    small_cnn,
}

/// Every architecture, family by family.
pub fn all() -> impl Iterator<Item = &'static Architecture> + Clone {
    FAMILIES.iter().copied().flatten()
}

/// The architecture called `name`.
///
/// # Errors
/// There is none; the message lists those that there are, and names the one that was probably meant.
pub fn find(name: &str) -> Result<&'static Architecture> {
    all().find(|architecture| architecture.name == name).ok_or_else(|| {
        let names: Vec<&str> = all().map(|a| a.name).collect();
        let message = format!("there is no architecture {name}; {}", graph::choices(name, &names));
        Error::new(ErrorKind::UnknownName, message)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_begins_with_its_familys_name() {
        for (family, file) in FAMILIES.iter().zip(FILES) {
            assert!(!family.is_empty() && family.iter().all(|a| a.name.starts_with(file)), "{file}");
        }
    }

    #[test]
    fn an_unknown_name_lists_those_that_exist() {
        let error = find("mobilenetv2").unwrap_err();
        assert_eq!(error.kind(), ErrorKind::UnknownName);
        let message = error.to_string();
        assert!(
            message
                .starts_with("there is no architecture mobilenetv2; did you mean mobilenet_v2? There are "),
            "{message}"
        );
        assert!(all().all(|a| message.contains(a.name)), "{message}");
    }
}
