//! The registry: every architecture is one file in `architectures/` and one word in the list below.

use graph::{Error, ErrorKind, Result};

use crate::Architecture;

macro_rules! architectures {
    ($($name:ident),* $(,)?) => {
        $(mod $name;)*
        static ALL: &[Architecture] = &[$($name::ARCHITECTURE),*];
        #[cfg(test)]
        const FILES: &[&str] = &[$(stringify!($name)),*];
    };
}

architectures! {
    efficientnet_lite0,
    mobilenet_v2,
    plain_cnn,
    resnet101,
    resnet152,
    resnet50,
    small_cnn,
}

/// Every architecture.
pub fn all() -> &'static [Architecture] {
    ALL
}

/// The architecture called `name`.
///
/// # Errors
/// There is none; the message lists those that there are, and names the one that was probably meant.
pub fn find(name: &str) -> Result<&'static Architecture> {
    ALL.iter().find(|architecture| architecture.name == name).ok_or_else(|| {
        let names: Vec<&str> = ALL.iter().map(|a| a.name).collect();
        let message = format!("there is no architecture {name}; {}", graph::choices(name, &names));
        Error::new(ErrorKind::UnknownName, message)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_is_named_after_its_file() {
        assert_eq!(ALL.iter().map(|a| a.name).collect::<Vec<_>>(), FILES);
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
        assert!(ALL.iter().all(|a| message.contains(a.name)), "{message}");
    }
}
