//! What is asked of the person at the keyboard.
//!
//! This file does not know what for.

use std::io::{BufRead, IsTerminal, Read, Write, stderr, stdin};

use parlour_common::Secret;
use parlour_common::limits::PASSWORD_BYTES_MAX;
use rustix::termios::{LocalModes, OptionalActions, tcgetattr, tcsetattr};
use zeroize::Zeroizing;

use super::trouble::Trouble;
use super::words;

/// The longest line that is read: a password of the greatest length, its line end, and one byte more, so
/// that what is too long is refused rather than cut.
const LINE_BYTES_MAX: u64 = PASSWORD_BYTES_MAX as u64 + 3;

/// Tells whether someone is there to be asked.
pub fn is_there() -> bool {
    stdin().is_terminal()
}

/// Asks a question and waits for a yes; all else is a no.
pub fn confirm(question: &str) -> Result<bool, Trouble> {
    ask(question)?;
    let answer = read_line()?;
    Ok(matches!(answer.trim().to_lowercase().as_str(), "y" | "yes"))
}

/// Reads a password, one line of standard input. At a terminal it is asked for, and not shown.
pub fn read_password() -> Result<Secret<String>, Trouble> {
    let password = if is_there() {
        let password = read_unseen(words::ASK_FOR_PASSWORD);
        ask("\n")?;
        password?
    } else {
        read_line()?
    };
    if password.is_empty() {
        return Err(Trouble::Usage(words::no_password()));
    }
    Ok(Secret::new(password.to_string()))
}

fn ask(question: &str) -> Result<(), Trouble> {
    let mut out = stderr().lock();
    out.write_all(question.as_bytes()).and_then(|()| out.flush()).map_err(Trouble::Terminal)
}

/// Asks, and reads a line while the terminal does not show what is typed.
fn read_unseen(question: &str) -> Result<Zeroizing<String>, Trouble> {
    let terminal = |error: rustix::io::Errno| Trouble::Terminal(error.into());
    let shown = tcgetattr(stdin()).map_err(terminal)?;
    let mut unseen = shown.clone();
    unseen.local_modes.remove(LocalModes::ECHO);
    tcsetattr(stdin(), OptionalActions::Flush, &unseen).map_err(terminal)?;
    let line = ask(question).and_then(|()| read_line());
    tcsetattr(stdin(), OptionalActions::Now, &shown).map_err(terminal)?;
    line
}

/// Reads a line, without its end.
fn read_line() -> Result<Zeroizing<String>, Trouble> {
    let mut line = Zeroizing::new(String::new());
    stdin().lock().take(LINE_BYTES_MAX).read_line(&mut line).map_err(Trouble::Terminal)?;
    let end = line.trim_end_matches(['\n', '\r']).len();
    line.truncate(end);
    Ok(line)
}
