//! Alternatives in a prompt: of `||red|blue||` one is chosen before the prompt is sent (api.md 9).

/// The prompt with one of each group of alternatives. `choose` is given their number and gives the index of one.
///
/// A group that has no end is left as it stands.
pub fn resolve(prompt: &str, mut choose: impl FnMut(usize) -> usize) -> String {
    const MARK: &str = "||";
    let mut resolved = String::with_capacity(prompt.len());
    let mut rest = prompt;
    while let Some((before, inside)) = rest.split_once(MARK) {
        let Some((group, after)) = inside.split_once(MARK) else {
            break;
        };
        resolved.push_str(before);
        let options: Vec<&str> = group.split('|').collect();
        resolved.push_str(options[choose(options.len()) % options.len()]);
        rest = after;
    }
    resolved.push_str(rest);
    resolved
}

/// Choices that depend on nothing but the seed, so that the same request is the same picture.
pub(crate) struct Dice {
    state: u64,
}

impl Dice {
    pub(crate) fn of(seed: u32) -> Self {
        Self { state: u64::from(seed) }
    }

    /// One of so many.
    pub(crate) fn choose(&mut self, count: usize) -> usize {
        (self.next() % count.max(1) as u64) as usize
    }

    /// A part of the way from 0 to 1, 1 excluded.
    pub(crate) fn part(&mut self) -> f64 {
        (self.next() >> 11) as f64 / (1_u64 << 53) as f64
    }

    fn next(&mut self) -> u64 {
        // splitmix64
        self.state = self.state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.state;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }
}

/// The choices of a seed, for [`resolve`].
pub(crate) fn draw(seed: u32) -> impl FnMut(usize) -> usize {
    let mut dice = Dice::of(seed);
    move |count| dice.choose(count)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn one_of_each_group_is_chosen() {
        assert_eq!(resolve("||red|green|blue|| hair", |_| 1), "green hair");
        assert_eq!(resolve("a ||b|c||, ||d|e||", |count| count - 1), "a c, e");
        assert_eq!(resolve("||only||", |_| 0), "only");
        assert_eq!(resolve("||a||b||", |_| 0), "ab||");
        for kept in ["", "a|b", "a || b", "cat:0.6|dog:0.4"] {
            assert_eq!(resolve(kept, |_| 0), kept);
        }
    }

    #[test]
    fn a_seed_always_draws_the_same_and_all_are_drawn() {
        let drawn: Vec<usize> = (1..100).map(|seed| draw(seed)(3)).collect();
        assert_eq!(drawn, (1..100).map(|seed| draw(seed)(3)).collect::<Vec<_>>());
        for option in 0..3 {
            assert!(
                drawn.iter().filter(|choice| **choice == option).count() > 15,
                "{drawn:?}"
            );
        }
    }

    proptest! {
        #[test]
        fn no_group_with_an_end_is_left(prompt in "[a-c|]{0,30}", seed in any::<u32>()) {
            let resolved = resolve(&prompt, draw(seed));
            prop_assert!(resolved.len() <= prompt.len());
        }
    }
}
