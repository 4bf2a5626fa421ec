//! What people wrote, as it is shown: their words and nothing of markup, links that can be opened, their own direction.
//!
//! This file does not know who wrote it. Only `http`, `https` and `mailto` become links: nothing else may be opened by
//! a press.

use std::ops::Range;

use parlour_common::names::mentions;
use relm4::gtk;
use relm4::gtk::pango;
use relm4::gtk::prelude::*;

/// How links begin.
const SCHEMES: [&str; 3] = ["https://", "http://", "mailto:"];

/// What belongs to the sentence and not to a link when it stands at its end.
const AFTER_LINKS: &[char] =
    &['.', ',', ';', ':', '!', '?', '\'', '"', '…', '。', '、', '،', '؛', '؟', '»', '”', '’'];

/// Makes a label for what somebody wrote.
pub fn written_label() -> gtk::Label {
    let label = gtk::Label::builder()
        .wrap(true)
        .wrap_mode(pango::WrapMode::WordChar)
        .xalign(0.0)
        .yalign(0.0)
        .selectable(true)
        .build();
    label.connect_activate_link(|_, target| {
        // A link is made below and nowhere else; this is the second lock.
        gtk::glib::Propagation::from(!SCHEMES.iter().any(|scheme| target.starts_with(scheme)))
    });
    label
}

/// Puts a text into a label, in the direction of its first letter.
pub fn show_written(label: &gtk::Label, text: &str) {
    let markup = markup(text);
    match markup == text {
        true => label.set_text(text),
        false => label.set_markup(&markup),
    }
    let around = label.parent().map_or_else(gtk::Widget::default_direction, |parent| parent.direction());
    let own = direction(text).unwrap_or(around);
    label.set_direction(own);
    // A short text stays beside the name of who wrote it, whichever way it runs.
    label.set_halign(if own == around { gtk::Align::Start } else { gtk::Align::End });
}

/// Returns the direction of the first letter that has one.
pub fn direction(text: &str) -> Option<gtk::TextDirection> {
    match pango::find_base_dir(text) {
        pango::Direction::Rtl | pango::Direction::WeakRtl => Some(gtk::TextDirection::Rtl),
        pango::Direction::Ltr | pango::Direction::WeakLtr => Some(gtk::TextDirection::Ltr),
        _ => None,
    }
}

/// Returns a text as markup that shows just that text, with its links and mentions.
pub fn markup(text: &str) -> String {
    let links = links(text);
    let mut marked: Vec<(Range<usize>, bool)> = links.iter().map(|link| (link.clone(), true)).collect();
    let outside = |at: &Range<usize>| !links.iter().any(|link| link.start < at.end && at.start < link.end);
    marked.extend(mentions(text).into_iter().map(|mention| mention.at).filter(outside).map(|at| (at, false)));
    marked.sort_by_key(|(at, _)| at.start);
    let escape = |text: &str| gtk::glib::markup_escape_text(text).to_string();
    let (mut markup, mut end) = (String::with_capacity(text.len() + 64), 0);
    for (at, is_link) in marked {
        markup.push_str(&escape(&text[end..at.start]));
        end = at.end;
        let words = escape(&text[at]);
        match is_link {
            true => markup.push_str(&format!("<a href=\"{words}\">{words}</a>")),
            false => markup.push_str(&format!("<b>{words}</b>")),
        }
    }
    markup.push_str(&escape(&text[end..]));
    markup
}

/// Finds where links stand.
fn links(text: &str) -> Vec<Range<usize>> {
    let mut found: Vec<Range<usize>> = Vec::new();
    let mut from = 0;
    while let Some((start, scheme)) = next_scheme(text, from) {
        let rest = &text[start..];
        let is_over = |c: char| {
            c.is_whitespace()
                || c.is_control()
                || matches!(c, '<' | '>' | '"' | '`' | '\u{2068}' | '\u{2069}')
        };
        let length = rest.find(is_over).unwrap_or(rest.len());
        let link = trim_link(&rest[..length]);
        from = start + link.len().max(1);
        while !text.is_char_boundary(from) {
            from += 1;
        }
        let begins_a_word = !text[..start].chars().next_back().is_some_and(char::is_alphanumeric);
        let target = &link[scheme.len().min(link.len())..];
        if begins_a_word && target.starts_with(|c: char| c.is_alphanumeric() || c == '[') {
            found.push(start..start + link.len());
        }
    }
    found
}

fn next_scheme(text: &str, from: usize) -> Option<(usize, &'static str)> {
    let found = SCHEMES.iter().filter_map(|scheme| Some((from + text.get(from..)?.find(scheme)?, *scheme)));
    found.min_by_key(|(at, _)| *at)
}

/// Takes off what stands behind a link: the end of the sentence, and a bracket that was opened before it.
fn trim_link(link: &str) -> &str {
    let mut link = link;
    loop {
        let trimmed = link.trim_end_matches(AFTER_LINKS);
        let trimmed =
            [('(', ')'), ('[', ']'), ('{', '}')].into_iter().fold(trimmed, |link, (open, close)| {
                let is_open = link.matches(open).count() < link.matches(close).count();
                link.strip_suffix(close).filter(|_| is_open).unwrap_or(link)
            });
        if trimmed == link {
            return link;
        }
        link = trimmed;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(text: &str) -> Vec<&str> {
        links(text).into_iter().map(|at| &text[at]).collect()
    }

    #[test]
    fn links_end_where_a_person_would_end_them() {
        for (text, wanted) in [
            ("see https://example.org/a?b=c&d, and more", &["https://example.org/a?b=c&d"][..]),
            ("(http://example.org/wiki/House_(music)).", &["http://example.org/wiki/House_(music)"]),
            ("mailto:sara@example.org!", &["mailto:sara@example.org"]),
            ("ببین https://example.org/خانه، خوب است", &["https://example.org/خانه"]),
            ("file:///etc/passwd javascript:alert(1) ftp://x.y", &[]),
            ("xhttps://example.org https:// http://. mailto:", &[]),
            ("https://a.b https://c.d", &["https://a.b", "https://c.d"]),
            ("https://[::1]:80/x <https://e.f>", &["https://[::1]:80/x", "https://e.f"]),
        ] {
            assert_eq!(found(text), wanted, "{text}");
        }
    }

    #[test]
    fn nothing_that_people_write_becomes_markup() {
        assert_eq!(markup("<b>no</b> & \"no\""), "&lt;b&gt;no&lt;/b&gt; &amp; &quot;no&quot;");
        assert_eq!(
            markup("http://x.y/?a&b='c'"),
            "<a href=\"http://x.y/?a&amp;b=&apos;c\">http://x.y/?a&amp;b=&apos;c</a>&apos;"
        );
        assert_eq!(
            markup("https://x.y\" onclick=\"z"),
            "<a href=\"https://x.y\">https://x.y</a>&quot; onclick=&quot;z"
        );
        assert_eq!(
            markup("@sara and https://x.y/@ali"),
            "<b>@sara</b> and <a href=\"https://x.y/@ali\">https://x.y/@ali</a>"
        );
        assert_eq!(markup("plain"), "plain");
    }

    #[test]
    fn a_text_runs_as_its_first_letter_does() {
        assert_eq!(direction("… سلام hello"), Some(gtk::TextDirection::Rtl));
        assert_eq!(direction("hello سلام"), Some(gtk::TextDirection::Ltr));
        assert_eq!(direction("12 … !"), None);
    }
}
