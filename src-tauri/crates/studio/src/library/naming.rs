//! What a template makes of the names of pictures, before it is used.

use serde::{Deserialize, Serialize};
use time::OffsetDateTime;
use uuid::Uuid;

use crate::clock;
use crate::door::Studio;
use crate::error::Error;
use crate::library::details::Kind;
use crate::library::names::{ToldOf, Values, candidates};
use crate::library::template::{NameProblem, Template};
use crate::library::{ImageRecord, index};

/// Pictures that are shown under the names that they would have.
const SHOWN: u32 = 3;

/// What a template makes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "specta", derive(specta::Type))]
#[serde(rename_all = "camelCase")]
pub struct NamesPreview {
    /// The newest pictures under the names that they would have, at most three; without any, one that is made up.
    pub examples: Vec<String>,
    /// What can't be used. With any of these the template can't be kept, and the examples show it as it is written.
    pub problems: Vec<NameProblem>,
}

impl Studio {
    /// What a template would make of the names of the newest pictures. Nothing is named anew.
    ///
    /// # Errors
    ///
    /// Storage errors.
    pub async fn preview_names(&self, template: &str) -> Result<NamesPreview, Error> {
        let (template, problems) = Template::parse(template);
        let newest = self.images(None, SHOWN).await?;
        let name = |values: &Values, format| candidates(&template, values, index::extension(format)).next();
        let mut examples: Vec<String> = newest
            .iter()
            .filter_map(|record| name(&values(record), record.format))
            .collect();
        if examples.is_empty() {
            examples.extend(name(&example(), crate::inputs::PictureFormat::Png));
        }
        Ok(NamesPreview { examples, problems })
    }
}

fn values(record: &ImageRecord) -> Values {
    let offset = clock::now_local().offset();
    let at = OffsetDateTime::from_unix_timestamp(record.created / 1000).unwrap_or(OffsetDateTime::UNIX_EPOCH);
    let index = record.id.place_in_batch();
    Values {
        at: at.to_offset(offset),
        seed: record.seed,
        index: if record.job.is_some() && index < u32::MAX {
            index
        } else {
            0
        },
        job: record.job.unwrap_or_default(),
        told: Some(ToldOf {
            model: record.model.clone(),
            prompt: record.prompt.clone(),
            width: record.width,
            height: record.height,
            kind: record.kind,
        }),
    }
}

fn example() -> Values {
    Values {
        at: clock::now_local(),
        seed: Some(1_234_567_890),
        index: 0,
        job: Uuid::nil(),
        told: Some(ToldOf {
            model: Some("nai-diffusion-5-full".into()),
            prompt: "1girl, silver hair, night city, rain".into(),
            width: 832,
            height: 1216,
            kind: Kind::Text,
        }),
    }
}
