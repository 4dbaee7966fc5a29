use super::*;
use crate::testing::{Lcg, assert_close, pools};

fn wide(values: impl IntoIterator<Item = f32>) -> Vec<f64> {
    values.into_iter().map(f64::from).collect()
}

#[test]
fn values_agree_with_the_formulas() {
    for count in [0, 1, 15, 16, 1000, 40_001] {
        let mut lcg = Lcg::new(1);
        let (a, b) = (lcg.values(count), lcg.values(count));
        let both = || a.iter().zip(&b);
        for pool in pools() {
            let mut y = vec![f32::NAN; count];
            add(&pool, &a, &b, Activation::Linear, &mut y);
            assert_close(&y, &wide(both().map(|(a, b)| a + b)), 0.0, "a + b");
            add(&pool, &a, &b, Activation::Relu, &mut y);
            assert_close(&y, &wide(both().map(|(a, b)| (a + b).max(0.0))), 0.0, "relu(a + b)");
            add(&pool, &a, &b, Activation::Tanh, &mut y);
            assert_close(&y, &wide(both().map(|(a, b)| (a + b).tanh())), 1e-6, "tanh(a + b)");
            multiply(&pool, &a, &b, Write::Set, &mut y);
            assert_close(&y, &wide(both().map(|(a, b)| a * b)), 0.0, "a * b");
            copy(&pool, &a, Write::Set, &mut y);
            assert_eq!(y, a);
            copy(&pool, &b, Write::Add, &mut y);
            assert_close(&y, &wide(both().map(|(a, b)| a + b)), 0.0, "a += b");
            multiply(&pool, &a, &b, Write::Add, &mut y);
            assert_close(&y, &wide(both().map(|(a, b)| a + b + a * b)), 1e-6, "y += a * b");
            rescale(&pool, &a, 2.5, -1.0, &mut y);
            assert_close(&y, &wide(a.iter().map(|a| a * 2.5 - 1.0)), 1e-6, "rescale");
        }
    }
}

#[test]
fn rows_are_reversed() {
    for columns in [1, 3, 4, 17] {
        let x = Lcg::new(3).values(20_000 / columns * columns);
        let expected: Vec<f32> = x.chunks(columns).flat_map(|row| row.iter().rev()).copied().collect();
        for pool in pools() {
            let mut y = vec![f32::NAN; x.len()];
            reverse_rows(&pool, &x, columns, Write::Set, &mut y);
            assert_eq!(y, expected);
            reverse_rows(&pool, &x, columns, Write::Add, &mut y);
            assert!(y.iter().zip(&expected).all(|(y, x)| *y == 2.0 * x));
        }
    }
}

#[test]
fn columns_come_back_as_they_went() {
    let (rows, widths) = (700, [3, 1, 30]);
    let total: usize = widths.iter().sum();
    for pool in pools() {
        let mut lcg = Lcg::new(2);
        let mut y = vec![f32::NAN; rows * total];
        let mut at = 0;
        for width in widths {
            let x = lcg.values(rows * width);
            insert_columns(&pool, &x, width, &mut y, total, at);
            for (i, x) in x.iter().enumerate() {
                assert_eq!(*x, y[i / width * total + at + i % width]);
            }
            let mut back = vec![f32::NAN; x.len()];
            extract_columns(&pool, &y, total, at, Write::Set, &mut back, width);
            assert_eq!(back, x);
            extract_columns(&pool, &y, total, at, Write::Add, &mut back, width);
            assert!(back.iter().zip(&x).all(|(back, x)| *back == 2.0 * x));
            at += width;
        }
        assert!(y.iter().all(|y| !y.is_nan()));
    }
}

#[test]
fn borders_are_zero_and_their_gradient_is_left_out() {
    for (map, border) in [([3, 4, 5], [1, 2, 0, 3]), ([2, 2, 1], [0, 0, 0, 0]), ([30, 20, 16], [1, 1, 1, 1])]
    {
        let batch = 3;
        let [height, width, channels] = map;
        let [top, bottom, left, right] = border;
        let (out_height, out_width) = (top + height + bottom, left + width + right);
        let mut lcg = Lcg::new(4);
        let x = lcg.values(batch * height * width * channels);
        let mut expected = vec![0.0; batch * out_height * out_width * channels];
        let mut places = Vec::new();
        for (i, value) in x.iter().enumerate() {
            let (c, column, row) = (i % channels, i / channels % width, i / (channels * width));
            let row = row / height * out_height + row % height + top;
            let place = (row * out_width + column + left) * channels + c;
            expected[place] = *value;
            places.push(place);
        }
        let dy = lcg.values(expected.len());
        for pool in pools() {
            let mut y = vec![f32::NAN; expected.len()];
            pad(&pool, map, border, batch, &x, Write::Set, &mut y);
            assert_eq!(y, expected);
            pad(&pool, map, border, batch, &x, Write::Add, &mut y);
            assert!(y.iter().zip(&expected).all(|(y, x)| *y == 2.0 * x));
            let mut dx = vec![f32::NAN; x.len()];
            crop(&pool, map, border, batch, &dy, Write::Set, &mut dx);
            assert!(dx.iter().zip(&places).all(|(dx, place)| *dx == dy[*place]));
            let mut dx = x.clone();
            crop(&pool, map, border, batch, &dy, Write::Add, &mut dx);
            assert!(dx.iter().zip(places.iter().zip(&x)).all(|(dx, (place, x))| *dx == x + dy[*place]));
        }
    }
}
