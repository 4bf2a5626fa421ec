//! The walls of the house, kept by reading the source tree as text.
//!
//! Each rule is a test, and each failure a line `file:line: why`. There is no list of exceptions: what
//! fails here belongs somewhere else. Comments and strings are blanked first, so that a file may speak of
//! what it must not use; tests are left out where a rule is about what runs.

use std::fs;
use std::path::{Path, PathBuf};

const FILE_LINES_MAX: usize = 400;
const FUNCTION_LINES_MAX: usize = 70;

/// The words that are not found in a room: identifiers, or paths with `::`.
const FORBIDDEN: [(&str, &[&str]); 11] = [
    ("reactor/src/net", &["message", "service", "store", "crate::conn", "crate::workers", "crate::daemon"]),
    (
        "reactor/src/conn",
        &["mio", "socket", "socket2", "std::net", "service", "crate::net", "crate::workers", "crate::daemon"],
    ),
    (
        "reactor/src/service",
        &["mio", "sled", "std::thread", "std::net", "std::fs", "crate::net", "crate::conn", "crate::daemon"],
    ),
    ("reactor/src/workers", &["mio", "crate::net", "crate::conn", "crate::service", "crate::daemon"]),
    ("reactor/src/store", &["mio", "crate::net", "crate::conn", "crate::service", "crate::daemon"]),
    ("reactor/src/music", &["mio", "crate::net", "crate::conn", "crate::service", "crate::daemon"]),
    (
        "reactor/src/files",
        &["mio", "crate::net", "crate::conn", "crate::service", "crate::workers", "crate::daemon"],
    ),
    ("reactor/src/mail", &["mio", "crate::net", "crate::service", "crate::workers", "crate::store"]),
    ("reactor/src/command_line", &["mio", "socket2", "std::net", "crate::conn"]),
    ("gtk-client/src/view_model", &["gtk", "gtk4", "relm4", "adw", "libadwaita"]),
    ("common/src", &["mio", "std::net", "std::fs", "std::thread"]),
];

/// Names that say nothing.
const BANNED_NAMES: [&str; 9] =
    ["manager", "managers", "helper", "helpers", "util", "utils", "data", "info", "process"];

/// A Rust file of the tree.
struct Source {
    /// Its path from the root of the tree.
    path: String,
    /// Its text.
    text: String,
    /// Its text with comments and the insides of strings blanked, line for line.
    code: String,
}

impl Source {
    /// Tells whether the file is of a room: its folder, or the file that opens it.
    fn is_in(&self, room: &str) -> bool {
        self.path.strip_prefix(room).is_some_and(|rest| rest == ".rs" || rest.starts_with('/'))
    }

    /// Returns the code without its tests.
    fn running_code(&self) -> String {
        if self.path.contains("/tests/") || self.path.ends_with("/tests.rs") {
            return String::new();
        }
        let mut code = self.code.clone();
        while let Some(start) = code.find("#[cfg(test)]") {
            let end = end_of_item(&code, start);
            blank(&mut code, start, end);
        }
        code
    }

    /// Says where something is wrong, and what.
    fn fault(&self, at: usize, why: &str) -> String {
        format!("{}:{}: {why}", self.path, self.code[..at].matches('\n').count() + 1)
    }
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

/// Reads every Rust file of the tree that is not built.
fn sources() -> Vec<Source> {
    let mut folders = ["common", "reactor", "gtk-client"].map(|name| root().join(name)).to_vec();
    let mut sources = Vec::new();
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(&folder).expect("a folder of the tree can be read") {
            let path = entry.expect("a folder of the tree can be read").path();
            if path.is_dir() && !path.ends_with("target") {
                folders.push(path);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                let text = fs::read_to_string(&path).expect("a source file is text");
                let path = path.strip_prefix(root()).expect("it was found there").display().to_string();
                sources.push(Source { path, code: code_of(&text), text });
            }
        }
    }
    // A file that only tests declare is a test, though its own text does not show it.
    let of_tests: Vec<String> = sources.iter().flat_map(files_of_tests).collect();
    sources.retain(|source| !of_tests.contains(&source.path));
    sources.sort_by(|one, other| one.path.cmp(&other.path));
    sources
}

/// Returns the files declared as `#[cfg(test)] mod name;`, but for `tests`, whose name shows what it is.
fn files_of_tests(source: &Source) -> Vec<String> {
    let folder = source.path.trim_end_matches(".rs").trim_end_matches("/lib").trim_end_matches("/main");
    let declared = source.code.split("#[cfg(test)]").skip(1).filter_map(|rest| {
        let name = rest.trim_start().strip_prefix("mod ")?.split_once(';')?.0;
        (name != "tests" && is_identifier(name)).then(|| format!("{folder}/{name}.rs"))
    });
    declared.collect()
}

/// Blanks the bytes of a range, but keeps its lines.
fn blank(code: &mut String, start: usize, end: usize) {
    let blanks: String = code[start..end].chars().map(|c| if c == '\n' { '\n' } else { ' ' }).collect();
    code.replace_range(start..end, &blanks);
}

/// Blanks comments and the insides of strings and characters. The result has the same lines.
fn code_of(text: &str) -> String {
    let mut code = String::new();
    let mut rest = text;
    while let Some(c) = rest.chars().next() {
        let raw = rest.starts_with("r\"") || rest.starts_with("r#") || rest.starts_with("br");
        let taken = match c {
            '/' if rest.starts_with("//") => rest.find('\n').unwrap_or(rest.len()),
            '/' if rest.starts_with("/*") => rest.find("*/").map_or(rest.len(), |at| at + 2),
            '"' => quoted_length(rest, 1, '"'),
            '\'' if is_character(rest) => quoted_length(rest, 1, '\''),
            'r' | 'b' if raw && !code.ends_with(is_word) => raw_length(rest).unwrap_or(0),
            _ => 0,
        };
        if taken == 0 {
            code.push(c);
            rest = &rest[c.len_utf8()..];
            continue;
        }
        code.extend(rest[..taken].chars().map(|c| if c == '\n' { '\n' } else { ' ' }));
        rest = &rest[taken..];
    }
    code
}

/// Tells whether a quote begins a character, not a lifetime.
fn is_character(rest: &str) -> bool {
    let mut chars = rest.chars().skip(1);
    match (chars.next(), chars.next()) {
        (Some('\\'), _) => true,
        (Some(_), next) => next == Some('\''),
        _ => false,
    }
}

/// Returns how long a string or character is that may hold escapes.
fn quoted_length(rest: &str, opened: usize, quote: char) -> usize {
    let mut escaped = false;
    for (at, c) in rest.char_indices().skip(opened) {
        match c {
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            c if c == quote => return at + 1,
            _ => {}
        }
    }
    rest.len()
}

/// Returns how long a raw string is, if this is one.
fn raw_length(rest: &str) -> Option<usize> {
    let after = rest.trim_start_matches('b').strip_prefix('r')?;
    let inside = after.trim_start_matches('#').strip_prefix('"')?;
    let hashes = "#".repeat(after.len() - inside.len() - 1);
    let opened = rest.len() - inside.len();
    Some(inside.find(&format!("\"{hashes}")).map_or(rest.len(), |at| opened + at + 1 + hashes.len()))
}

fn is_word(c: char) -> bool {
    c.is_alphanumeric() || c == '_'
}

fn is_identifier(text: &str) -> bool {
    !text.is_empty() && text.chars().all(is_word)
}

/// Returns where the item ends that begins at `start`: after its body, or after its semicolon.
fn end_of_item(code: &str, start: usize) -> usize {
    match body_of_item(code, start) {
        Some((_, end)) => end,
        None => code[start..].find(';').map_or(code.len(), |at| start + at + 1),
    }
}

/// Returns where the body of an item begins and ends, if it has one before its semicolon.
fn body_of_item(code: &str, start: usize) -> Option<(usize, usize)> {
    let mut open = None;
    let (mut round, mut curly) = (0_i32, 0_i32);
    for (at, c) in code[start..].char_indices() {
        match c {
            '(' | '[' => round += 1,
            ')' | ']' => round -= 1,
            ';' if round == 0 && open.is_none() => return None,
            '{' => {
                open.get_or_insert(start + at);
                curly += 1;
            }
            '}' => {
                curly -= 1;
                if curly == 0 {
                    return open.map(|open| (open, start + at + 1));
                }
            }
            _ => {}
        }
    }
    None
}

/// Returns where a word stands in code: an identifier, or a path, also one that is imported in braces. A
/// method of that name is not counted: it is its type that would have to be known.
fn places_of(code: &str, word: &str) -> Vec<usize> {
    let bounded = |at: usize, length: usize| {
        !code[..at].ends_with(|c| is_word(c) || c == '.') && !code[at + length..].starts_with(is_word)
    };
    let mut places: Vec<usize> = code.match_indices(word).map(|(at, _)| at).collect();
    places.retain(|at| bounded(*at, word.len()));
    if let Some((parent, child)) = word.rsplit_once("::") {
        for (at, group) in code.match_indices(&format!("{parent}::{{")) {
            let Some((open, end)) = body_of_item(code, at) else { continue };
            let named =
                bounded(at, parent.len()) && top_level_names(&code[open + 1..end - 1]).contains(&child);
            places.extend(named.then_some(at + group.len()));
        }
    }
    places
}

/// Returns the first names of a group of imports: `a` and `b` of `a::{c, d}, b`.
fn top_level_names(group: &str) -> Vec<&str> {
    let mut depth = 0;
    let entries = group.split(move |c| {
        depth += i32::from(c == '{') - i32::from(c == '}');
        c == ',' && depth == 0
    });
    entries.map(|entry| entry.trim().split(|c| !is_word(c)).next().unwrap_or_default()).collect()
}

/// Returns what is declared by a keyword: where, and its name.
fn declared<'a>(code: &'a str, keyword: &str) -> Vec<(usize, &'a str)> {
    let after = |at: &usize| code[at + keyword.len()..].trim_start();
    places_of(code, keyword)
        .into_iter()
        .map(|at| (at, after(&at).split(|c| !is_word(c)).next().unwrap_or_default()))
        .filter(|(_, name)| !name.is_empty())
        .collect()
}

/// Splits `RoomManager` and `room_manager` into their words, in lower case.
fn words_of(name: &str) -> Vec<String> {
    let mut words = vec![String::new()];
    for c in name.chars() {
        if c == '_' || c.is_uppercase() {
            words.push(String::new());
        }
        words.last_mut().expect("there is one at least").extend(c.to_lowercase().filter(|c| *c != '_'));
    }
    words
}

/// Fails with every fault on its own line.
fn expect_none(faults: &[String]) {
    assert!(faults.is_empty(), "\n{}\n", faults.join("\n"));
}

#[test]
fn every_file_opens_with_what_it_is_for() {
    let bare = |source: &Source| !source.text.starts_with("//!");
    let sources = sources();
    let faults = sources.iter().filter(|source| bare(source));
    expect_none(
        &faults.map(|source| source.fault(0, "the file does not open with `//!`")).collect::<Vec<_>>(),
    );
}

#[test]
fn no_file_and_no_function_is_too_long() {
    let mut faults = Vec::new();
    for source in sources() {
        let lines = source.text.lines().count();
        if lines > FILE_LINES_MAX {
            faults.push(source.fault(0, &format!("{lines} lines, where {FILE_LINES_MAX} are allowed")));
        }
        for (at, name) in declared(&source.code, "fn") {
            let Some((open, end)) = body_of_item(&source.code, at) else { continue };
            let lines = source.code[open..end].matches('\n').count().saturating_sub(1);
            if lines > FUNCTION_LINES_MAX {
                let why = format!("`{name}` has {lines} lines, where {FUNCTION_LINES_MAX} are allowed");
                faults.push(source.fault(at, &why));
            }
        }
    }
    expect_none(&faults);
}

#[test]
fn no_room_knows_what_it_must_not() {
    let mut faults = Vec::new();
    for source in sources() {
        let code = source.running_code();
        for (room, words) in FORBIDDEN.iter().filter(|(room, _)| source.is_in(room)) {
            for word in *words {
                let why = format!("{room} does not know `{word}`");
                faults.extend(places_of(&code, word).iter().map(|at| source.fault(*at, &why)));
            }
        }
        let of_daemon = source.path.starts_with("reactor/src/");
        if of_daemon && !source.is_in("reactor/src/store") {
            let why = "the word `sled` never leaves the store";
            faults.extend(code.match_indices("sled").map(|(at, _)| source.fault(at, why)));
        }
    }
    expect_none(&faults);
}

#[test]
fn only_the_daemon_reads_the_clock() {
    let mut faults = Vec::new();
    for source in sources() {
        let of_daemon = source.path.starts_with("reactor/src/") || source.path.starts_with("common/src/");
        if !of_daemon || source.path == "reactor/src/daemon.rs" {
            continue;
        }
        let code = source.running_code();
        for reading in ["Instant::now", "SystemTime::now", ".elapsed()"] {
            let why = format!("`{reading}` reads the clock; be told `now` instead");
            faults.extend(code.match_indices(reading).map(|(at, _)| source.fault(at, &why)));
        }
    }
    expect_none(&faults);
}

#[test]
fn names_say_something() {
    let mut faults = Vec::new();
    for source in sources() {
        let stem = Path::new(&source.path).file_stem().and_then(|stem| stem.to_str()).unwrap_or_default();
        let mut named = vec![(0, stem)];
        for keyword in ["mod", "struct", "enum", "union", "trait", "type", "fn"] {
            named.extend(declared(&source.code, keyword));
        }
        for (at, name) in named {
            if let Some(word) = words_of(name).iter().find(|word| BANNED_NAMES.contains(&word.as_str())) {
                faults.push(source.fault(at, &format!("`{name}`: the word `{word}` says nothing")));
            }
        }
    }
    expect_none(&faults);
}

#[test]
fn nothing_is_left_undone_and_nothing_unwraps_but_tests() {
    let mut faults = Vec::new();
    for source in sources() {
        for left in ["todo!", "dbg!", "unimplemented!"] {
            let why = format!("`{left}` was left behind");
            faults.extend(source.code.match_indices(left).map(|(at, _)| source.fault(at, &why)));
        }
        if source.path.starts_with("reactor/src/") || source.path.starts_with("common/src/") {
            let why = "`unwrap()` is for tests; say what to do, or `expect` why it cannot be";
            let code = source.running_code();
            faults.extend(code.match_indices(".unwrap()").map(|(at, _)| source.fault(at, why)));
        }
    }
    expect_none(&faults);
}

#[test]
fn the_reader_of_this_test_reads_rust() {
    let text =
        "a // sled\n/* sled\n */ b \"sled \\\" sled\" 'c' '\\'' &'static r#\"sled \" sled\"# br\"sled\" d";
    let code = code_of(text);
    assert_eq!(code.split_whitespace().collect::<Vec<_>>(), ["a", "b", "&'static", "d"]);
    assert_eq!(code.matches('\n').count(), 2);
    assert_eq!(
        places_of("use std::{io, net::{A, B}}; std::net; std::nets; my_std::net", "std::net").len(),
        2
    );
    assert!(places_of("use std::{io::{net, fs}, thread};", "std::net").is_empty());
    assert_eq!(body_of_item("fn a(b: [u8; 4]) -> C { { } } fn", 0), Some((22, 29)));
    assert_eq!(declared("pub fn one(f: fn(u8)) {} struct Two;", "fn"), [(4, "one")]);
    assert_eq!(words_of("RoomManager"), ["", "room", "manager"]);
    let code = "fn a() {}\n#[cfg(test)]\nmod tests { x.unwrap() }\nfn b() {}".to_owned();
    let source = Source { path: "reactor/src/a.rs".to_owned(), text: String::new(), code };
    assert!(!source.running_code().contains("unwrap") && source.running_code().contains("fn b"));
}
