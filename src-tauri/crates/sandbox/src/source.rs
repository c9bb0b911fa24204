//! What img2img and infill start from (api.md 3.5): a picture of the size that is asked for, and for infill a mask of
//! cells of eight by eight pixels.

use serde_json::{Map, Value};

use crate::{
    fields::{number, text, whole},
    models::Model,
    order::Action,
    raster::{Raster, base64},
    refusal::Refusal,
};

/// What is white in a mask, from 0 to 255.
const WHITE: u8 = 155;
/// The side of a cell in pixels.
pub(crate) const CELL: u32 = 8;

/// A picture to start from.
#[derive(Clone, Debug)]
pub(crate) struct Source {
    pub(crate) picture: Raster,
    /// What of it is to be painted anew; `None`: all.
    pub(crate) mask: Option<Mask>,
    /// How far the result may leave the source, above 0 to 1.
    pub(crate) strength: f64,
    /// Variation put into the source, from 0 below 1.
    pub(crate) noise: f64,
    pub(crate) noise_seed: u32,
    /// The result keeps the source's colours.
    pub(crate) color_correct: bool,
}

/// Which cells are to be painted anew.
#[derive(Clone, Debug)]
pub(crate) struct Mask {
    pub(crate) wide: usize,
    pub(crate) high: usize,
    pub(crate) cells: Vec<bool>,
}

impl Source {
    /// Reads what the action needs; nothing for `generate`.
    pub(crate) fn read(
        parameters: &Map<String, Value>,
        action: Action,
        model: &Model,
        (width, height): (u32, u32),
    ) -> Result<Option<Self>, Refusal> {
        let strength = number(parameters, "strength", 0.01, 0.99)?;
        let noise = number(parameters, "noise", 0.0, 0.99)?;
        let inpaint = number(parameters, "inpaintImg2ImgStrength", 0.01, 1.0)?;
        let noise_seed = whole(parameters, "extra_noise_seed", 0, i64::from(u32::MAX))?;
        let strength = match action {
            Action::Generate => return Ok(None),
            Action::Infill if model.family.is_modern() => inpaint.unwrap_or(1.0),
            Action::Img2Img | Action::Infill => strength.unwrap_or(0.7),
        };
        let bytes = file(parameters, "image")?;
        let picture = Raster::read_if("parameters.image", &bytes, |wide, high| {
            if (wide, high) == (width, height) {
                return Ok(());
            }
            Err(Refusal::invalid(format!(
                "parameters.image is {wide}x{high}, width and height are {width}x{height}"
            )))
        })?;
        let (mask, settings) = match action {
            Action::Infill => (
                Some(Mask::read(&file(parameters, "mask")?, width, height)?),
                inner(parameters)?,
            ),
            Action::Generate | Action::Img2Img => (None, Some(parameters)),
        };
        let color_correct = settings
            .and_then(|settings| settings.get("color_correct"))
            .and_then(Value::as_bool);
        Ok(Some(Self {
            picture,
            mask,
            strength,
            noise: noise.unwrap_or(0.0),
            noise_seed: noise_seed.unwrap_or(0) as u32,
            color_correct: color_correct.unwrap_or(false),
        }))
    }
}

fn file(parameters: &Map<String, Value>, name: &str) -> Result<Vec<u8>, Refusal> {
    let text = text(parameters, name)?.ok_or_else(|| Refusal::invalid(format!("parameters.{name} is required")))?;
    base64(&format!("parameters.{name}"), &text)
}

/// The settings of an infill that doesn't start from nothing.
fn inner(parameters: &Map<String, Value>) -> Result<Option<&Map<String, Value>>, Refusal> {
    match parameters.get("img2img") {
        None | Some(Value::Null) => Ok(None),
        Some(Value::Object(settings)) => {
            number(settings, "strength", 0.01, 1.0)?;
            Ok(Some(settings))
        }
        Some(_) => Err(Refusal::invalid("parameters.img2img must be an object")),
    }
}

impl Mask {
    /// Reads a mask for a picture of this size: as large as it, or a pixel for each cell. Alpha doesn't count.
    fn read(file: &[u8], width: u32, height: u32) -> Result<Self, Refusal> {
        let (wide, high) = (width / CELL, height / CELL);
        let picture = Raster::read_if("parameters.mask", file, |w, h| {
            if (w, h) == (width, height) || (w, h) == (wide, high) {
                return Ok(());
            }
            Err(Refusal::invalid(format!(
                "parameters.mask is {w}x{h}, it must be {width}x{height} or {wide}x{high}"
            )))
        })?;
        let step = (picture.width / wide) as usize;
        let (wide, high) = (wide as usize, high as usize);
        let mut cells = Vec::with_capacity(wide * high);
        for y in 0..high {
            for x in 0..wide {
                let place = ((y * step + step / 2) * picture.width as usize + x * step + step / 2) * 4;
                let sum: u32 = picture.rgba[place..place + 3].iter().map(|part| u32::from(*part)).sum();
                cells.push(sum / 3 >= u32::from(WHITE));
            }
        }
        Ok(Self { wide, high, cells })
    }

    /// Whether a pixel is to be painted anew, where a cell has sides of so many pixels.
    pub(crate) fn holds(&self, x: usize, y: usize, cell: usize) -> bool {
        let (x, y) = ((x / cell).min(self.wide - 1), (y / cell).min(self.high - 1));
        self.cells[y * self.wide + x]
    }
}
