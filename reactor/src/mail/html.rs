//! How a mail looks: as text, and as HTML.
//!
//! This file does not know what a mail is about. Every name that a person made is escaped here. The HTML takes
//! the reader's own colours, so that it can be read in the light and in the dark, and loads nothing.

use super::words::{Paragraph, Words};

/// The greatest width of a line of text, in characters.
const LINE_CHARS_MAX: usize = 72;

const BODY: &str = "margin:0;padding:24px 16px;font:16px/1.5 system-ui,'Segoe UI',Cantarell,sans-serif";
const COLUMN: &str = "max-width:34em;margin:0 auto";
const SENTENCES: &str = "margin:0 0 16px";
const CODE: &str = "margin:24px 0;padding:16px;border:1px solid #888888;border-radius:12px;text-align:center;\
                    font:600 32px/1.2 ui-monospace,'DejaVu Sans Mono',monospace;letter-spacing:4px";
const SIGNATURE: &str = "margin:24px 0 0;padding:16px 0 0;border-top:1px solid #888888";

/// Returns the line over a mail, with the name of the server in it.
pub(super) fn subject(words: &Words, server: &str) -> String {
    words.subject.replace("{server}", &in_header(server))
}

/// Makes a name fit for a header. What begins like an encoded word (RFC 2047) would be decoded by whoever
/// reads it, into line breaks perhaps.
pub(super) fn in_header(name: &str) -> String {
    name.replace("=?", "= ?")
}

/// Lays a mail out as text.
pub(super) fn text(words: &Words, user: Option<&str>, server: &str) -> String {
    let mut text = match user {
        Some(user) => format!("Hello {user},\n"),
        None => "Hello,\n".to_owned(),
    };
    for paragraph in &words.paragraphs {
        text.push('\n');
        match paragraph {
            Paragraph::Sentences(sentences) => wrap(&mut text, &sentences.replace("{server}", server)),
            Paragraph::Code(code) => {
                text.push_str("    ");
                text.push_str(code);
                text.push('\n');
            }
        }
    }
    text.push_str("\n-- \n");
    text.push_str(server);
    text.push('\n');
    text
}

/// Breaks sentences into lines between words.
fn wrap(text: &mut String, sentences: &str) {
    let mut line_chars = 0;
    for word in sentences.split_whitespace() {
        let chars = word.chars().count();
        if line_chars > 0 {
            let fits = line_chars + 1 + chars <= LINE_CHARS_MAX;
            text.push(if fits { ' ' } else { '\n' });
            line_chars = if fits { line_chars + 1 } else { 0 };
        }
        text.push_str(word);
        line_chars += chars;
    }
    text.push('\n');
}

/// Lays a mail out as HTML.
pub(super) fn html(words: &Words, user: Option<&str>, server: &str) -> String {
    let title = filled(words.subject, &escaped(server));
    let server = name(server);
    let greeting = match user {
        Some(user) => format!("Hello {},", name(user)),
        None => "Hello,".to_owned(),
    };
    let mut html = format!(
        "<!doctype html>\n<html lang=\"en\" style=\"color-scheme:light dark\">\n<head>\n\
         <meta charset=\"utf-8\">\n<meta name=\"viewport\" content=\"width=device-width\">\n\
         <meta name=\"color-scheme\" content=\"light dark\">\n<title>{title}</title>\n</head>\n\
         <body style=\"{BODY}\">\n<div style=\"{COLUMN}\">\n<p style=\"{SENTENCES}\">{greeting}</p>\n"
    );
    for paragraph in &words.paragraphs {
        html.push_str(&match paragraph {
            Paragraph::Sentences(sentences) => {
                format!("<p style=\"{SENTENCES}\">{}</p>\n", filled(sentences, &server))
            }
            Paragraph::Code(code) => format!("<p dir=\"ltr\" style=\"{CODE}\">{}</p>\n", escaped(code)),
        });
    }
    html.push_str(&format!("<p style=\"{SIGNATURE}\">{server}</p>\n</div>\n</body>\n</html>\n"));
    html
}

/// A name that a person made: escaped, and kept from turning the sentence around it.
fn name(name: &str) -> String {
    format!("<bdi>{}</bdi>", escaped(name))
}

/// Escapes words of ours and puts a name into them that is escaped already.
fn filled(words: &str, server: &str) -> String {
    words.split("{server}").map(escaped).collect::<Vec<_>>().join(server)
}

fn escaped(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\'' => escaped.push_str("&#39;"),
            c => escaped.push(c),
        }
    }
    escaped
}
