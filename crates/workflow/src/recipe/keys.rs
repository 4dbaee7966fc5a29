//! The keys that a struct is read from, as its `Deserialize` knows them: no second list to keep.

use serde::de::value::Error;
use serde::de::{Deserialize, Deserializer, Error as _, Visitor};

/// The names of the fields of `T`; none where it is no struct.
pub(super) fn of<'de, T: Deserialize<'de>>() -> &'static [&'static str] {
    let mut asked = Asked(&[]);
    // It only asks, and so there is no value.
    let _ = T::deserialize(&mut asked);
    asked.0
}

/// Remembers for which fields it was asked.
struct Asked(&'static [&'static str]);

impl<'de> Deserializer<'de> for &mut Asked {
    type Error = Error;

    fn deserialize_struct<V: Visitor<'de>>(
        self,
        _name: &'static str,
        fields: &'static [&'static str],
        _visitor: V,
    ) -> Result<V::Value, Error> {
        self.0 = fields;
        Err(Error::custom("there is nothing to read"))
    }

    fn deserialize_any<V: Visitor<'de>>(self, _visitor: V) -> Result<V::Value, Error> {
        Err(Error::custom("there is nothing to read"))
    }

    serde::forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf option unit unit_struct
        newtype_struct seq tuple tuple_struct map enum identifier ignored_any
    }
}

#[cfg(test)]
mod tests {
    use crate::Recipe;

    #[test]
    fn every_key_that_is_written_is_known() {
        let keys = super::of::<Recipe>();
        let written = toml::Table::try_from(Recipe::default()).unwrap();
        assert!(written.keys().all(|key| keys.contains(&key.as_str())));
        // Those that a plain recipe does not write.
        assert!(["fold", "stage", "memory_limit", "out"].iter().all(|key| keys.contains(key)));
        assert_eq!(super::of::<u8>(), [""; 0]);
    }
}
