use crate::{
    Activation, BatchNorm, Conv2d, Dense, DepthwiseConv2d, ErrorKind, Graph, NodeId, Op, Padding, Pool,
    Result, Shape,
};

/// A graph of `op` alone on an input of `shape`.
fn single(op: Op, shape: impl Into<Shape>) -> Result<(Graph, NodeId)> {
    let mut graph = Graph::new("model", "input", shape)?;
    let input = graph.input();
    let id = graph.add("layer", op, &[input])?;
    Ok((graph, id))
}

fn output(op: Op, shape: impl Into<Shape>) -> Result<Shape> {
    single(op, shape).map(|(graph, id)| graph.node(id).shape.clone())
}

/// What `single` complains of.
fn complaint(op: Op, shape: impl Into<Shape>) -> (ErrorKind, String) {
    let error = single(op, shape).expect_err("this must fail");
    (error.kind(), error.to_string())
}

#[test]
fn windows_have_kerass_lengths() {
    let mut seen = 0;
    for line in include_str!("../../tests/data/windows.txt").lines() {
        let [name, padding, numbers @ ..] = &line.split(' ').collect::<Vec<_>>()[..] else {
            panic!("{line}")
        };
        let padding = Padding::from_name(padding).unwrap();
        let [size, kernel, stride, dilation] = [0, 1, 2, 3].map(|i| numbers[i].parse::<usize>().unwrap());
        let pool = Pool { size: [kernel; 2], stride: [stride; 2], padding };
        let op = match *name {
            "conv2d" => Op::Conv2d(Conv2d {
                padding,
                dilation: [dilation; 2],
                ..Conv2d::new(2, kernel).stride(stride)
            }),
            "depthwise" => Op::DepthwiseConv2d(DepthwiseConv2d {
                padding,
                dilation: [dilation; 2],
                ..DepthwiseConv2d::new(kernel).stride(stride)
            }),
            "max_pool" => Op::MaxPool(pool),
            "average_pool" => Op::AveragePool(pool),
            other => panic!("unknown op {other}"),
        };
        let expected = numbers[4].parse::<usize>().ok();
        let received = output(op, [size, size, 2]).ok().map(|shape| shape.dims()[0]);
        assert_eq!(received, expected, "{line}");
        seen += 1;
    }
    assert_eq!(seen, 560);
}

#[test]
fn parameters_have_kerass_names_and_shapes() {
    let map = [9, 8, 6];
    let bare = BatchNorm { scale: false, ..BatchNorm::default() };
    let cases = [
        ("conv2d", Op::Conv2d(Conv2d { kernel: [3, 5], ..Conv2d::new(4, 3) }), Shape::from(map)),
        (
            "conv2d_groups_no_bias",
            Op::Conv2d(Conv2d { groups: 2, ..Conv2d::new(8, 3).no_bias() }),
            Shape::from(map),
        ),
        (
            "depthwise",
            Op::DepthwiseConv2d(DepthwiseConv2d { multiplier: 2, ..DepthwiseConv2d::new(3) }),
            map.into(),
        ),
        (
            "depthwise_no_bias",
            Op::DepthwiseConv2d(DepthwiseConv2d { kernel: [5, 3], ..DepthwiseConv2d::new(3).no_bias() }),
            map.into(),
        ),
        ("dense", Op::Dense(Dense::new(7)), [5].into()),
        ("dense_on_map", Op::Dense(Dense { use_bias: false, ..Dense::new(7) }), map.into()),
        ("batch_norm", Op::BatchNorm(BatchNorm::default()), map.into()),
        ("batch_norm_no_scale", Op::BatchNorm(bare.clone()), map.into()),
        ("batch_norm_bare", Op::BatchNorm(BatchNorm { center: false, ..bare }), [5].into()),
        ("max_pool", Op::MaxPool(Pool::new(2)), map.into()),
        ("flatten", Op::Flatten, map.into()),
    ];
    let join = |shape: &Shape| shape.dims().iter().map(ToString::to_string).collect::<Vec<_>>().join("x");
    let received = cases.map(|(name, op, input)| {
        let (graph, id) = single(op, input).unwrap();
        let mut line = format!("{name} {}", join(&graph.node(id).shape));
        for parameter in graph.parameters() {
            line += &format!(" {}:{}", parameter.role.name(), join(&parameter.shape));
        }
        line
    });
    let keras: Vec<&str> = include_str!("../../tests/data/parameters.txt").lines().collect();
    assert_eq!(received.to_vec(), keras);
}

#[test]
fn shapes_that_no_window_makes() {
    let shape = |op, dims: &[usize]| output(op, Shape::new(dims)).unwrap().to_string();
    assert_eq!(shape(Op::ZeroPad([0, 1, 2, 3]), &[5, 6, 2]), "(None, 6, 11, 2)");
    assert_eq!(shape(Op::GlobalMaxPool { keepdims: false }, &[5, 6, 2]), "(None, 2)");
    assert_eq!(shape(Op::Dense(Dense::new(3)), &[5, 6, 2]), "(None, 5, 6, 3)");
    assert_eq!(shape(Op::Activation(Activation::Softmax), &[7]), "(None, 7)");
    let one_each = Op::Normalization { mean: vec![0.0; 3], variance: vec![1.0; 3] };
    assert_eq!(shape(one_each, &[4, 4, 3]), "(None, 4, 4, 3)");
}

#[test]
fn add_and_concat_take_what_fits() {
    let mut graph = Graph::new("model", "input", [4, 4, 3]).unwrap();
    let a = graph.input();
    let b = graph.add("wide", Op::Conv2d(Conv2d::new(5, 1)), &[a]).unwrap();
    let small = graph.add("small", Op::MaxPool(Pool::new(2)), &[a]).unwrap();
    let joined = graph.add("joined", Op::Concat, &[a, b, a]).unwrap();
    assert_eq!(graph.node(joined).shape, Shape::from([4, 4, 11]));
    assert!(graph.add("sum", Op::Add, &[a, a, a]).is_ok());

    let refused =
        |graph: &mut Graph, op, inputs: &[NodeId]| graph.add("bad", op, inputs).unwrap_err().to_string();
    assert_eq!(
        refused(&mut graph, Op::Add, &[a, b]),
        "layer bad (Add): expected two or more inputs of fitting shapes, received (None, 4, 4, 3) and (None, 4, 4, 5)"
    );
    assert_eq!(
        refused(&mut graph, Op::Concat, &[a, small]),
        "layer bad (Concatenate): expected inputs that differ in the last axis only, \
         received (None, 4, 4, 3) and (None, 2, 2, 3)"
    );
    assert!(refused(&mut graph, Op::Add, &[a]).contains("received (None, 4, 4, 3)"));
    assert!(refused(&mut graph, Op::Flatten, &[a, b]).contains("expected one input"));
    assert!(refused(&mut graph, Op::Flatten, &[]).contains("received no input"));
}

#[test]
fn what_does_not_fit_is_said() {
    let (kind, message) = complaint(Op::Conv2d(Conv2d::new(8, 3)), [2, 9, 1]);
    assert_eq!(kind, ErrorKind::Value);
    assert_eq!(
        message,
        "layer layer (Conv2D): a window of 3 does not fit an input of 2 × 9: use larger pictures"
    );
    let (kind, message) = complaint(Op::GlobalAveragePool { keepdims: false }, [9]);
    assert_eq!(kind, ErrorKind::Shape);
    assert_eq!(
        message,
        "layer layer (GlobalAveragePooling2D): expected a feature map (H, W, C), received (None, 9)"
    );
    let groups = Conv2d { groups: 2, ..Conv2d::new(8, 1) };
    assert!(complaint(Op::Conv2d(groups), [4, 4, 3]).1.contains("the groups divide"));
    let four = Op::Normalization { mean: vec![0.0; 4], variance: vec![1.0; 4] };
    assert!(complaint(four, [4, 4, 3]).1.contains("as many channels"));
}

#[test]
fn values_out_of_range_are_refused() {
    let conv = |change: fn(&mut Conv2d)| {
        let mut conv = Conv2d::new(4, 3);
        change(&mut conv);
        Op::Conv2d(conv)
    };
    let norm = |epsilon, momentum| Op::BatchNorm(BatchNorm { epsilon, momentum, ..BatchNorm::default() });
    let bad = [
        conv(|c| c.filters = 0),
        conv(|c| c.groups = 0),
        conv(|c| c.kernel = [3, 0]),
        conv(|c| c.stride = [0, 1]),
        conv(|c| c.dilation = [1, 0]),
        conv(|c| c.filters = usize::MAX),
        conv(|c| c.dilation = [usize::MAX; 2]),
        Op::DepthwiseConv2d(DepthwiseConv2d { multiplier: 0, ..DepthwiseConv2d::new(3) }),
        Op::DepthwiseConv2d(DepthwiseConv2d::new(3).stride(0)),
        Op::MaxPool(Pool::new(0)),
        Op::AveragePool(Pool::new(2).stride(0)),
        Op::Dense(Dense::new(0)),
        Op::Dropout(1.0),
        Op::Dropout(-0.1),
        Op::Dropout(f32::NAN),
        norm(0.0, 0.9),
        norm(f32::NAN, 0.9),
        norm(1e-3, 1.5),
        norm(1e-3, f32::NAN),
    ];
    for op in bad {
        let (kind, message) = complaint(op.clone(), [8, 8, 3]);
        assert_eq!(kind, ErrorKind::Value, "{op:?}");
        assert!(message.starts_with("layer layer ("), "{message}");
    }
}

/// Sizes as a hostile model file may state them: each an error, none a panic, a wrap or an allocation.
#[test]
fn hostile_sizes_are_errors() {
    let most = 1 << 24;
    let deep = DepthwiseConv2d { multiplier: most, ..DepthwiseConv2d::new(1) };
    let hostile = [
        (Op::Conv2d(Conv2d::new(most, 1)), Shape::from([512, 512, 3])),
        (Op::Conv2d(Conv2d::new(1, most).same()), Shape::from([8, 8, 3])),
        (Op::DepthwiseConv2d(deep), Shape::from([8, 8, most])),
        (Op::ZeroPad([usize::MAX; 4]), Shape::from([8, 8, 3])),
        (Op::ZeroPad([1 << 20, 1 << 20, 0, 0]), Shape::from([8, 1 << 12, 3])),
        (Op::Dense(Dense::new(most)), Shape::from([1 << 16])),
        (Op::Flatten, Shape::new(Vec::from([1; 1]))),
    ];
    let last = hostile.len() - 1;
    for (index, (op, shape)) in hostile.into_iter().enumerate() {
        let received = single(op.clone(), shape);
        assert_eq!(received.is_ok(), index == last, "{op:?}: {received:?}");
    }
    for dims in [vec![0, 8, 3], vec![usize::MAX, usize::MAX, 3], vec![1 << 20, 1 << 20, 3]] {
        assert!(Graph::new("model", "input", Shape::new(dims.clone())).is_err(), "{dims:?}");
    }
}
