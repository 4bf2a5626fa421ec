//! Search, as a member of the group would describe it: what is typed, and what is found.
//!
//! These tests know nothing of how it is done, but for one: that the work does not grow with the library.

use std::path::Path;
use std::sync::Arc;

use parlour_common::message::{SearchLibrary, Sort, SortBy};
use parlour_reactor::music::tags::Tags;
use parlour_reactor::music::{Entry, Index};

/// Title, artist, album, genre.
const TRACKS: [[&str; 4]; 44] = [
    ["Moonlight Sonata", "Ludwig van Beethoven", "Klavierstücke", "Classical"],
    ["Für Elise", "Ludwig van Beethoven", "Klavierstücke", "Classical"],
    ["Symphony No. 9", "Ludwig van Beethoven", "Symphonies", "Classical"],
    ["Swan Lake", "Pyotr Tchaikovsky", "Ballets", "Classical"],
    ["Slavonic Dance No. 10", "Antonín Dvořák", "Slavonic Dances", "Classical"],
    ["Slavonic Dance No. 2", "Antonín Dvořák", "Slavonic Dances", "Classical"],
    ["Eine kleine Nachtmusik", "Wolfgang Amadeus Mozart", "Serenades", "Classical"],
    ["Nocturne", "Frédéric Chopin", "Nocturnes", "Classical"],
    ["Moon", "Björk", "Biophilia", "Electronic"],
    ["Moon River", "Audrey Hepburn", "Breakfast at Tiffany's", "Jazz"],
    ["Blue Moon", "Billie Holiday", "Solitude", "Jazz"],
    ["Man on the Moon", "R.E.M.", "Automatic for the People", "Rock"],
    ["Walking on the Moon", "The Police", "Reggatta de Blanc", "Rock"],
    ["Honeymoon", "Lana Del Rey", "Honeymoon", "Pop"],
    ["Back in Black", "AC/DC", "Back in Black", "Rock"],
    ["Losing My Religion", "R.E.M.", "Out of Time", "Rock"],
    ["Don't Stop Believin'", "Journey", "Escape", "Rock"],
    ["Bohemian Rhapsody", "Queen", "A Night at the Opera", "Rock"],
    ["Bohemian Rhapsody (Live at Wembley)", "Queen", "Live at Wembley", "Rock"],
    ["Killer Queen", "Queen", "Sheer Heart Attack", "Rock"],
    ["Queen of Hearts", "Juice Newton", "Juice", "Country"],
    ["Dancing Queen", "ABBA", "Arrival", "Pop"],
    ["Mr. Blue Sky", "Electric Light Orchestra", "Out of the Blue", "Rock"],
    ["Crazy in Love", "Beyoncé", "Dangerously in Love", "R&B"],
    ["Tik Tok", "Ke$ha", "Animal", "Pop"],
    ["So What", "P!nk", "Funhouse", "Pop"],
    ["Sunflower", "Post Malone", "Hollywood's Bleeding", "Hip-Hop"],
    ["Sun Flower Street", "Nobody", "Streets", "Folk"],
    ["Hoppípolla", "Sigur Rós", "Takk...", "Post-Rock"],
    ["99 Luftballons", "Nena", "Nena", "Pop"],
    ["1999", "Prince", "1999", "Funk"],
    ["چهارمضراب", "گروه ایوان", "نغمه\u{200c}های شور", "موسیقی سنتی"],
    ["درآمد شور", "گروه ایوان", "نغمه\u{200c}های شور", "موسیقی سنتی"],
    ["كيهان", "گروه ایوان", "شب", "موسیقی سنتی"],
    ["첫사랑", "사랑방", "옛 노래", "국악"],
    ["아리랑", "사랑방", "옛 노래", "국악"],
    ["한국의 밤", "하나", "밤", "국악"],
    ["千本桜", "初音ミク", "初音ミクの消失", "J-Pop"],
    ["さくらさくら", "合唱団", "日本の歌", "Folk"],
    ["ドラゴンボール", "影山ヒロノブ", "アニメ", "Anime"],
    ["月亮代表我的心", "邓丽君", "岛国之情歌", "Mandopop"],
    ["Лебединое озеро", "Пётр Чайковский", "Балеты", "Классика"],
    ["", "", "", ""],
    ["Untitled", "", "", ""],
];

fn entry(path: &str, [title, artist, album, genre]: [&str; 4]) -> Arc<Entry> {
    let tags = Tags {
        title: title.into(),
        artist: artist.into(),
        album: album.into(),
        genre: genre.into(),
        ..Tags::default()
    };
    Arc::new(Entry::new(Path::new(path), 1000, tags, None))
}

fn library() -> Index {
    let mut entries: Vec<_> =
        TRACKS.iter().enumerate().map(|(n, words)| entry(&format!("{n:02}.mp3"), *words)).collect();
    entries.push(entry("Field Recordings/Rooftops at dawn/take_03.wav", ["", "", "", ""]));
    Index::of(entries, 7)
}

const BEST_FIRST: Sort = Sort { by: SortBy::Relevance, descending: false };

fn titles(index: &Index, query: &str, sort: Sort) -> Vec<String> {
    let found = index.search(query, sort);
    found.iter().map(|track| index.entries()[*track as usize].tags().title.to_string()).collect()
}

/// What is typed, and what comes first, in this order.
fn first(index: &Index, query: &str, expected: &[&str]) {
    let found = titles(index, query, BEST_FIRST);
    assert!(found.len() >= expected.len() && found[..expected.len()] == *expected, "{query:?}: {found:?}");
}

/// What is typed, and all that is found.
fn all(index: &Index, query: &str, expected: &[&str]) {
    assert_eq!(titles(index, query, BEST_FIRST), expected, "{query:?}");
}

#[test]
fn a_title_is_found_while_it_is_typed() {
    let index = library();
    let whole = "moonlight sonata";
    for end in 5..=whole.len() {
        first(&index, &whole[..end], &["Moonlight Sonata"]);
    }
    for (query, title) in [("bo", "Bohemian Rhapsody"), ("lo", "Losing My Religion"), ("hop", "Hoppípolla")]
    {
        first(&index, query, &[title]);
    }
}

#[test]
fn slips_of_hand_and_ear_are_forgiven() {
    let index = library();
    for (query, title) in [
        ("bethoven moonlite", "Moonlight Sonata"),
        ("beethoven moonlihgt", "Moonlight Sonata"),
        ("betoven", "Für Elise"),
        ("chaikovsky", "Swan Lake"),
        ("chaykofski lake", "Swan Lake"),
        ("dvorzak", "Slavonic Dance No. 2"),
        ("motsart", "Eine kleine Nachtmusik"),
        ("shopan", "Nocturne"),
        ("bohemain rapsody", "Bohemian Rhapsody"),
        ("boheiman rh", "Bohemian Rhapsody"),
        ("beethov fur elize", "Für Elise"),
        ("лебединое озиро", "Лебединое озеро"),
    ] {
        first(&index, query, &[title]);
    }
}

#[test]
fn what_was_typed_comes_before_what_is_like_it() {
    let index = library();
    // The title itself; titles that begin so; the word elsewhere in a title; the beginning of a word; within one.
    all(
        &index,
        "moon",
        &[
            "Moon",
            "Moon River",
            "Moonlight Sonata",
            "Blue Moon",
            "Walking on the Moon",
            "Man on the Moon",
            "Honeymoon",
        ],
    );
    first(&index, "bohemian rhapsody", &["Bohemian Rhapsody", "Bohemian Rhapsody (Live at Wembley)"]);
    // Of the artist, and in the title; begins the title; of the artist; in the title.
    first(&index, "queen", &["Killer Queen", "Queen of Hearts", "Bohemian Rhapsody"]);
    let found = titles(&index, "queen", BEST_FIRST);
    assert_eq!(found.last().map(String::as_str), Some("Dancing Queen"), "an artist of that name comes first");
    first(&index, "queen bohemian", &["Bohemian Rhapsody"]);
    first(&index, "wembley queen rhapsody", &["Bohemian Rhapsody (Live at Wembley)"]);
}

#[test]
fn words_may_come_in_any_order_and_from_any_field() {
    let index = library();
    for query in
        ["moonlight beethoven", "beethoven moonlight", "sonata klavierstücke ludwig", "classical moonlight"]
    {
        all(&index, query, &["Moonlight Sonata"]);
    }
    first(&index, "rooftops", &["take_03"]);
    first(&index, "recordings dawn take", &["take_03"]);
}

#[test]
fn accents_case_and_signs_do_not_matter() {
    let index = library();
    for (query, title) in [
        ("fur elise", "Für Elise"),
        ("FÜR ÉLISE", "Für Elise"),
        ("fu\u{308}r", "Für Elise"),
        ("bjork", "Moon"),
        ("dvorak 2", "Slavonic Dance No. 2"),
        ("sigur ros", "Hoppípolla"),
        ("beyonce", "Crazy in Love"),
        ("dont stop", "Don't Stop Believin'"),
        ("don’t stop", "Don't Stop Believin'"),
        ("kesha", "Tik Tok"),
        ("pink", "So What"),
        ("hip hop", "Sunflower"),
        ("hiphop", "Sunflower"),
        ("петр чаиковскии", "Лебединое озеро"),
    ] {
        first(&index, query, &[title]);
    }
}

#[test]
fn words_may_be_joined_or_split() {
    let index = library();
    for query in ["acdc", "ac dc", "AC/DC", "ac-dc", "acd"] {
        all(&index, query, &["Back in Black"]);
    }
    first(&index, "moon light sonata", &["Moonlight Sonata"]);
    for query in ["rem religion", "r.e.m. religion", "r e m religion"] {
        first(&index, query, &["Losing My Religion"]);
    }
    first(&index, "sunflower", &["Sunflower", "Sun Flower Street"]);
    first(&index, "sun flower", &["Sunflower", "Sun Flower Street"]);
}

#[test]
fn persian_is_found_as_it_is_typed_on_any_keyboard() {
    let index = library();
    for (query, title) in [
        ("نغمه\u{200c}های شور درآمد", "درآمد شور"),
        ("نغمه های درآمد", "درآمد شور"),
        ("نغمههای درامد", "درآمد شور"),
        ("چهار", "چهارمضراب"),
        ("چهارمظراب", "چهارمضراب"),
        ("کیهان", "كيهان"),
        ("كيهان", "كيهان"),
    ] {
        first(&index, query, &[title]);
    }
}

#[test]
fn korean_is_found_between_two_keystrokes() {
    let index = library();
    for query in ["ㅇ", "아", "알", "아리", "아리ㄹ", "아리라", "아리랑"] {
        assert!(titles(&index, query, BEST_FIRST).contains(&"아리랑".to_owned()), "{query}");
    }
    first(&index, "아리랑", &["아리랑"]);
    // 하 becomes 한 before it becomes 하나.
    for query in ["하", "한", "하나"] {
        assert!(titles(&index, query, BEST_FIRST).contains(&"한국의 밤".to_owned()), "{query}");
    }
    // The artist called so entirely first, then the end of a word.
    all(&index, "사랑", &["아리랑", "첫사랑"]);
}

#[test]
fn japanese_and_chinese_are_found_by_any_part() {
    let index = library();
    for (query, title) in [
        ("千", "千本桜"),
        ("本桜", "千本桜"),
        ("桜", "千本桜"),
        ("ミク", "千本桜"),
        ("みく 千本", "千本桜"),
        ("どらごん", "ドラゴンボール"),
        ("ﾄﾞﾗｺﾞﾝ", "ドラゴンボール"),
        ("ボル", "ドラゴンボール"),
        ("代表", "月亮代表我的心"),
        ("邓丽君", "月亮代表我的心"),
    ] {
        all(&index, query, &[title]);
    }
}

#[test]
fn where_nothing_fits_whole_the_nearest_comes_and_where_nothing_is_near_nothing() {
    let index = library();
    all(&index, "bohemian rhapsody karaoke", &["Bohemian Rhapsody", "Bohemian Rhapsody (Live at Wembley)"]);
    all(&index, "the bjork", &["Moon"]);
    all(&index, "a bjork and the moon", &["Moon"]);
    for query in
        ["xylophone", "beethoven xylophone", "the xylophone", "qwrtz plmkn zzzzz", "2001", "中国", "ㅋㅋㅋㅋ"]
    {
        all(&index, query, &[]);
    }
    let everything = TRACKS.len() + 1;
    for query in ["", "  ", "!?", "\u{200c}"] {
        assert_eq!(titles(&index, query, BEST_FIRST).len(), everything, "{query:?}");
    }
}

#[test]
fn hostile_queries_are_queries() {
    let index = library();
    let long = ["a ".repeat(300), "é".repeat(300), "한".repeat(99), "本".repeat(99), "\u{300}".repeat(99)];
    for query in long.iter().map(String::as_str).chain(["\0", "\n", "\u{10ffff}", "'", "\u{feff}", "ᆨ", "゛"])
    {
        for by in [SortBy::Relevance, SortBy::Title, SortBy::Duration] {
            index.search(query, Sort { by, descending: true });
        }
    }
}

#[test]
fn orders_are_natural_and_descending_is_their_reverse() {
    let index = library();
    let titled = |descending| titles(&index, "slavonic", Sort { by: SortBy::Title, descending });
    assert_eq!(titled(false), ["Slavonic Dance No. 2", "Slavonic Dance No. 10"]);
    assert_eq!(titled(true), ["Slavonic Dance No. 10", "Slavonic Dance No. 2"]);
    let by_artist = titles(&index, "", Sort { by: SortBy::Artist, descending: false });
    assert_eq!(by_artist[0], "Dancing Queen", "ABBA comes before AC/DC");
    let reversed = titles(&index, "", Sort { by: SortBy::Artist, descending: true });
    let unknown = 3;
    let known = by_artist.len() - unknown;
    assert!(reversed[..known].iter().eq(by_artist[..known].iter().rev()));
    assert_eq!(reversed[known..], by_artist[known..], "unknown artists are last in both directions");
}

#[test]
fn pages_of_one_result_belong_together() {
    let index = library();
    let page = |offset, limit| {
        index.page(&SearchLibrary { query: "moon".to_owned(), sort: BEST_FIRST, offset, limit }, true)
    };
    let whole: Vec<_> = page(0, 48).tracks.into_iter().map(|track| track.id).collect();
    let pieces: Vec<_> = (0..4).flat_map(|n| page(n * 2, 2).tracks).map(|track| track.id).collect();
    assert_eq!(whole, pieces);
    let beyond = page(100, 48);
    assert_eq!((beyond.total, beyond.offset, beyond.tracks.len()), (7, 7, 0));
    assert_eq!((beyond.library.generation, beyond.library.scanning), (7, true));
    assert_eq!(page(0, 0).tracks.len(), 1, "a limit is at least one");
}

#[test]
fn the_work_for_a_query_does_not_grow_with_the_tracks_that_do_not_match() {
    let others = |count: usize| {
        (0..count).map(|n| {
            let words = [format!("Song{n} about nothing"), format!("Band{}", n % 50)];
            entry(&format!("other/{n}.mp3"), [&words[0], &words[1], "Album", "Rock"])
        })
    };
    let work = |count: usize, query: &str| {
        let moon = TRACKS.iter().enumerate().map(|(n, words)| entry(&format!("{n}.mp3"), *words));
        Index::of(moon.chain(others(count)).collect(), 1).search_counted(query, BEST_FIRST).1
    };
    for query in ["beethoven", "bethoven moonlite", "acdc", "千本桜", "xylophone"] {
        let (small, large) = (work(100, query), work(10_000, query));
        assert!(large.postings_read <= small.postings_read * 2 + 10, "{query} {small:?} {large:?}");
        // Ten thousand other words, and hardly one is compared letter by letter.
        assert!(large.words_compared < 500, "{query} {large:?}");
    }
    let index = Index::of(others(10).collect(), 1);
    index.search("band", BEST_FIRST);
    assert_eq!(index.search_counted("band", BEST_FIRST).1, Default::default(), "pages are not searched anew");
}
