//! What is called by a name and has settings: `cosine=0.1,warmup_steps=2epochs`, `adam,beta_1=0.85,amsgrad`.

use super::{Settings, set, word};
use crate::{Error, Result};

/// Something that is called by a name and has settings.
pub(crate) trait Named: Sized {
    /// What such things are, for messages, as "schedule".
    const WHAT: &'static str;

    /// The one called `name`, with the defaults.
    fn find(name: &str) -> Result<Self>;

    /// As it is written.
    fn name(&self) -> &'static str;

    /// Its settings, its own before those that all have.
    fn settings(&mut self) -> Vec<&mut dyn Settings>;
}

/// A name, what matters most about it, and options: `exponential=0.5,staircase`.
pub(crate) fn read_named<T: Named>(text: &str) -> Result<T> {
    let (first, options) = text.split_once(',').map_or((text, None), |(first, rest)| (first, Some(rest)));
    let (name, value) = word(first);
    let mut named = T::find(name)?;
    let within = |error: Error| error.within(&format!("{} {text}", T::WHAT));
    let mut words = Vec::new();
    if value.is_some() {
        let main = named.settings().first().and_then(|own| own.names().first().copied());
        let main = main.ok_or_else(|| within(Error::setting(format!("{name} takes no value"))))?;
        words.push((main, value));
    }
    words.extend(options.into_iter().flat_map(|options| options.split(',').map(word)));
    let of = format!("the {} {}", T::WHAT, named.name());
    set(&of, &words, &mut named.settings()).map_err(within)?;
    Ok(named)
}

/// As [`read_named`] reads it, with every setting that is not the default.
pub(crate) fn written<T: Named + Clone>(named: &T) -> String {
    let mut words = vec![named.name().to_owned()];
    words.extend(named.clone().settings().iter().flat_map(|settings| settings.words()));
    words.join(",")
}

/// Declares all things of a kind that are called by names: a file each with its settings, an enum of them that
/// implements [`Named`], their names, and how each becomes the `$Owner` that users set.
macro_rules! named {
    (
        $(#[$meta:meta])* pub enum $Enum:ident($what:literal), $each:ident: $Trait:ident, for $Owner:ident {
            $($(#[$doc:meta])* $name:ident $(or $other:literal)*: $Settings:ident),* $(,)?
        }
    ) => {
        $(mod $name; pub use $name::$Settings;)*

        $(#[$meta])*
        #[non_exhaustive]
        pub enum $Enum {
            $($(#[$doc])* $Settings($Settings)),*
        }

        /// All names.
        pub const NAMES: &[&str] = &[$(stringify!($name)),*];

        /// The one of [`NAMES`] that `written` is, also where it is Keras's name of it, class or function.
        pub fn known_as(written: &str) -> Option<&'static str> {
            graph::known_as(written, NAMES, &[$($(($other, stringify!($name)),)*)*])
        }

        /// Each of [`NAMES`] with its own settings, in the same order, as they are written with their defaults.
        pub fn defaults() -> Vec<(&'static str, Vec<(&'static str, String)>)> {
            vec![$((stringify!($name), $crate::settings::Settings::values(&$Settings::default()))),*]
        }

        impl $Enum {
            /// As it is written.
            pub fn name(&self) -> &'static str {
                match self { $(Self::$Settings(_) => stringify!($name)),* }
            }

            fn $each(&self) -> &dyn $Trait {
                match self { $(Self::$Settings(settings) => settings),* }
            }
        }

        impl $crate::settings::Named for $Enum {
            const WHAT: &'static str = $what;

            fn find(name: &str) -> $crate::Result<Self> {
                match known_as(name) {
                    $(Some(stringify!($name)) => Ok(Self::$Settings($Settings::default())),)*
                    _ => Err($crate::Error::unknown($what, name, NAMES)),
                }
            }

            fn name(&self) -> &'static str {
                self.name()
            }

            fn settings(&mut self) -> Vec<&mut dyn $crate::settings::Settings> {
                let settings: &mut dyn $crate::settings::Settings = match self {
                    $(Self::$Settings(settings) => settings),*
                };
                vec![settings]
            }
        }

        $(impl From<$Settings> for $Owner {
            fn from(settings: $Settings) -> Self {
                $Enum::$Settings(settings).into()
            }
        })*
    };
}
pub(crate) use named;
