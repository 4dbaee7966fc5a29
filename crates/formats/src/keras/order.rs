//! The order in which Keras lists a functional model's layers, which numbers their weights in the file.
//!
//! Deepest first, where depth is the longest way to the output; layers of one depth in the order in which a
//! depth-first walk from the output meets them. Source: `keras.src.ops.function.map_graph`.

use graph::Graph;

/// The indices of the nodes of `graph` that its output needs, as Keras lists `model.layers`.
pub fn of_graph(graph: &Graph) -> Vec<usize> {
    let inputs: Vec<Vec<usize>> =
        graph.nodes().iter().map(|node| node.inputs.iter().map(|input| input.index()).collect()).collect();
    by_depth(&inputs, graph.output().index()).unwrap_or_default()
}

/// The layers that `output` needs, in Keras's order; `None` when the model runs in a circle.
///
/// `inputs` holds what each layer reads, in the order of its arguments.
pub(super) fn by_depth(inputs: &[Vec<usize>], output: usize) -> Option<Vec<usize>> {
    const UNSEEN: usize = usize::MAX;
    let mut met = vec![UNSEEN; inputs.len()];
    let mut finished = vec![false; inputs.len()];
    let mut inputs_first = Vec::new();
    let mut count = 0;
    let mut path = Vec::new(); // the layers being walked, and how many of their inputs are done
    let mut next = Some(output);
    loop {
        if let Some(layer) = next.take()
            && !finished[layer]
        {
            if met[layer] != UNSEEN {
                return None;
            }
            met[layer] = count;
            count += 1;
            path.push((layer, 0));
        }
        let Some((layer, done)) = path.last_mut() else { break };
        match inputs[*layer].get(*done) {
            Some(input) => {
                *done += 1;
                next = Some(*input);
            }
            None => {
                finished[*layer] = true;
                inputs_first.push(*layer);
                path.pop();
            }
        }
    }
    let mut depths = vec![0_usize; inputs.len()];
    for layer in inputs_first.iter().rev() {
        for input in &inputs[*layer] {
            depths[*input] = depths[*input].max(depths[*layer] + 1);
        }
    }
    inputs_first.sort_by_key(|layer| (std::cmp::Reverse(depths[*layer]), met[*layer]));
    Some(inputs_first)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_branch_is_ordered_by_depth_and_then_as_met() {
        // 0 → 1 → 2 ┐
        // 0 → 3 ────┴ add(3, 2) = 4; 5 leads nowhere.
        let inputs = [vec![], vec![0], vec![1], vec![0], vec![3, 2], vec![0]];
        assert_eq!(by_depth(&inputs, 4), Some(vec![0, 1, 3, 2, 4]));
    }

    #[test]
    fn a_circle_is_noticed() {
        assert_eq!(by_depth(&[vec![1], vec![0]], 0), None);
        assert_eq!(by_depth(&[vec![0]], 0), None);
    }

    #[test]
    fn a_long_chain_needs_no_deep_stack() {
        let inputs: Vec<Vec<usize>> =
            (0..200_000_usize).map(|i| i.checked_sub(1).into_iter().collect()).collect();
        assert_eq!(by_depth(&inputs, 199_999), Some((0..200_000).collect()));
    }
}
