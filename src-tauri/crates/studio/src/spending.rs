//! What may be spent: the person's rules, and the ledger of what was.
//!
//! The rules are held where a job is taken to be sent, and in one write transaction with the row of the ledger that
//! reserves its price (`ledger`). So a window and a command line that spend at once can't both have the last Anlas of a
//! cap. What a rule does not let through stays queued and says why ([`Hold`]); nothing fails, and nothing is sent.

pub(crate) mod gate;
pub(crate) mod ledger;
pub(crate) mod report;
pub mod till;

use std::fmt;

use novelai::account::Account;
use novelai::model::{Model, ModelId, Registry};
use serde::{Deserialize, Serialize};

/// What the person lets be spent. The limits of the sandbox and of each server are counted apart.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "specta", derive(specta::Type))]
#[serde(rename_all = "camelCase")]
pub struct SpendingRules {
    /// Nothing that costs Anlas is sent.
    pub free_only: bool,
    /// The most Anlas that one queue may cost, from its first job until it is empty.
    pub queue_cap: Option<u32>,
    /// The most Anlas a day, on the person's wall.
    pub day_cap: Option<u32>,
    /// The most Anlas a month.
    pub month_cap: Option<u32>,
    /// What becomes of jobs that draw on the allowance of Opus when it is at its end.
    pub allowance: WhenAllowanceEnds,
}

/// What becomes of jobs that draw on an allowance when it is at its end.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "specta", derive(specta::Type))]
#[serde(rename_all = "camelCase")]
pub enum WhenAllowanceEnds {
    /// They are paid for.
    #[default]
    Pay,
    /// They wait until there is some again.
    Stop,
    /// They go on with the model before it, which Opus includes without one.
    Switch,
}

/// Why a queued job is not sent.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "specta", derive(specta::Type))]
#[serde(tag = "kind", rename_all = "camelCase", rename_all_fields = "camelCase")]
pub enum Hold {
    /// Only what is free is sent.
    NotFree {
        /// What it costs; none where nobody says.
        anlas: Option<u32>,
    },
    /// Nobody names its price, so no cap could be kept.
    UnknownPrice,
    /// It would be more than a cap lets through.
    Cap {
        /// Which one.
        per: CapPer,
        /// What it costs.
        anlas: u32,
        /// What was spent or is being spent.
        spent: u32,
        /// The most.
        cap: u32,
    },
    /// It costs more than what the person is asked about, and more than they have agreed to.
    Ask {
        /// What it costs.
        anlas: u32,
        /// What they are asked about.
        above: u32,
    },
    /// The allowance that it draws on is at its end.
    AllowanceEnds,
}

impl fmt::Display for Hold {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotFree { anlas: Some(anlas) } => {
                write!(
                    formatter,
                    "This costs {anlas} Anlas, and only what is free may be sent."
                )
            }
            Self::NotFree { anlas: None } => {
                write!(
                    formatter,
                    "Nobody tells what this costs, and only what is free may be sent."
                )
            }
            Self::UnknownPrice => write!(formatter, "Nobody tells what this costs, so no limit can be kept."),
            Self::Cap { per, anlas, spent, cap } => {
                let per = match per {
                    CapPer::Queue => "for one queue",
                    CapPer::Day => "a day",
                    CapPer::Month => "a month",
                };
                write!(
                    formatter,
                    "This costs {anlas} Anlas. With the {spent} that are spent it would be more than the {cap} {per} that \
                     you allow."
                )
            }
            Self::Ask { anlas, above } => {
                write!(
                    formatter,
                    "This costs {anlas} Anlas, and you want to be asked above {above}."
                )
            }
            Self::AllowanceEnds => write!(formatter, "The allowance of Opus that this draws on is at its end."),
        }
    }
}

/// What a cap is counted over.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "specta", derive(specta::Type))]
#[serde(rename_all = "camelCase")]
pub enum CapPer {
    /// From the first job until the queue is empty; of the command line, one call.
    Queue,
    /// A day.
    Day,
    /// A month.
    Month,
}

/// What was spent, or is being spent.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "specta", derive(specta::Type))]
#[serde(rename_all = "camelCase")]
pub struct Spent {
    /// By this queue.
    pub queue: u32,
    /// Today.
    pub day: u32,
    /// This month.
    pub month: u32,
}

/// What somebody wants to send.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Wanted {
    /// What it costs now; none where nobody says.
    pub(crate) anlas: Option<u32>,
    /// The price that the person has agreed to.
    pub(crate) agreed: Option<u32>,
    /// It draws on an allowance that is at its end.
    pub(crate) ends_allowance: bool,
}

impl SpendingRules {
    /// Why something is not sent; none: it may be.
    pub(crate) fn hold(&self, ask_above: Option<u32>, wanted: Wanted, spent: Spent) -> Option<Hold> {
        if self.allowance != WhenAllowanceEnds::Pay && wanted.ends_allowance {
            return Some(Hold::AllowanceEnds);
        }
        if wanted.anlas == Some(0) {
            return None;
        }
        if self.free_only {
            return Some(Hold::NotFree { anlas: wanted.anlas });
        }
        let caps = [
            (CapPer::Queue, self.queue_cap, spent.queue),
            (CapPer::Day, self.day_cap, spent.day),
            (CapPer::Month, self.month_cap, spent.month),
        ];
        let Some(anlas) = wanted.anlas else {
            let limited = ask_above.is_some() || caps.iter().any(|(_, cap, _)| cap.is_some());
            return limited.then_some(Hold::UnknownPrice);
        };
        for (per, cap, spent) in caps {
            if let Some(cap) = cap.filter(|cap| spent.saturating_add(anlas) > *cap) {
                return Some(Hold::Cap { per, anlas, spent, cap });
            }
        }
        let above = ask_above.filter(|above| anlas > *above)?;
        let agreed = wanted.agreed.is_some_and(|agreed| anlas <= agreed);
        (!agreed).then_some(Hold::Ask { anlas, above })
    }
}

/// Whether a model draws on an allowance of this account that is at its end: the last whole percent is not touched, since
/// nobody tells how much of it is left.
pub(crate) fn ends_allowance(model: Option<&Model>, account: Option<&Account>) -> bool {
    let draws = model.is_some_and(Model::draws_on_allowance);
    let left = account
        .filter(|account| account.has_opus_benefits())
        .and_then(|account| account.allowance);
    draws && left.is_some_and(|left| left.is_negative || left.percent <= 0)
}

/// The model that goes on where the allowance of another ends: the newest before it that draws on none, of the same
/// flavour where there is one.
pub(crate) fn goes_on_with<'r>(registry: &'r Registry, model: &ModelId) -> Option<&'r Model> {
    let flavour = |name: &str| name.rsplit(' ').next().unwrap_or_default().to_lowercase();
    let wanted = flavour(&registry.get(model)?.short_name);
    let able = || {
        let models = registry.models().iter();
        models.filter(|other| other.offered && !other.draws_on_allowance())
    };
    able()
        .find(|other| flavour(&other.short_name) == wanted)
        .or_else(|| able().next())
}

#[cfg(test)]
mod tests {
    use novelai::account::{Allowance, Tier};
    use proptest::prelude::*;

    use super::*;

    fn wanted(anlas: u32) -> Wanted {
        Wanted {
            anlas: Some(anlas),
            agreed: None,
            ends_allowance: false,
        }
    }

    #[test]
    fn what_nobody_names_a_price_of_is_not_free_and_keeps_no_cap() {
        let unknown = Wanted {
            anlas: None,
            ..wanted(0)
        };
        let spent = Spent::default();
        assert_eq!(SpendingRules::default().hold(None, unknown, spent), None);
        let free = SpendingRules {
            free_only: true,
            ..SpendingRules::default()
        };
        assert_eq!(free.hold(None, unknown, spent), Some(Hold::NotFree { anlas: None }));
        let capped = SpendingRules {
            day_cap: Some(1000),
            ..SpendingRules::default()
        };
        assert_eq!(capped.hold(None, unknown, spent), Some(Hold::UnknownPrice));
        assert_eq!(
            SpendingRules::default().hold(Some(9), unknown, spent),
            Some(Hold::UnknownPrice)
        );
    }

    #[test]
    fn what_was_agreed_to_is_not_asked_about_again_until_it_costs_more() {
        let rules = SpendingRules::default();
        let agreed = |anlas, agreed| Wanted {
            agreed,
            ..wanted(anlas)
        };
        let ask = |wanted| rules.hold(Some(10), wanted, Spent::default());
        assert_eq!(ask(wanted(10)), None);
        assert_eq!(ask(wanted(11)), Some(Hold::Ask { anlas: 11, above: 10 }));
        assert_eq!(ask(agreed(20, Some(20))), None);
        assert_eq!(ask(agreed(21, Some(20))), Some(Hold::Ask { anlas: 21, above: 10 }));
    }

    #[test]
    fn an_allowance_is_at_its_end_before_it_is_overdrawn() {
        let registry = Registry::builtin();
        let account = |percent, is_negative| Account {
            tier: Tier::Opus,
            active: true,
            anlas: 100,
            allowance: Some(Allowance {
                percent,
                is_negative,
                seconds_until_next_percent: 60,
            }),
        };
        let five = registry.get(&ModelId("nai-diffusion-5-full".into()));
        let four = registry.get(&ModelId("nai-diffusion-4-5-full".into()));
        assert!(!ends_allowance(five, Some(&account(1, false))));
        assert!(ends_allowance(five, Some(&account(0, false))));
        assert!(ends_allowance(five, Some(&account(-1, true))));
        assert!(!ends_allowance(four, Some(&account(-1, true))));
        assert!(!ends_allowance(five, None));
    }

    #[test]
    fn v5_goes_on_with_v4_5_of_the_same_flavour() {
        let goes_on = |id: &str| {
            let model = goes_on_with(Registry::builtin(), &ModelId(id.into())).unwrap();
            model.id.0.clone()
        };
        assert_eq!(goes_on("nai-diffusion-5-full"), "nai-diffusion-4-5-full");
        assert_eq!(goes_on("nai-diffusion-5-curated"), "nai-diffusion-4-5-curated");
    }

    proptest! {
        #[test]
        fn nothing_that_is_let_through_is_above_a_cap(
            anlas in 0_u32..300, queue in 0_u32..300, day in 0_u32..300, month in 0_u32..300,
            caps in prop::array::uniform3(prop::option::of(0_u32..300))
        ) {
            let [queue_cap, day_cap, month_cap] = caps;
            let rules = SpendingRules { queue_cap, day_cap, month_cap, ..SpendingRules::default() };
            let held = rules.hold(None, wanted(anlas), Spent { queue, day, month });
            let fits = [(queue_cap, queue), (day_cap, day), (month_cap, month)]
                .iter()
                .all(|(cap, spent)| cap.is_none_or(|cap| spent + anlas <= cap));
            prop_assert_eq!(held.is_none(), fits || anlas == 0);
        }
    }
}
