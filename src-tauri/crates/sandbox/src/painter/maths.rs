//! Numbers for painting: mixing, hashing, noise, and functions that give the same bits on every machine.
//!
//! The standard library's `sin` and `exp` may differ in the last bit between systems, and a picture would with them.
//! These are rougher than those and made of plain arithmetic only.

/// Keeps a number between 0 and 1.
pub(super) fn unit(x: f32) -> f32 {
    x.clamp(0.0, 1.0)
}

pub(super) fn mix(a: f32, b: f32, t: f32) -> f32 {
    a + (b - a) * t
}

/// 0 below `from`, 1 above `to`, smooth between. `from` may be the larger.
pub(super) fn step(from: f32, to: f32, x: f32) -> f32 {
    let t = unit((x - from) / (to - from));
    t * t * (3.0 - 2.0 * t)
}

/// 1 in the middle of a band, 0 outside.
pub(super) fn bump(middle: f32, reach: f32, x: f32) -> f32 {
    let t = unit(1.0 - ((x - middle) / reach).abs());
    t * t * (3.0 - 2.0 * t)
}

/// Sine to about a thousandth.
pub(super) fn sin(x: f32) -> f32 {
    let t = x * 0.159_154_94;
    let t = t - floor(t + 0.5) as f32;
    let y = 8.0 * t - 16.0 * t * t.abs();
    0.225 * (y * y.abs() - y) + y
}

pub(super) fn cos(x: f32) -> f32 {
    sin(x + std::f32::consts::FRAC_PI_2)
}

/// `e^x` to about a ten-thousandth.
pub(super) fn exp(x: f32) -> f32 {
    let power = (x * std::f32::consts::LOG2_E).clamp(-100.0, 100.0);
    let whole = floor(power);
    let part = power - whole as f32;
    let scale = f32::from_bits(((whole + 127) as u32) << 23);
    scale * (1.0 + part * (std::f32::consts::LN_2 + part * (0.240_226_5 + part * (0.055_504_1 + part * 0.009_618_1))))
}

/// The natural logarithm of a positive number to about a hundredth: from the exponent, and a curve for the rest.
pub(super) fn ln(x: f32) -> f32 {
    let bits = x.to_bits();
    let exponent = (bits >> 23) as f32 - 127.0;
    let rest = f32::from_bits((bits & 0x007f_ffff) | 0x3f80_0000) - 1.0;
    (exponent + rest * (1.337 - 0.337 * rest)) * std::f32::consts::LN_2
}

/// How far a bell-shaped glow has faded at this distance, with a width.
pub(super) fn bell(distance: f32, width: f32) -> f32 {
    exp(-(distance * distance) / (width * width))
}

/// Scrambles a number.
pub(super) fn hash(x: u32) -> u32 {
    let mut h = x.wrapping_mul(0x9e37_79b1) ^ 0x85eb_ca6b;
    h = (h ^ (h >> 15)).wrapping_mul(0x2c1b_3c6d);
    h = (h ^ (h >> 12)).wrapping_mul(0x297a_2d39);
    h ^ (h >> 15)
}

/// A number for text (FNV-1a).
pub(super) fn hash_text(text: &str) -> u32 {
    text.bytes()
        .fold(0x811c_9dc5, |h, byte| (h ^ u32::from(byte)).wrapping_mul(0x0100_0193))
}

/// From 0 to 1 for a point of the lattice.
pub(super) fn at(x: i32, y: i32, seed: u32) -> f32 {
    let mut h = (x as u32).wrapping_mul(0x85eb_ca6b) ^ (y as u32).wrapping_mul(0xc2b2_ae35) ^ seed;
    h = (h ^ (h >> 15)).wrapping_mul(0x2c1b_3c6d);
    h = (h ^ (h >> 12)).wrapping_mul(0x297a_2d39);
    (h >> 8) as f32 * (1.0 / 16_777_216.0)
}

/// Smooth value noise from 0 to 1, with one wave in about two units.
pub(super) fn noise(x: f32, y: f32, seed: u32) -> f32 {
    let (ix, iy) = (floor(x), floor(y));
    let (u, v) = (fade(x - ix as f32), fade(y - iy as f32));
    let above = mix(at(ix, iy, seed), at(ix.wrapping_add(1), iy, seed), u);
    let below = mix(
        at(ix, iy.wrapping_add(1), seed),
        at(ix.wrapping_add(1), iy.wrapping_add(1), seed),
        u,
    );
    mix(above, below, v)
}

/// The whole part, rounded down; without the call that `f32::floor` is on older processors.
fn floor(x: f32) -> i32 {
    let whole = x as i32;
    whole - i32::from(x < whole as f32)
}

fn fade(t: f32) -> f32 {
    t * t * t * (t * (t * 6.0 - 15.0) + 10.0)
}

/// Several octaves of noise, from 0 to 1.
pub(super) fn fbm(x: f32, y: f32, octaves: u32, seed: u32) -> f32 {
    let (mut sum, mut weight, mut total) = (0.0, 1.0, 0.0);
    let (mut x, mut y) = (x, y);
    for octave in 0..octaves {
        sum += weight * noise(x, y, seed.wrapping_add(octave * 1013));
        total += weight;
        weight *= 0.5;
        // A turn of about 37 degrees hides the lattice.
        (x, y) = (1.6 * x + 1.2 * y + 17.3, -1.2 * x + 1.6 * y + 9.1);
    }
    sum / total
}

/// Noise with sharp crests, from 0 to 1.
pub(super) fn ridges(x: f32, y: f32, octaves: u32, seed: u32) -> f32 {
    let (mut sum, mut weight, mut total) = (0.0, 1.0, 0.0);
    let (mut x, mut y) = (x, y);
    for octave in 0..octaves {
        let crest = 1.0 - (2.0 * noise(x, y, seed.wrapping_add(octave * 7919)) - 1.0).abs();
        sum += weight * crest * crest;
        total += weight;
        weight *= 0.48;
        (x, y) = (x * 2.03 + 11.7, y * 2.03 + 5.3);
    }
    sum / total
}

/// A stream of random numbers of our own, so that pictures outlive every library.
#[derive(Clone, Debug)]
pub(super) struct Rng(u64);

impl Rng {
    pub(super) fn new(seed: u32, purpose: &str) -> Self {
        Self((u64::from(seed) << 32) ^ u64::from(hash_text(purpose)).wrapping_mul(0x9e37_79b9_7f4a_7c15))
    }

    pub(super) fn bits(&mut self) -> u32 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (z >> 32) as u32
    }

    /// From 0 to 1.
    pub(super) fn unit(&mut self) -> f32 {
        (self.bits() >> 8) as f32 * (1.0 / 16_777_216.0)
    }

    pub(super) fn range(&mut self, from: f32, to: f32) -> f32 {
        mix(from, to, self.unit())
    }

    /// True in this share of cases.
    pub(super) fn chance(&mut self, share: f32) -> bool {
        self.unit() < share
    }

    pub(super) fn below(&mut self, count: u32) -> u32 {
        ((u64::from(self.bits()) * u64::from(count)) >> 32) as u32
    }

    pub(super) fn pick<T: Copy>(&mut self, from: &[T]) -> T {
        from[self.below(from.len() as u32) as usize]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_rough_functions_are_near_the_exact_ones() {
        for step in -400..400 {
            let x = step as f32 * 0.05;
            assert!((sin(x) - x.sin()).abs() < 2e-3, "sin {x}");
            assert!((cos(x) - x.cos()).abs() < 2e-3, "cos {x}");
            let (rough, exact) = (exp(x), x.exp());
            assert!((rough - exact).abs() <= 2e-3 * exact, "exp {x}: {rough} for {exact}");
            let x = x.abs() + 0.01;
            assert!((ln(x) - x.ln()).abs() < 1e-2, "ln {x}");
        }
    }

    #[test]
    fn noise_stays_between_0_and_1_and_has_no_jumps() {
        let mut before = noise(0.0, 0.3, 7);
        for step in 1..4000 {
            let x = step as f32 * 0.01;
            let here = noise(x, 0.3, 7);
            assert!((0.0..=1.0).contains(&here) && (here - before).abs() < 0.05);
            assert!((0.0..=1.0).contains(&fbm(x, x, 5, 3)) && (0.0..=1.0).contains(&ridges(x, x, 5, 3)));
            before = here;
        }
    }
}
