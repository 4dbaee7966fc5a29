use super::reference::both_ways;
use super::*;
use crate::Write;
use crate::testing::{Lcg, assert_close, pools};

/// A convolution with `pad` zeros on every side and a pool behind it.
fn pooled(
    input: [usize; 3],
    filters: usize,
    [kernel, stride, pad]: [usize; 3],
    activation: Activation,
    [size, step, pool_pad]: [usize; 3],
) -> PooledConv {
    let along = |n: usize, kernel: usize, stride: usize, pad: usize| (n + 2 * pad - kernel) / stride + 1;
    let output = [0, 1].map(|axis| along(input[axis], kernel, stride, pad));
    let window = |input, output, kernel: usize, stride: usize, pad: usize| Window {
        input,
        output,
        kernel: [kernel; 2],
        stride: [stride; 2],
        dilation: [1; 2],
        pad: [pad; 2],
    };
    let conv = Conv { window: window(input, output, kernel, stride, pad), filters, groups: 1 };
    let pooled = output.map(|n| along(n, size, step, pool_pad));
    let pool = window([output[0], output[1], filters], pooled, size, step, pool_pad);
    PooledConv::new(conv, activation, pool).unwrap()
}

fn cases() -> Vec<(PooledConv, usize)> {
    use Activation::{Linear, Relu, Relu6};
    vec![
        (pooled([10, 10, 16], 8, [3, 1, 0], Relu, [2, 2, 0]), 3),
        (pooled([9, 12, 32], 20, [3, 1, 1], Relu, [2, 2, 0]), 2),
        (pooled([14, 14, 32], 17, [3, 1, 1], Relu6, [3, 2, 1]), 1),
        (pooled([13, 11, 12], 5, [5, 2, 2], Linear, [2, 2, 0]), 18),
        (pooled([6, 6, 147], 3, [1, 1, 0], Relu, [3, 3, 0]), 2),
        (pooled([40, 36, 35], 4, [3, 1, 1], Relu, [4, 2, 0]), 2),
    ]
}

struct Values {
    x: Vec<f32>,
    kernel: Vec<f32>,
    bias: Vec<f32>,
    dy: Vec<f32>,
}

fn values(pooled: &PooledConv, batch: usize) -> Values {
    let mut lcg = Lcg::new(3);
    let filters = pooled.conv.filters;
    Values {
        x: lcg.values(batch * pooled.conv.window.input_len()),
        kernel: lcg.values(pooled.patch_len() * filters),
        bias: lcg.values(filters),
        dy: lcg.values(batch * pooled.output_len()),
    }
}

/// Output, then gradients of kernel, bias and input.
fn run(pool: &Pool, pooled: &PooledConv, batch: usize, v: &Values, write: Write) -> [Vec<f32>; 4] {
    let mut filters = Filters::new(&pooled.conv);
    filters.pack(&Pool::new(1), &v.kernel);
    let mut scratch = vec![f32::NAN; pooled.scratch(batch)];
    let mut y = vec![f32::NAN; v.dy.len()];
    let mut places = y.clone();
    forward(pool, pooled, batch, &v.x, &filters, Some(&v.bias), &mut scratch, &mut y, &mut places);
    let mut turned = vec![f32::NAN; v.kernel.len()];
    turn(&v.kernel, pooled.conv.filters, &mut turned);
    let (mut kernel, mut bias) = (turned.clone(), v.bias.clone());
    let mut dx = if write == Write::Set { vec![f32::NAN; v.x.len()] } else { v.x.clone() };
    let owed = Owed { kernel: &mut kernel, bias: Some(&mut bias), input: Some((&mut dx, write, &turned)) };
    backward(pool, pooled, batch, &v.x, &v.dy, &places, &mut scratch, owed);
    [y, kernel, bias, dx]
}

#[test]
fn both_ways_agree_with_one_op_after_the_other() {
    for (pooled, batch) in cases() {
        let v = values(&pooled, batch);
        let expected = both_ways(&pooled, batch, &v.x, &v.kernel, &v.bias, &v.dy);
        let added: Vec<f64> = expected.dx.iter().zip(&v.x).map(|(dx, x)| dx + f64::from(*x)).collect();
        for pool in pools() {
            let what = format!("{pooled:?} {:?}", pool.isa());
            let [y, kernel, bias, dx] = run(&pool, &pooled, batch, &v, Write::Set);
            assert_close(&y, &expected.y, 1e-5, &what);
            assert_close(&kernel, &expected.dkernel, 1e-5, &what);
            assert_close(&bias, &expected.dbias, 1e-5, &what);
            assert_close(&dx, &expected.dx, 1e-5, &what);
            let [.., dx] = run(&pool, &pooled, batch, &v, Write::Add);
            assert_close(&dx, &added, 1e-5, &what);
        }
    }
}

#[test]
fn threads_change_no_bit() {
    for (pooled, batch) in cases() {
        let v = values(&pooled, batch);
        let bits = |threads| {
            run(&Pool::new(threads), &pooled, batch, &v, Write::Set)
                .map(|values| values.iter().map(|value| value.to_bits()).collect::<Vec<_>>())
        };
        assert!(bits(1) == bits(3), "{pooled:?}");
    }
}

#[test]
fn the_input_may_be_owed_nothing() {
    let (pooled, batch) = cases().swap_remove(0);
    let v = values(&pooled, batch);
    let pool = Pool::new(2);
    let [y, kernel, ..] = run(&pool, &pooled, batch, &v, Write::Set);
    let mut filters = Filters::new(&pooled.conv);
    filters.pack(&Pool::new(1), &v.kernel);
    let mut scratch = vec![0.0; pooled.scratch(batch)];
    let (mut again, mut places, mut dkernel) = (y.clone(), y.clone(), kernel.clone());
    forward(&pool, &pooled, batch, &v.x, &filters, Some(&v.bias), &mut scratch, &mut again, &mut places);
    let owed = Owed { kernel: &mut dkernel, bias: None, input: None };
    backward(&pool, &pooled, batch, &v.x, &v.dy, &places, &mut scratch, owed);
    assert!(again == y && dkernel == kernel);
}

#[test]
fn what_it_does_not_pay_for_is_left_alone() {
    let (good, _) = cases().swap_remove(0);
    let PooledConv { conv, pool, .. } = good;
    let grouped = Conv { groups: 2, ..conv };
    let dense = Window { stride: [1, 1], output: [7, 7], ..pool };
    assert_eq!(PooledConv::new(conv, Activation::Relu, pool), Some(good));
    assert_eq!(PooledConv::new(conv, Activation::Swish, pool), None);
    assert_eq!(PooledConv::new(grouped, Activation::Relu, pool), None);
    assert_eq!(PooledConv::new(conv, Activation::Relu, dense), None);
    let dilated = Window { dilation: [2, 2], output: [3, 3], ..pool };
    assert_eq!(PooledConv::new(conv, Activation::Relu, dilated), None);
}

#[test]
fn places_are_whole_numbers_in_float32() {
    // 64 lines of 2¹⁸ floats are the most, and a pool's own padding makes them longer.
    let pooled = |pool_pad: usize| {
        let window = |input, output, kernel, stride, pad| Window {
            input,
            output,
            kernel,
            stride,
            dilation: [1; 2],
            pad: [0, pad],
        };
        let (width, channels) = ((1 << 13) - 2, 32);
        let conv = Conv {
            window: window([64, width, channels], [64, width], [1, 1], [1, 1], 0),
            filters: 1,
            groups: 1,
        };
        let columns = (width + 2 * pool_pad) / 4;
        let pool = window([64, width, 1], [1, columns], [64, 4], [64, 4], pool_pad);
        PooledConv::new(conv, Activation::Relu, pool)
    };
    assert!(pooled(0).is_some());
    assert_eq!(pooled(4), None);
}

#[test]
fn small_batches_need_no_more_scratch_than_large_ones() {
    for (pooled, _) in cases() {
        let scratch: Vec<usize> = (0..100).map(|batch| pooled.scratch(batch)).collect();
        assert!(scratch.is_sorted(), "{pooled:?}: {scratch:?}");
    }
}
