//! A weighted step that is still growing: the norm, the residual and the activation after it may join.

use graph::NodeId;
use kernels::activation::Activation;
use kernels::conv::Conv;
use kernels::depthwise::Depthwise;
use kernels::strips;

use crate::arena::BufferId;
use crate::ops::{
    AddStep, AffineSource, AffineStep, AroundLayer, ConvStep, DenseStep, DepthwiseStep, Fused, Gradients,
    Step, StripsStep,
};

/// What a chain begins with.
pub(crate) enum Head {
    Conv(Conv, Fused),
    Depthwise(Depthwise, Fused),
    /// Rows a picture, inputs, units.
    Dense([usize; 3], Fused),
    /// Convolutions around a depthwise one, run over strips of rows.
    Strips(Box<StripsHead>),
    Affine(AffineSource, Activation),
    Add {
        second: BufferId,
        more: Vec<BufferId>,
        activation: Activation,
    },
}

/// The layers of [`Head::Strips`].
pub(crate) struct StripsHead {
    expand: Option<(Conv, Fused)>,
    depthwise: (Depthwise, Fused),
    project: Option<(Conv, Fused)>,
}

impl StripsHead {
    /// What the last layer applies.
    fn fused(&mut self) -> &mut Fused {
        self.project.as_mut().map_or(&mut self.depthwise.1, |(_, fused)| fused)
    }
}

/// Ops of the fixed part that will run as one step.
pub(crate) struct Chain {
    pub(crate) head: Head,
    pub(crate) input: BufferId,
    /// The node that it began with.
    pub(crate) first: NodeId,
    /// The last node with weights that joined.
    pub(crate) last: NodeId,
    /// The last node that joined: the step's output is this node's.
    pub(crate) tail: NodeId,
}

impl Chain {
    fn fused(&mut self) -> Option<&mut Fused> {
        match &mut self.head {
            Head::Conv(_, fused) | Head::Depthwise(_, fused) | Head::Dense(_, fused) => Some(fused),
            Head::Strips(strips) => Some(strips.fused()),
            Head::Affine(..) | Head::Add { .. } => None,
        }
    }

    fn activation(&mut self) -> &mut Activation {
        match &mut self.head {
            Head::Conv(_, fused) | Head::Depthwise(_, fused) | Head::Dense(_, fused) => &mut fused.activation,
            Head::Strips(strips) => &mut strips.fused().activation,
            Head::Affine(_, activation) | Head::Add { activation, .. } => activation,
        }
    }

    /// Whether a scale and an offset directly after the weights may join them.
    pub(crate) fn takes_affine(&mut self) -> bool {
        let free =
            |f: &mut Fused| f.affine.is_none() && f.residual.is_none() && f.activation == Activation::Linear;
        self.fused().is_some_and(free)
    }

    pub(crate) fn absorb_affine(&mut self, source: AffineSource, tail: NodeId) {
        if let Some(fused) = self.fused() {
            fused.affine = Some(source);
            self.tail = tail;
        }
    }

    /// An activation joins where there is none yet; says whether it did.
    pub(crate) fn absorb_activation(&mut self, activation: Activation, tail: NodeId) -> bool {
        let free = *self.activation() == Activation::Linear;
        if free {
            *self.activation() = activation;
            self.tail = tail;
        }
        free
    }

    /// Whether a residual may still be added before the activation.
    pub(crate) fn takes_residual(&mut self) -> bool {
        self.fused().is_some_and(|f| f.residual.is_none() && f.activation == Activation::Linear)
    }

    pub(crate) fn absorb_residual(&mut self, residual: BufferId, tail: NodeId) {
        if let Some(fused) = self.fused() {
            fused.residual = Some(residual);
            self.tail = tail;
        }
    }

    /// Whether a depthwise convolution that reads what the chain gives gains from being run with it.
    pub(crate) fn takes_depthwise(&self, depthwise: &Depthwise) -> bool {
        match &self.head {
            Head::Conv(conv, fused) => {
                fused.residual.is_none() && strips::worthwhile(Some(conv), depthwise, None)
            }
            _ => false,
        }
    }

    pub(crate) fn join_depthwise(self, depthwise: Depthwise, fused: Fused, tail: NodeId) -> Self {
        let Self { head, input, first, .. } = self;
        let expand = match head {
            Head::Conv(conv, expand) => Some((conv, expand)),
            _ => None,
        };
        let strips = StripsHead { expand, depthwise: (depthwise, fused), project: None };
        Self { head: Head::Strips(Box::new(strips)), input, first, last: tail, tail }
    }

    /// Whether a pointwise convolution that reads what the chain gives gains from being run with it.
    pub(crate) fn takes_projection(&self, conv: &Conv) -> bool {
        let (expand, depthwise, fused) = match &self.head {
            Head::Depthwise(depthwise, fused) => (None, depthwise, fused),
            Head::Strips(strips) if strips.project.is_none() => {
                let (depthwise, fused) = &strips.depthwise;
                (strips.expand.as_ref().map(|(conv, _)| conv), depthwise, fused)
            }
            _ => return false,
        };
        fused.residual.is_none() && strips::worthwhile(expand, depthwise, Some(conv))
    }

    pub(crate) fn join_projection(mut self, conv: Conv, fused: Fused, tail: NodeId) -> Self {
        let project = Some((conv, fused));
        self.head = match self.head {
            Head::Depthwise(depthwise, fused) => {
                Head::Strips(Box::new(StripsHead { expand: None, depthwise: (depthwise, fused), project }))
            }
            Head::Strips(strips) => Head::Strips(Box::new(StripsHead { project, ..*strips })),
            head => head,
        };
        Self { last: tail, tail, ..self }
    }

    pub(crate) fn into_step(self, output: BufferId) -> Box<dyn Step> {
        let input = self.input;
        match self.head {
            Head::Conv(conv, fused) => Box::new(ConvStep::new(conv, input, output, fused)),
            Head::Depthwise(depthwise, fused) => {
                Box::new(DepthwiseStep::new(depthwise, input, output, fused))
            }
            Head::Dense(shape, fused) => {
                Box::new(DenseStep::new(shape, input, output, fused, Gradients::Parameters))
            }
            Head::Strips(strips) => {
                let StripsHead { expand, depthwise, project } = *strips;
                let layer = |(conv, fused)| AroundLayer::new(conv, fused);
                Box::new(StripsStep::new(expand.map(layer), depthwise, project.map(layer), input, output))
            }
            Head::Affine(source, activation) => Box::new(AffineStep::new(input, output, source, activation)),
            Head::Add { second, more, activation } => {
                Box::new(AddStep::new([input, second], more, output, activation))
            }
        }
    }
}
