//! The characters as they are sent: which, and where they stand (api.md 3.4).

use super::wire::{Center, CharCaption, CharacterPrompt};
use crate::check::sent_characters;
use crate::model::{Model, Positions};
use crate::prompt;
use crate::request::{Character, Position};

/// The characters as they are sent.
pub(super) struct Cast<'a> {
    members: Vec<Member<'a>>,
    /// Whether the centres are heeded.
    pub(super) placed: bool,
}

pub(super) struct Member<'a> {
    pub(super) prompt: String,
    pub(super) undesired: &'a str,
    center: Center,
}

impl<'a> Cast<'a> {
    /// Where the model is to choose (`ai_choice`), the centres are sent all the same, and not heeded.
    pub(super) fn of(characters: &'a [Character], model: &Model, ai_choice: bool) -> Self {
        let sent: Vec<&Character> = sent_characters(characters).collect();
        let some = sent.iter().any(|character| character.position.is_some());
        let placed = !ai_choice && some && sent.len() >= model.rules().positions_from.max(1);
        let members = sent
            .iter()
            .enumerate()
            .map(|(slot, character)| {
                let position = character.position.unwrap_or_else(|| free_place(slot, placed));
                Member {
                    prompt: prompt::character(&character.prompt),
                    undesired: &character.undesired,
                    center: center(position, model.positions),
                }
            })
            .collect();
        Self { members, placed }
    }

    /// The prompts as one reads a page: by rows where the characters are placed.
    pub(super) fn reading_order(&self) -> Vec<&str> {
        let mut members: Vec<&Member<'_>> = self.members.iter().collect();
        if self.placed {
            members.sort_by(|a, b| {
                a.center
                    .y
                    .total_cmp(&b.center.y)
                    .then(a.center.x.total_cmp(&b.center.x))
            });
        }
        members.iter().map(|member| member.prompt.as_str()).collect()
    }

    pub(super) fn prompts(&self) -> Vec<CharacterPrompt<'_>> {
        self.members
            .iter()
            .map(|member| CharacterPrompt {
                prompt: &member.prompt,
                uc: member.undesired,
                center: member.center,
                enabled: true,
            })
            .collect()
    }

    pub(super) fn captions<'s>(&'s self, text: impl Fn(&'s Member<'a>) -> &'s str) -> Vec<CharCaption<'s>> {
        self.members
            .iter()
            .map(|member| CharCaption {
                char_caption: text(member),
                centers: [member.center],
            })
            .collect()
    }
}

/// Where a character without a place of its own stands: in the middle, or among placed ones in the order in which the
/// page fills its slots.
fn free_place(slot: usize, placed: bool) -> Position {
    const SLOTS: [f64; 5] = [0.5, 0.3, 0.7, 0.1, 0.9];
    let x = if placed { SLOTS[slot % SLOTS.len()] } else { SLOTS[0] };
    Position { x, y: 0.5 }
}

/// A position as the model understands it.
fn center(position: Position, positions: Positions) -> Center {
    let Position { x, y } = snapped(position, positions);
    Center { x, y }
}

/// The place nearest to a position that the model has.
pub(crate) fn snapped(Position { x, y }: Position, positions: Positions) -> Position {
    let snap = |v: f64| match positions {
        Positions::Grid => [0.1, 0.3, 0.5, 0.7, 0.9][((5.0 * v) as usize).min(4)],
        Positions::Free | Positions::None => (v * 1000.0).round() / 1000.0,
    };
    Position { x: snap(x), y: snap(y) }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;
    use crate::model::Registry;
    use crate::testing::{V5_FULL, V45_FULL, character, request};

    fn placed(model: &str, positions: &[Option<(f64, f64)>]) -> Value {
        let mut asked = request(model);
        asked.characters = positions
            .iter()
            .map(|position| Character {
                position: position.map(|(x, y)| Position { x, y }),
                ..character("girl")
            })
            .collect();
        crate::payload::build(&asked, Registry::builtin()).unwrap()["parameters"].take()
    }

    fn centers(sent: &Value) -> Vec<(f64, f64)> {
        let center = |c: &Value| (c["x"].as_f64().unwrap(), c["y"].as_f64().unwrap());
        let prompts = sent["characterPrompts"].as_array().unwrap();
        let listed: Vec<_> = prompts.iter().map(|prompt| center(&prompt["center"])).collect();
        for side in ["v4_prompt", "v4_negative_prompt"] {
            let captions = sent[side]["caption"]["char_captions"].as_array().unwrap();
            let captioned: Vec<_> = captions.iter().map(|caption| center(&caption["centers"][0])).collect();
            assert_eq!(captioned, listed, "{side}");
        }
        assert_eq!(sent["v4_prompt"]["use_coords"], sent["use_coords"]);
        listed
    }

    #[test]
    fn v4_5_snaps_positions_to_its_grid() {
        let sent = placed(V45_FULL, &[Some((0.0, 0.199)), Some((0.2, 0.45)), Some((0.61, 1.0))]);
        assert_eq!(centers(&sent), [(0.1, 0.1), (0.3, 0.5), (0.7, 0.9)]);
        assert_eq!(sent["use_coords"], true);
    }

    #[test]
    fn v5_takes_positions_to_the_thousandth() {
        let sent = placed(V5_FULL, &[Some((0.123_456, 0.999_9)), Some((0.0, 0.5))]);
        assert_eq!(centers(&sent), [(0.123, 1.0), (0.0, 0.5)]);
        assert_eq!(sent["characterPrompts"][1]["center"].to_string(), r#"{"x":0,"y":0.5}"#);
    }

    #[test]
    fn a_single_character_is_placed_on_v5_only() {
        assert_eq!(placed(V5_FULL, &[Some((0.2, 0.2))])["use_coords"], true);
        let sent = placed(V45_FULL, &[Some((0.2, 0.2))]);
        assert_eq!(sent["use_coords"], false);
        assert_eq!(centers(&sent), [(0.3, 0.3)]);
    }

    #[test]
    fn where_the_model_chooses_the_places_everyone_stands_in_the_middle() {
        let sent = placed(V45_FULL, &[None, None]);
        assert_eq!(
            (sent["use_coords"].clone(), centers(&sent)),
            (json!(false), vec![(0.5, 0.5); 2])
        );
    }

    #[test]
    fn where_the_choice_is_given_back_to_the_model_the_places_are_sent_and_not_heeded() {
        let mut asked = request(V5_FULL);
        asked.ai_choice = true;
        asked.characters = vec![
            Character {
                position: Some(Position { x: 0.2, y: 0.8 }),
                name: "Mira".into(),
                ..character("girl")
            },
            character("boy"),
        ];
        let sent = crate::payload::build(&asked, Registry::builtin()).unwrap()["parameters"].take();
        assert_eq!(
            (sent["use_coords"].clone(), centers(&sent)),
            (json!(false), vec![(0.2, 0.8), (0.5, 0.5)])
        );
        assert!(!sent.to_string().contains("Mira"), "a name is the person's own");
    }

    #[test]
    fn among_placed_characters_the_others_take_the_free_slots() {
        let sent = placed(V45_FULL, &[Some((0.9, 0.9)), None, None]);
        assert_eq!(
            (sent["use_coords"].clone(), centers(&sent)),
            (json!(true), vec![(0.9, 0.9), (0.3, 0.5), (0.7, 0.5)])
        );
    }
}
