//! Progress where the eye is when it is not on the window: in its title, on its place in the taskbar or dock; and a sign
//! there when the last job has ended while the window was elsewhere.

use studio::{Event, JobState, QueueState};
use tauri::window::{ProgressBarState, ProgressBarStatus};
use tauri::{AppHandle, Manager as _, UserAttentionType};
use uuid::Uuid;

use crate::window::LABEL;

/// What is known of the queue, from its events.
#[derive(Debug, Default)]
pub struct Progress {
    running: Option<(Uuid, u32, u32)>,
    queue: Option<QueueState>,
    told: Option<Told>,
}

/// What is shown.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Told {
    title: String,
    percent: Option<u64>,
    paused: bool,
}

impl Progress {
    /// Takes an event in, and shows what has changed by it.
    pub fn take(&mut self, event: &Event, app: &AppHandle) {
        let was_busy = self.is_busy();
        self.note(event);
        let Some(window) = app.get_webview_window(LABEL) else {
            return;
        };
        let now = self.told();
        if self.told.as_ref() != Some(&now) {
            let bar = ProgressBarState {
                status: Some(match (now.percent, now.paused) {
                    (None, _) => ProgressBarStatus::None,
                    (Some(_), true) => ProgressBarStatus::Paused,
                    (Some(_), false) => ProgressBarStatus::Normal,
                }),
                progress: now.percent,
            };
            // Not every desktop has a place for it.
            let shown = window.set_title(&now.title).and_then(|()| window.set_progress_bar(bar));
            if let Err(error) = shown {
                tracing::debug!(%error, "progress can't be shown");
            }
            self.told = Some(now);
        }
        if was_busy && !self.is_busy() && !window.is_focused().unwrap_or(true) {
            drop(window.request_user_attention(Some(UserAttentionType::Informational)));
        }
    }

    fn note(&mut self, event: &Event) {
        match event {
            Event::Job(job) => match job.state {
                JobState::Running { step, steps } => self.running = Some((job.id, step, steps.max(1))),
                JobState::Sending | JobState::Received => {}
                JobState::Queued { .. }
                | JobState::Done { .. }
                | JobState::Failed { .. }
                | JobState::Unsettled { .. }
                | JobState::Cancelled => {
                    if self.running.is_some_and(|(id, ..)| id == job.id) {
                        self.running = None;
                    }
                }
            },
            Event::Queue(queue) => self.queue = Some(queue.clone()),
            Event::JobRemoved(_)
            | Event::Missed
            | Event::Library { .. }
            | Event::PicturesChanged(_)
            | Event::Indexing(_)
            | Event::Folders(_)
            | Event::Account(_)
            | Event::Edit(_)
            | Event::Export(_) => {}
        }
    }

    /// Whether something runs, or waits and may go on.
    fn is_busy(&self) -> bool {
        self.queue
            .as_ref()
            .is_some_and(|queue| queue.running > 0 || (!queue.paused && queue.queued > queue.held))
    }

    fn told(&self) -> Told {
        let (waiting, paused) = self
            .queue
            .as_ref()
            .map_or((0, false), |queue| (queue.queued, queue.paused));
        let percent = self
            .running
            .map(|(_, step, steps)| u64::from(step.min(steps)) * 100 / u64::from(steps));
        // Numbers are the same in every language.
        let title = match (percent, waiting) {
            (None, 0) => "Atelier".to_owned(),
            (None, waiting) => format!("({waiting}) Atelier"),
            (Some(percent), 0) => format!("{percent} % – Atelier"),
            (Some(percent), waiting) => format!("{percent} % ({waiting}) – Atelier"),
        };
        Told { title, percent, paused }
    }
}
