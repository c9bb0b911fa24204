//! The word "sandbox" in a corner, in letters made for it, so that nobody takes these pictures for the service's.

/// Five by seven dots a letter, a row a byte, the leftmost dot highest.
const LETTERS: [[u8; 7]; 7] = [
    [0b00000, 0b00000, 0b01111, 0b10000, 0b01110, 0b00001, 0b11110],
    [0b00000, 0b00000, 0b01110, 0b00001, 0b01111, 0b10001, 0b01111],
    [0b00000, 0b00000, 0b11110, 0b10001, 0b10001, 0b10001, 0b10001],
    [0b00001, 0b00001, 0b01111, 0b10001, 0b10001, 0b10001, 0b01111],
    [0b10000, 0b10000, 0b11110, 0b10001, 0b10001, 0b10001, 0b11110],
    [0b00000, 0b00000, 0b01110, 0b10001, 0b10001, 0b10001, 0b01110],
    [0b00000, 0b00000, 0b10001, 0b01010, 0b00100, 0b01010, 0b10001],
];

/// Writes it into the lower right corner, as far as that may be painted: light letters with a dark edge, legible on
/// anything and not loud.
pub(super) fn write(rgba: &mut [u8], width: usize, height: usize, allowed: impl Fn(usize, usize) -> bool) {
    let dot = (width.min(height) / 360).max(1);
    let (wide, high) = ((LETTERS.len() * 6 - 1) * dot, 7 * dot);
    let margin = 7 * dot;
    if width < wide + 2 * margin || height < high + 2 * margin {
        return;
    }
    let (left, top) = (width - wide - margin, height - high - margin);
    let inked = |x: i64, y: i64| {
        let (x, y) = (x.div_euclid(dot as i64), y.div_euclid(dot as i64));
        if !(0..7).contains(&y) || x < 0 {
            return false;
        }
        let (letter, column) = ((x / 6) as usize, x % 6);
        letter < LETTERS.len() && column < 5 && LETTERS[letter][y as usize] >> (4 - column) & 1 == 1
    };
    let edge = dot as i64;
    for y in -edge..(high as i64 + edge) {
        for x in -edge..(wide as i64 + edge) {
            let (column, row) = ((left as i64 + x) as usize, (top as i64 + y) as usize);
            if !allowed(column, row) {
                continue;
            }
            let place = (row * width + column) * 4;
            let pixel = &mut rgba[place..place + 4];
            let (target, share) = if inked(x, y) {
                (255.0, 0.72)
            } else if (-edge..=edge).any(|dy| (-edge..=edge).any(|dx| inked(x + dx, y + dy))) {
                (0.0, 0.2)
            } else {
                continue;
            };
            for part in &mut pixel[..3] {
                *part = (f32::from(*part) * (1.0 - share) + target * share) as u8;
            }
            pixel[3] = pixel[3].max((share * 255.0) as u8);
        }
    }
}
