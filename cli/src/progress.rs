//! A sign of life while something takes long: on standard error, and only where that is a terminal.

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use std::io::IsTerminal;
use std::sync::mpsc::{self, RecvTimeoutError};
use std::time::Duration;

/// How long something may take in silence.
const SILENCE: Duration = Duration::from_millis(500);

/// How often the sign moves.
const TICK: Duration = Duration::from_millis(100);

/// Does it, with a bar that says `what` once it takes longer than half a second.
pub(crate) fn during<T>(what: &str, work: impl FnOnce(&Progress) -> T) -> T {
    let terminal = std::io::stderr().is_terminal() && std::env::var_os("TERM").is_none_or(|term| term != "dumb");
    let bar = ProgressBar::with_draw_target(None, ProgressDrawTarget::hidden());
    let progress = Progress { bar: bar.clone() };
    if !terminal {
        return work(&progress);
    }
    let (finished, wait) = mpsc::channel::<()>();
    std::thread::scope(|scope| {
        scope.spawn(move || {
            if let Err(RecvTimeoutError::Timeout) = wait.recv_timeout(SILENCE) {
                bar.set_style(style(bar.length().is_some()));
                bar.set_message(what.to_owned());
                bar.set_draw_target(ProgressDrawTarget::stderr());
                while let Err(RecvTimeoutError::Timeout) = wait.recv_timeout(TICK) {
                    bar.tick();
                }
                bar.finish_and_clear();
            }
        });
        let done = work(&progress);
        // The sign is gone before anything else is printed.
        drop(finished);
        done
    })
}

/// How far the work is.
pub(crate) struct Progress {
    bar: ProgressBar,
}

impl Progress {
    /// There are so many pieces to do.
    pub(crate) fn all(&self, pieces: usize) {
        self.bar.set_length(pieces as u64);
    }

    /// One more piece is done.
    pub(crate) fn one_more(&self) {
        self.bar.inc(1);
    }
}

/// How work looks that can be counted, and how what cannot.
const COUNTED: &str = "{spinner} {msg} {bar:30} {pos}/{len}  {elapsed}";
const UNCOUNTED: &str = "{spinner} {msg}  {elapsed}";

fn style(counted: bool) -> ProgressStyle {
    let template = if counted { COUNTED } else { UNCOUNTED };
    // A test shows that both are templates.
    ProgressStyle::with_template(template).unwrap_or_else(|_| ProgressStyle::default_spinner())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_templates_are_templates() {
        for template in [COUNTED, UNCOUNTED] {
            assert!(ProgressStyle::with_template(template).is_ok(), "{template}");
        }
    }
}
