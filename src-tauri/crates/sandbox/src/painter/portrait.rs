//! A face that looks out of the picture, in the plain manner of drawn people: flat colours, soft shadows, large eyes.

use super::{
    canvas::Canvas,
    colour::{Colour, WHITE, blend, hex, luma, scale},
    figure,
    maths::{Rng, bell, cos, mix, noise, sin, step, unit},
    scene::{Person, Scene, Trait},
    shape::Path,
};

pub(super) fn paint(canvas: &mut Canvas, scene: &Scene) {
    let (wide, high) = (canvas.wide(), canvas.high());
    let count = scene.people.len().min(3);
    let size = 0.44
        * if count > 1 { 0.66 } else { 1.0 }
        * (0.72 + 0.28 * high.min(1.4))
        * if wide > 1.2 && count == 1 { 1.06 } else { 1.0 };
    let mut sheet = canvas.another();
    for (place, person) in scene.people.iter().take(count).enumerate() {
        let x = if count == 1 {
            wide * mix(0.5, person.place, 0.7)
        } else {
            wide * mix(0.5, person.place, 0.85)
        };
        let mut rng = Rng::new(person.seed, "face");
        let tilt = rng.range(-0.09, 0.09);
        let y = high * 0.47 + 0.05 * (place % 2) as f32 + if count > 1 { 0.06 } else { 0.0 };
        let side = if scene.light_at.0 > x { 1.0 } else { -1.0 };
        let mut face = Face {
            sheet: &mut sheet,
            x,
            y,
            size,
            turn: (sin(tilt), cos(tilt)),
            side,
            air: scene.palette.haze,
            glow: scene.palette.glow,
            darkness: scene.palette.darkness,
        };
        draw(&mut face, person, scene, &mut rng);
    }
    figure::rim(&mut sheet, scene);
    canvas.lay(&sheet);
}

/// A sheet with a face's place in it. Local units: the eyes are at 0.1, the chin at 0.52, the crown at -0.72.
struct Face<'a> {
    sheet: &'a mut Canvas,
    x: f32,
    y: f32,
    size: f32,
    turn: (f32, f32),
    side: f32,
    air: Colour,
    glow: Colour,
    darkness: f32,
}

impl Face<'_> {
    fn lit(&self, colour: Colour) -> Colour {
        let dim = scale(colour, mix(1.0, 0.88, self.darkness));
        let warm = super::colour::multiply(dim, blend(WHITE, self.glow, 0.22));
        blend(warm, self.air, 0.04 + 0.07 * self.darkness)
    }

    /// Fills a shape; the paint is told where it is in local units.
    fn shade(&mut self, path: &Path, paint: impl Fn(f32, f32) -> (Colour, f32)) {
        let (s, c) = self.turn;
        let (x, y, size) = (self.x, self.y, self.size);
        // It turns about the neck.
        let place = |(u, v): (f32, f32)| {
            let v = v - 0.6;
            (x + (u * c - v * s) * size, y + (u * s + v * c + 0.6) * size)
        };
        let path = path.mapped(place);
        self.sheet.shade(&path, |px, py| {
            let (dx, dy) = ((px - x) / size, (py - y) / size - 0.6);
            paint(dx * c + dy * s, dy * c - dx * s + 0.6)
        });
    }

    fn fill(&mut self, path: &Path, colour: Colour, alpha: f32) {
        let colour = self.lit(colour);
        self.shade(path, |_, _| (colour, alpha));
    }

    fn stroke(&mut self, points: &[(f32, f32, f32)], colour: Colour, alpha: f32) {
        self.fill(&Path::stroke(points), colour, alpha);
    }
}

const SKIN: Colour = hex(0xfde6d8);
const SHADOW: Colour = hex(0xe8b5a2);

fn draw(face: &mut Face<'_>, person: &Person, scene: &Scene, rng: &mut Rng) {
    let style = Style::of(person);
    back_hair(face, person, style, rng);
    if person.with(Trait::Wings) {
        wings(face);
    }
    body(face, person, scene);
    if style.long {
        front_locks(face, person, rng);
    }
    head(face, person);
    features(face, person);
    if person.with(Trait::CatEars) || person.with(Trait::FoxEars) {
        ears(face, person);
    }
    fringe(face, person, style, rng);
    if style.tails {
        twintails(face, person);
    }
    extras(face, person);
}

#[derive(Clone, Copy)]
struct Style {
    long: bool,
    tails: bool,
}

impl Style {
    fn of(person: &Person) -> Self {
        let tails = person.with(Trait::Twintails);
        let up = tails || person.with(Trait::Ponytail) || person.with(Trait::Bun) || person.with(Trait::Short);
        Self {
            long: person.with(Trait::VeryLong) || person.with(Trait::Long) || (person.girl && !up),
            tails,
        }
    }
}

/// Hair is lighter above, darker inside, with a band of gloss.
fn hair_paint(face: &Face<'_>, hair: Colour, salt: u32) -> impl Fn(f32, f32) -> (Colour, f32) + use<> {
    let colour = face.lit(hair);
    let shine = blend(colour, WHITE, 0.42);
    let side = face.side;
    move |u, v| {
        let strands = noise(u * 34.0, v * 2.2, salt) - 0.5;
        let round = 0.9 + 0.14 * u * side - 0.1 * v;
        let ring = bell(v + 0.4 - 0.22 * u * u + 0.05 * strands, 0.055) * step(0.44, 0.12, u.abs());
        (blend(scale(colour, round + 0.16 * strands), shine, ring * 0.75), 1.0)
    }
}

fn back_hair(face: &mut Face<'_>, person: &Person, style: Style, rng: &mut Rng) {
    let dark = scale(person.hair, 0.72);
    let colour = face.lit(dark);
    let paint = move |u: f32, v: f32| {
        let strands = noise(u * 26.0 + v, v * 1.6, 5) - 0.5;
        (scale(colour, 0.96 + 0.24 * strands - 0.05 * v), 1.0)
    };
    let mut path = Path::at(0.0, -0.74);
    if style.long {
        let sway = rng.range(-0.12, 0.12);
        path.bend((0.44, -0.76), (0.6, -0.4), (0.58, 0.0));
        path.bend((0.57, 0.4), (0.72, 0.8), (0.76 + sway, 1.7));
        path.line(-0.76 + sway, 1.7);
        path.bend((-0.72, 0.8), (-0.57, 0.4), (-0.58, 0.0));
        path.bend((-0.6, -0.4), (-0.44, -0.76), (0.0, -0.74));
    } else {
        let low = if person.girl { 0.6 } else { 0.36 };
        path.bend((0.44, -0.76), (0.6, -0.4), (0.56, 0.0));
        path.bend((0.56, low * 0.6), (0.5, low), (0.4, low + 0.05));
        for tooth in 0..6 {
            let u = mix(0.4, -0.4, (tooth as f32 + 0.5) / 6.0);
            path.line(u, low + 0.1);
            path.line(mix(0.4, -0.4, (tooth as f32 + 1.0) / 6.0), low + 0.02);
        }
        path.bend((-0.5, low), (-0.56, low * 0.6), (-0.56, 0.0));
        path.bend((-0.6, -0.4), (-0.44, -0.76), (0.0, -0.74));
    }
    face.shade(&path, paint);
    if person.with(Trait::Ponytail) {
        let way = if rng.chance(0.5) { 1.0 } else { -1.0 };
        face.stroke(
            &[
                (way * 0.2, -0.66, 0.06),
                (way * 0.55, -0.75, 0.13),
                (way * 0.78, -0.3, 0.16),
                (way * 0.8, 0.3, 0.12),
                (way * 0.9, 0.8, 0.01),
            ],
            dark,
            1.0,
        );
    }
    if person.with(Trait::Bun) {
        for way in [-1.0, 1.0] {
            let paint = hair_paint(face, person.hair, 8);
            face.shade(&Path::ellipse(way * 0.4, -0.66, 0.19, 0.18, 0.0), paint);
        }
    }
}

fn body(face: &mut Face<'_>, person: &Person, scene: &Scene) {
    let broad = if person.girl { 1.0 } else { 1.18 };
    let skin = face.lit(SKIN);
    let shadow = face.lit(SHADOW);
    let mut neck = Path::at(-0.125 * broad, 0.3);
    neck.line(0.125 * broad, 0.3);
    neck.bend((0.12 * broad, 0.6), (0.14 * broad, 0.7), (0.3, 0.78));
    neck.line(0.3, 1.2).line(-0.3, 1.2).line(-0.3, 0.78);
    neck.bend((-0.14 * broad, 0.7), (-0.12 * broad, 0.6), (-0.125 * broad, 0.3));
    face.shade(&neck, |u, v| {
        (blend(shadow, skin, step(0.52, 0.68, v + 0.25 * u.abs())), 1.0)
    });
    for way in [-1.0, 1.0] {
        face.stroke(
            &[
                (way * 0.03, 0.86, 0.003),
                (way * 0.16, 0.815, 0.006),
                (way * 0.3, 0.81, 0.002),
            ],
            SHADOW,
            0.8,
        );
    }
    let main = person.clothes;
    let uniform = person.with(Trait::Uniform);
    let cloth = if uniform { hex(0xf7f7fa) } else { main };
    let colour = face.lit(cloth);
    let side = face.side;
    let low = if person.with(Trait::Kimono) || uniform {
        0.02
    } else {
        0.0
    };
    let mut torso = Path::at(-0.27 * broad, 0.76 - low);
    torso.bend((-0.5, 0.84), (-0.66 * broad, 0.88), (-0.74 * broad, 1.12));
    torso
        .line(-0.84 * broad, 2.2)
        .line(0.84 * broad, 2.2)
        .line(0.74 * broad, 1.12);
    torso.bend((0.66 * broad, 0.88), (0.5, 0.84), (0.27 * broad, 0.76 - low));
    // The neckline.
    if person.with(Trait::Kimono) || uniform || person.with(Trait::Coat) {
        torso.line(0.0, 1.24);
    } else {
        torso.bend((0.22, 0.98), (-0.22, 0.98), (-0.27 * broad, 0.76 - low));
    }
    torso.close();
    face.shade(&torso, |u, v| {
        let fold = noise(u * 7.0 + v * 2.0, v * 3.0, 31) - 0.5;
        (
            scale(colour, 0.9 + 0.12 * u * side + 0.14 * fold - 0.08 * (v - 0.9)),
            1.0,
        )
    });
    let trim = if uniform {
        blend(main, hex(0x27304f), 0.55)
    } else {
        blend(main, WHITE, 0.55)
    };
    if uniform {
        for way in [-1.0, 1.0] {
            let collar = [
                (way * 0.27, 0.72),
                (way * 0.5, 0.86),
                (way * 0.42, 1.1),
                (0.0, 1.34),
                (0.0, 1.22),
            ];
            face.fill(&Path::polygon(&collar), trim, 1.0);
            face.stroke(
                &[
                    (way * 0.46, 0.87, 0.008),
                    (way * 0.385, 1.07, 0.008),
                    (way * 0.02, 1.28, 0.008),
                ],
                WHITE,
                0.95,
            );
            let bow = hex(0xd0303c);
            face.fill(
                &Path::polygon(&[(0.0, 1.3), (way * 0.26, 1.2), (way * 0.24, 1.42)]),
                bow,
                1.0,
            );
            face.fill(
                &Path::polygon(&[(0.0, 1.32), (way * 0.16, 1.62), (way * 0.05, 1.66)]),
                scale(bow, 0.85),
                1.0,
            );
        }
        face.fill(&Path::ellipse(0.0, 1.3, 0.045, 0.05, 0.0), hex(0xb02832), 1.0);
    } else if person.with(Trait::Kimono) {
        face.stroke(&[(-0.3, 0.72, 0.055), (-0.1, 1.0, 0.06), (0.28, 1.6, 0.06)], trim, 1.0);
        face.stroke(
            &[(0.3, 0.72, 0.055), (0.1, 1.0, 0.06), (-0.2, 1.5, 0.06)],
            scale(trim, 0.94),
            1.0,
        );
    } else if person.with(Trait::Coat) || !person.girl {
        for way in [-1.0, 1.0] {
            face.fill(
                &Path::polygon(&[
                    (way * 0.2, 0.66),
                    (way * 0.38, 0.78),
                    (way * 0.32, 1.08),
                    (way * 0.02, 1.3),
                ]),
                scale(cloth, 0.84),
                1.0,
            );
        }
    } else {
        for way in [-1.0, 1.0] {
            face.stroke(
                &[
                    (0.0, 0.94, 0.012),
                    (way * 0.16, 0.9, 0.013),
                    (way * 0.275, 0.765, 0.012),
                ],
                trim,
                1.0,
            );
        }
    }
    if person.with(Trait::Scarf) || scene.winter {
        let wool = if luma(main) > 0.55 {
            hex(0xb8343c)
        } else {
            hex(0xf0e4d0)
        };
        face.stroke(
            &[
                (-0.36, 0.72, 0.06),
                (-0.14, 0.84, 0.1),
                (0.16, 0.85, 0.1),
                (0.36, 0.7, 0.06),
            ],
            wool,
            1.0,
        );
        face.stroke(
            &[(-0.3, 0.64, 0.06), (0.0, 0.76, 0.085), (0.3, 0.62, 0.06)],
            scale(wool, 0.93),
            1.0,
        );
        face.stroke(
            &[(0.16, 0.86, 0.09), (0.22, 1.1, 0.1), (0.2, 1.5, 0.11)],
            scale(wool, 0.97),
            1.0,
        );
    }
}

fn head(face: &mut Face<'_>, person: &Person) {
    let skin = face.lit(SKIN);
    let shadow = face.lit(SHADOW);
    let jaw = if person.girl { 1.0 } else { 1.12 };
    for way in [-1.0, 1.0] {
        face.shade(&Path::ellipse(way * 0.43, 0.12, 0.05, 0.1, way * 0.12), |_, v| {
            (blend(skin, shadow, step(0.05, 0.2, v) * 0.7), 1.0)
        });
    }
    let mut path = Path::at(-0.42, -0.2);
    path.bend((-0.44, 0.02), (-0.42, 0.14), (-0.385, 0.24));
    path.bend((-0.34 * jaw, 0.36), (-0.16 * jaw, 0.47), (-0.035 * jaw, 0.515));
    path.bend((-0.015, 0.523), (0.015, 0.523), (0.035 * jaw, 0.515));
    path.bend((0.16 * jaw, 0.47), (0.34 * jaw, 0.36), (0.385, 0.24));
    path.bend((0.42, 0.14), (0.44, 0.02), (0.42, -0.2));
    path.bend((0.4, -0.62), (-0.4, -0.62), (-0.42, -0.2));
    let side = face.side;
    let blush = face.lit(hex(0xf59a94));
    face.shade(&path, |u, v| {
        // Shadow of the fringe above, of the far cheek at the side.
        let above = step(-0.02, -0.16, v - 0.03 * noise(u * 12.0, 0.0, 3));
        let cheek = step(0.24, 0.44, -u * side) * 0.45;
        let colour = blend(skin, shadow, unit(above * 0.75 + cheek));
        let warm = bell(
            ((u.abs() - 0.245) * (u.abs() - 0.245) + (v - 0.275) * (v - 0.275) * 2.6).sqrt(),
            0.105,
        );
        (blend(colour, blush, warm * 0.5), 1.0)
    });
}

fn features(face: &mut Face<'_>, person: &Person) {
    let dark = blend(scale(person.hair, 0.35), hex(0x2a1c28), 0.55);
    for way in [-1.0, 1.0] {
        if person.with(Trait::ClosedEyes) {
            closed_eye(face, way, dark);
        } else {
            eye(face, person, way, dark);
        }
        let brow = scale(person.hair, 0.62);
        let lift = if person.girl { 0.0 } else { 0.02 };
        face.stroke(
            &[
                (way * 0.1, -0.14 + lift, 0.004),
                (way * 0.2, -0.168 + lift, if person.girl { 0.0085 } else { 0.013 }),
                (way * 0.315, -0.128 + lift, 0.002),
            ],
            brow,
            0.9,
        );
    }
    face.stroke(
        &[
            (0.004, 0.262, 0.002),
            (-0.012 * face.side, 0.284, 0.006),
            (0.006, 0.29, 0.002),
        ],
        SHADOW,
        0.9,
    );
    let lips = hex(0xc05a5c);
    if person.with(Trait::Smile) {
        let mut mouth = Path::at(-0.075, 0.365);
        mouth.curve(0.0, 0.385, 0.075, 0.365);
        mouth.bend((0.06, 0.435), (-0.06, 0.435), (-0.075, 0.365));
        face.fill(&mouth, hex(0xa8454c), 1.0);
        let mut teeth = Path::at(-0.062, 0.369);
        teeth.curve(0.0, 0.386, 0.062, 0.369);
        teeth.curve(0.0, 0.404, -0.062, 0.369);
        face.fill(&teeth, hex(0xfff6f2), 1.0);
        face.fill(&Path::ellipse(0.0, 0.412, 0.032, 0.012, 0.0), hex(0xe88a86), 1.0);
        face.stroke(
            &[(-0.084, 0.358, 0.002), (0.0, 0.377, 0.005), (0.084, 0.358, 0.002)],
            scale(lips, 0.6),
            1.0,
        );
    } else {
        face.stroke(
            &[
                (-0.052, 0.374, 0.0015),
                (-0.015, 0.383, 0.0052),
                (0.015, 0.383, 0.0052),
                (0.052, 0.373, 0.0015),
            ],
            scale(lips, 0.8),
            1.0,
        );
        face.stroke(
            &[(-0.02, 0.405, 0.001), (0.0, 0.408, 0.004), (0.02, 0.405, 0.001)],
            SHADOW,
            0.7,
        );
    }
}

fn eye(face: &mut Face<'_>, person: &Person, way: f32, dark: Colour) {
    let (x, y) = (way * 0.205, 0.095);
    let tall = if person.girl { 1.0 } else { 0.78 };
    // Corner to corner in the eye's own direction: inner at -, outer at +.
    let at = |u: f32, v: f32| (x + way * u, y + v * tall);
    let mut white = Path::at(at(-0.1, 0.03).0, at(-0.1, 0.03).1);
    white.bend(at(-0.085, -0.075), at(-0.03, -0.112), at(0.03, -0.108));
    white.bend(at(0.075, -0.103), at(0.105, -0.05), at(0.115, 0.0));
    white.bend(at(0.105, 0.06), at(0.07, 0.1), at(0.01, 0.104));
    white.bend(at(-0.04, 0.104), at(-0.085, 0.08), at(-0.1, 0.03));
    let (ball, shaded) = (face.lit(hex(0xfdfcff)), face.lit(hex(0xb9b4cc)));
    face.shade(&white, |_, v| {
        (blend(shaded, ball, step(y - 0.1 * tall, y - 0.01, v)), 1.0)
    });
    let iris = person.eyes;
    let (deep, bright) = (face.lit(scale(iris, 0.36)), face.lit(blend(iris, WHITE, 0.25)));
    let glow = face.lit(blend(iris, WHITE, 0.62));
    let (ix, iy) = (x + way * 0.004, y + 0.002);
    let rim = face.lit(scale(iris, 0.24));
    face.shade(&Path::ellipse(ix, iy, 0.079, 0.103 * tall, 0.0), |u, v| {
        let t = (v - iy) / (0.103 * tall);
        let across = (u - ix) / 0.079;
        let far = (t * t + across * across).sqrt();
        let rays = noise(across * 13.0 / far.max(0.2), 2.0, 71) * 0.14;
        let colour = blend(deep, bright, step(-0.55, 0.75, t + rays));
        let colour = blend(colour, glow, bell(t - 0.62, 0.24) * bell(across, 0.55) * 0.85);
        (blend(colour, rim, step(0.8, 1.0, far) * 0.9), 1.0)
    });
    face.fill(
        &Path::ellipse(ix, iy - 0.012, 0.031, 0.048 * tall, 0.0),
        scale(iris, 0.14),
        0.95,
    );
    // Shadow of the lid, then the lights.
    face.stroke(
        &[at(-0.08, -0.062), at(0.0, -0.094), at(0.085, -0.062)].map(|(u, v)| (u, v, 0.014)),
        scale(iris, 0.2),
        0.42,
    );
    let glint = face.side;
    let white_light = WHITE;
    let spot = Path::ellipse(ix + glint * 0.03, iy - 0.047 * tall, 0.0235, 0.03 * tall, 0.3 * glint);
    face.shade(&spot, |_, _| (white_light, 0.97));
    face.shade(
        &Path::ellipse(ix - glint * 0.034, iy + 0.052 * tall, 0.0115, 0.014, 0.0),
        |_, _| (white_light, 0.85),
    );
    // Lashes: heavy above with a wing, a hint below.
    let lash = [
        (-0.108, 0.02, 0.004),
        (-0.086, -0.066, 0.011),
        (-0.02, -0.114, 0.0165),
        (0.05, -0.108, 0.019),
        (0.104, -0.052, 0.016),
        (0.142, -0.022, 0.002),
    ];
    let lash = lash.map(|(u, v, half)| (at(u, v).0, at(u, v).1, half));
    face.stroke(&lash, dark, 1.0);
    let wing = [(0.1, -0.062, 0.009), (0.128, -0.082, 0.006), (0.152, -0.104, 0.001)]
        .map(|(u, v, half)| (at(u, v).0, at(u, v).1, half));
    if person.girl {
        face.stroke(&wing, dark, 1.0);
    }
    let below = [(0.118, 0.012, 0.004), (0.092, 0.07, 0.0055), (0.04, 0.106, 0.003)]
        .map(|(u, v, half)| (at(u, v).0, at(u, v).1, half));
    face.stroke(&below, dark, 0.75);
    let crease = [(-0.085, -0.112, 0.001), (0.0, -0.152, 0.0035), (0.1, -0.118, 0.001)]
        .map(|(u, v, half)| (at(u, v).0, at(u, v).1, half));
    face.stroke(&crease, scale(SHADOW, 0.72), 0.75);
}

fn closed_eye(face: &mut Face<'_>, way: f32, dark: Colour) {
    let (x, y) = (way * 0.205, 0.12);
    face.stroke(
        &[
            (x - 0.11, y - 0.02, 0.003),
            (x - 0.05, y + 0.034, 0.012),
            (x + 0.05, y + 0.034, 0.012),
            (x + 0.11, y - 0.02, 0.003),
        ],
        dark,
        1.0,
    );
    for lash in 0..3 {
        let u = x + way * (0.05 + lash as f32 * 0.03);
        face.stroke(
            &[
                (u, y + 0.03 - lash as f32 * 0.015, 0.006),
                (u + way * 0.03, y + 0.065 - lash as f32 * 0.02, 0.001),
            ],
            dark,
            1.0,
        );
    }
}

/// Locks that hang in front of the shoulders.
fn front_locks(face: &mut Face<'_>, person: &Person, rng: &mut Rng) {
    for way in [-1.0, 1.0] {
        for lock in 0..3 {
            let t = lock as f32 * 0.07;
            let sway = rng.range(-0.05, 0.05);
            let points = [
                (way * (0.47 + t * 0.3), -0.1, 0.03),
                (way * (0.5 + t * 0.5), 0.3, 0.06),
                (way * (0.5 + t) + sway, 0.75, 0.075),
                (way * (0.47 + t) + sway, 1.2, 0.06),
                (way * (0.5 + t * 1.4) - sway, 1.75, 0.02),
            ];
            let paint = hair_paint(face, scale(person.hair, 1.0 - 0.07 * lock as f32), 40 + lock as u32);
            face.shade(&Path::stroke(&points), paint);
        }
    }
}

fn twintails(face: &mut Face<'_>, person: &Person) {
    for way in [-1.0, 1.0] {
        for (lock, spread) in [(0u32, -0.06), (1, 0.09), (2, 0.0f32)] {
            let points = [
                (way * 0.47, -0.42, 0.04),
                (way * (0.64 + spread * 0.6), -0.36, 0.11),
                (way * (0.74 + spread), 0.05, 0.13),
                (way * (0.72 + spread * 1.4), 0.6, 0.11),
                (way * (0.8 + spread * 2.0), 1.15, 0.06),
                (way * (0.76 + spread * 2.6), 1.5, 0.002),
            ];
            let paint = hair_paint(face, scale(person.hair, [0.9, 0.95, 1.0][lock as usize]), 50 + lock);
            face.shade(&Path::stroke(&points), paint);
        }
        let ribbon = if luma(person.hair) > 0.6 {
            person.eyes
        } else {
            hex(0xe8eef8)
        };
        face.fill(
            &Path::polygon(&[(way * 0.5, -0.44), (way * 0.42, -0.6), (way * 0.62, -0.56)]),
            ribbon,
            1.0,
        );
        face.fill(
            &Path::polygon(&[(way * 0.5, -0.42), (way * 0.68, -0.34), (way * 0.6, -0.24)]),
            scale(ribbon, 0.9),
            1.0,
        );
        face.fill(
            &Path::ellipse(way * 0.5, -0.43, 0.04, 0.045, 0.0),
            scale(ribbon, 0.82),
            1.0,
        );
    }
}

/// The hair above and beside the forehead, lock by lock, from the sides to the middle.
fn fringe(face: &mut Face<'_>, person: &Person, style: Style, rng: &mut Rng) {
    let hair = person.hair;
    let mut cap = Path::at(-0.5, 0.0);
    cap.bend((-0.56, -0.4), (-0.36, -0.75), (0.0, -0.75));
    cap.bend((0.36, -0.75), (0.56, -0.4), (0.5, 0.0));
    cap.bend((0.44, -0.2), (0.34, -0.3), (0.2, -0.34));
    cap.line(-0.2, -0.34);
    cap.bend((-0.34, -0.3), (-0.44, -0.2), (-0.5, 0.0));
    let paint = hair_paint(face, hair, 1);
    face.shade(&cap, paint);
    let part = rng.range(-0.12, 0.12);
    let side_length = if style.long || person.girl {
        rng.range(0.34, 0.52)
    } else {
        0.16
    };
    // From root, over a shoulder, to a tip.
    let mut locks: Vec<(f32, f32, f32, f32, f32)> = Vec::new();
    for way in [-1.0, 1.0] {
        locks.push((way * 0.3, way * 0.52, way * 0.44, side_length, 0.085));
        locks.push((way * 0.27, way * 0.46, way * 0.385, side_length * 0.62, 0.075));
        locks.push((way * 0.2, way * 0.37, way * 0.33, 0.07 + rng.range(-0.03, 0.03), 0.085));
        locks.push((
            way * 0.13,
            way * 0.26,
            way * 0.21 + part * 0.3,
            0.02 + rng.range(-0.04, 0.03),
            0.088,
        ));
    }
    locks.push((
        0.03 + part,
        0.09 + part,
        0.1 + part * 1.2,
        -0.01 + rng.range(-0.02, 0.04),
        0.082,
    ));
    locks.push((
        -0.03 + part,
        -0.07 + part,
        -0.03 + part * 1.4,
        0.03 + rng.range(-0.03, 0.04),
        0.085,
    ));
    let line = scale(hair, 0.55);
    for (place, (root, over, tip, low, half)) in locks.into_iter().enumerate() {
        let crown = root * 0.45 + part * 0.5;
        let top = -0.745 + 0.3 * crown * crown;
        let mut lock = Path::at(crown, top);
        lock.bend(
            (root + half * 1.6, -0.66),
            (over + half * 1.25, -0.3),
            (tip + 0.008, low),
        );
        lock.line(tip - 0.008, low);
        lock.bend((over - half * 0.65, -0.16), (over - half * 1.5, -0.5), (crown, top));
        let paint = hair_paint(
            face,
            scale(hair, 0.96 + 0.08 * noise(place as f32 * 3.7, 0.0, 9)),
            100 + place as u32,
        );
        face.shade(&lock, paint);
        let edge = [
            (over - half * 0.66, -0.32, 0.001),
            (over - half * 0.52, -0.16, 0.0034),
            (tip - 0.004, low - 0.01, 0.001),
        ];
        face.stroke(&edge, line, 0.55);
    }
    // A lock that stands up.
    if rng.chance(0.5) {
        let way = if rng.chance(0.5) { 1.0 } else { -1.0 };
        face.stroke(
            &[
                (0.0, -0.72, 0.012),
                (way * 0.08, -0.86, 0.014),
                (way * 0.2, -0.87, 0.01),
                (way * 0.26, -0.8, 0.001),
            ],
            hair,
            1.0,
        );
    }
}

fn ears(face: &mut Face<'_>, person: &Person) {
    let tall = if person.with(Trait::FoxEars) { 0.44 } else { 0.32 };
    for way in [-1.0, 1.0] {
        for (inset, colour) in [(0.0, person.hair), (0.06, blend(hex(0xf6b8b0), person.hair, 0.15))] {
            let mut ear = Path::at(way * (0.14 + inset), -0.62);
            ear.bend(
                (way * (0.18 + inset), -0.8),
                (way * 0.34, -0.66 - tall + inset),
                (way * 0.4, -0.66 - tall + inset),
            );
            ear.bend(
                (way * (0.5 - inset), -0.72),
                (way * (0.54 - inset), -0.5),
                (way * (0.52 - inset), -0.36),
            );
            face.fill(ear.close(), colour, 1.0);
        }
    }
}

fn extras(face: &mut Face<'_>, person: &Person) {
    if person.with(Trait::Bow) {
        let bow = if luma(person.hair) > 0.75 {
            person.eyes
        } else {
            hex(0xd8343c)
        };
        let (x, y) = (0.36, -0.56);
        for way in [-1.0, 1.0] {
            face.fill(
                &Path::polygon(&[(x, y), (x + way * 0.2, y - 0.12), (x + way * 0.18, y + 0.11)]),
                bow,
                1.0,
            );
            face.fill(
                &Path::polygon(&[(x, y), (x + way * 0.1, y + 0.24), (x + way * 0.02, y + 0.22)]),
                scale(bow, 0.84),
                1.0,
            );
        }
        face.fill(&Path::ellipse(x, y, 0.04, 0.045, 0.0), scale(bow, 0.75), 1.0);
    }
    if person.with(Trait::Glasses) {
        let frame = hex(0x2c2a36);
        for way in [-1.0, 1.0] {
            let mut ring = Path::ellipse(way * 0.21, 0.11, 0.152, 0.135, 0.0);
            ring = ring.mapped(|point| point);
            let glass = WHITE;
            face.shade(&ring, |u, v| {
                (glass, 0.05 + 0.12 * bell(u - v * 0.6 - way * 0.15, 0.03))
            });
            let points: Vec<(f32, f32, f32)> = (0..=36)
                .map(|step| {
                    let angle = step as f32 / 36.0 * std::f32::consts::TAU;
                    (way * 0.21 + 0.152 * cos(angle), 0.11 + 0.135 * sin(angle), 0.0072)
                })
                .collect();
            face.stroke(&points, frame, 1.0);
            face.stroke(&[(way * 0.36, 0.09, 0.007), (way * 0.43, 0.07, 0.006)], frame, 1.0);
        }
        face.stroke(
            &[(-0.06, 0.1, 0.006), (0.0, 0.085, 0.006), (0.06, 0.1, 0.006)],
            frame,
            1.0,
        );
    }
    if person.with(Trait::Hat) {
        let straw = hex(0xe9cf93);
        face.fill(&Path::ellipse(0.0, -0.46, 0.95, 0.19, -0.05), scale(straw, 0.9), 1.0);
        let mut crown = Path::at(-0.5, -0.5);
        crown.bend((-0.5, -1.05), (0.5, -1.08), (0.5, -0.54));
        crown.bend((0.2, -0.44), (-0.2, -0.43), (-0.5, -0.5));
        let colour = face.lit(straw);
        face.shade(&crown, |u, v| {
            (
                scale(colour, 0.95 + 0.1 * u + 0.1 * (noise(u * 60.0, v * 60.0, 3) - 0.5)),
                1.0,
            )
        });
        face.stroke(
            &[(-0.5, -0.54, 0.05), (0.0, -0.49, 0.055), (0.5, -0.57, 0.05)],
            person.clothes,
            1.0,
        );
    }
}

fn wings(face: &mut Face<'_>) {
    for way in [-1.0, 1.0] {
        for feather in 0..10 {
            let t = feather as f32 / 9.0;
            face.stroke(
                &[
                    (way * 0.4, 0.95, 0.05),
                    (way * mix(1.0, 0.6, t), mix(0.1, 0.9, t), 0.13),
                    (way * mix(1.7, 0.95, t), mix(-0.5, 1.3, t), 0.01),
                ],
                scale(hex(0xf6f8ff), mix(1.0, 0.85, t)),
                1.0,
            );
        }
    }
}
