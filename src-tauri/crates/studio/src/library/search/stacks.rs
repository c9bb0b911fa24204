//! Stacks: pictures of one recipe, which differ in the seed alone, one after the other.

use std::collections::HashMap;
use std::sync::Arc;

use super::columns::Columns;
use super::{Finding, FoundGroup};

/// Moves the pictures of a recipe behind its first one, in each group for itself; without groups everywhere. What tells
/// no recipe stands alone.
pub(super) fn stack(columns: &Columns, seqs: &[i64], groups: &[FoundGroup]) -> Finding {
    let recipe = |seq: i64| columns.get(seq).map_or(0, |picture| picture.recipe);
    let mut sorted = Vec::with_capacity(seqs.len());
    let mut stacks = Vec::new();
    let mut from = 0;
    for end in ends(groups, seqs.len()) {
        let group = &seqs[from..end];
        from = end;
        let mut members: HashMap<i64, Vec<i64>> = HashMap::new();
        for seq in group {
            let recipe = recipe(*seq);
            if recipe != 0 {
                members.entry(recipe).or_default().push(*seq);
            }
        }
        for seq in group {
            let recipe = recipe(*seq);
            if recipe == 0 {
                sorted.push(*seq);
            } else if let Some(all) = members.remove(&recipe) {
                if all.len() > 1 {
                    stacks.push((number(sorted.len()), number(all.len())));
                }
                sorted.extend(all);
            }
        }
    }
    Finding {
        seqs: Arc::new(sorted),
        stacks: Arc::new(stacks),
    }
}

/// Where each group ends.
fn ends(groups: &[FoundGroup], all: usize) -> Vec<usize> {
    if groups.is_empty() {
        return vec![all];
    }
    let mut end = 0;
    let ends = groups.iter().map(|group| {
        end = (end + group.count as usize).min(all);
        end
    });
    ends.collect()
}

fn number(count: usize) -> u32 {
    u32::try_from(count).unwrap_or(u32::MAX)
}
