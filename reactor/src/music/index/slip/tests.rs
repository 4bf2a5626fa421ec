//! Slips of the pen and of the ear, in tables.

use super::*;

fn distance(typed: &str, word: &str, limit: u8, beginning: bool) -> Option<u8> {
    Typed::new(typed).unwrap().distance(word, limit, beginning)
}

/// The whole table, with no short cuts.
fn plain_distance(a: &[char], b: &[char]) -> usize {
    let mut table = vec![vec![0; b.len() + 1]; a.len() + 1];
    for i in 0..=a.len() {
        for j in 0..=b.len() {
            table[i][j] = if i == 0 || j == 0 {
                i + j
            } else {
                let mut least = (table[i - 1][j - 1] + usize::from(a[i - 1] != b[j - 1]))
                    .min(table[i - 1][j] + 1)
                    .min(table[i][j - 1] + 1);
                if i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1] {
                    least = least.min(table[i - 2][j - 2] + 1);
                }
                least
            };
        }
    }
    table[a.len()][b.len()]
}

#[test]
fn slips_are_counted() {
    for (typed, word, slips) in [
        ("beethoven", "beethoven", Some(0)),
        ("bethoven", "beethoven", Some(1)),
        ("bethovn", "beethoven", Some(2)),
        ("abab", "abba", Some(1)),
        ("chaikovsky", "tchaikovsky", Some(1)),
        ("motsart", "mozart", Some(2)),
        ("dvorzak", "dvorak", Some(1)),
        ("moonlite", "moonlight", None),
        ("", "ab", Some(2)),
        ("ab", "", Some(2)),
        ("abc", "", None),
        ("чаиковски", "чаиковскии", Some(1)),
    ] {
        assert_eq!(distance(typed, word, 2, false), slips, "{typed} {word}");
    }
    for (typed, word, slips) in
        [("betov", "beethoven", Some(2)), ("bethov", "beethoven", Some(1)), ("beethoven", "beet", None)]
    {
        assert_eq!(distance(typed, word, 2, true), slips, "{typed}… {word}");
    }
}

#[test]
fn short_cuts_change_nothing() {
    // All words of up to five letters over three: every pattern of exchanges and doublings.
    let mut words: Vec<Vec<char>> = vec![vec![]];
    let mut at = 0;
    while words[at].len() < 5 {
        let word = words[at].clone();
        words.extend("abc".chars().map(|c| [word.as_slice(), &[c]].concat()));
        at += 1;
    }
    for a in words.iter().step_by(3) {
        let typed = Typed::new(&a.iter().collect::<String>()).unwrap();
        for b in &words {
            let word: String = b.iter().collect();
            let near = u8::try_from(plain_distance(a, b)).ok().filter(|slips| *slips <= 2);
            assert_eq!(typed.distance(&word, 2, false), near, "{a:?} {b:?}");
            let begins = (0..=b.len()).filter_map(|n| u8::try_from(plain_distance(a, &b[..n])).ok()).min();
            assert_eq!(typed.distance(&word, 2, true), begins.filter(|slips| *slips <= 2), "{a:?} {b:?}…");
            let letters = u8::try_from(b.len()).unwrap();
            let bits = signature(b.iter().copied());
            assert!(near.is_none() || typed.may_be_near(bits, letters, 2, false), "{a:?} {b:?}");
            assert!(begins > Some(2) || typed.may_be_near(bits, letters, 2, true), "{a:?} {b:?}");
        }
    }
}

#[test]
fn what_sounds_alike_is_alike() {
    for (one, other) in [
        ("moonlite", "moonlight"),
        ("nite", "night"),
        ("chaikovsky", "tchaikovsky"),
        ("chaykofski", "tchaikovsky"),
        ("motsart", "mozart"),
        ("shopan", "chopin"),
        ("bethoven", "beethoven"),
        ("schostakowitsch", "shostakovich"),
        ("prokofieff", "prokofiev"),
        ("vagner", "wagner"),
        ("filharmonic", "philharmonic"),
    ] {
        assert_eq!(sound(one), sound(other), "{one} {other}");
        assert!(sound(one).is_some());
    }
    for (one, other) in [("kate", "cute"), ("mozart", "masters"), ("queen", "queens")] {
        assert_ne!(sound(one), sound(other), "{one} {other}");
    }
    for none in ["", "abc", "чайк", "99luft", "aaaa"] {
        assert_eq!(sound(none), None, "{none}");
    }
}
