//! How long to wait for a busy server. Pure: the caller has the clock and the dice.
//!
//! Only a 429 is ever tried again, because the server said that it ran nothing (api.md 10). What never left this
//! machine fails plainly, and whatever may have run is never sent again.

use std::time::Duration;

/// How patient we are with a busy server.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Patience {
    /// The first wait; each further one is twice as long.
    pub(crate) base: Duration,
    /// No wait is longer than this, whatever the server asks for.
    pub(crate) ceiling: Duration,
    /// Tries in all.
    pub(crate) tries: u32,
}

impl Default for Patience {
    fn default() -> Self {
        Self {
            base: Duration::from_secs(1),
            ceiling: Duration::from_secs(120),
            tries: 5,
        }
    }
}

impl Patience {
    /// The wait after `tried` tries, or `None` when it is time to give up. `dice` is between 0 and 1 and stretches the
    /// wait by up to 30 %, so that several programs don't come back in step; a server's own number is not shortened.
    pub(crate) fn wait(self, tried: u32, retry_after: Option<Duration>, dice: f64) -> Option<Duration> {
        if tried >= self.tries {
            return None;
        }
        let ours = self.base.saturating_mul(2_u32.saturating_pow(tried.saturating_sub(1)));
        let wait = retry_after.map_or(ours, |asked| asked.max(self.base));
        let stretched = wait.min(self.ceiling).mul_f64(1.0 + 0.3 * dice.clamp(0.0, 1.0));
        Some(stretched.min(self.ceiling))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const SECOND: Duration = Duration::from_secs(1);

    #[test]
    fn waits_double_and_then_it_gives_up() {
        let patience = Patience::default();
        let waits: Vec<_> = (1..=6).map(|tried| patience.wait(tried, None, 0.0)).collect();
        assert_eq!(
            waits,
            [
                Some(SECOND),
                Some(2 * SECOND),
                Some(4 * SECOND),
                Some(8 * SECOND),
                None,
                None
            ]
        );
    }

    #[test]
    fn jitter_stretches_by_at_most_thirty_percent() {
        let wait = Patience::default().wait(1, None, 1.0).unwrap();
        assert_eq!(wait, Duration::from_millis(1300));
    }

    #[test]
    fn what_the_server_asks_for_is_honoured_up_to_a_ceiling() {
        let patience = Patience::default();
        assert_eq!(patience.wait(1, Some(7 * SECOND), 0.0), Some(7 * SECOND));
        assert_eq!(patience.wait(1, Some(Duration::MAX), 0.5), Some(patience.ceiling));
    }

    proptest! {
        #[test]
        fn a_wait_is_never_shorter_than_asked_nor_longer_than_the_ceiling(
            tried in 1_u32..5, asked in proptest::option::of(0_u64..1_000_000), dice in 0.0..=1.0
        ) {
            let patience = Patience::default();
            let asked = asked.map(Duration::from_millis);
            let wait = patience.wait(tried, asked, dice).unwrap();
            prop_assert!(wait <= patience.ceiling);
            prop_assert!(wait >= patience.base);
            if let Some(asked) = asked {
                prop_assert!(wait >= asked.min(patience.ceiling));
            }
        }
    }
}
