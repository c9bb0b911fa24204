//! How far a reply has come: from the sandbox to the server, into its buffer, into the socket.

use std::sync::{Mutex, MutexGuard};

use crate::{
    ledger::{Ticket, now},
    parcel::Means,
    wire::Watcher,
};

/// How far a reply has come, for the books.
pub(crate) struct Record {
    ticket: Ticket,
    marks: Mutex<Marks>,
}

#[derive(Default)]
struct Marks {
    /// Given to the server, not yet in the socket: size, meaning, and whether the server has it in its buffer.
    pending: Vec<(usize, Means, bool)>,
    ended: bool,
    over: bool,
}

impl Record {
    pub(crate) fn new(ticket: Ticket) -> Self {
        Self {
            ticket,
            marks: Mutex::default(),
        }
    }

    /// The server has been given this much.
    pub(crate) fn given(&self, bytes: usize, means: Means) {
        self.marks().pending.push((bytes, means, false));
    }

    /// The server has put everything it was given into its buffer.
    pub(crate) fn taken(&self) {
        for (_, _, taken) in &mut self.marks().pending {
            *taken = true;
        }
    }

    /// Nothing more will be given.
    pub(crate) fn ended(&self) {
        self.marks().ended = true;
    }

    /// The body is gone. If it had not come to its end, that's all there will be.
    pub(crate) fn dropped(&self) {
        let mut marks = self.marks();
        if !marks.ended && !marks.over {
            marks.over = true;
            self.ticket.edit(|exchange| exchange.over = true);
        }
    }

    pub(crate) fn all_handed(&self) -> bool {
        self.marks().pending.is_empty()
    }

    fn marks(&self) -> MutexGuard<'_, Marks> {
        self.marks.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
    }
}

impl Watcher for Record {
    fn emptied(&self) {
        let mut marks = self.marks();
        let handed = marks.pending.iter().take_while(|(_, _, taken)| *taken).count();
        let handed: Vec<_> = marks.pending.drain(..handed).collect();
        let complete = marks.ended && marks.pending.is_empty() && !marks.over;
        marks.over |= complete;
        drop(marks);
        if handed.is_empty() && !complete {
            return;
        }
        let time = now();
        self.ticket.edit(|exchange| {
            for (bytes, means, _) in handed {
                exchange.sent += bytes as u64;
                if means == Means::Preview {
                    exchange.previews += 1;
                    exchange.first_preview_at.get_or_insert(time);
                }
                for picture in &mut exchange.pictures {
                    if means == Means::Pictures || means == Means::Picture(picture.index) {
                        picture.delivered = true;
                        picture.delivered_at = Some(time);
                    }
                }
            }
            if complete {
                exchange.delivered = true;
                exchange.delivered_at = Some(time);
                exchange.over = true;
            }
        });
    }

    fn broken(&self) {
        self.marks().over = true;
        self.ticket.edit(|exchange| {
            exchange.over = true;
            exchange.delivered = false;
            exchange.delivered_at = None;
            for picture in &mut exchange.pictures {
                picture.delivered = false;
                picture.delivered_at = None;
            }
        });
    }
}
