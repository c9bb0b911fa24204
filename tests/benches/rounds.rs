//! A side of a comparison: its measurements, and what is said about them.

use std::fmt;

/// What one side took, in its unit, a number a round.
#[derive(Debug, Default)]
pub(crate) struct Side {
    taken: Vec<f64>,
}

impl Side {
    /// Adds a round.
    pub(crate) fn add(&mut self, value: f64) {
        self.taken.push(value);
    }

    /// The value in the middle.
    pub(crate) fn median(&self) -> f64 {
        self.at(0.5)
    }

    /// The value that this part of the rounds stays below.
    pub(crate) fn at(&self, part: f64) -> f64 {
        let mut sorted = self.taken.clone();
        sorted.sort_by(f64::total_cmp);
        #[allow(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            clippy::cast_precision_loss,
            reason = "a place in a short list"
        )]
        let place = ((sorted.len().saturating_sub(1)) as f64 * part).round() as usize;
        sorted.get(place).copied().unwrap_or(f64::NAN)
    }
}

impl fmt::Display for Side {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            formatter,
            "{:.2} ({:.2} to {:.2})",
            self.median(),
            self.at(0.0),
            self.at(1.0)
        )
    }
}

/// Prints one comparison: how many times the peer ours takes.
pub(crate) fn compare(what: &str, unit: &str, ours: &Side, peer_name: &str, peer: &Side) {
    let ratio = ours.median() / peer.median();
    println!("  {what}: {ours} {unit}; {peer_name}: {peer} {unit}; ratio {ratio:.2}");
}
