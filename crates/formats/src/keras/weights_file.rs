//! Keras 3's `.weights.h5`: weights without a configuration, in groups that are named by class and number.
//!
//! A layer's variables are `layers/conv2d_1/vars/0`, `…/1`; a model in a model has `layers` of its own. Keras 3.7 and
//! later write each layer's name as the attribute `name` of `vars`.

use crate::hdf5::{Attribute, File, Item};
use crate::stored::{StoredLayer, StoredVariable};
use crate::{Error, Result};

/// The group of a model's layers; the first files of Keras 3, and those of the last Keras 2, have the longer name.
const LAYERS: [&str; 2] = ["layers", "_layer_checkpoint_dependencies"];

/// No file may have more variables, or longer paths.
const MOST_VARIABLES: usize = 100_000;
const LONGEST_PATH: usize = 1024;

/// Whether `file` is one of this kind.
pub(super) fn is_such(file: &File<'_>) -> bool {
    LAYERS.iter().any(|name| file.root().get(name).is_some_and(|item| item.is_group()))
}

/// The layers of `file` that have variables, with their paths as keys; in order within each class of a model.
pub(super) fn layers(file: &File<'_>) -> Result<Vec<StoredLayer<String>>> {
    let mut found = Vec::new();
    let mut variables = 0;
    let mut waiting = vec![(String::new(), file.root())];
    while let Some((folder, model)) = waiting.pop() {
        for name in LAYERS {
            let Some(group) = model.get(name) else { continue };
            let path = format!("{folder}{name}");
            let mut members: Vec<(&str, usize, &str)> = group.members().map(class_and_number).collect();
            members.sort_unstable();
            for (class, _, member) in members {
                let Some(item) = group.get(member) else { continue };
                let path = format!("{path}/{member}");
                let layer = layer(&item, &folder, class, &path)?;
                variables += layer.as_ref().map_or(0, |layer| layer.variables.len());
                if variables > MOST_VARIABLES || path.len() > LONGEST_PATH {
                    return Err(Error::too_large(format!(
                        "more than {MOST_VARIABLES} variables, or paths longer than {LONGEST_PATH} bytes"
                    )));
                }
                found.extend(layer);
                if item.is_group() {
                    waiting.push((format!("{path}/"), item));
                }
            }
        }
    }
    Ok(found)
}

/// `conv2d_12` is number 12 of its class, `conv2d` number 0.
fn class_and_number(member: &str) -> (&str, usize, &str) {
    let numbered = member.rsplit_once('_').and_then(|(class, number)| Some((class, number.parse().ok()?)));
    let (class, number) = numbered.unwrap_or((member, 0));
    (class, number, member)
}

/// The layer in the group `item` at `path`, where it has variables.
fn layer(item: &Item<'_, '_>, model: &str, class: &str, path: &str) -> Result<Option<StoredLayer<String>>> {
    let Some(group) = item.get("vars").filter(|group| group.is_group()) else { return Ok(None) };
    let path = format!("{path}/vars");
    let mut variables = Vec::new();
    for number in 0..group.members().count() {
        let path = format!("{path}/{number}");
        let item =
            group.get(&number.to_string()).ok_or_else(|| Error::malformed(format!("{path} is missing")))?;
        let shape = item.dataset().and_then(|dataset| dataset.extents()).map_err(|e| e.within(&path))?;
        variables.push(StoredVariable { name: String::new(), shape, key: path });
    }
    if variables.is_empty() {
        return Ok(None);
    }
    let name = group.attribute("name")?.as_ref().and_then(Attribute::text).unwrap_or_default().to_owned();
    Ok(Some(StoredLayer { name, model: model.to_owned(), class: Some(class.to_owned()), variables }))
}

#[cfg(test)]
mod tests {
    use super::class_and_number;

    #[test]
    fn groups_are_numbered_within_their_class() {
        assert_eq!(class_and_number("conv2d"), ("conv2d", 0, "conv2d"));
        assert_eq!(class_and_number("conv2d_12"), ("conv2d", 12, "conv2d_12"));
        assert_eq!(
            class_and_number("batch_normalization"),
            ("batch_normalization", 0, "batch_normalization")
        );
        assert_eq!(class_and_number("layer_scale_3"), ("layer_scale", 3, "layer_scale_3"));
    }
}
