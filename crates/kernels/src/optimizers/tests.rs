use super::*;
use crate::testing::{Lcg, assert_close, pools};

/// A step of an optimizer through its door: pool, weights, gradients, moments.
type Door = fn(&Pool, &mut [f32], &[f32], [&mut [f32]; 2]);
/// The same for one weight, as the paper has it, in float64: weight, gradient, moments.
type Formula = fn(f64, f64, [f64; 2]) -> (f64, [f64; 2]);

const ADAM: Adam = Adam { rate: 0.01, new_mean: 0.1, new_square: 0.001, epsilon: 1e-7 };

fn momentum(form: Form) -> Momentum {
    Momentum { rate: 0.05, momentum: 0.9, form }
}

/// Every optimizer: name, door and formula.
fn table() -> [(&'static str, Door, Formula); 4] {
    [
        ("sgd", |pool, w, g, _| Sgd { rate: 0.1 }.step(pool, w, g), |w, g, moments| (w - 0.1 * g, moments)),
        (
            "momentum",
            |pool, w, g, [m, _]| momentum(Form::Classic).step(pool, w, g, m),
            |w, g, [m, rest]| {
                let m = 0.9 * m - 0.05 * g;
                (w + m, [m, rest])
            },
        ),
        (
            "nesterov",
            |pool, w, g, [m, _]| momentum(Form::Nesterov).step(pool, w, g, m),
            |w, g, [m, rest]| {
                let m = 0.9 * m - 0.05 * g;
                (w + 0.9 * m - 0.05 * g, [m, rest])
            },
        ),
        (
            "adam",
            |pool, w, g, [m, v]| ADAM.step(pool, w, g, m, v),
            |w, g, [m, v]| {
                let (m, v) = (m + 0.1 * (g - m), v + 0.001 * (g * g - v));
                (w - 0.01 * m / (v.sqrt() + 1e-7), [m, v])
            },
        ),
    ]
}

/// Three steps from the same start with other gradients each.
fn start(count: usize) -> (Vec<f32>, Vec<f32>, Vec<f32>, [Vec<f32>; 3]) {
    let mut lcg = Lcg::new(7);
    let (weights, mean) = (lcg.values(count), lcg.values(count));
    let square = lcg.values(count).iter().map(|v| v * v).collect();
    (weights, mean, square, std::array::from_fn(|_| lcg.values(count)))
}

#[test]
fn every_optimizer_agrees_with_its_formula() {
    for (name, door, formula) in table() {
        for count in [0, 1, 15, 17, 1000, 40_001] {
            let (weights, mean, square, gradients) = start(count);
            let mut expected: Vec<(f64, [f64; 2])> = (0..count)
                .map(|i| (f64::from(weights[i]), [f64::from(mean[i]), f64::from(square[i])]))
                .collect();
            for gradients in &gradients {
                for ((weight, moments), gradient) in expected.iter_mut().zip(gradients) {
                    (*weight, *moments) = formula(*weight, f64::from(*gradient), *moments);
                }
            }
            for pool in pools() {
                let (mut w, mut m, mut v) = (weights.clone(), mean.clone(), square.clone());
                gradients.iter().for_each(|g| door(&pool, &mut w, g, [&mut m, &mut v]));
                let what = format!("{name} {count} {:?}", pool.isa());
                let column =
                    |pick: fn(&(f64, [f64; 2])) -> f64| expected.iter().map(pick).collect::<Vec<_>>();
                assert_close(&w, &column(|e| e.0), 1e-6, &what);
                assert_close(&m, &column(|e| e.1[0]), 1e-6, &what);
                assert_close(&v, &column(|e| e.1[1]), 1e-6, &what);
            }
        }
    }
}

#[test]
fn threads_change_no_bit() {
    for (name, door, _) in table() {
        let (weights, mean, square, gradients) = start(50_000);
        let after = |threads| {
            let (mut w, mut m, mut v) = (weights.clone(), mean.clone(), square.clone());
            door(&Pool::new(threads), &mut w, &gradients[0], [&mut m, &mut v]);
            (w, m, v)
        };
        assert!(after(1) == after(3), "{name}");
    }
}

#[test]
fn what_no_longer_learns_ends_at_zero() {
    for (name, door, _) in table().into_iter().skip(1) {
        for pool in pools() {
            let (mut w, mut m, mut v) = (vec![1.0; 40], vec![1e-25; 40], vec![1e-29; 40]);
            for _ in 0..3000 {
                door(&pool, &mut w, &[1e-38; 40], [&mut m, &mut v]);
                assert!(m.iter().chain(&v).all(|m| *m == 0.0 || m.is_normal()), "{name}");
            }
            assert!(m == [0.0; 40] && w == [1.0; 40], "{name} {:?}", pool.isa());
        }
    }
}

#[test]
fn a_gradient_that_is_no_number_is_not_hidden() {
    for (name, door, _) in table() {
        for pool in pools() {
            let (mut w, mut m, mut v) = (vec![1.0; 20], vec![0.0; 20], vec![0.0; 20]);
            let mut gradients = [0.0; 20];
            gradients[3] = f32::NAN;
            door(&pool, &mut w, &gradients, [&mut m, &mut v]);
            assert!(w.iter().enumerate().all(|(i, w)| w.is_nan() == (i == 3)), "{name}");
        }
    }
}
