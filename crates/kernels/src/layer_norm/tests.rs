use super::*;
use crate::Isa;
use crate::testing::{Lcg, assert_close, pools};

/// Rows and channels.
const CASES: [[usize; 2]; 10] =
    [[1, 1], [1, 2], [3, 5], [70, 31], [9, 32], [40, 96], [33, 100], [800, 192], [7, 768], [2, 9000]];

/// `x`, `dy`, what was there before, gamma and beta.
fn inputs([rows, channels]: [usize; 2], seed: u64) -> ([Vec<f32>; 3], [Vec<f32>; 2]) {
    let mut lcg = Lcg::new(seed);
    let tensors = [(); 3].map(|()| lcg.values(rows * channels));
    (tensors, [(); 2].map(|()| lcg.values(channels)))
}

#[test]
fn forward_agrees_with_the_reference() {
    for (seed, case) in CASES.into_iter().enumerate() {
        let ([x, ..], [gamma, beta]) = inputs(case, seed as u64);
        let norm = LayerNorm { gamma: &gamma, beta: &beta, epsilon: 1e-3 };
        // Far from zero the mean must be taken away before anything is squared.
        for offset in [0.0, 100.0] {
            let x: Vec<f32> = x.iter().map(|x| x + offset).collect();
            let expected = reference::forward(&norm, &x);
            for pool in pools() {
                let mut y = vec![f32::NAN; x.len()];
                forward(&pool, &norm, &x, &mut y);
                let tolerance = if offset == 0.0 { 1e-6 } else { 1e-4 };
                assert_close(&y, &expected, tolerance, &format!("{case:?} {:?}", pool.isa()));
            }
        }
    }
}

#[test]
fn backward_agrees_with_the_reference() {
    for (seed, case) in CASES.into_iter().enumerate().filter(|(_, [_, channels])| *channels < 1000) {
        let ([x, dy, before], [gamma, beta]) = inputs(case, 100 + seed as u64);
        let norm = LayerNorm { gamma: &gamma, beta: &beta, epsilon: 1e-3 };
        let expected = reference::backward(&norm, &x, &dy);
        let added: Vec<f64> = expected[0].iter().zip(&before).map(|(dx, x)| dx + f64::from(*x)).collect();
        for pool in pools() {
            let what = format!("{case:?} {:?}", pool.isa());
            let mut scratch = vec![f32::NAN; super::scratch(case[0], case[1])];
            let (mut dgamma, mut dbeta) = (vec![f32::NAN; case[1]], vec![f32::NAN; case[1]]);
            let mut run = |dx: Option<(&mut [f32], Write)>| {
                let parameters = Parameters { gamma: Some(&mut dgamma), beta: Some(&mut dbeta) };
                backward(&pool, &norm, &x, &dy, &mut scratch, dx, parameters);
                assert_close(&dgamma, &expected[1], 2e-6, &what);
                assert_close(&dbeta, &expected[2], 2e-6, &what);
            };
            run(None);
            let mut dx = vec![f32::NAN; x.len()];
            run(Some((&mut dx, Write::Set)));
            assert_close(&dx, &expected[0], 5e-6, &what);
            let mut dx = before.clone();
            run(Some((&mut dx, Write::Add)));
            assert_close(&dx, &added, 5e-6, &what);
        }
    }
}

#[test]
fn the_number_of_threads_changes_no_bit() {
    for case in CASES {
        let ([x, dy, _], [gamma, beta]) = inputs(case, 7);
        let norm = LayerNorm { gamma: &gamma, beta: &beta, epsilon: 1e-6 };
        for isa in Isa::available() {
            let results = [1, 2, 3].map(|threads| {
                let pool = Pool::with_isa(threads, isa);
                let mut scratch = vec![0.0; super::scratch(case[0], case[1])];
                let [mut y, mut dx] = [(); 2].map(|()| vec![0.0; x.len()]);
                let [mut dgamma, mut dbeta] = [(); 2].map(|()| vec![0.0; case[1]]);
                forward(&pool, &norm, &x, &mut y);
                let parameters = Parameters { gamma: Some(&mut dgamma), beta: Some(&mut dbeta) };
                backward(&pool, &norm, &x, &dy, &mut scratch, Some((&mut dx, Write::Set)), parameters);
                (y, dx, dgamma, dbeta)
            });
            assert!(results[0] == results[1] && results[1] == results[2], "{case:?} {isa:?}");
        }
    }
}
