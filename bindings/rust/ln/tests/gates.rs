//! Gates of every kind, and rows whose elements lie apart, against what they are made of.

use ln::Norm;

fn ramp(n: usize, seed: f32) -> Vec<f32> {
    (0..n).map(|i| ((i * i) as f32 * 0.37 + seed).sin() + (i % 5) as f32 * 0.25).collect()
}

fn sigmoid(v: f32) -> f32 {
    (1.0 / (1.0 + (-f64::from(v)).exp())) as f32
}

fn forward(norm: Norm, x: &[f32], gate: Option<&[f32]>) -> Vec<f32> {
    let mut y = vec![0.0; x.len()];
    let call = norm.forward(x, &mut y);
    if let Some(gate) = gate { call.gate(gate).run() } else { call.run() }.unwrap();
    y
}

fn expect(got: &[f32], want: impl Iterator<Item = f32>) {
    for (i, (got, want)) in got.iter().zip(want).enumerate() {
        assert!((got - want).abs() <= 2e-6 * want.abs().max(1.0), "element {i} is {got}, not {want}");
    }
}

#[test]
fn kinds_of_gate() {
    let (x, gate) = (ramp(24, 1.0), ramp(24, 2.0));
    let norm = Norm::rms(8);
    let n = forward(norm, &x, None);
    let silu = |v: f32| v * sigmoid(v);
    let pairs = || n.iter().zip(&gate);
    expect(&forward(norm, &x, Some(&gate)), pairs().map(|(n, g)| n * silu(*g)));
    expect(&forward(norm.gate_sigmoid(), &x, Some(&gate)), pairs().map(|(n, g)| n * sigmoid(*g)));
    expect(&forward(norm.gate_self(), &x, None), n.iter().map(|n| silu(*n)));
    expect(&forward(norm.gate_self().gate_sigmoid(), &x, None), n.iter().map(|n| sigmoid(*n)));
    expect(&forward(norm.round_before_gate(), &x, Some(&gate)), pairs().map(|(n, g)| n * silu(*g)));
    let product: Vec<f32> = x.iter().zip(&gate).map(|(x, g)| x * silu(*g)).collect();
    expect(&forward(norm.gate_before(), &x, Some(&gate)), forward(norm, &product, None).into_iter());
}

#[test]
fn a_gate_that_is_not_allowed_is_named() {
    let (x, mut y) = (ramp(8, 0.0), vec![0.0f32; 8]);
    let error = Norm::rms(8).gate_before().forward(&x, &mut y).gate(&x).residual(&x).run().unwrap_err();
    assert!(error.to_string().contains("LN_GATE_BEFORE, which does not go with a residual"), "{error}");
    let error = Norm::rms(8).gate_self().forward(&x, &mut y).gate(&x).run().unwrap_err();
    assert!(error.to_string().contains("LN_GATE_SELF"), "{error}");
}

/// Element (row, column) of rows that lie side by side, and of those that do not.
fn turned(x: &[f32], cols: usize, distance: usize) -> Vec<f32> {
    let place = |i: usize| {
        let (row, col) = (i / cols, i % cols);
        row / distance * distance * cols + row % distance + col * distance
    };
    (0..x.len()).map(|i| x[place(i)]).collect()
}

#[test]
fn elements_that_lie_apart_have_the_same_bits() {
    let (cols, distance) = (6, 4);
    let (x, dy) = (ramp(2 * cols * distance, 3.0), ramp(2 * cols * distance, 4.0));
    let norm = Norm::layer(cols).apart(distance);
    assert_eq!(turned(&forward(norm, &x, Some(&dy)), cols, distance), forward(Norm::layer(cols), &turned(&x, cols, distance), Some(&turned(&dy, cols, distance))));
    let (mut dx, mut want) = (vec![0.0; x.len()], vec![0.0; x.len()]);
    norm.backward(&x, &dy).dx(&mut dx).run().unwrap();
    Norm::layer(cols).backward(&turned(&x, cols, distance), &turned(&dy, cols, distance)).dx(&mut want).run().unwrap();
    assert_eq!(turned(&dx, cols, distance), want);
}

#[test]
fn rows_that_are_no_multiple_are_refused() {
    let (x, mut y) = (ramp(18, 0.0), vec![0.0f32; 18]);
    let error = Norm::layer(6).apart(4).forward(&x, &mut y).run().unwrap_err();
    assert!(error.to_string().contains("not a multiple of heads"), "{error}");
}

#[test]
fn scales_of_groups() {
    let (x, mut y, mut scales) = (ramp(24, 5.0), [0i8; 24], [0.0f32; 6]);
    let n = forward(Norm::rms(8), &x, None);
    Norm::rms(8).forward(&x, &mut y).group_scales(4, &mut scales).run().unwrap();
    for (group, scale) in scales.iter().enumerate() {
        let largest = n[group * 4..][..4].iter().fold(0.0f32, |m, v| m.max(v.abs()));
        assert!((scale * 127.0 - largest).abs() <= 1e-6 * largest);
        assert!(y[group * 4..][..4].iter().any(|q| q.abs() == 127));
    }
    let error = Norm::rms(8).forward(&x, &mut y).group_scales(3, &mut scales).run().unwrap_err();
    assert!(error.to_string().contains("cols 8 is not a multiple of cols_per_scale 3"), "{error}");
    let error = Norm::rms(8).forward(&x, &mut y).group_scales(0, &mut []).run().unwrap_err();
    assert!(error.to_string().contains("scales"), "{error}");
    let error = Norm::rms(8).forward(&x, &mut y).group_scales(2, &mut scales).run().unwrap_err();
    assert!(error.to_string().contains("scales"), "{error}");
}
