//! Normalizations in a file of weights: their figures are a part of a graph and not loaded, but held against its own.

use graph::{Graph, Op};

use crate::Result;
use crate::stored::{StoredLayer, StoredVariable};

/// What values of a picture are divided by before figures that are in units of 1.
const WHITE: f32 = 255.0;

/// Normalizations of the file whose figures are not those of the graph's only normalization, or of that of the name;
/// and why that matters: the file's weights saw other values.
pub(crate) fn other_figures<K>(
    file: &[StoredLayer<K>],
    graph: &Graph,
    read: &impl Fn(&K) -> Result<Vec<f32>>,
) -> Result<Vec<(String, String)>> {
    let of_graph: Vec<(&str, Figures<'_>)> = graph
        .nodes()
        .iter()
        .filter_map(|node| match &node.op {
            Op::Normalization { mean, variance } => Some((node.name.as_str(), Figures { mean, variance })),
            _ => None,
        })
        .collect();
    let mut found = Vec::new();
    for layer in file.iter().filter(|layer| layer.is_normalization()) {
        let named = of_graph.iter().find(|(name, _)| *name == layer.name);
        let only = if of_graph.len() == 1 { of_graph.first() } else { None };
        let same = match (named.or(only), layer.variables.as_slice()) {
            (Some((_, figures)), [mean, variance, ..]) => figures.are_those_of(mean, variance, read)?,
            _ => false,
        };
        if !same {
            let why = "its mean and variance are no weights, and the graph has other ones";
            found.push((layer.name.clone(), why.to_owned()));
        }
    }
    Ok(found)
}

/// The figures of a normalization in the graph, a value a channel.
struct Figures<'a> {
    mean: &'a [f32],
    variance: &'a [f32],
}

impl Figures<'_> {
    fn are_those_of<K>(
        &self,
        mean: &StoredVariable<K>,
        variance: &StoredVariable<K>,
        read: &impl Fn(&K) -> Result<Vec<f32>>,
    ) -> Result<bool> {
        for variable in [mean, variance] {
            let elements =
                variable.shape.iter().try_fold(1_usize, |count, extent| count.checked_mul(*extent));
            if elements != Some(self.mean.len()) {
                return Ok(false);
            }
        }
        let stored = [read(&mean.key)?, read(&variance.key)?];
        Ok(self.forms().iter().any(|form| close(&stored[0], &form[0]) && close(&stored[1], &form[1])))
    }

    /// The same scaling as files hold it: as it is; of values that were divided by 255; and as Keras's EfficientNet has
    /// it, of such values and with the deviation in the place of the variance, by whose root a layer that has no
    /// weights divides once more.
    fn forms(&self) -> [[Vec<f32>; 2]; 3] {
        let of = |values: &[f32], form: fn(f32) -> f32| values.iter().copied().map(form).collect();
        let smaller: Vec<f32> = of(self.mean, |mean| mean / WHITE);
        [
            [self.mean.to_vec(), self.variance.to_vec()],
            [smaller.clone(), of(self.variance, |variance| variance / (WHITE * WHITE))],
            [smaller, of(self.variance, |variance| variance.sqrt() / WHITE)],
        ]
    }
}

fn close(a: &[f32], b: &[f32]) -> bool {
    a.len() == b.len() && a.iter().zip(b).all(|(a, b)| (a - b).abs() <= 1e-5 * b.abs().max(1e-5))
}

#[cfg(test)]
mod tests {
    use graph::Graph;

    use super::*;

    /// What is said of a file with the normalization of these figures, where the graph scales as PyTorch does.
    fn said(mean: [f32; 3], variance: [f32; 3]) -> usize {
        let mut graph = Graph::new("m", "in", [4, 4, 3]).unwrap();
        let figures = Op::Normalization {
            mean: [0.485, 0.456, 0.406].map(|mean| mean * 255.0).to_vec(),
            variance: [0.229_f32, 0.224, 0.225].map(|deviation| (deviation * 255.0).powi(2)).to_vec(),
        };
        graph.add("normalization", figures, &[graph.input()]).unwrap();
        let variable = |name: &str, values: [f32; 3]| StoredVariable {
            name: name.into(),
            shape: vec![3],
            key: values.to_vec(),
        };
        let layer = StoredLayer {
            name: "normalization_4".into(),
            model: String::new(),
            class: Some("normalization".into()),
            variables: vec![variable("", mean), variable("", variance)],
        };
        other_figures(&[layer], &graph, &|values: &Vec<f32>| Ok(values.clone())).unwrap().len()
    }

    /// Keras's published EfficientNets have PyTorch's scaling in a form of their own
    /// (`keras.applications.efficientnet.IMAGENET_STDDEV_RGB`, and the comment there).
    #[test]
    fn the_same_scaling_in_another_form_is_no_other() {
        let (mean, deviation) = ([0.485, 0.456, 0.406], [0.229, 0.224, 0.225]);
        assert_eq!(said(mean, deviation), 0);
        assert_eq!(said(mean, deviation.map(|deviation| deviation * deviation)), 0);
        assert_eq!(said(mean.map(|m| m * 255.0), deviation.map(|d| d * 255.0 * (d * 255.0))), 0);
        // As it is made (`weights=None`), and as somebody's pictures were.
        assert_eq!(said([0.0; 3], [1.0; 3]), 1);
        assert_eq!(said(mean, [0.25, 0.25, 0.25]), 1);
        assert_eq!(said([0.5; 3], deviation), 1);
    }
}
