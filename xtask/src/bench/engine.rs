//! The engine alone, on random pictures in memory: prediction beside ONNX Runtime and PyTorch, training beside PyTorch.

use std::path::PathBuf;

use anyhow::{Context, Result};

use super::comparison::{Comparison, Contender};
use super::figure::{Figure, Place, Unit};
use super::peers::{ONNX_RUNTIME, TORCH};
use super::workbench::Workbench;
use crate::process::run;

/// A network and what is done with it; `steps` are timed after one or two that are not.
pub(super) struct Task {
    title: &'static str,
    network: &'static str,
    /// As `linnaeus bench --mode` calls it.
    mode: &'static str,
    batch: usize,
    steps: usize,
}

pub(super) const PREDICT: [Task; 3] = [
    Task { title: "MobileNetV2, predict", network: "mobilenet_v2", mode: "predict", batch: 32, steps: 16 },
    Task {
        title: "EfficientNet-Lite0, predict",
        network: "efficientnet_lite0",
        mode: "predict",
        batch: 32,
        steps: 16,
    },
    Task { title: "ResNet50, predict", network: "resnet50", mode: "predict", batch: 16, steps: 8 },
];

pub(super) const TRAIN: [Task; 3] = [
    Task {
        title: "MobileNetV2, head on a frozen base",
        network: "mobilenet_v2",
        mode: "frozen",
        batch: 32,
        steps: 12,
    },
    Task {
        title: "MobileNetV2, everything trained",
        network: "mobilenet_v2",
        mode: "full",
        batch: 32,
        steps: 6,
    },
    Task { title: "ResNet50, everything trained", network: "resnet50", mode: "full", batch: 16, steps: 4 },
];

impl Task {
    /// As `MobileNetV2, predict, batch 32`.
    pub(super) fn name(&self) -> String {
        format!("{}, batch {}", self.title, self.batch)
    }
}

/// Forward.
pub(super) fn predict(workbench: &mut Workbench) -> Result<Vec<Comparison>> {
    let mut comparisons = Vec::new();
    for task in &PREDICT {
        let onnx_runtime = onnx_runtime(workbench, task)?;
        let mut comparison = beside_torch(workbench, task);
        comparison.peers.splice(0..0, onnx_runtime);
        comparisons.push(comparison);
    }
    Ok(comparisons)
}

/// Forward, backward and Adam.
pub(super) fn train(workbench: &mut Workbench) -> Vec<Comparison> {
    TRAIN.iter().map(|task| beside_torch(workbench, task)).collect()
}

fn beside_torch(workbench: &mut Workbench, task: &Task) -> Comparison {
    let Task { network, mode, batch, steps, .. } = task;
    let (batch, steps) = (batch.to_string(), steps.to_string());
    let ours = workbench.ours(["bench", network, "--mode", mode, "--batch-size", &batch, "--steps", &steps]);
    let peers = ["eager", "compile"].map(|how| {
        let arguments = [network, mode, batch.as_str(), &steps, how];
        workbench.peer(&format!("PyTorch {how}"), &TORCH, "torch_engine.py", arguments)
    });
    Comparison {
        task: task.name(),
        figures: vec![Figure {
            name: "",
            unit: Unit::PicturesPerSecond,
            place: Place::Output("/images_per_second"),
        }],
        rounds_per_run: 1,
        ours,
        peers: peers.into_iter().flatten().collect(),
    }
}

fn onnx_runtime(workbench: &mut Workbench, task: &Task) -> Result<Option<Contender>> {
    let Some(file) = onnx_file(workbench, task.network)? else { return Ok(None) };
    let arguments = [file.into_os_string(), task.batch.to_string().into(), task.steps.to_string().into()];
    Ok(workbench.peer("ONNX Runtime", &ONNX_RUNTIME, "onnxruntime_engine.py", arguments))
}

/// The network as PyTorch writes it, once; `None` if there is no PyTorch.
fn onnx_file(workbench: &mut Workbench, network: &str) -> Result<Option<PathBuf>> {
    let file = workbench.folder.join(format!("{network}.onnx"));
    if file.exists() {
        return Ok(Some(file));
    }
    let Some(mut export) = workbench.script(&TORCH, "onnx_export.py") else {
        workbench.left_out.push(format!("ONNX Runtime ({network}): PyTorch would write the file for it"));
        return Ok(None);
    };
    let partial = file.with_extension("partial");
    if let Err(error) = run(export.arg(network).arg(&partial)) {
        workbench
            .left_out
            .push(format!("ONNX Runtime ({network}): PyTorch cannot write the file for it: {error:#}"));
        return Ok(None);
    }
    std::fs::rename(&partial, &file).with_context(|| format!("cannot rename {}", partial.display()))?;
    Ok(Some(file))
}
