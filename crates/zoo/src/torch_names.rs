//! The tensor of a PyTorch state dict that holds a parameter of ours.

/// `<layer in PyTorch>.<variable in PyTorch>` for a `<layer>/<variable>` of ours, where `layer_name` knows the layer.
pub(crate) fn tensor_name(parameter: &str, layer_name: impl Fn(&str) -> Option<String>) -> Option<String> {
    let (layer, variable) = parameter.split_once('/')?;
    let variable = match variable {
        "kernel" | "gamma" => "weight",
        "bias" | "beta" => "bias",
        "moving_mean" => "running_mean",
        "moving_variance" => "running_var",
        _ => return None,
    };
    Some(format!("{}.{variable}", layer_name(layer)?))
}

/// Stage and block, counted from 1, and the part of a layer called `conv<stage>_block<block>_<part>`.
pub(crate) fn block_part(layer: &str) -> Option<(usize, usize, &str)> {
    let (stage, rest) = layer.strip_prefix("conv")?.split_once("_block")?;
    let (block, part) = rest.split_once('_')?;
    Some((stage.parse().ok()?, block.parse().ok()?, part)).filter(|&(stage, block, _)| stage > 0 && block > 0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_taken_apart() {
        let name = |parameter| tensor_name(parameter, |layer| (layer != "new").then(|| layer.to_uppercase()));
        assert_eq!(name("fc/kernel").as_deref(), Some("FC.weight"));
        assert_eq!(name("bn/moving_variance").as_deref(), Some("BN.running_var"));
        assert_eq!([name("new/kernel"), name("fc"), name("fc/other")], [None, None, None]);
        assert_eq!(block_part("conv2_block13_1_bn"), Some((2, 13, "1_bn")));
        for layer in ["conv1_bn", "conv2_block0_1_bn", "conv_block1_x", "conv2_block1"] {
            assert_eq!(block_part(layer), None, "{layer}");
        }
    }
}
