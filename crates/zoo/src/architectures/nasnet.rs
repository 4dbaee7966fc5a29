//! NASNet-A (Zoph et al. 2017, arXiv:1707.07012), layer for layer and name for name as
//! `keras.applications.NASNetMobile` and `NASNetLarge`.
//!
//! Two cells that a search found, stacked many times. A cell reads the outputs of the two cells before it; it adds up
//! five pairs of branches and lays the sums side by side. A reduction cell halves height and width.
//!
//! PyTorch's are other networks, so that there are no names for their weights: in timm's
//! `nasnetalarge` a max pool that steps by two leaves out what lies beyond the map, where Keras's takes zeros.

use Operation::{AveragePool, Identity, MaxPool, Separable};
use Source::{Current, Previous, Sum};
use graph::{Activation, BatchNorm, Conv2d, Initializer, NodeId, Op, Pool, Result, SeparableConv2d};

use crate::stack::Stack;
use crate::top::push_average_top;
use crate::{Architecture, InputScaling};

pub(super) const FAMILY: &[Architecture] = &[
    Architecture {
        name: "nasnet_mobile",
        title: "NASNetMobile",
        description: "Found by a search: few parameters, but many small layers, which are slow on a CPU.",
        default_input: [224, 224, 3],
        top1: Some(0.744),
        base: |stack, _| base(stack, &MOBILE),
        last_of_base: &["activation_187"],
        blocks: &[
            ("normal_0", "adjust_relu_1_0"),
            ("reduce_4", "adjust_conv_projection_reduce_4"),
            ("reduce_8", "adjust_conv_projection_reduce_8"),
        ],
        ..SHARED
    },
    Architecture {
        name: "nasnet_large",
        title: "NASNetLarge",
        description: "Found by a search: among the most accurate of its time, and among the slowest.",
        default_input: [331, 331, 3],
        top1: Some(0.825),
        base: |stack, _| base(stack, &LARGE),
        last_of_base: &["activation_259"],
        blocks: &[
            ("normal_0", "adjust_relu_1_0"),
            ("reduce_6", "adjust_conv_projection_reduce_6"),
            ("reduce_12", "adjust_conv_projection_reduce_12"),
        ],
        ..SHARED
    },
];

/// What the members of the family share.
const SHARED: Architecture = Architecture {
    paper: "Zoph et al. 2017, Learning Transferable Architectures for Scalable Image Recognition, arXiv:1707.07012",
    scaling: InputScaling::Rescaling { scale: 1.0 / 127.5, offset: -1.0 },
    top: Some(|stack, _, classes| push_average_top(stack, "global_average_pooling2d", None, classes)),
    last_of_base: &[],
    ..Architecture::COMMON
};

/// A member of the family: in the paper's words, NASNet-A (`repeats` @ 24 · `filters`).
struct Size {
    stem_filters: usize,
    /// Of each branch in the first stage; each later stage has twice as many.
    filters: usize,
    /// How many normal cells a stage has.
    repeats: usize,
    /// What the first cell of a stage reads beside the reduction cell's output.
    beside_reduction: Beside,
}

/// A cell before a reduction cell.
#[derive(Clone, Copy, PartialEq)]
enum Beside {
    /// The last one.
    Last,
    /// The last but one.
    LastButOne,
}

const MOBILE: Size = Size { stem_filters: 32, filters: 44, repeats: 4, beside_reduction: Beside::Last };
const LARGE: Size = Size { stem_filters: 96, filters: 168, repeats: 6, beside_reduction: Beside::LastButOne };
const STAGES: usize = 3;
/// Height and width of a pool's window.
const POOL: usize = 3;
const NORM: BatchNorm = BatchNorm { momentum: 0.9997, epsilon: 1e-3, scale: true, center: true };
const RELU: Op = Op::Activation(Activation::Relu);

/// The paper's figure 4.
struct Cell {
    name: &'static str,
    /// Of the operations that read what the cell reads.
    stride: usize,
    pairs: [Pair; 5],
    /// What lies side by side in the cell's output.
    output: &'static [Source],
}

/// The name of a sum, as `add_1` (numbered where it is empty), and the two branches that it adds up.
type Pair = (&'static str, [Branch; 2]);

/// An operation, what it reads, and its name, as `left1`; an identity has none.
type Branch = (Operation, Source, &'static str);

#[derive(Clone, Copy)]
enum Operation {
    /// Twice ReLU, separable convolution with this kernel, and batch norm.
    Separable(usize),
    /// The mean of each 3×3 window.
    AveragePool,
    /// The largest value of each 3×3 window.
    MaxPool,
    Identity,
}

/// What a branch reads.
#[derive(Clone, Copy, PartialEq)]
enum Source {
    /// The output of the cell before, through a 1×1 convolution.
    Current,
    /// The output of the cell before that one, brought to the same shape.
    Previous,
    /// The sum of a pair of this cell, counted from 1.
    Sum(usize),
}

const NORMAL: Cell = Cell {
    name: "normal",
    stride: 1,
    pairs: [
        ("add_1", [(Separable(5), Current, "left1"), (Separable(3), Previous, "right1")]),
        ("add_2", [(Separable(5), Previous, "left2"), (Separable(3), Previous, "right2")]),
        ("add_3", [(AveragePool, Current, "left3"), (Identity, Previous, "")]),
        ("add_4", [(AveragePool, Previous, "left4"), (AveragePool, Previous, "right4")]),
        ("add_5", [(Separable(3), Current, "left5"), (Identity, Current, "")]),
    ],
    output: &[Previous, Sum(1), Sum(2), Sum(3), Sum(4), Sum(5)],
};

const REDUCTION: Cell = Cell {
    name: "reduction",
    stride: 2,
    pairs: [
        ("add_1", [(Separable(5), Current, "left1"), (Separable(7), Previous, "right1")]),
        ("add_2", [(MaxPool, Current, "left2"), (Separable(7), Previous, "right2")]),
        ("add3", [(AveragePool, Current, "left3"), (Separable(5), Previous, "right3")]),
        ("", [(Identity, Sum(2), ""), (AveragePool, Sum(1), "left4")]),
        ("add4", [(Separable(3), Sum(1), "left4"), (MaxPool, Current, "right5")]),
    ],
    output: &[Sum(2), Sum(3), Sum(4), Sum(5)],
};

fn base(stack: &mut Stack, size: &Size) -> Result<()> {
    let stem = Conv2d::new(size.stem_filters, 3).stride(2).no_bias().initializer(Initializer::HeNormal);
    stack.push("stem_conv1", Op::Conv2d(stem))?; // [H / 2, W / 2, stem_filters]
    stack.push("stem_bn1", Op::BatchNorm(NORM))?;
    let previous = stack.top();
    let previous = push_cell(stack, &REDUCTION, previous, size.filters / 4, "stem_1")?; // [H / 4, W / 4, filters]
    let mut previous = push_cell(stack, &REDUCTION, previous, size.filters / 2, "stem_2")?;
    for stage in 0..STAGES {
        let filters = size.filters << stage;
        let mut first = stage * size.repeats;
        if stage > 0 {
            let last = push_cell(stack, &REDUCTION, previous, filters, &format!("reduce_{first}"))?;
            if size.beside_reduction == Beside::Last {
                previous = last;
            }
            first += 1;
        }
        for index in first..first + size.repeats {
            previous = push_cell(stack, &NORMAL, previous, filters, &index.to_string())?;
        }
    } // [H / 32, W / 32, 24 · filters]
    stack.push_numbered("activation", RELU)
}

/// Puts a cell on the stack, which reads the top layer and the `previous` one. Gives that top layer, the next cell's
/// previous one.
fn push_cell(
    stack: &mut Stack,
    cell: &Cell,
    previous: NodeId,
    filters: usize,
    index: &str,
) -> Result<NodeId> {
    let name = |part: &str| format!("{}_{part}_{index}", cell.name);
    let input = stack.top();
    push_adjusted(stack, previous, filters, index)?;
    let previous = stack.top(); // [h, w, filters]
    stack.go_back_to(input);
    stack.push_numbered("activation", RELU)?;
    stack.push(name("conv_1"), pointwise(filters))?;
    stack.push(name("bn_1"), Op::BatchNorm(NORM))?;
    let current = stack.top(); // [h, w, filters]
    if cell.stride == 2 {
        stack.push_pad_for_stride_two(name("pad_1"), POOL)?;
    }
    let mut inputs = Inputs { current, padded: stack.top(), previous, sums: Vec::new() };
    for (sum, branches) in &cell.pairs {
        let mut ends = [current; 2];
        for (branch, end) in branches.iter().zip(&mut ends) {
            push_branch(stack, branch, &inputs, cell.stride, filters, &name(branch.2))?;
            *end = stack.top();
        }
        let sum = if sum.is_empty() { stack.number("add") } else { name(sum) };
        stack.push_sum_of(sum, ends)?; // [h / stride, w / stride, filters]
        inputs.sums.push(stack.top());
    }
    let output: Vec<NodeId> = cell.output.iter().map(|&source| inputs.of(source)).collect();
    stack.push_concat(name("concat"), &output)?; // [h / stride, w / stride, 4 or 6 · filters]
    Ok(input)
}

/// What the branches of a cell read.
struct Inputs {
    current: NodeId,
    /// `current` within the zeros that a pool needs that steps by two.
    padded: NodeId,
    previous: NodeId,
    sums: Vec<NodeId>,
}

impl Inputs {
    fn of(&self, source: Source) -> NodeId {
        match source {
            Current => self.current,
            Previous => self.previous,
            Sum(pair) => self.sums[pair - 1],
        }
    }
}

fn push_branch(
    stack: &mut Stack,
    &(operation, source, _): &Branch,
    inputs: &Inputs,
    stride: usize,
    filters: usize,
    name: &str,
) -> Result<()> {
    // Sums have the output's size already.
    let stride = if matches!(source, Sum(_)) { 1 } else { stride };
    let (pooled, pool) = match stride {
        1 => (inputs.of(source), Pool::new(POOL).stride(1).same()),
        _ => (inputs.padded, Pool::new(POOL).stride(stride)),
    };
    match operation {
        Separable(kernel) => {
            stack.go_back_to(inputs.of(source));
            push_separable(stack, filters, kernel, stride, name)
        }
        AveragePool => stack.push_on(pooled, name, Op::AveragePool(pool)),
        MaxPool => stack.push_on(pooled, name, Op::MaxPool(pool)),
        Identity => {
            stack.go_back_to(inputs.of(source));
            Ok(())
        }
    }
}

/// Twice ReLU, separable convolution and batch norm; the first of the two takes the steps.
fn push_separable(stack: &mut Stack, filters: usize, kernel: usize, stride: usize, name: &str) -> Result<()> {
    let conv = SeparableConv2d::new(filters, kernel).no_bias();
    stack.push_numbered("activation", RELU)?;
    let first = if stride == 2 {
        stack.push_pad_for_stride_two(format!("separable_conv_1_pad_{name}"), kernel)?;
        conv.clone().stride(stride)
    } else {
        conv.clone().same()
    };
    stack.push(format!("separable_conv_1_{name}"), Op::SeparableConv2d(first))?;
    stack.push(format!("separable_conv_1_bn_{name}"), Op::BatchNorm(NORM))?;
    stack.push_numbered("activation", RELU)?;
    stack.push(format!("separable_conv_2_{name}"), Op::SeparableConv2d(conv.same()))?;
    stack.push(format!("separable_conv_2_bn_{name}"), Op::BatchNorm(NORM))
}

/// Brings what the cell before the last one gave to the size and the number of filters of this one, where it needs it.
fn push_adjusted(stack: &mut Stack, previous: NodeId, filters: usize, index: &str) -> Result<()> {
    let (input, size) = (stack.top(), stack.size());
    stack.go_back_to(previous);
    // The first cell of all reads the stem twice, as it is.
    if previous == input {
        return Ok(());
    }
    if stack.size() != size {
        push_halved(stack, filters, index)?;
    } else if stack.channels() != filters {
        stack.push_numbered("activation", RELU)?;
        stack.push(format!("adjust_conv_projection_{index}"), pointwise(filters))?;
    } else {
        return Ok(());
    }
    stack.push(format!("adjust_bn_{index}"), Op::BatchNorm(NORM)) // [h, w, filters]
}

/// Halves height and width: every second value, through a convolution, beside its neighbour one down and one right,
/// through another one.
fn push_halved(stack: &mut Stack, filters: usize, index: &str) -> Result<()> {
    let every_second = Op::AveragePool(Pool::new(1).stride(2));
    stack.push(format!("adjust_relu_1_{index}"), RELU)?;
    let input = stack.top(); // [2 · h, 2 · w, channels]
    stack.push(format!("adjust_avg_pool_1_{index}"), every_second.clone())?;
    stack.push(format!("adjust_conv_1_{index}"), pointwise(filters / 2))?;
    let first = stack.top(); // [h, w, filters / 2]
    stack.go_back_to(input);
    stack.push_numbered("zero_padding2d", Op::ZeroPad([0, 1, 0, 1]))?;
    stack.push_numbered("cropping2d", Op::Crop([1, 0, 1, 0]))?;
    stack.push(format!("adjust_avg_pool_2_{index}"), every_second)?;
    stack.push(format!("adjust_conv_2_{index}"), pointwise(filters / 2))?;
    let halves = [first, stack.top()];
    let name = stack.number("concatenate");
    stack.push_concat(name, &halves) // [h, w, filters]
}

fn pointwise(filters: usize) -> Op {
    Op::Conv2d(Conv2d::new(filters, 1).same().no_bias().initializer(Initializer::HeNormal))
}
