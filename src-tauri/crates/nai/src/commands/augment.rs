//! `nai augment`: the director tools.

use novelai::tools::Tool;
use novelai::{cost, prepare};

use crate::cli::{Augment, Common, ToolName};
use crate::connection::Connection;
use crate::error::Error;
use crate::files;
use crate::paid::{Purchase, Saved, What};
use crate::progress::Progress;
use crate::target::Place;

pub(crate) async fn run(common: &Common, asked: Augment) -> Result<(), Error> {
    let (tool, name) = tool(&asked)?;
    let connection = Connection::open(common).await?;
    let mut saved: Vec<Saved> = Vec::new();
    for file in &asked.files {
        let image = files::read(file)?;
        let size = files::picture_size(file, &image)?;
        let before = connection.account().await?;
        let removes = tool.removes_background();
        let purchase = Purchase {
            what: What::new("augment", None),
            anlas: Some(cost::director(removes, size, &connection.registry, Some(&before)).anlas),
            limit: asked.target.max_anlas,
            pictures: if removes { 3 } else { 1 },
            seed: None,
            first_index: u32::try_from(saved.len()).unwrap_or(u32::MAX),
        };
        purchase.allowed(&connection, &before)?;
        let image = prepare::director(&image, &connection.registry)
            .map_err(|refusal| Error::from(refusal).about(file.display()))?;
        let usual = format!("{}-{name}", files::stem(file));
        let several = removes || asked.files.len() > 1;
        let place = Place::read(asked.target.out.as_deref(), Some(&usual)).for_several(several);
        let send = async || connection.client.augment(&tool, &image).await;
        let made = purchase
            .make(&connection, &before, &place, Progress::unknown(common.json), send)
            .await;
        saved.extend(made.map_err(|error| error.about(file.display()))?);
    }
    super::tell(common, &saved)
}

/// The tool, and a word for the names of its pictures.
fn tool(asked: &Augment) -> Result<(Tool, &'static str), Error> {
    let takes_words = matches!(asked.tool, ToolName::Colorize | ToolName::Emotion);
    if !takes_words && (!asked.prompt.is_empty() || asked.defry != 0) {
        return Err(Error::usage("--prompt and --defry are for colorize and emotion."));
    }
    if asked.mood.is_some() && asked.tool != ToolName::Emotion {
        return Err(Error::usage("--mood is for emotion."));
    }
    Ok(match asked.tool {
        ToolName::Background => (Tool::RemoveBackground, "background"),
        ToolName::Lineart => (Tool::LineArt, "lineart"),
        ToolName::Sketch => (Tool::Sketch, "sketch"),
        ToolName::Declutter => (Tool::Declutter, "declutter"),
        ToolName::DeclutterKeepBubbles => (Tool::DeclutterKeepBubbles, "declutter"),
        ToolName::Colorize => (
            Tool::Colorize {
                prompt: asked.prompt.clone(),
                defry: asked.defry,
            },
            "colorize",
        ),
        ToolName::Emotion => (
            Tool::Emotion {
                mood: asked
                    .mood
                    .clone()
                    .ok_or_else(|| Error::usage("emotion needs a --mood."))?,
                prompt: asked.prompt.clone(),
                defry: asked.defry,
            },
            "emotion",
        ),
    })
}
