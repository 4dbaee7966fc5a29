use super::reference::value;
use super::*;
use crate::testing::{Lcg, assert_close, pools};
use crate::{Isa, Pool};

on_each_isa! {
    fn exp_of[F](x: &[f32], y: &mut [f32]) {
        for (y, x) in y.iter_mut().zip(x) {
            *y = exp::<F>(*x);
        }
    }
}

/// What the backward is given for an input.
fn kept(activation: Activation, x: f32) -> f32 {
    if activation.is_known_by_output() { value(activation, f64::from(x)) as f32 } else { x }
}

/// Floats from `-limit` to `limit`, small ones too.
fn floats(limit: f32) -> Vec<f32> {
    let mut lcg = Lcg::new(11);
    (0..20_011).map(|i| lcg.value() * if i % 3 == 0 { 1.0 } else { limit }).collect()
}

#[test]
fn exp_is_exact_to_a_few_units_in_the_last_place() {
    let x = floats(87.0);
    for isa in Isa::available() {
        let mut y = vec![0.0; x.len()];
        exp_of(isa, &x, &mut y);
        for (x, y) in x.iter().zip(&y) {
            let expected = f64::from(*x).exp();
            assert!(
                (f64::from(*y) / expected - 1.0).abs() < 2e-7,
                "{isa:?}: exp({x}) is {expected}, not {y}"
            );
        }
    }
}

#[test]
fn exp_is_right_at_the_ends() {
    let x = [
        0.0,
        -0.0,
        f32::INFINITY,
        f32::NEG_INFINITY,
        f32::NAN,
        88.7,
        88.73,
        -87.5,
        -103.0,
        -104.0,
        1e30,
        -1e30,
    ];
    for isa in Isa::available() {
        let mut y = [0.0; 12];
        exp_of(isa, &x, &mut y);
        assert_eq!(y[..4], [1.0, 1.0, f32::INFINITY, 0.0], "{isa:?}");
        assert!(y[4].is_nan(), "{isa:?}");
        assert_eq!(y[6..7], [f32::INFINITY], "{isa:?}");
        assert_eq!(y[9..], [0.0, f32::INFINITY, 0.0], "{isa:?}");
        assert!((f64::from(y[5]) / 88.7_f32.exp() as f64 - 1.0).abs() < 1e-6, "{isa:?}");
        // Subnormals, to their last place.
        assert!((f64::from(y[7]) - (-87.5_f64).exp()).abs() < 1.5e-45, "{isa:?}");
        assert!((f64::from(y[8]) - (-103.0_f64).exp()).abs() < 1.5e-45, "{isa:?}");
    }
}

#[test]
fn values_agree_with_the_formulas() {
    let x = floats(30.0);
    for activation in Activation::ALL {
        for pool in pools() {
            let mut y = vec![f32::NAN; x.len()];
            forward(&pool, activation, &x, &mut y);
            for (x, y) in x.iter().zip(&y) {
                let expected = value(activation, f64::from(*x));
                let off = (f64::from(*y) - expected).abs();
                // What would be subnormal is zero.
                let (relative, least) =
                    if activation == Activation::Gelu { (8e-7, 5e-39) } else { (5e-7, 0.0) };
                assert!(
                    off <= relative * expected.abs() + least,
                    "{activation:?}({x}) is {expected}, not {y}, {:?}",
                    pool.isa()
                );
            }
            let mut in_place = x.clone();
            forward_in_place(&pool, activation, &mut in_place);
            assert_eq!(in_place, y);
        }
    }
}

#[test]
fn values_are_right_at_the_ends() {
    let x = [f32::INFINITY, f32::NEG_INFINITY, 3e38, -3e38, 100.0, -100.0, 0.0, f32::NAN];
    for activation in Activation::ALL {
        let (low, high) = match activation {
            Activation::Linear => (f32::NEG_INFINITY, f32::INFINITY),
            Activation::Relu | Activation::Swish | Activation::HardSwish | Activation::Gelu => {
                (0.0, f32::INFINITY)
            }
            Activation::Relu6 => (0.0, 6.0),
            Activation::Sigmoid | Activation::HardSigmoid => (0.0, 1.0),
            Activation::Tanh => (-1.0, 1.0),
        };
        for pool in pools() {
            let mut y = [0.0; 8];
            forward(&pool, activation, &x, &mut y);
            assert_eq!([y[0], y[1]], [high, low], "{activation:?} {:?}", pool.isa());
            assert!(y[7].is_nan(), "{activation:?} {:?}", pool.isa());
            for (x, y) in x.iter().zip(y).skip(2).take(5) {
                let expected = value(activation, f64::from(*x)) as f32;
                assert!((y - expected).abs() <= 1e-6 * expected.abs() + 1e-37, "{activation:?}({x}) = {y}");
            }
            let mut dx = [f32::NAN; 8];
            let kept = if activation.is_known_by_output() { y } else { x };
            backward(&pool, activation, &kept, &[1.0; 8], Write::Set, &mut dx);
            assert!(
                dx[..7].iter().all(|dx| (0.0..=1.0).contains(dx)) || activation == Activation::Tanh,
                "{dx:?}"
            );
            assert!(dx[..7].iter().all(|dx| dx.is_finite()), "{activation:?} {dx:?}");
        }
    }
}

#[test]
fn gradients_agree_with_finite_differences() {
    const STEP: f64 = 1e-5;
    // Off the corners of the clamps.
    let is_off = |x: &f32| [0.0, 6.0, -3.0, 3.0].iter().all(|corner| (x - corner).abs() > 1e-3);
    let x: Vec<f32> = floats(9.0).into_iter().filter(is_off).collect();
    let dy = Lcg::new(4).values(x.len());
    for activation in Activation::ALL {
        let kept: Vec<f32> = x.iter().map(|x| kept(activation, *x)).collect();
        let slope = |x: f64| (value(activation, x + STEP) - value(activation, x - STEP)) / (2.0 * STEP);
        let expected: Vec<f64> =
            x.iter().zip(&dy).map(|(x, dy)| slope(f64::from(*x)) * f64::from(*dy)).collect();
        let added: Vec<f64> = expected.iter().zip(&x).map(|(dx, x)| dx + f64::from(*x)).collect();
        for pool in pools() {
            let mut dx = vec![f32::NAN; x.len()];
            backward(&pool, activation, &kept, &dy, Write::Set, &mut dx);
            assert_close(&dx, &expected, 1e-6, &format!("{activation:?} {:?}", pool.isa()));
            let mut dx = x.clone();
            backward(&pool, activation, &kept, &dy, Write::Add, &mut dx);
            assert_close(&dx, &added, 1e-6, &format!("{activation:?} {:?}", pool.isa()));
        }
    }
}

#[test]
fn nothing_is_no_work() {
    forward(&Pool::new(2), Activation::Swish, &[], &mut []);
}

/// As in TensorFlow: nothing flows at the corners.
#[test]
fn clamps_have_no_gradient_at_their_corners() {
    let y = [0.0, -0.0, 3.0, 6.0, 7.0];
    for (activation, expected) in
        [(Activation::Relu, [0.0, 0.0, 1.0, 1.0, 1.0]), (Activation::Relu6, [0.0, 0.0, 1.0, 0.0, 0.0])]
    {
        let mut dx = [f32::NAN; 5];
        backward(&Pool::new(1), activation, &y, &[1.0; 5], Write::Set, &mut dx);
        assert_eq!(dx, expected, "{activation:?}");
    }
}

#[test]
fn a_gradient_in_place_is_the_same() {
    let (x, dy) = (floats(8.0), floats(1.0));
    for activation in Activation::ALL {
        let kept: Vec<f32> = x.iter().map(|x| kept(activation, *x)).collect();
        for pool in pools() {
            let mut expected = vec![f32::NAN; dy.len()];
            backward(&pool, activation, &kept, &dy, Write::Set, &mut expected);
            let mut dy = dy.clone();
            backward_in_place(&pool, activation, &kept, &mut dy);
            assert!(dy == expected, "{activation:?} {:?}", pool.isa());
        }
    }
}
