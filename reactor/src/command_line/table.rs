//! Tables that stand in line whatever script is in them, and times that mean the same to everyone.
//!
//! This file does not know what stands in a table.

use unicode_width::UnicodeWidthStr;

/// Blanks between columns.
const GAP: usize = 2;

/// Sets rows under a heading, each column as wide as its widest cell is on a terminal.
pub fn table<const COLUMNS: usize>(heading: [&str; COLUMNS], rows: &[[String; COLUMNS]]) -> String {
    let heading = heading.map(str::to_owned);
    let rows: Vec<[String; COLUMNS]> =
        std::iter::once(&heading).chain(rows).map(|row| row.each_ref().map(|cell| plain(cell))).collect();
    let mut widths = [0; COLUMNS];
    for row in &rows {
        for (width, cell) in widths.iter_mut().zip(row) {
            *width = (*width).max(cell.width());
        }
    }
    let mut table = String::new();
    for row in &rows {
        let mut line = String::new();
        for (width, cell) in widths.iter().zip(row) {
            line.push_str(cell);
            line.extend(std::iter::repeat_n(' ', width - cell.width() + GAP));
        }
        table.push_str(line.trim_end());
        table.push('\n');
    }
    table
}

/// Returns text as it may stand on a terminal: what would move the cursor, or turn the line around, is
/// shown as a blank box.
pub fn plain(text: &str) -> String {
    let steers = |c: char| {
        c.is_control()
            || matches!(c, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
    };
    text.chars().map(|c| if steers(c) { '\u{fffd}' } else { c }).collect()
}

/// Returns a time in milliseconds since 1970 as UTC by ISO 8601, to the minute.
pub fn utc(unix_ms: u64) -> String {
    let minutes = unix_ms / 60_000;
    let (days, minute) = (minutes / 1440, minutes % 1440);
    // Days are counted from 1 March of the year 0, so that the leap day is a year's last
    // (Howard Hinnant, "chrono-compatible low-level date algorithms").
    let days = days + 719_468;
    let (era, day_of_era) = (days / 146_097, days % 146_097);
    let year_of_era = (day_of_era - day_of_era / 1460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let shifted_month = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * shifted_month + 2) / 5 + 1;
    let month = if shifted_month < 10 { shifted_month + 3 } else { shifted_month - 9 };
    let year = era * 400 + year_of_era + u64::from(month <= 2);
    format!("{year:04}-{month:02}-{day:02}T{:02}:{:02}Z", minute / 60, minute % 60)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_stand_in_line_in_every_script() {
        let row = |name: &str| [name.to_owned(), "member".to_owned()];
        let table = table(["NAME", "ROLE"], &[row("sara"), row("개구리"), row("سارا"), row("e\u{301}va")]);
        let columns: Vec<usize> =
            table.lines().map(|line| line[..line.rfind(' ').unwrap() + 1].width()).collect();
        assert_eq!(columns, [8; 5], "{table}");
        assert!(table.lines().all(|line| line.trim_end() == line));
    }

    #[test]
    fn no_cell_steers_the_terminal() {
        let shown = table(["NOTE"], &[["a\u{1b}[2Jb\r\n\u{202e}c".to_owned()]]);
        assert_eq!(shown, "NOTE\na\u{fffd}[2Jb\u{fffd}\u{fffd}\u{fffd}c\n");
    }

    #[test]
    fn times_are_those_of_the_calendar() {
        let times = [
            (0, "1970-01-01T00:00Z"),
            (951_782_399_999, "2000-02-28T23:59Z"),
            (951_782_400_000, "2000-02-29T00:00Z"),
            (951_868_800_000, "2000-03-01T00:00Z"),
            (1_709_251_199_000, "2024-02-29T23:59Z"),
            (1_763_695_920_000, "2025-11-21T03:32Z"),
            (4_107_542_400_000, "2100-03-01T00:00Z"),
            (253_402_300_799_999, "9999-12-31T23:59Z"),
        ];
        for (unix_ms, text) in times {
            assert_eq!(utc(unix_ms), text);
        }
        // No time makes it panic.
        utc(u64::MAX);
    }
}
