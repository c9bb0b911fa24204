//! Pictures that influence others: vibes (api.md 3.7) and precise references (api.md 3.8).

use serde_json::{Map, Value};

use crate::{
    fields::numbers,
    models::{Family, Model},
    raster::{Raster, Tones, base64, is_picture},
    refusal::Refusal,
    vibe,
};

/// More than these are not taken.
const MOST_VIBES: usize = 16;
const MOST_REFERENCES: usize = 16;
/// The canvases that a reference may have.
const CANVASES: &[(u32, u32)] = &[(1024, 1536), (1536, 1024), (1472, 1472)];

/// All of a request.
#[derive(Clone, Debug, Default)]
pub(crate) struct Guides {
    pub(crate) vibes: Vec<Guide>,
    pub(crate) references: Vec<Guide>,
}

/// One picture that others follow.
#[derive(Clone, Debug)]
pub(crate) struct Guide {
    /// About from 0 to 1; below zero the others avoid what it shows.
    pub(crate) strength: f32,
    /// The colours that it brings, if its style is to be followed.
    pub(crate) tones: Option<Tones>,
    /// The colours of hair and clothes, if its character is to be followed.
    pub(crate) figure: Option<[[u8; 3]; 2]>,
}

impl Guides {
    pub(crate) fn read(parameters: &Map<String, Value>, model: &Model) -> Result<Self, Refusal> {
        Ok(Self {
            vibes: vibes(parameters, model.family)?,
            references: references(parameters, model)?,
        })
    }

    /// Those that take effect: references displace vibes.
    pub(crate) fn active(&self) -> &[Guide] {
        if self.references.is_empty() {
            &self.vibes
        } else {
            &self.references
        }
    }
}

fn list<'a>(parameters: &'a Map<String, Value>, name: &str) -> &'a [Value] {
    let list = parameters.get(name).and_then(Value::as_array);
    list.map(Vec::as_slice).unwrap_or_default()
}

fn vibes(parameters: &Map<String, Value>, family: Family) -> Result<Vec<Guide>, Refusal> {
    const FIELD: &str = "reference_image_multiple";
    let vibes = list(parameters, FIELD);
    if !vibes.is_empty() && family == Family::V5 {
        return Err(Refusal::crash());
    }
    if vibes.len() > MOST_VIBES {
        return Err(Refusal::invalid(format!(
            "parameters.{FIELD} may have {MOST_VIBES} items"
        )));
    }
    let strengths = parallel(parameters, "reference_strength_multiple", vibes.len())?;
    let extracted = parallel(parameters, "reference_information_extracted_multiple", vibes.len());
    // Later models read neither the list nor its length: what was extracted is in the vibe.
    let extracted = if family.is_modern() { None } else { extracted? };
    let mut guides = Vec::with_capacity(vibes.len());
    for (place, value) in vibes.iter().enumerate() {
        let field = format!("parameters.{FIELD}[{place}]");
        let text = value
            .as_str()
            .ok_or_else(|| Refusal::invalid(format!("{field} must be a string")))?;
        let bytes = base64(&field, text)?;
        let strength = strengths.as_ref().map_or(0.6, |strengths| strengths[place]);
        let (tones, strength) = if family.is_modern() {
            if is_picture(&bytes) {
                return Err(Refusal::crash());
            }
            (vibe::tones(&bytes), strength)
        } else {
            let extracted = extracted.as_ref().map_or(1.0, |extracted| extracted[place]);
            (Raster::read(&field, &bytes)?.tones(), strength * extracted)
        };
        guides.push(Guide {
            strength: strength as f32,
            tones: Some(tones),
            figure: None,
        });
    }
    Ok(guides)
}

/// A list of numbers that goes with another list, if it's there.
fn parallel(parameters: &Map<String, Value>, name: &str, count: usize) -> Result<Option<Vec<f64>>, Refusal> {
    match numbers(parameters, name, -10.0, 10.0)? {
        Some(list) if list.len() != count && count > 0 => Err(Refusal::invalid(format!(
            "parameters.{name} has {} items, {count} are needed",
            list.len()
        ))),
        list => Ok(list),
    }
}

fn references(parameters: &Map<String, Value>, model: &Model) -> Result<Vec<Guide>, Refusal> {
    let refused = |what: String| Refusal::new(400, format!("Error encoding v4 director references: {what}"));
    let images = list(parameters, "director_reference_images");
    if images.is_empty() {
        return Ok(Vec::new());
    }
    if model.family != Family::V45 {
        return Err(refused(format!("model {} doesn't support them", model.id)));
    }
    if images.len() > MOST_REFERENCES {
        return Err(refused(format!("at most {MOST_REFERENCES} are allowed")));
    }
    let along = |name: &str, least: f64, most: f64| {
        let list = numbers(parameters, name, least, most)?.unwrap_or_default();
        if list.len() == images.len() {
            return Ok(list);
        }
        Err(refused(format!(
            "{name} has {} items, {} are needed",
            list.len(),
            images.len()
        )))
    };
    let strengths = along("director_reference_strength_values", -10.0, 10.0)?;
    along("director_reference_secondary_strength_values", -10.0, 10.0)?;
    along("director_reference_information_extracted", 0.0, 1.0)?;
    let descriptions = list(parameters, "director_reference_descriptions");
    if descriptions.len() != images.len() {
        return Err(refused(format!(
            "director_reference_descriptions has {} items, {} are needed",
            descriptions.len(),
            images.len()
        )));
    }
    let mut guides = Vec::with_capacity(images.len());
    for (place, ((image, description), strength)) in images.iter().zip(descriptions).zip(strengths).enumerate() {
        let field = format!("director_reference_images[{place}]");
        let text = image
            .as_str()
            .ok_or_else(|| refused(format!("{field} must be a string")))?;
        let kind = description.pointer("/caption/base_caption").and_then(Value::as_str);
        let (character, style) = match kind {
            Some("character") => (true, false),
            Some("style") => (false, true),
            Some("character&style") => (true, true),
            Some(_) | None => return Err(refused(format!("{field} is neither character nor style"))),
        };
        let picture = Raster::read_if(&field, &base64(&field, text)?, |width, height| {
            if CANVASES.contains(&(width, height)) {
                return Ok(());
            }
            Err(refused(format!(
                "{field} is {width}x{height}, it must be 1024x1536, 1536x1024 or 1472x1472"
            )))
        })
        .map_err(|refusal| {
            if refusal.message.starts_with("Error encoding") {
                refusal
            } else {
                refused(refusal.message)
            }
        })?;
        guides.push(Guide {
            strength: strength as f32,
            tones: style.then(|| picture.tones()),
            figure: character.then(|| figure(&picture)),
        });
    }
    Ok(guides)
}

/// Where hair and clothes are on most pictures of one person: above and below the middle.
fn figure(picture: &Raster) -> [[u8; 3]; 2] {
    [(0.12, 0.32), (0.5, 0.8)].map(|(from, to)| {
        let (width, height) = (f64::from(picture.width), f64::from(picture.height));
        let rows = (height * from) as usize..(height * to) as usize;
        let columns = (width * 0.36) as usize..(width * 0.64) as usize;
        let mut part = Vec::new();
        for row in rows {
            let start = row * picture.width as usize;
            part.extend_from_slice(&picture.rgba[(start + columns.start) * 4..(start + columns.end) * 4]);
        }
        let part = Raster {
            width: columns.len() as u32,
            height: (part.len() / 4 / columns.len()) as u32,
            rgba: part,
        };
        part.tones()[1]
    })
}

#[cfg(test)]
mod tests {
    use base64::{Engine as _, engine::general_purpose::STANDARD};
    use serde_json::json;

    use super::*;
    use crate::{models, raster::tests::png};

    fn read(model: &str, parameters: &Value) -> Result<Guides, Refusal> {
        Guides::read(parameters.as_object().unwrap(), models::find(model).unwrap())
    }

    fn references_of(width: u32, height: u32, kind: &str, count: usize) -> Value {
        let file = png(width, height, |_, y| {
            if y < height / 2 {
                [180, 30, 30, 255]
            } else {
                [30, 30, 180, 255]
            }
        });
        json!({
            "director_reference_images": vec![STANDARD.encode(file); count],
            "director_reference_descriptions":
                vec![json!({ "caption": { "base_caption": kind, "char_captions": [] }, "legacy_uc": false }); count],
            "director_reference_information_extracted": vec![1; count],
            "director_reference_strength_values": vec![0.8; count],
            "director_reference_secondary_strength_values": vec![0; count],
        })
    }

    const V45: &str = "nai-diffusion-4-5-full";

    #[test]
    fn a_reference_brings_a_character_a_style_or_both() {
        let one = |kind| {
            read(V45, &references_of(1024, 1536, kind, 1))
                .unwrap()
                .references
                .remove(0)
        };
        assert!(one("style").tones.is_some() && one("style").figure.is_none());
        assert_eq!(one("character").figure, Some([[180, 30, 30], [30, 30, 180]]));
        let both = one("character&style");
        assert!(both.tones.is_some() && both.figure.is_some());
        assert_eq!(
            read(
                "nai-diffusion-4-5-curated-inpainting",
                &references_of(1472, 1472, "style", 2)
            )
            .unwrap()
            .references
            .len(),
            2
        );
    }

    #[test]
    fn references_of_the_wrong_kind_are_refused_as_the_service_says_it() {
        let mut uneven = references_of(1536, 1024, "style", 2);
        uneven["director_reference_strength_values"] = json!([1]);
        let mut broken = references_of(1536, 1024, "style", 1);
        broken["director_reference_images"] = json!(["iVBORw0KGgo="]);
        for (model, parameters) in [
            (V45, references_of(832, 1216, "style", 1)),
            (V45, references_of(1024, 1536, "mood", 1)),
            (V45, uneven),
            (V45, broken),
            (V45, json!({ "director_reference_images": ["AA=="] })),
            ("nai-diffusion-4-full", references_of(1024, 1536, "style", 1)),
            ("nai-diffusion-5-full", references_of(1024, 1536, "style", 1)),
        ] {
            let refusal = read(model, &parameters).unwrap_err();
            assert_eq!(refusal.status, 400, "{refusal:?}");
            assert!(
                refusal.message.starts_with("Error encoding v4 director references: "),
                "{refusal:?}"
            );
        }
    }

    #[test]
    fn each_vibe_has_a_strength_and_in_v3_a_share() {
        let picture = STANDARD.encode(png(8, 8, |_, _| [200, 100, 50, 255]));
        let v3 = |changes: Value| {
            let mut parameters = json!({
                "reference_image_multiple": [picture], "reference_strength_multiple": [0.6],
                "reference_information_extracted_multiple": [0.5],
            });
            for (name, value) in changes.as_object().unwrap() {
                parameters[name] = value.clone();
            }
            read("nai-diffusion-3", &parameters)
        };
        let vibe = v3(json!({})).unwrap().vibes.remove(0);
        assert_eq!((vibe.tones, vibe.strength), (Some([[200, 100, 50]; 3]), 0.3));
        assert_eq!(
            v3(json!({ "reference_strength_multiple": [1, 1] })).unwrap_err().status,
            400
        );
        assert_eq!(
            v3(json!({ "reference_information_extracted_multiple": [] }))
                .unwrap_err()
                .status,
            400
        );
        assert_eq!(
            v3(json!({ "reference_image_multiple": ["AAAA"] })).unwrap_err().status,
            400
        );
        let many = json!({ "reference_image_multiple": vec!["AAAA"; 17] });
        assert_eq!(read(V45, &many).unwrap_err().status, 400);
        let none = json!({ "reference_image_multiple": [], "reference_strength_multiple": [] });
        assert!(read("nai-diffusion-5-full", &none).unwrap().vibes.is_empty());
    }
}
