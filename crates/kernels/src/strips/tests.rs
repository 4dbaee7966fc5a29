use super::*;
use crate::Window;
use crate::activation::Activation;
use crate::conv;
use crate::testing::{Lcg, pools};

/// One case: picture, the first convolution's filters and kernel, depthwise size and stride, the last one's filters.
struct Case {
    picture: [usize; 3],
    expand: Option<(usize, usize, usize)>,
    depthwise: (usize, usize),
    project: Option<usize>,
}

const fn case(
    picture: [usize; 3],
    expand: Option<(usize, usize, usize)>,
    depthwise: (usize, usize),
    project: Option<usize>,
) -> Case {
    Case { picture, expand, depthwise, project }
}

const CASES: [Case; 11] = [
    case([1, 1, 1], Some((2, 1, 1)), (3, 1), Some(1)),
    case([9, 7, 5], Some((33, 1, 1)), (3, 1), Some(5)),
    case([14, 11, 4], Some((24, 1, 1)), (5, 2), Some(7)),
    case([33, 20, 3], Some((16, 3, 2)), (3, 1), Some(8)),
    case([12, 12, 24], None, (3, 2), Some(40)),
    case([8, 9, 6], Some((18, 1, 1)), (3, 1), None),
    // Several strips a piece, and several pieces a picture.
    case([56, 56, 24], Some((144, 1, 1)), (3, 1), Some(24)),
    case([112, 112, 16], Some((96, 1, 1)), (3, 2), Some(24)),
    case([160, 90, 3], Some((48, 3, 1)), (5, 1), Some(16)),
    case([56, 56, 24], Some((96, 1, 1)), (3, 1), None),
    case([64, 40, 6], Some((128, 1, 1)), (5, 2), None),
];

fn window(input: [usize; 3], size: usize, stride: usize) -> Window {
    let output = [0, 1].map(|i| input[i].div_ceil(stride));
    let pad = [0, 1].map(|i| ((output[i] - 1) * stride + size).saturating_sub(input[i]) / 2);
    Window { input, output, kernel: [size; 2], stride: [stride; 2], dilation: [1; 2], pad }
}

/// The layers of a case with weights, to be run at once or one by one.
struct Layers {
    expand: Option<(Conv, Vec<f32>, Vec<f32>)>,
    depthwise: Depthwise,
    kernel: Vec<f32>,
    bias: Vec<f32>,
    project: Option<(Conv, Vec<f32>, Vec<f32>)>,
}

impl Layers {
    fn new(case: &Case, random: &mut Lcg) -> Self {
        let conv = |window: Window, filters: usize, random: &mut Lcg| {
            let conv = Conv { window, filters, groups: 1 };
            (conv, random.values(conv.kernel_len()), random.values(filters))
        };
        let expand = case
            .expand
            .map(|(filters, size, stride)| conv(window(case.picture, size, stride), filters, random));
        let input = expand.as_ref().map_or(case.picture, |(conv, _, _)| {
            [conv.window.output[0], conv.window.output[1], conv.filters]
        });
        let (size, stride) = case.depthwise;
        let depthwise = Depthwise { window: window(input, size, stride), multiplier: 1 };
        let [height, width] = depthwise.window.output;
        let project =
            case.project.map(|filters| conv(window([height, width, input[2]], 1, 1), filters, random));
        let (kernel, bias) = (random.values(size * size * input[2]), random.values(input[2]));
        Self { expand, depthwise, kernel, bias, project }
    }
}

fn packed((conv, kernel, _): &(Conv, Vec<f32>, Vec<f32>)) -> Filters {
    let mut filters = Filters::new(conv);
    filters.pack(&Pool::new(1), kernel);
    filters
}

fn epilogue<'a>(bias: &'a [f32], residual: Option<&'a [f32]>, activation: Activation) -> Epilogue<'a> {
    Epilogue { bias: Some(bias), residual, activation }
}

/// The layers one after the other, each through its own door.
fn one_by_one(
    pool: &Pool,
    layers: &Layers,
    batch: usize,
    x: &[f32],
    residual: &[f32],
    acts: [Activation; 3],
) -> Vec<f32> {
    let mut x = x.to_vec();
    if let Some(expand) = &layers.expand {
        let mut y = vec![f32::NAN; batch * expand.0.window.positions() * expand.0.filters];
        let epilogue = epilogue(&expand.2, None, acts[0]);
        conv::forward(pool, &expand.0, batch, &x, &packed(expand), &epilogue, &mut y);
        x = y;
    }
    let mut y =
        vec![f32::NAN; batch * layers.depthwise.window.positions() * layers.depthwise.window.input[2]];
    let middle = epilogue(&layers.bias, layers.project.is_none().then_some(residual), acts[1]);
    depthwise::forward(pool, &layers.depthwise, batch, &x, &layers.kernel, &middle, &mut y);
    let Some(project) = &layers.project else { return y };
    let mut z = vec![f32::NAN; batch * project.0.window.positions() * project.0.filters];
    let last = epilogue(&project.2, Some(residual), acts[2]);
    conv::forward(pool, &project.0, batch, &y, &packed(project), &last, &mut z);
    z
}

#[test]
fn strips_give_the_bits_of_the_layers_one_by_one() {
    let mut random = Lcg::new(11);
    for (case, acts) in CASES.iter().zip([[Activation::Relu6; 3], [Activation::Swish; 3]].into_iter().cycle())
    {
        let layers = Layers::new(case, &mut random);
        for batch in [1, 3] {
            let picture: usize = case.picture.iter().product();
            let x = random.values(batch * picture);
            let channels = layers.project.as_ref().map_or(layers.depthwise.window.input[2], |p| p.0.filters);
            let residual = random.values(batch * layers.depthwise.window.positions() * channels);
            for pool in pools() {
                let expected = one_by_one(&pool, &layers, batch, &x, &residual, acts);
                let [expand, project] = [&layers.expand, &layers.project].map(|l| l.as_ref().map(packed));
                let strips = Strips {
                    expand: expand.as_ref().zip(layers.expand.as_ref()).map(|(filters, (_, _, bias))| {
                        Around { filters, epilogue: epilogue(bias, None, acts[0]) }
                    }),
                    depthwise: &layers.depthwise,
                    kernel: &layers.kernel,
                    epilogue: epilogue(&layers.bias, project.is_none().then_some(&residual), acts[1]),
                    project: project.as_ref().zip(layers.project.as_ref()).map(|(filters, (_, _, bias))| {
                        Around { filters, epilogue: epilogue(bias, Some(&residual), acts[2]) }
                    }),
                };
                let mut y = vec![f32::NAN; expected.len()];
                forward(&pool, &strips, batch, &x, &mut y);
                assert!(y == expected, "{:?} {:?}", layers.depthwise, pool.isa());
            }
        }
    }
}

#[test]
fn a_large_network_end_is_left_to_its_layers() {
    let conv = |input: [usize; 3], filters| Conv { window: window(input, 1, 1), filters, groups: 1 };
    let depthwise = Depthwise { window: window([7, 7, 960], 3, 1), multiplier: 1 };
    let (expand, project) = (conv([7, 7, 160], 960), conv([7, 7, 960], 160));
    assert!(!worthwhile(Some(&expand), &depthwise, Some(&project)));
    assert!(!worthwhile(None, &depthwise, None));
}

/// Runs an expansion to four channels with what a test makes of the depthwise convolution's epilogue.
fn run_with(epilogue: Epilogue) {
    let mut random = Lcg::new(1);
    let layers = Layers::new(&case([3, 3, 2], Some((4, 1, 1)), (3, 1), Some(2)), &mut random);
    let [expand, project] = [&layers.expand, &layers.project].map(|layer| layer.as_ref().map(packed));
    let strips = Strips {
        expand: expand.as_ref().map(|filters| Around { filters, epilogue: Epilogue::default() }),
        depthwise: &layers.depthwise,
        kernel: &layers.kernel,
        epilogue,
        project: project.as_ref().map(|filters| Around { filters, epilogue: Epilogue::default() }),
    };
    forward(&Pool::new(1), &strips, 1, &[0.0; 18], &mut [0.0; 18]);
}

#[test]
#[should_panic(expected = "not a bias of 4 channels")]
fn a_short_bias_is_refused() {
    run_with(Epilogue { bias: Some(&[0.0; 3]), ..Epilogue::default() });
}

#[test]
#[should_panic(expected = "a residual before the last layer")]
fn a_residual_between_the_layers_is_refused() {
    run_with(Epilogue { residual: Some(&[0.0; 36]), ..Epilogue::default() });
}
