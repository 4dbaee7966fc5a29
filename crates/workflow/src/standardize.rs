//! `--standardize`: mean and deviation of the training pictures, a value a channel, in the model's first layer
//! (`ImageDataGenerator`'s `featurewise_center` and `featurewise_std_normalization`; `Normalization.adapt`).
//!
//! They are measured once, before the first step. A run that is left keeps them beside its state, so that it goes on
//! with them even where it goes on with other pictures.

use std::path::Path;
use std::sync::atomic::AtomicBool;

use graph::{Graph, Op};
use images::{Source, channel_statistics};
use serde::{Deserialize, Serialize};
use zoo::InputScaling;

use crate::{Error, ErrorKind, Event, Observer, Result};

/// The figures of a set, for levels of 0 to 255.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Standardization {
    mean: Vec<f32>,
    variance: Vec<f32>,
}

/// What stands in the first layer until the pictures are measured.
pub(crate) const NOT_YET: InputScaling = InputScaling::Standardization { mean: [0.0; 3], variance: [1.0; 3] };

/// A channel of one level alone says nothing, and has no deviation to divide by.
const LEAST_VARIANCE: f32 = 1e-3;

impl Standardization {
    /// Measures the pictures to train on.
    ///
    /// # Errors
    /// Not one can be read, or `stop` was set.
    pub(crate) fn measure(source: &Source, observer: &mut Observer, stop: &AtomicBool) -> Result<Self> {
        observer(Event::Started(&format!("measuring {} training pictures", source.len())));
        let statistics = channel_statistics(source, stop)?;
        let variance = statistics.variance.iter().map(|variance| *variance as f32);
        Ok(Self {
            mean: statistics.mean.iter().map(|mean| *mean as f32).collect(),
            variance: variance
                .map(|variance| if variance < LEAST_VARIANCE { 1.0 } else { variance })
                .collect(),
        })
    }

    /// What a run that was left had measured; `None` where it had not come so far.
    ///
    /// # Errors
    /// The file is damaged.
    pub(crate) fn read(path: &Path) -> Result<Option<Self>> {
        let text = match std::fs::read(path) {
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
            read => read.map_err(|error| files::Error::new("read", path, error))?,
        };
        let wrong = |e: serde_json::Error| Error::new(ErrorKind::Model, format!("{}: {e}", path.display()));
        let kept: Self = serde_json::from_slice(&text).map_err(wrong)?;
        let is_sound = kept.variance.iter().all(|variance| *variance > 0.0 && variance.is_finite());
        match is_sound && kept.mean.iter().all(|mean| mean.is_finite()) {
            true => Ok(Some(kept)),
            false => {
                let message = format!("{}: expected variances above 0, received {kept:?}", path.display());
                Err(Error::new(ErrorKind::Model, message))
            }
        }
    }

    /// Keeps it for a run that may be left.
    ///
    /// # Errors
    /// The file cannot be written.
    pub(crate) fn write(&self, path: &Path) -> Result<()> {
        let text = serde_json::to_vec(self).map_err(|e| Error::new(ErrorKind::Model, e.to_string()))?;
        if let Some(folder) = path.parent() {
            files::create_folder(folder)?;
        }
        Ok(files::write(path, text)?)
    }

    /// Puts it into the layer that was left open for it.
    ///
    /// # Errors
    /// There is no such layer, or it is for other channels.
    pub(crate) fn put_into(&self, graph: &mut Graph) -> Result<()> {
        let is_open = |op: &Op| matches!(op, Op::Normalization { .. });
        let layer = graph.ids().find(|id| is_open(&graph.node(*id).op)).ok_or_else(|| {
            Error::new(ErrorKind::Model, format!("{} has no layer that standardizes", graph.name()))
        })?;
        Ok(graph.set_normalization(layer, self.mean.clone(), self.variance.clone())?)
    }

    /// For people.
    pub(crate) fn describe(&self) -> String {
        let list = |values: &mut dyn Iterator<Item = f32>| {
            values.map(|value| format!("{value:.1}")).collect::<Vec<_>>().join(", ")
        };
        let mean = list(&mut self.mean.iter().copied());
        let deviation = list(&mut self.variance.iter().map(|variance| variance.sqrt()));
        format!(
            "the model standardizes pictures itself: the training part has mean {mean}, deviation {deviation}"
        )
    }
}

#[cfg(test)]
mod tests {
    use zoo::{Options, Pooling, Top};

    use super::*;

    fn network(scaling: Option<InputScaling>) -> Graph {
        let options = Options::new([32, 32, 3], Top::Features(Pooling::None));
        zoo::find("small_cnn").unwrap().build(&Options { scaling, ..options }).unwrap()
    }

    #[test]
    fn a_run_that_goes_on_has_the_same_bits() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("checkpoints/standardization.json");
        assert_eq!(Standardization::read(&path).unwrap(), None);
        let measured = Standardization {
            mean: vec![0.1, 123.456_79, 1.0 / 3.0],
            variance: vec![f32::MIN_POSITIVE, 3600.1, 1e9],
        };
        measured.write(&path).unwrap();
        assert_eq!(Standardization::read(&path).unwrap(), Some(measured));
        for damaged in ["", "{}", r#"{"mean": [1], "variance": [0]}"#, r#"{"mean": [null], "variance": [1]}"#]
        {
            std::fs::write(&path, damaged).unwrap();
            let message = Standardization::read(&path).unwrap_err().to_string();
            assert!(message.contains("standardization.json: "), "{message}");
        }
    }

    #[test]
    fn figures_go_into_the_layer_that_was_left_open() {
        let measured = Standardization { mean: vec![1.0, 2.0, 3.0], variance: vec![4.0, 9.0, 16.0] };
        let mut graph = network(Some(NOT_YET));
        measured.put_into(&mut graph).unwrap();
        let [mean, variance] = [[1.0, 2.0, 3.0], [4.0, 9.0, 16.0]];
        assert_eq!(graph, network(Some(InputScaling::Standardization { mean, variance })));
        assert!(measured.put_into(&mut network(None)).is_err(), "nothing was left open");
        let grey = Standardization { mean: vec![1.0], variance: vec![1.0] };
        let message = grey.put_into(&mut graph).unwrap_err().to_string();
        assert!(message.contains("expected a Normalization of 1 channels"), "{message}");
        assert!(measured.describe().ends_with("mean 1.0, 2.0, 3.0, deviation 2.0, 3.0, 4.0"));
    }
}
