//! When something is sent again by itself, and when not (api.md 10).
//!
//! The client sends once and tells what came of it; whoever wants more patience has it here, as a value and a driver.
//! The rule is about money: what was certainly not run may be sent again, and what may have been run only where it
//! costs nothing. Otherwise nobody but the person can decide, and is shown the account before and after.

use std::time::Duration;

use serde::Serialize;

use crate::account::Account;
use crate::client::Client;
use crate::error::Error;

/// How patient we are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Patience {
    /// The first wait; each further one is twice as long.
    pub base: Duration,
    /// No wait is longer than this, whatever the server asks for.
    pub ceiling: Duration,
    /// Tries in all.
    pub tries: u32,
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

/// What is to be done about an error.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Next {
    /// It is sent again after this wait.
    Again(Duration),
    /// It failed, and nothing was paid for it.
    Fail,
    /// It may have been run, and charged. It is not sent again.
    Unsettled,
}

impl Patience {
    /// The wait after `tried` tries, or `None` when it is time to give up. `dice` is between 0 and 1 and stretches the
    /// wait by up to 30 %, so that several programs don't come back in step; a server's own number is not shortened.
    #[must_use]
    pub fn wait(self, tried: u32, retry_after: Option<Duration>, dice: f64) -> Option<Duration> {
        if tried >= self.tries {
            return None;
        }
        let ours = self.base.saturating_mul(2_u32.saturating_pow(tried.saturating_sub(1)));
        let wait = retry_after.map_or(ours, |asked| asked.max(self.base));
        let stretched = wait.min(self.ceiling).mul_f64(1.0 + 0.3 * dice.clamp(0.0, 1.0));
        Some(stretched.min(self.ceiling))
    }

    /// What is to be done after `tried` tries, of which the last ended in this error. `price` is what it costs in
    /// Anlas; a price that is not known is no price of zero.
    #[must_use]
    pub fn next(self, error: &Error, tried: u32, price: Option<u32>, dice: f64) -> Next {
        let again = |given_up: Next| {
            self.wait(tried, error.retry_after(), dice)
                .map_or(given_up, Next::Again)
        };
        let free = price == Some(0);
        match error {
            // The server ran nothing, or never heard of it.
            Error::Busy { .. } | Error::NotConnected(_) => again(Next::Fail),
            Error::Unavailable(_) | Error::Interrupted(_) if free => again(Next::Fail),
            // It came whole, so another would likely be no better.
            Error::Malformed(_) if free => Next::Fail,
            Error::Unavailable(_) | Error::Interrupted(_) | Error::Malformed(_) => Next::Unsettled,
            Error::Unauthorized(_)
            | Error::InsufficientAnlas(_)
            | Error::Rejected(_)
            | Error::NotOffered { .. }
            | Error::Refused(_) => Next::Fail,
        }
    }

    /// Tries until it is done, or can't be, or can't be known. `attempt` sends the call and reads the whole answer, so
    /// that a stream that breaks is an error of it; `waiting` is told before each wait. Dropping the future ends it,
    /// waits included.
    ///
    /// `before` is the account as it was; where it is not given, and the call has a price, it is asked for first.
    ///
    /// # Errors
    ///
    /// See [`Failure`].
    pub async fn see_through<T>(
        self,
        client: &Client,
        price: Option<u32>,
        before: Option<&Account>,
        mut attempt: impl AsyncFnMut() -> Result<T, Error>,
        mut waiting: impl FnMut(&Error, Duration),
    ) -> Result<T, Failure> {
        let before = match before {
            Some(account) => Some(account.anlas),
            None if price == Some(0) => None,
            None => client.account().await.ok().map(|account| account.anlas),
        };
        let mut tried = 0;
        loop {
            let error = match attempt().await {
                Ok(done) => return Ok(done),
                Err(error) => error,
            };
            tried += 1;
            match self.next(&error, tried, price, rand::random()) {
                Next::Again(wait) => {
                    waiting(&error, wait);
                    tokio::time::sleep(wait).await;
                }
                Next::Fail => return Err(Failure::Failed { error }),
                Next::Unsettled => {
                    let after = client.account().await.ok().map(|account| account.anlas);
                    return Err(Failure::Unsettled { error, before, after });
                }
            }
        }
    }
}

/// How a call ended that did not end well.
#[derive(Debug, Clone, Serialize, thiserror::Error)]
#[serde(tag = "outcome", rename_all = "camelCase")]
pub enum Failure {
    /// It failed, and nothing was paid for it.
    #[error("{error}")]
    Failed {
        /// Why.
        error: Error,
    },
    /// It may have been run, and charged.
    #[error("{error}; it may have been charged{}", balances(*before, *after))]
    Unsettled {
        /// What happened.
        error: Error,
        /// Anlas before it was sent, where that is known.
        before: Option<u32>,
        /// Anlas after it, where that is known. Less than before by about the price means that it was charged.
        after: Option<u32>,
    },
}

impl Failure {
    /// What happened.
    #[must_use]
    pub fn error(&self) -> &Error {
        match self {
            Self::Failed { error } | Self::Unsettled { error, .. } => error,
        }
    }
}

fn balances(before: Option<u32>, after: Option<u32>) -> String {
    match (before, after) {
        (Some(before), Some(after)) => format!(" (Anlas before: {before}, after: {after})"),
        (Some(before), None) => format!(" (Anlas before: {before})"),
        (None, Some(after)) => format!(" (Anlas now: {after})"),
        (None, None) => String::new(),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::client::canned::{Canned, answer};
    use crate::error::{Lost, Reply};
    use crate::payload::Refusal;

    const SECOND: Duration = Duration::from_secs(1);

    fn reply() -> Reply {
        Reply {
            status: 500,
            correlation_id: String::new(),
            message: String::new(),
            snippet: String::new(),
        }
    }

    fn busy(seconds: Option<u64>) -> Error {
        Error::Busy {
            retry_after: seconds.map(Duration::from_secs),
            reply: reply(),
        }
    }

    fn lost() -> Error {
        Error::Interrupted(Lost {
            correlation_id: String::new(),
            message: "cut".into(),
        })
    }

    #[test]
    fn waits_double_and_then_it_gives_up() {
        let patience = Patience::default();
        let waits: Vec<_> = (1..=6).map(|tried| patience.wait(tried, None, 0.0)).collect();
        let expected = [1, 2, 4, 8].map(|seconds| Some(seconds * SECOND));
        assert_eq!((&waits[..4], &waits[4..]), (&expected[..], &[None, None][..]));
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

    #[test]
    fn only_what_did_not_run_or_costs_nothing_is_sent_again() {
        let next = |error: &Error, price| Patience::default().next(error, 1, price, 0.0);
        for price in [None, Some(0), Some(20)] {
            assert_eq!(next(&busy(None), price), Next::Again(SECOND));
            assert_eq!(next(&busy(Some(9)), price), Next::Again(9 * SECOND));
            assert_eq!(next(&Error::NotConnected(String::new()), price), Next::Again(SECOND));
            for never in [
                Error::Unauthorized(reply()),
                Error::InsufficientAnlas(reply()),
                Error::Rejected(reply()),
                Error::NotOffered { tried: Vec::new() },
                Error::Refused(Refusal::new("model", "no")),
            ] {
                assert_eq!(next(&never, price), Next::Fail, "{never:?}");
            }
            for ran in [Error::Unavailable(reply()), lost()] {
                let expected = if price == Some(0) {
                    Next::Again(SECOND)
                } else {
                    Next::Unsettled
                };
                assert_eq!(next(&ran, price), expected, "{ran:?} {price:?}");
            }
        }
        assert_eq!(next(&Error::Malformed(String::new()), Some(0)), Next::Fail);
        assert_eq!(next(&Error::Malformed(String::new()), None), Next::Unsettled);
        let last = |error, price| Patience::default().next(error, 5, price, 0.0);
        assert_eq!(
            (last(&busy(None), Some(20)), last(&lost(), Some(0))),
            (Next::Fail, Next::Fail)
        );
    }

    #[tokio::test]
    async fn a_busy_server_is_asked_again_and_then_it_is_done() {
        let server = Canned::new(
            answer(
                "200 OK",
                "",
                r#"{"tier":3,"trainingStepsLeft":{"fixedTrainingStepsLeft":70}}"#,
            ),
            true,
        )
        .await;
        let mut results = vec![Ok(7), Err(busy(None)), Err(Error::NotConnected(String::new()))];
        let patience = Patience {
            base: Duration::from_millis(1),
            ..Patience::default()
        };
        let mut waits = 0;
        let done = patience
            .see_through(
                &server.client,
                Some(20),
                None,
                async || results.pop().unwrap(),
                |_, _| waits += 1,
            )
            .await;
        assert_eq!((done.unwrap(), waits, server.heard().len()), (7, 2, 1));
    }

    #[tokio::test]
    async fn what_may_have_been_charged_is_left_with_both_balances() {
        let server = Canned::new(
            answer(
                "200 OK",
                "",
                r#"{"tier":3,"trainingStepsLeft":{"fixedTrainingStepsLeft":70}}"#,
            ),
            true,
        )
        .await;
        let account = Account {
            anlas: 90,
            ..server.client.account().await.unwrap()
        };
        let mut tries = 0;
        let failure = Patience::default()
            .see_through(
                &server.client,
                Some(20),
                Some(&account),
                async || {
                    tries += 1;
                    Err::<(), _>(lost())
                },
                |_, _| panic!("it is not sent again"),
            )
            .await
            .unwrap_err();
        assert!(
            matches!(
                failure,
                Failure::Unsettled {
                    before: Some(90),
                    after: Some(70),
                    ..
                }
            ),
            "{failure:?}"
        );
        assert!(failure.to_string().contains("before: 90, after: 70"), "{failure}");
        let json = serde_json::to_value(&failure).unwrap();
        assert_eq!(
            (&json["outcome"], &json["error"]["kind"]),
            (&"unsettled".into(), &"interrupted".into())
        );
        assert_eq!(tries, 1);
    }

    #[tokio::test]
    async fn what_is_free_is_tried_as_often_as_patience_lasts() {
        let server = Canned::new(answer("200 OK", "", "{}"), true).await;
        let patience = Patience {
            base: Duration::from_millis(1),
            ceiling: Duration::from_millis(2),
            tries: 4,
        };
        let mut tries = 0;
        let failure = patience
            .see_through(
                &server.client,
                Some(0),
                None,
                async || {
                    tries += 1;
                    Err::<(), _>(lost())
                },
                |_, wait| assert!(wait <= patience.ceiling),
            )
            .await
            .unwrap_err();
        assert!(matches!(failure, Failure::Failed { .. }), "{failure:?}");
        assert_eq!(
            (tries, server.heard().len()),
            (4, 0),
            "what is free needs no look at the account"
        );
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
