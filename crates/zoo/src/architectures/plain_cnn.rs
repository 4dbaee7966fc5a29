//! The plain CNN that tutorials of Keras and PyTorch begin with: two 3×3 convolutions, one max pool, a hidden layer.
//!
//! Trained on Fashion-MNIST it is what programs are compared with, so it is kept layer by layer as people write it:
//! conv 32 3×3 relu, conv 64 3×3 relu (both `valid`), max pool 2, flatten, dense 128 relu, dense with softmax, and
//! Keras's default start. `small_cnn` learns more with fewer weights.

use graph::{Activation, Conv2d, Initializer, Op, Pool, Result};

use crate::stack::Stack;
use crate::{Architecture, HeadPooling, InputScaling, Options};

pub(super) const FAMILY: &[Architecture] = &[Architecture {
    name: "plain_cnn",
    title: "Plain CNN",
    description: "Two convolutions and a hidden layer, as tutorials begin: to compare programs on small pictures.",
    default_input: [28, 28, 1],
    minimum_size: 6,
    scaling: InputScaling::Rescaling { scale: 1.0 / 255.0, offset: 0.0 },
    head_pooling: HeadPooling::Hidden { units: 128, initializer: Initializer::GlorotUniform },
    base,
    last_of_base: &["pool"],
    blocks: &[("conv2", "conv2")],
    ..Architecture::COMMON
}];

fn base(stack: &mut Stack, _: &Options) -> Result<()> {
    let conv = |filters| Op::Conv2d(Conv2d::new(filters, 3).activation(Activation::Relu));
    stack.push("conv1", conv(32))?; // [h - 2, w - 2, 32]
    stack.push("conv2", conv(64))?; // [h - 4, w - 4, 64]
    stack.push("pool", Op::MaxPool(Pool::new(2))) // [(h - 4) / 2, (w - 4) / 2, 64]
}

#[cfg(test)]
mod tests {
    use graph::Role;

    use super::*;
    use crate::{Head, Top};

    /// As `keras.Sequential` of these layers counts them in `summary()`, layer by layer, and starts them.
    #[test]
    fn it_is_the_tutorials_network() {
        let graph = FAMILY[0].build(&Options::new([28, 28, 1], Top::Head(Head::new(10)))).unwrap();
        let layers = ["conv1", "conv2", "head_hidden", "head_dense"].map(|name| {
            let of_layer = graph.parameters().iter().filter(|p| graph.nodes()[p.node.index()].name == name);
            of_layer.map(graph::Parameter::len).sum::<usize>()
        });
        assert_eq!(layers, [320, 18_496, 1_179_776, 1_290]);
        let all: usize = graph.parameters().iter().map(graph::Parameter::len).sum();
        assert_eq!(all, 1_199_882);
        for parameter in graph.parameters().iter().filter(|p| p.role == Role::Kernel) {
            assert_eq!(parameter.initializer, Initializer::GlorotUniform, "{}", parameter.name);
        }
    }
}
