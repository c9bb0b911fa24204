//! How far a picture has come, on standard error: a bar where that is a terminal, nothing where it is not.

use std::time::Duration;

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use novelai::stream::{Event, Frames, Records};

/// A bar over the steps of all pictures of a request.
pub(crate) struct Progress {
    bar: ProgressBar,
    follow: Follow,
    steps: u32,
}

/// What the answer seems to be. It never decides anything: what can't be followed may still be a good answer.
enum Follow {
    Unknown,
    Frames(Frames),
    Records(Records),
    Nothing,
}

impl Progress {
    /// For so many pictures of so many steps. `quiet` shows nothing.
    pub(crate) fn new(samples: u32, steps: u32, quiet: bool) -> Self {
        let bar = ProgressBar::new(u64::from(samples) * u64::from(steps));
        if quiet {
            bar.set_draw_target(ProgressDrawTarget::hidden());
        }
        let style = ProgressStyle::with_template("{spinner} {wide_bar} step {pos}/{len} {elapsed}")
            .unwrap_or_else(|_| ProgressStyle::default_bar());
        bar.set_style(style);
        bar.enable_steady_tick(Duration::from_millis(120));
        Self {
            bar,
            follow: Follow::Unknown,
            steps,
        }
    }

    /// For something that tells nothing about how far it is.
    pub(crate) fn unknown(quiet: bool) -> Self {
        let mut progress = Self::new(1, 1, quiet);
        progress.bar.set_style(ProgressStyle::default_spinner());
        progress.follow = Follow::Nothing;
        progress
    }

    /// For something that tells after each step how far it is: whom to tell.
    pub(crate) fn told(&self) -> impl Fn(u32, u32) + Send + Sync + use<> {
        let bar = self.bar.clone();
        move |step, steps| {
            bar.set_length(steps.into());
            bar.set_position(step.into());
        }
    }

    /// Takes what has arrived.
    pub(crate) fn take(&mut self, chunk: &[u8]) {
        if matches!(self.follow, Follow::Unknown) {
            self.follow = match chunk.first() {
                // The length of a frame is less than 16 MiB, so its first byte is zero.
                Some(0) => Follow::Frames(Frames::default()),
                Some(b'e' | b'd' | b':') => Follow::Records(Records::default()),
                Some(_) | None => Follow::Nothing,
            };
        }
        let events = match &mut self.follow {
            Follow::Frames(frames) => frames.push(chunk),
            Follow::Records(records) => records.push(chunk),
            Follow::Unknown | Follow::Nothing => return,
        };
        match events {
            Ok(events) => events.iter().for_each(|event| self.show(event)),
            Err(error) => {
                tracing::debug!(%error, "the answer can't be followed");
                self.follow = Follow::Nothing;
            }
        }
    }

    fn show(&self, event: &Event) {
        let done = match event {
            Event::Intermediate { sample, step, .. } => sample * self.steps + step + 1,
            Event::Final { sample, .. } => (sample + 1) * self.steps,
            Event::Error { .. } => return,
        };
        self.bar.set_position(self.bar.position().max(u64::from(done)));
    }

    /// Takes the bar away.
    pub(crate) fn end(self) {
        self.bar.finish_and_clear();
    }
}
