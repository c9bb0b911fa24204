//! `nai models`: what there is to choose from.

use novelai::model::{Model, Positions};
use serde_json::{Value, json};

use crate::cli::{Common, Models};
use crate::connection;
use crate::error::Error;
use crate::say;

pub(crate) fn run(common: &Common, asked: &Models) -> Result<(), Error> {
    let registry = connection::registry(common);
    let shown = registry.models().iter().filter(|model| asked.all || model.offered);
    if common.json {
        let told: Vec<Value> = shown.map(told).collect();
        return say::json(&told);
    }
    for model in shown {
        say::line(format!("{:<32} {}", model.id, model.name))?;
        say::line(format!("{:<32} {}", "", abilities(model).join(", ")))?;
    }
    Ok(())
}

fn told(model: &Model) -> Value {
    let mut told = json!(model);
    told["offered"] = model.offered.into();
    told
}

fn abilities(model: &Model) -> Vec<String> {
    let defaults = &model.defaults;
    let mut abilities = vec![format!("{} steps, guidance {}", defaults.steps, defaults.guidance)];
    if model.max_characters > 0 {
        let placed = match model.positions {
            Positions::Free => "placed freely",
            Positions::Grid => "on a 5×5 grid",
            Positions::None => "not placed",
        };
        abilities.push(format!("{} characters {placed}", model.max_characters));
    }
    for (has, what) in [
        (model.vibes, "vibes"),
        (model.references, "precise references"),
        (model.variety, "Variety+"),
        (model.transparency, "transparency"),
        (model.can_inpaint(), "inpaint"),
        (model.has_smea(), "SMEA"),
        (model.streaming, "previews"),
    ] {
        if has {
            abilities.push(what.to_owned());
        }
    }
    abilities
}
