use super::*;
use crate::Isa;
use crate::testing::{Lcg, assert_close, pools};

/// Groups, rows a group, channels.
const CASES: [[usize; 3]; 9] = [
    [1, 1, 1],
    [3, 1, 7],
    [2, 5, 3],
    [4, 49, 96],
    [3, 784, 40],
    [1, 5000, 33],
    [2, 3000, 48],
    [2, 40_000, 1],
    [3, 2, 1500],
];

#[test]
fn products_and_their_gradients_agree_with_the_formulas() {
    for (seed, [groups, rows, channels]) in CASES.into_iter().enumerate() {
        let mut lcg = Lcg::new(seed as u64);
        let (values, len) = (lcg.values(groups * channels), groups * rows * channels);
        let [x, dy, before] = [(); 3].map(|()| lcg.values(len));
        let factors = Factors { values: &values, channels, rows };
        let place = |i: usize| i / (rows * channels) * channels + i % channels;
        let scaled = |x: &[f32]| -> Vec<f64> {
            (0..len).map(|i| f64::from(x[i]) * f64::from(values[place(i)])).collect()
        };
        let mut expected = vec![0.0; values.len()];
        for i in 0..len {
            expected[place(i)] += f64::from(x[i]) * f64::from(dy[i]);
        }
        let added = |to: &[f32], sums: &[f64]| -> Vec<f64> {
            to.iter().zip(sums).map(|(to, sum)| f64::from(*to) + sum).collect()
        };
        for pool in pools() {
            let what = format!("{groups} {rows} {channels} {:?}", pool.isa());
            let mut y = vec![f32::NAN; len];
            multiply(&pool, &x, &factors, Write::Set, &mut y);
            assert_close(&y, &scaled(&x), 1e-7, &what);
            let mut y = before.clone();
            multiply(&pool, &x, &factors, Write::Add, &mut y);
            assert_close(&y, &added(&before, &scaled(&x)), 1e-6, &what);

            let mut scratch = vec![f32::NAN; super::scratch(groups, rows, channels)];
            let (mut dx, mut dfactors) = (vec![f32::NAN; len], vec![f32::NAN; values.len()]);
            let wanted = Some((&mut dx[..], Write::Set));
            backward(&pool, &x, &dy, &factors, &mut scratch, wanted, (&mut dfactors, Write::Set));
            assert_close(&dx, &scaled(&dy), 1e-7, &what);
            assert_close(&dfactors, &expected, 1e-6, &what);
            let (mut dx, mut dfactors) = (before.clone(), values.clone());
            let wanted = Some((&mut dx[..], Write::Add));
            backward(&pool, &x, &dy, &factors, &mut scratch, wanted, (&mut dfactors, Write::Add));
            assert_close(&dx, &added(&before, &scaled(&dy)), 1e-6, &what);
            assert_close(&dfactors, &added(&values, &expected), 1e-6, &what);
            backward(&pool, &x, &dy, &factors, &mut scratch, None, (&mut dfactors, Write::Set));
            assert_close(&dfactors, &expected, 1e-6, &what);
        }
    }
}

#[test]
fn the_number_of_threads_changes_no_bit() {
    for [groups, rows, channels] in CASES {
        let mut lcg = Lcg::new(9);
        let values = lcg.values(groups * channels);
        let [x, dy] = [(); 2].map(|()| lcg.values(groups * rows * channels));
        for isa in Isa::available() {
            let results = [1, 2, 3].map(|threads| {
                let pool = Pool::with_isa(threads, isa);
                let factors = Factors { values: &values, channels, rows };
                let mut scratch = vec![0.0; super::scratch(groups, rows, channels)];
                let (mut dx, mut dfactors) = (vec![0.0; x.len()], vec![0.0; values.len()]);
                let wanted = Some((&mut dx[..], Write::Set));
                backward(&pool, &x, &dy, &factors, &mut scratch, wanted, (&mut dfactors, Write::Set));
                (dx, dfactors)
            });
            assert!(results[0] == results[1] && results[1] == results[2], "{isa:?}");
        }
    }
}
