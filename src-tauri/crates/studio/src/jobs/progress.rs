//! From the events of a stream to "step 7 of 23" and the preview to show. Pure.

use bytes::Bytes;
use novelai::stream::Event;

/// How far a generation is.
#[derive(Debug)]
pub(crate) struct Progress {
    steps: u32,
    /// Steps done of each picture.
    done: Vec<u32>,
    /// The picture that is being shown, so that the previews of a batch don't flicker between its pictures.
    shown: Option<u32>,
    preview: Option<Bytes>,
}

impl Progress {
    pub(crate) fn new(steps: u32, samples: u32) -> Self {
        Self {
            steps,
            done: vec![0; samples.max(1) as usize],
            shown: None,
            preview: None,
        }
    }

    /// Takes an event; `true` if there is something new to tell.
    pub(crate) fn take(&mut self, event: Event) -> bool {
        match event {
            Event::Intermediate { sample, step, image } => {
                let steps = self.steps;
                let Some(done) = self.done.get_mut(sample as usize) else {
                    return false;
                };
                // Frames can overtake one another; an older one than the newest is not shown (api.md 2.2).
                let now = step.saturating_add(1).min(steps);
                if now <= *done {
                    return false;
                }
                *done = now;
                if *self.shown.get_or_insert(sample) == sample {
                    self.preview = Some(image);
                }
                true
            }
            Event::Final { sample, .. } => {
                let Some(done) = self.done.get_mut(sample as usize) else {
                    return false;
                };
                *done = self.steps;
                if self.shown == Some(sample) {
                    self.shown = None;
                }
                true
            }
            Event::Error { .. } => false,
        }
    }

    /// Steps done, averaged over the batch.
    pub(crate) fn step(&self) -> u32 {
        let sum: u64 = self.done.iter().map(|done| u64::from(*done)).sum();
        u32::try_from(sum / self.done.len() as u64).unwrap_or(self.steps)
    }

    pub(crate) fn steps(&self) -> u32 {
        self.steps
    }

    pub(crate) fn preview(&self) -> Option<Bytes> {
        self.preview.clone()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn preview(sample: u32, step: u32, image: &'static str) -> Event {
        Event::Intermediate {
            sample,
            step,
            image: Bytes::from_static(image.as_bytes()),
        }
    }

    #[test]
    fn the_newest_preview_is_shown_and_an_older_one_is_not() {
        let mut progress = Progress::new(23, 1);
        assert!(progress.take(preview(0, 4, "four")));
        assert!(!progress.take(preview(0, 3, "three")));
        assert_eq!(progress.step(), 5);
        assert_eq!(progress.preview().unwrap(), "four");
    }

    #[test]
    fn a_batch_shows_one_picture_until_it_is_finished_and_then_the_next() {
        let mut progress = Progress::new(10, 2);
        progress.take(preview(0, 0, "first"));
        progress.take(preview(1, 0, "second"));
        assert_eq!(progress.preview().unwrap(), "first");

        progress.take(Event::Final {
            sample: 0,
            image: Bytes::new(),
        });
        progress.take(preview(1, 1, "second"));
        assert_eq!(progress.preview().unwrap(), "second");
        assert_eq!(progress.step(), 6);
    }

    #[test]
    fn a_hostile_sample_or_step_number_moves_nothing_out_of_bounds() {
        let mut progress = Progress::new(10, 1);
        assert!(!progress.take(preview(u32::MAX, 0, "x")));
        assert!(progress.take(preview(0, u32::MAX, "x")));
        assert_eq!(progress.step(), 10);
    }
}
