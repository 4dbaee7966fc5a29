//! `ZeroPadding2D`, `Cropping2D`, `Flatten` and `Reshape`.

use graph::{Op, Shape};
use serde_json::{Value, json};

use super::super::fields::{brief, wholes};
use super::super::model::Layer;
use crate::{ErrorKind, Result};

/// Top, bottom, left, right, from one number, two (height and width), or two pairs.
pub(super) fn read_border(layer: &Layer<'_>, key: &str) -> Result<[usize; 4]> {
    let value = layer.config.get(key).unwrap_or(&Value::Null);
    let pairs = match value.as_array().map(Vec::as_slice) {
        Some([height, width]) => wholes::<2>(height).zip(wholes::<2>(width)),
        _ => wholes::<1>(value).map(|[all]| ([all; 2], [all; 2])),
    };
    match pairs {
        Some(([top, bottom], [left, right])) => Ok([top, bottom, left, right]),
        None => {
            let message =
                format!("{key}: expected ((top, bottom), (left, right)), received {}", brief(value));
            Err(layer.config.error(ErrorKind::Malformed, message))
        }
    }
}

pub(super) fn write_border(key: &str, [top, bottom, left, right]: &[usize; 4]) -> Value {
    json!({key: [[top, bottom], [left, right]], "data_format": "channels_last"})
}

pub(super) fn write_flatten() -> Value {
    json!({"data_format": "channels_last"})
}

/// A shape in which one extent may be -1: whatever the others leave.
pub(super) fn read_reshape(layer: &Layer<'_>, inputs: &[&Shape]) -> Result<Op> {
    const KEY: &str = "target_shape";
    let wrong = || {
        let received = layer.config.get(KEY).map_or("nothing".into(), brief);
        let elements = inputs.first().map_or(0, |shape| shape.elements());
        let message = format!(
            "{KEY}: expected extents of {elements} values, one of them at most -1, received {received}"
        );
        layer.config.error(ErrorKind::Malformed, message)
    };
    let extents = layer.config.array(KEY)?.iter().map(Value::as_i64).collect::<Option<Vec<i64>>>();
    let mut extents = extents.ok_or_else(wrong)?;
    let known = extents
        .iter()
        .filter(|extent| **extent != -1)
        .try_fold(1_i64, |product, extent| if *extent > 0 { product.checked_mul(*extent) } else { None });
    let known = known.ok_or_else(wrong)?;
    let elements = inputs.first().map_or(0, |shape| shape.elements()) as i64;
    if let Some(open) = extents.iter().position(|extent| *extent == -1) {
        extents[open] = if elements % known == 0 { elements / known } else { 0 };
    }
    let dims = extents.into_iter().map(|extent| usize::try_from(extent).ok().filter(|extent| *extent > 0));
    Ok(Op::Reshape(Shape::new(dims.collect::<Option<Vec<usize>>>().ok_or_else(wrong)?)))
}

pub(super) fn write_reshape(shape: &Shape) -> Value {
    json!({"target_shape": shape.dims()})
}
