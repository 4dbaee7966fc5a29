//! How much arithmetic one picture costs.

use graph::Graph;

/// Floating-point operations of one forward pass over one picture: two (a product and a sum) for each weight of a
/// convolution or dense layer at each position. Everything else is a few percent and not counted.
///
/// Papers often give half of this, the number of multiply-adds: MobileNetV2 at 224 has 0.3 · 10⁹ of them.
pub fn flops(graph: &Graph) -> u64 {
    let cost = |parameter: &graph::Parameter| {
        let output = &graph.node(parameter.node).shape;
        let positions = output.elements() / output.channels().max(1);
        2 * (positions as u64).saturating_mul(parameter.len() as u64)
    };
    let kernels = graph.parameters().iter().filter(|parameter| parameter.role.is_kernel());
    kernels.map(cost).fold(0, u64::saturating_add)
}
