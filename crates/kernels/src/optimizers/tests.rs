use super::*;
use crate::testing::{Lcg, assert_close, pools};

/// A step of an optimizer through its door: a factor of its rate, pool, step, moments.
type Door = fn(f32, &Pool, Step<'_>, [&mut [f32]; 3]);
/// The same for one weight, as the paper has it, in float64: weight, gradient, moments.
type Formula = fn(f64, f64, [f64; 3]) -> (f64, [f64; 3]);

fn adam(factor: f32) -> Adam {
    Adam { rate: 0.01 * factor, new_mean: 0.1, new_square: 0.001, epsilon: 1e-7 }
}

fn momentum(factor: f32) -> Momentum {
    Momentum { rate: 0.05 * factor, momentum: 0.9 }
}

fn rmsprop(factor: f32) -> RmsProp {
    RmsProp { rate: 0.01 * factor, old: 0.9, new: 0.1, momentum: 0.8, epsilon: 0.05 }
}

fn nadam(factor: f32) -> Nadam {
    Nadam {
        rate: 0.01 * factor,
        new_mean: 0.1,
        new_square: 0.001,
        mean_weight: 0.7,
        gradient_weight: 0.4,
        square_weight: 1.5,
        epsilon: 1e-7,
    }
}

/// Every rule: name, door and formula. All moments start positive, the second and third as squares.
const TABLE: &[(&str, Door, Formula)] = &[
    (
        "sgd",
        |f, pool, step, _| Sgd { rate: 0.1 * f }.step(pool, step, []),
        |w, g, moments| (w - 0.1 * g, moments),
    ),
    (
        "momentum",
        |f, pool, step, [m, ..]| momentum(f).step(pool, step, [m]),
        |w, g, [m, b, c]| {
            let m = 0.9 * m - 0.05 * g;
            (w + m, [m, b, c])
        },
    ),
    (
        "nesterov",
        |f, pool, step, [m, ..]| Nesterov(momentum(f)).step(pool, step, [m]),
        |w, g, [m, b, c]| {
            let m = 0.9 * m - 0.05 * g;
            (w + 0.9 * m - 0.05 * g, [m, b, c])
        },
    ),
    (
        "adam",
        |f, pool, step, [m, v, _]| adam(f).step(pool, step, [m, v]),
        |w, g, [m, v, c]| {
            let (m, v) = (m + 0.1 * (g - m), v + 0.001 * (g * g - v));
            (w - 0.01 * m / (v.sqrt() + 1e-7), [m, v, c])
        },
    ),
    (
        "amsgrad",
        |f, pool, step, moments| AmsGrad(adam(f)).step(pool, step, moments),
        |w, g, [m, v, largest]| {
            let (m, v) = (m + 0.1 * (g - m), v + 0.001 * (g * g - v));
            let largest = largest.max(v);
            (w - 0.01 * m / (largest.sqrt() + 1e-7), [m, v, largest])
        },
    ),
    (
        "adagrad",
        |f, pool, step, [_, a, _]| Adagrad { rate: 0.01 * f, epsilon: 1e-7 }.step(pool, step, [a]),
        |w, g, [m, a, c]| {
            let a = a + g * g;
            (w - 0.01 * g / (a + 1e-7).sqrt(), [m, a, c])
        },
    ),
    (
        "adadelta",
        |f, pool, step, [_, a, b]| {
            Adadelta { rate: 0.5 * f, old: 0.9, new: 0.1, epsilon: 1e-3 }.step(pool, step, [a, b])
        },
        |w, g, [m, a, b]| {
            let a = 0.9 * a + 0.1 * g * g;
            let d = -g * (b + 1e-3).sqrt() / (a + 1e-3).sqrt();
            (w + 0.5 * d, [m, a, 0.9 * b + 0.1 * d * d])
        },
    ),
    (
        "rmsprop",
        |f, pool, step, [_, v, _]| rmsprop(f).step(pool, step, [v]),
        |w, g, [m, v, c]| {
            let v = 0.9 * v + 0.1 * g * g;
            (w - 0.01 * g / (v + 0.05).sqrt(), [m, v, c])
        },
    ),
    (
        "rmsprop_momentum",
        |f, pool, step, [m, v, _]| RmsPropMomentum(rmsprop(f)).step(pool, step, [v, m]),
        |w, g, [m, v, c]| {
            let v = 0.9 * v + 0.1 * g * g;
            let m = 0.8 * m + 0.01 * g / (v + 0.05).sqrt();
            (w - m, [m, v, c])
        },
    ),
    (
        "centered",
        |f, pool, step, [a, v, _]| Centered(rmsprop(f)).step(pool, step, [v, a]),
        |w, g, [a, v, c]| {
            let (v, a) = (0.9 * v + 0.1 * g * g, 0.9 * a + 0.1 * g);
            (w - 0.01 * g / ((v - a * a).max(0.0) + 0.05).sqrt(), [a, v, c])
        },
    ),
    (
        "centered_momentum",
        |f, pool, step, [a, v, m]| CenteredMomentum(rmsprop(f)).step(pool, step, [v, m, a]),
        |w, g, [a, v, m]| {
            let (v, a) = (0.9 * v + 0.1 * g * g, 0.9 * a + 0.1 * g);
            let m = 0.8 * m + 0.01 * g / ((v - a * a).max(0.0) + 0.05).sqrt();
            (w - m, [a, v, m])
        },
    ),
    (
        "adamax",
        |f, pool, step, [m, u, _]| {
            Adamax { rate: 0.01 * f, new_mean: 0.1, old_norm: 0.99, epsilon: 1e-7 }.step(pool, step, [m, u])
        },
        |w, g, [m, u, c]| {
            let (m, u) = (m + 0.1 * (g - m), (0.99 * u).max(g.abs()));
            (w - 0.01 * m / (u + 1e-7), [m, u, c])
        },
    ),
    (
        "nadam",
        |f, pool, step, [m, v, _]| nadam(f).step(pool, step, [m, v]),
        |w, g, [m, v, c]| {
            let (m, v) = (m + 0.1 * (g - m), v + 0.001 * (g * g - v));
            (w - 0.01 * (0.7 * m + 0.4 * g) / ((1.5 * v).sqrt() + 1e-7), [m, v, c])
        },
    ),
    (
        "lion",
        |f, pool, step, [m, ..]| Lion { rate: 0.01 * f, beta_1: 0.9, beta_2: 0.99 }.step(pool, step, [m]),
        |w, g, [m, b, c]| (w - 0.01 * (0.9 * m + 0.1 * g).signum(), [0.99 * m + 0.01 * g, b, c]),
    ),
];

/// The rules whose first moments never shrink, or that take steps of one size.
const NEVER_ENDING: &[&str] = &["adagrad", "amsgrad", "lion"];

/// Weights and moments.
#[derive(Debug, Clone, PartialEq)]
struct State {
    weights: Vec<f32>,
    moments: [Vec<f32>; 3],
    averages: Vec<f32>,
}

impl State {
    /// Steps through `door` with every part of what optimizers have in common.
    fn step(&mut self, door: Door, rate: f32, pool: &Pool, common: &Common<'_>, gradients: &[f32]) {
        let Common { variables, scales, limit, momentum } = *common;
        let average = Some(Average { values: &mut self.averages, momentum });
        let (weights, learning_rate) = (self.weights.as_mut_slice(), 0.5);
        let step = Step { variables, weights, gradients, scales, limit, learning_rate, average };
        door(rate, pool, step, self.moments.each_mut().map(|m| m.as_mut_slice()));
    }
}

#[derive(Clone, Copy)]
struct Common<'a> {
    variables: &'a Variables,
    scales: &'a [f32],
    limit: f32,
    momentum: f32,
}

impl<'a> Common<'a> {
    /// Nothing but the rule itself.
    fn plain(variables: &'a Variables) -> Self {
        Self { variables, scales: &[], limit: f32::INFINITY, momentum: 0.5 }
    }
}

/// Two variables with a gap between them, of `count` values in all.
fn two_variables(count: usize) -> Variables {
    let first = count / 3;
    Variables::new(vec![
        Variable { weights: 0..first, gradients: 0..first, rate: 1.0, decay: 0.0 },
        Variable { weights: first + 2..count + 2, gradients: first..count, rate: 1.0, decay: 0.1 },
    ])
}

/// One variable.
fn one_variable(count: usize) -> Variables {
    Variables::new(vec![Variable { weights: 0..count, gradients: 0..count, rate: 1.0, decay: 0.0 }])
}

/// A start for so many gradients and two weights more, and three steps' gradients.
fn start(count: usize) -> (State, [Vec<f32>; 3]) {
    let mut lcg = Lcg::new(7);
    let weights = lcg.values(count + 2);
    let mut squares = || lcg.values(count).iter().map(|v| v * v).collect();
    let moments = [squares(), squares(), squares()];
    let gradients = std::array::from_fn(|_| lcg.values(count));
    (State { weights, moments, averages: vec![0.25; count] }, gradients)
}

/// What `formula` makes of the weights that belong to gradient `index`, step by step, and their average.
fn expected(
    formula: Formula,
    state: &State,
    gradients: &[Vec<f32>],
    index: usize,
    common: &Common<'_>,
) -> [f64; 5] {
    let at = common.variables.iter().position(|v| v.gradients.contains(&index)).unwrap();
    let variable = &common.variables.get(at);
    let mut weight = f64::from(state.weights[variable.weights.start + index - variable.gradients.start]);
    let mut moments: [f64; 3] = std::array::from_fn(|i| f64::from(state.moments[i][index]));
    let mut average = f64::from(state.averages[index]);
    for gradients in gradients {
        let scale = common.scales.get(at).map_or(1.0, |s| f64::from(*s));
        let limit = f64::from(common.limit);
        let gradient = (f64::from(gradients[index]) * scale).clamp(-limit, limit);
        weight -= 0.5 * f64::from(variable.decay) * weight;
        let (after, new) = formula(weight, gradient, moments);
        (weight, moments) = (after, new);
        average = average * f64::from(common.momentum) + weight * (1.0 - f64::from(common.momentum));
    }
    [weight, moments[0], moments[1], moments[2], average]
}

fn check(name: &str, door: Door, formula: Formula, count: usize, common: &Common<'_>) {
    let (before, gradients) = start(count);
    let rows: Vec<[f64; 5]> =
        (0..count).map(|index| expected(formula, &before, &gradients, index, common)).collect();
    let column = |pick: usize| rows.iter().map(|row| row[pick]).collect::<Vec<_>>();
    for pool in pools() {
        let mut state = before.clone();
        gradients.iter().for_each(|g| state.step(door, 1.0, &pool, common, g));
        let what = format!("{name} {count} {:?}", pool.isa());
        let weights: Vec<f32> =
            common.variables.iter().flat_map(|v| state.weights[v.weights.clone()].to_vec()).collect();
        assert_close(&weights, &column(0), 1e-6, &what);
        for (index, moments) in state.moments.iter().enumerate() {
            assert_close(moments, &column(1 + index), 1e-6, &what);
        }
        assert_close(&state.averages, &column(4), 1e-6, &what);
        let touched = |at: &usize| common.variables.iter().any(|v| v.weights.contains(at));
        let kept = (0..state.weights.len()).filter(|at| !touched(at));
        assert!(
            kept.clone().count() == 2 && kept.into_iter().all(|at| state.weights[at] == before.weights[at]),
            "{what}"
        );
    }
}

#[test]
fn every_rule_agrees_with_its_formula() {
    for (name, door, formula) in TABLE {
        for count in [0, 1, 15, 17, 1000, 40_001] {
            check(name, *door, *formula, count, &Common::plain(&one_variable(count)));
        }
    }
}

#[test]
fn gradients_are_scaled_and_held_and_weights_decay() {
    for (name, door, formula) in TABLE {
        let variables = two_variables(20_000);
        check(
            name,
            *door,
            *formula,
            20_000,
            &Common { scales: &[0.5, 2.0], limit: 0.4, ..Common::plain(&variables) },
        );
    }
}

#[test]
fn a_factor_is_another_step_size() {
    for (name, door, _) in TABLE {
        let (before, gradients) = start(1000);
        let run = |factor, rate| {
            let mut variables = one_variable(1000);
            variables.set_rate(0, factor);
            let (mut state, pool) = (before.clone(), Pool::new(1));
            gradients.iter().for_each(|g| state.step(*door, rate, &pool, &Common::plain(&variables), g));
            state
        };
        assert!(run(0.25, 1.0) == run(1.0, 0.25), "{name}");
        assert!(run(0.25, 1.0).weights != run(1.0, 1.0).weights, "{name}");
    }
}

#[test]
fn threads_change_no_bit() {
    for (name, door, _) in TABLE {
        let variables = two_variables(50_000);
        let (before, gradients) = start(50_000);
        let after = |threads| {
            let mut state = before.clone();
            let pool = Pool::new(threads);
            let mut squares = Squares::new(&variables);
            let scales: Vec<f32> =
                squares.of(&pool, &variables, &gradients[0]).iter().map(|s| 1.0 / s.sqrt() as f32).collect();
            state.step(
                *door,
                1.0,
                &pool,
                &Common { scales: &scales, ..Common::plain(&variables) },
                &gradients[0],
            );
            state
        };
        assert!(after(1) == after(3), "{name}");
    }
}

#[test]
fn squares_are_summed_by_variable_with_the_same_bits_everywhere() {
    for count in [0, 1, 17, 1000, 40_001] {
        let (_, [gradients, ..]) = start(count);
        let variables = two_variables(count);
        let sum = |range: &[f32]| range.iter().map(|g| f64::from(*g).powi(2)).sum::<f64>();
        let plain: Vec<f64> = variables.iter().map(|v| sum(&gradients[v.gradients.clone()])).collect();
        let first = Squares::new(&variables).of(&Pool::new(1), &variables, &gradients).to_vec();
        for (sum, plain) in first.iter().zip(&plain) {
            assert!((sum - plain).abs() <= 1e-12 * plain, "{count}: {sum} instead of {plain}");
        }
        for pool in pools() {
            assert_eq!(
                Squares::new(&variables).of(&pool, &variables, &gradients),
                first,
                "{count} {:?}",
                pool.isa()
            );
        }
    }
}

#[test]
fn averages_follow_weights_that_stand_still() {
    let variables = two_variables(20_000);
    let (state, _) = start(20_000);
    for pool in pools() {
        let mut averages = state.averages.clone();
        Average { values: &mut averages, momentum: 0.75 }.follow(&pool, &variables, &state.weights);
        for variable in variables.iter() {
            for (average, weight) in
                averages[variable.gradients.clone()].iter().zip(&state.weights[variable.weights.clone()])
            {
                let expected = 0.75 * 0.25 + 0.25 * weight;
                assert!((average - expected).abs() < 1e-7, "{average} instead of {expected}");
            }
        }
    }
}

#[test]
fn what_no_longer_learns_ends_at_zero() {
    let variables = one_variable(40);
    for (name, door, _) in TABLE.iter().skip(1) {
        for pool in pools() {
            let (weights, averages) = (vec![1.0; 40], vec![1.0; 40]);
            let mut state =
                State { weights, averages, moments: [vec![1e-25; 40], vec![1e-29; 40], vec![1e-29; 40]] };
            for _ in 0..3000 {
                state.step(*door, 1.0, &pool, &Common::plain(&variables), &[1e-38; 40]);
                assert!(state.moments.iter().flatten().all(|m| *m == 0.0 || m.is_normal()), "{name}");
            }
            if !NEVER_ENDING.contains(name) {
                assert!(state.weights == [1.0; 40], "{name} {:?}", pool.isa());
                // The rules that use the first moment have let it go.
                assert!(state.moments[0].iter().all(|m| *m == 0.0 || *m == 1e-25), "{name} {:?}", pool.isa());
            }
        }
    }
}

#[test]
fn a_gradient_that_is_no_number_is_not_hidden() {
    let variables = one_variable(20);
    for (name, door, _) in TABLE {
        for pool in pools() {
            let moments = std::array::from_fn(|_| vec![0.0; 20]);
            let mut state = State { weights: vec![1.0; 20], moments, averages: vec![1.0; 20] };
            let mut gradients = [0.0; 20];
            gradients[3] = f32::NAN;
            state.step(*door, 1.0, &pool, &Common { limit: 1.0, ..Common::plain(&variables) }, &gradients);
            assert!(state.weights.iter().enumerate().all(|(i, w)| w.is_nan() == (i == 3)), "{name}");
        }
    }
}
