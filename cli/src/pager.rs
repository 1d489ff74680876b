//! Long answers, a page at a time: through the pager of the reader's choice, and only where standard output is a terminal.

use std::io::{IsTerminal, Write};
use std::process::{Command, Stdio};

/// The pager where `PAGER` names none.
const PAGER: &str = "less";

/// What `less` is told where the reader tells it nothing: `F` to leave what fits on a page alone, `R` to show colours, `X` to leave it on the screen.
const LESS: &str = "FRX";

/// Shows text in the pager; `false` where there is none, so that it must be printed.
///
/// `PAGER` is a command and its arguments, apart by blanks; empty or `cat`, it turns paging off.
pub(crate) fn show(text: &[u8]) -> bool {
    let height = terminal_size::terminal_size().map_or(0, |(_, height)| usize::from(height.0));
    let lines = text.iter().filter(|byte| **byte == b'\n').count();
    if !std::io::stdout().is_terminal() || lines < height {
        return false;
    }
    let wanted = std::env::var("PAGER").unwrap_or_else(|_| PAGER.to_owned());
    let mut words = wanted.split_whitespace();
    let Some(program) = words.next().filter(|program| *program != "cat") else { return false };
    let mut command = Command::new(program);
    command.args(words).stdin(Stdio::piped());
    if std::env::var_os("LESS").is_none() {
        command.env("LESS", LESS);
    }
    let Ok(mut pager) = command.spawn() else { return false };
    if let Some(mut input) = pager.stdin.take() {
        // A reader who has read enough closes the pager before its end.
        let _ = input.write_all(text);
    }
    pager.wait().is_ok_and(|status| status.success())
}
