//! The golden hashes of the library's own tests, through the binding: plain rows and those of the descriptor, in place, on rayon's threads.

use ln::Norm;

const UNFUSED: [&str; 3] = ["scalar", "portable", "sse41"];

/// tests/support/rng.h
struct Rng(u64);

impl Rng {
    fn bits(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e3779b97f4a7c15);
        let z = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58476d1ce4e5b9);
        let z = (z ^ (z >> 27)).wrapping_mul(0x94d049bb133111eb);
        z ^ (z >> 31)
    }

    fn of(seed: u64, index: u64) -> Rng {
        let outer = Rng(seed).bits();
        Rng(Rng(outer.wrapping_add(index)).bits())
    }

    fn normal(&mut self) -> f64 {
        let halves = |two: u64| (two >> 32) as i64 + (two & 0xffffffff) as i64;
        (0..6).map(|_| halves(self.bits())).sum::<i64>().wrapping_sub(6 << 32) as f64 / (1u64 << 32) as f64
    }
}

/// tests/support/golden.c
fn hash(tensors: &[&[f32]]) -> u64 {
    let bytes = tensors.iter().flat_map(|t| t.iter()).flat_map(|v| v.to_le_bytes());
    bytes.fold(0xcbf29ce484222325, |h, byte| (h ^ byte as u64).wrapping_mul(0x100000001b3))
}

struct Case {
    cols: usize,
    eps: f64,
    x: Vec<f32>,
    gamma: Vec<f32>,
    beta: Vec<f32>,
    expected: [u64; 3],
}

impl Case {
    /// Of rows whose elements are `offset + scale * N(0,1)`, three of them; kind and seed are one number.
    fn new(line: &str, kind: u64, cols: usize, (offset, scale, eps): (f64, f64, f64)) -> Case {
        let rows = (0..3).map(|row| Rng::of(kind, row));
        let x = rows.flat_map(|mut r| (0..cols).map(move |_| (offset + scale * r.normal()) as f32)).collect();
        let (mut r, mut gamma, mut beta) = (Rng::of(kind, u64::MAX), vec![], vec![]);
        for _ in 0..cols {
            gamma.push(if r.bits() % 16 == 0 { 0.0 } else { 1.0 + 0.75 * r.normal() } as f32);
            beta.push(r.normal() as f32);
        }
        let words = || line.split_whitespace();
        assert!(line.contains(&format!("  3 x {cols}, ")), "{line}");
        let mut hashes = words().map(|word| u64::from_str_radix(word, 16).unwrap());
        let expected = std::array::from_fn(|_| hashes.next().unwrap());
        Case { cols, eps, x, gamma, beta, expected }
    }
}

/// The cases of a golden file that are N(0,1) moved and scaled: its first seven kinds.
fn cases(file: &str) -> Vec<Case> {
    let path = format!("{}/../../../tests/golden/{file}.txt", env!("CARGO_MANIFEST_DIR"));
    let text = std::fs::read_to_string(&path).unwrap_or_else(|why| panic!("{path}: {why}"));
    let kinds = [
        (0.0, 1.0, 1e-5), (1.0, 1.0, 1e-5), (1e3, 1.0, 1e-5), (1e4, 1.0, 1e-5), (1e6, 1.0, 1e-5), (0.0, 1e-6, 0.0), (0.0, 1e20, 1e-5),
    ];
    let shapes = (0u64..).zip(kinds).flat_map(|(kind, of)| [1, 5, 64, 384, 768, 1025, 4097].map(|cols| (kind, cols, of)));
    text.lines().skip(1).zip(shapes).map(|(line, (kind, cols, of))| Case::new(line, kind, cols, of)).collect()
}

/// The hash that the kernels in use must give.
fn of_these_kernels(case: &Case) -> u64 {
    // SAFETY: never NULL, and it lives as long as the library.
    let isa = unsafe { std::ffi::CStr::from_ptr(ln_sys::ln_isa()) }.to_str().unwrap();
    case.expected[if UNFUSED.contains(&isa) { 1 } else { 2 }]
}

/// A call that fills y.
type Way<'a> = &'a dyn Fn(&mut [f32]);

/// Each way of a norm to the same rows gives the golden bits.
fn expect(case: &Case, inputs: &[&[f32]], ways: &[Way]) {
    assert_eq!(hash(inputs), case.expected[0], "the inputs of {} columns", case.cols);
    for (i, way) in ways.iter().enumerate() {
        let mut y = case.x.clone();
        way(&mut y);
        assert_eq!(hash(&[&y]), of_these_kernels(case), "way {i}, {} columns", case.cols);
    }
}

#[test]
fn layer_norm() {
    let all = cases("layernorm_f32");
    assert_eq!(all.len(), 49);
    for c in &all {
        let norm = Norm::layer(c.cols).eps(c.eps);
        expect(c, &[&c.x, &c.gamma, &c.beta], &[
            &|y| ln::layer_norm(c.cols, &c.x, Some(&c.gamma), Some(&c.beta), c.eps, y).unwrap(),
            &|y| ln::layer_norm_in_place(c.cols, y, Some(&c.gamma), Some(&c.beta), c.eps).unwrap(),
            &|y| norm.forward(&c.x, y).gamma(&c.gamma).beta(&c.beta).run().unwrap(),
            &|y| norm.forward_in_place(y).gamma(&c.gamma).beta(&c.beta).run().unwrap(),
            #[cfg(feature = "rayon")]
            &|y| norm.forward(&c.x, y).gamma(&c.gamma).beta(&c.beta).rayon().run().unwrap(),
        ]);
    }
}

#[test]
fn rms_norm() {
    let all = cases("rmsnorm_f32");
    assert_eq!(all.len(), 49);
    for c in &all {
        let norm = Norm::rms(c.cols).eps(c.eps);
        expect(c, &[&c.x, &c.gamma], &[
            &|y| ln::rms_norm(c.cols, &c.x, Some(&c.gamma), c.eps, y).unwrap(),
            &|y| ln::rms_norm_in_place(c.cols, y, Some(&c.gamma), c.eps).unwrap(),
            &|y| norm.forward(&c.x, y).gamma(&c.gamma).run().unwrap(),
            &|y| norm.forward_in_place(y).gamma(&c.gamma).run().unwrap(),
        ]);
    }
}

#[test]
fn l2_norm() {
    let all = cases("l2norm_f32");
    assert_eq!(all.len(), 49);
    for c in &all {
        let norm = Norm::l2(c.cols).eps(c.eps);
        expect(c, &[&c.x, &c.gamma], &[
            &|y| ln::l2_norm(c.cols, &c.x, Some(&c.gamma), c.eps, y).unwrap(),
            &|y| ln::l2_norm_in_place(c.cols, y, Some(&c.gamma), c.eps).unwrap(),
            &|y| norm.forward(&c.x, y).gamma(&c.gamma).run().unwrap(),
            &|y| norm.forward_in_place(y).gamma(&c.gamma).run().unwrap(),
        ]);
    }
}
