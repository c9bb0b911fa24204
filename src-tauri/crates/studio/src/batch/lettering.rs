//! Words drawn into a picture, with the fonts of the system: no font of ours has the letters of every language. Where
//! there is no font at all the words are left out.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use ab_glyph::{Font as _, FontVec, PxScale, ScaleFont as _, point};
use fontdb::{Database, Family, ID, Query};
use image::{Rgb, RgbImage};

/// Faces that are looked for first, where the system does not say which one is its sans-serif.
const FIRST: [&str; 7] = [
    "Noto Sans",
    "Segoe UI",
    "Helvetica Neue",
    "DejaVu Sans",
    "Liberation Sans",
    "Arial",
    "Cantarell",
];

/// The fonts of the system.
pub(super) struct Letters {
    faces: Database,
    first: Option<ID>,
    read: Mutex<HashMap<ID, Option<FontVec>>>,
    /// Which face has a letter that the first one lacks.
    others: Mutex<HashMap<char, Option<ID>>>,
}

impl Letters {
    /// Looks through the fonts of the system: some tenths of a second.
    pub(super) fn of_system() -> Self {
        let mut faces = Database::new();
        faces.load_system_fonts();
        let families: Vec<Family<'_>> = FIRST.iter().map(|name| Family::Name(name)).collect();
        let first = faces
            .query(&Query {
                families: &families,
                ..Query::default()
            })
            .or_else(|| faces.faces().next().map(|face| face.id));
        Self {
            faces,
            first,
            read: Mutex::default(),
            others: Mutex::default(),
        }
    }

    /// Does something with a face, read once.
    fn with<R>(&self, id: ID, act: impl FnOnce(&FontVec) -> R) -> Option<R> {
        let mut read = self.read.lock().unwrap_or_else(PoisonError::into_inner);
        let font = read.entry(id).or_insert_with(|| {
            self.faces
                .with_face_data(id, |data, index| {
                    FontVec::try_from_vec_and_index(data.to_vec(), index).ok()
                })
                .flatten()
        });
        font.as_ref().map(act)
    }

    fn has(&self, id: ID, letter: char) -> bool {
        self.with(id, |font| font.glyph_id(letter).0 != 0).unwrap_or(false)
    }

    /// The face that a letter is drawn with.
    fn face_of(&self, letter: char) -> Option<ID> {
        let first = self.first?;
        if self.has(first, letter) {
            return Some(first);
        }
        let mut others = self.others.lock().unwrap_or_else(PoisonError::into_inner);
        let found = others.entry(letter).or_insert_with(|| {
            let ids: Vec<ID> = self.faces.faces().map(|face| face.id).collect();
            ids.into_iter().find(|id| self.has(*id, letter))
        });
        found.or(Some(first))
    }

    fn advance(&self, letter: char, height: f32) -> f32 {
        let wide = self.face_of(letter).and_then(|id| {
            self.with(id, |font| {
                let scaled = font.as_scaled(PxScale::from(height));
                scaled.h_advance(font.glyph_id(letter))
            })
        });
        wide.unwrap_or(0.0)
    }

    /// A text in lines of at most this width, and no more lines than there is room for; what is left out is "…".
    pub(super) fn lines(&self, text: &str, height: f32, width: f32, most: usize) -> Vec<String> {
        let mut lines: Vec<String> = Vec::new();
        let mut line = String::new();
        let mut wide = 0.0;
        for letter in text
            .chars()
            .map(|letter| if letter.is_control() { ' ' } else { letter })
        {
            let more = self.advance(letter, height);
            if wide + more > width && !line.is_empty() {
                // Between words where there are any.
                let rest = match line.rfind(' ') {
                    Some(at) if at > 0 && letter != ' ' => line.split_off(at),
                    _ => String::new(),
                };
                lines.push(std::mem::replace(&mut line, rest.trim_start().to_owned()));
                wide = line.chars().map(|letter| self.advance(letter, height)).sum();
            }
            if !(line.is_empty() && letter == ' ') {
                line.push(letter);
                wide += more;
            }
        }
        if !line.trim().is_empty() {
            lines.push(line);
        }
        if lines.len() > most {
            lines.truncate(most);
            if let Some(last) = lines.last_mut() {
                last.pop();
                last.push('…');
            }
        }
        lines
    }

    /// Draws a line, centred in a width from `left` on, its top at `top`.
    pub(super) fn draw(&self, sheet: &mut RgbImage, line: &str, (left, top): (f32, f32), width: f32, height: f32) {
        let wide: f32 = line.chars().map(|letter| self.advance(letter, height)).sum();
        let mut x = left + ((width - wide) / 2.0).max(0.0);
        for letter in line.chars() {
            if let Some(id) = self.face_of(letter) {
                self.with(id, |font| draw_letter(sheet, font, letter, (x, top), height));
            }
            x += self.advance(letter, height);
        }
    }
}

#[allow(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "places within a sheet, which has at most 16384 pixels a side"
)]
fn draw_letter(sheet: &mut RgbImage, font: &FontVec, letter: char, (x, top): (f32, f32), height: f32) {
    let scale = PxScale::from(height);
    let baseline = top + font.as_scaled(scale).ascent();
    let glyph = font.glyph_id(letter).with_scale_and_position(scale, point(x, baseline));
    let Some(outlined) = font.outline_glyph(glyph) else {
        return;
    };
    let bounds = outlined.px_bounds();
    outlined.draw(|dx, dy, cover| {
        let (px, py) = (bounds.min.x + dx as f32, bounds.min.y + dy as f32);
        if px < 0.0 || py < 0.0 {
            return;
        }
        if let Some(pixel) = sheet.get_pixel_mut_checked(px as u32, py as u32) {
            let mix = |ground: u8| (f32::from(ground) * (1.0 - cover) + 30.0 * cover) as u8;
            *pixel = Rgb(pixel.0.map(mix));
        }
    });
}
