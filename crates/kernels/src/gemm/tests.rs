use super::*;
use crate::activation::Activation;
use crate::testing::{Lcg, assert_close, pools};

fn packed(k: usize, n: usize, b: &[f32]) -> Packed {
    let mut packed = Packed::new(k, n);
    packed.pack(&Pool::new(2), b);
    packed
}

const SIZES: [(usize, usize); 9] =
    [(1, 1), (3, 5), (7, 16), (13, 17), (16, 33), (27, 32), (33, 48), (64, 65), (130, 97)];

#[test]
fn multiply_agrees_with_the_reference() {
    let mut random = Lcg::new(1);
    for (k, n) in SIZES {
        for rows in (1..=40).chain([100, 333]) {
            let (a, b) = (random.values(rows * k), random.values(k * n));
            let expected = reference::multiply(rows, k, n, &a, &b);
            for pool in pools() {
                let mut c = vec![f32::NAN; rows * n];
                let b = packed(k, n, &b);
                multiply(&pool, rows, &a, &b, &Epilogue::default(), Write::Set, &mut c);
                assert_close(&c, &expected, 1e-5, &format!("{rows} {k} {n} {:?}", pool.isa()));
            }
        }
    }
}

#[test]
fn epilogues_agree_with_the_reference() {
    let mut random = Lcg::new(2);
    let (rows, k, n) = (37, 20, 50);
    let (a, b) = (random.values(rows * k), random.values(k * n));
    let (bias, residual) = (random.values(n), random.values(rows * n));
    let product = reference::multiply(rows, k, n, &a, &b);
    for pool in pools() {
        for with in
            [(None, None), (Some(&bias), None), (None, Some(&residual)), (Some(&bias), Some(&residual))]
        {
            for activation in [Activation::Linear, Activation::Relu, Activation::Relu6] {
                let epilogue =
                    Epilogue { bias: with.0.map(|b| &b[..]), residual: with.1.map(|r| &r[..]), activation };
                let expected: Vec<f64> = (0..rows * n)
                    .map(|i| {
                        let bias = with.0.map_or(0.0, |bias| f64::from(bias[i % n]));
                        let sum = product[i] + bias + with.1.map_or(0.0, |residual| f64::from(residual[i]));
                        match activation {
                            Activation::Relu => sum.max(0.0),
                            Activation::Relu6 => sum.clamp(0.0, 6.0),
                            _ => sum,
                        }
                    })
                    .collect();
                let mut c = vec![f32::NAN; rows * n];
                multiply(&pool, rows, &a, &packed(k, n, &b), &epilogue, Write::Set, &mut c);
                assert_close(&c, &expected, 1e-5, &format!("{epilogue:?} {:?}", pool.isa()));
            }
        }
    }
}

#[test]
fn add_keeps_what_was_there() {
    let mut random = Lcg::new(3);
    let (rows, k, n) = (19, 40, 37);
    let (a, b, before) = (random.values(rows * k), random.values(k * n), random.values(rows * n));
    let product = reference::multiply(rows, k, n, &a, &b);
    let expected: Vec<f64> = product.iter().zip(&before).map(|(p, b)| p + f64::from(*b)).collect();
    for pool in pools() {
        let mut c = before.clone();
        multiply(&pool, rows, &a, &packed(k, n, &b), &Epilogue::default(), Write::Add, &mut c);
        assert_close(&c, &expected, 1e-5, &format!("{:?}", pool.isa()));
    }
}

#[test]
fn a_transposed_matrix_packs_to_the_same() {
    let mut random = Lcg::new(4);
    for (k, n) in SIZES {
        let b = random.values(k * n);
        let turned: Vec<f32> = (0..k * n).map(|i| b[i % k * n + i / k]).collect();
        let mut from_turned = Packed::new(k, n);
        from_turned.pack_transposed(&Pool::new(2), &turned);
        assert_eq!(packed(k, n, &b).panels(0), from_turned.panels(0));
    }
}

#[test]
fn a_nan_stays_a_nan() {
    for pool in pools() {
        let epilogue = Epilogue { activation: Activation::Relu6, ..Epilogue::default() };
        let mut c = [0.0; 3];
        multiply(&pool, 3, &[1.0, f32::NAN, -1.0], &packed(1, 1, &[2.0]), &epilogue, Write::Set, &mut c);
        assert!(c[0] == 2.0 && c[1].is_nan() && c[2] == 0.0, "{c:?}");
    }
}

#[test]
fn a_row_alone_has_the_bits_it_has_among_others() {
    let mut random = Lcg::new(5);
    let (rows, k, n) = (200, 300, 130);
    let (a, b) = (random.values(rows * k), random.values(k * n));
    let b = packed(k, n, &b);
    for isa in crate::Isa::available() {
        let mut all = vec![0.0; rows * n];
        let epilogue = Epilogue::default();
        multiply(&Pool::with_isa(1, isa), rows, &a, &b, &epilogue, Write::Set, &mut all);
        for threads in [2, 3] {
            let mut again = vec![0.0; rows * n];
            multiply(&Pool::with_isa(threads, isa), rows, &a, &b, &epilogue, Write::Set, &mut again);
            assert_eq!(all, again);
        }
        let mut one = vec![0.0; n];
        multiply(&Pool::with_isa(1, isa), 1, &a[77 * k..78 * k], &b, &epilogue, Write::Set, &mut one);
        assert_eq!(one, all[77 * n..78 * n]);
    }
}

#[test]
fn multiply_transposed_agrees_with_the_reference() {
    let mut random = Lcg::new(6);
    for (k, n) in SIZES.into_iter().chain([(600, 20), (20, 300), (1100, 40)]) {
        for rows in [1, 2, 5, 13, 40, 191, 193, 1000] {
            let (a, g) = (random.values(rows * k), random.values(rows * n));
            let expected = reference::multiply_transposed(rows, k, n, &a, &g);
            let mut scratch = vec![f32::NAN; transposed_scratch(rows, k, n)];
            for pool in pools() {
                let mut out = vec![f32::NAN; k * n];
                multiply_transposed(&pool, rows, k, n, &a, &g, &mut scratch, &mut out);
                assert_close(&out, &expected, 2e-5, &format!("{rows} {k} {n} {:?}", pool.isa()));
            }
        }
    }
}

#[test]
fn multiply_transposed_has_the_same_bits_with_any_threads() {
    let mut random = Lcg::new(7);
    let (rows, k, n) = (20_000, 40, 24);
    let (a, g) = (random.values(rows * k), random.values(rows * n));
    assert!(transposed_scratch(rows, k, n) > 0, "this size is meant to be cut in chunks");
    for isa in crate::Isa::available() {
        let outs = [1, 2, 3].map(|threads| {
            let mut scratch = vec![0.0; transposed_scratch(rows, k, n)];
            let mut out = vec![0.0; k * n];
            let pool = Pool::with_isa(threads, isa);
            multiply_transposed(&pool, rows, k, n, &a, &g, &mut scratch, &mut out);
            out
        });
        assert!(outs[0] == outs[1] && outs[1] == outs[2], "{isa:?}");
        let expected = reference::multiply_transposed(rows, k, n, &a, &g);
        assert_close(&outs[0], &expected, 1e-4, &format!("{isa:?}"));
    }
}

#[test]
#[should_panic(expected = "a is not [2, 3]")]
fn a_wrong_length_is_refused() {
    let b = Packed::new(3, 1);
    multiply(&Pool::new(1), 2, &[0.0; 5], &b, &Epilogue::default(), Write::Set, &mut [0.0; 2]);
}
