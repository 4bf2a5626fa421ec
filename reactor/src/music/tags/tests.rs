//! Tags of files as they are, and of files that are not what they say.

use std::io::Write;
use std::path::PathBuf;

use super::*;

/// The sample bank, where it has been made.
const SAMPLES: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../data/bank");

fn file(bytes: &[u8]) -> File {
    let mut file = tempfile::tempfile().unwrap();
    file.write_all(bytes).unwrap();
    file
}

fn read_bytes(bytes: &[u8]) -> (Tags, Option<Vec<u8>>) {
    read(&file(bytes))
}

fn synchsafe(number: usize) -> [u8; 4] {
    [21, 14, 7, 0].map(|shift| u8::try_from(number >> shift & 127).unwrap())
}

/// A frame of an ID3v2.4 tag.
fn frame(name: &[u8; 4], body: &[u8]) -> Vec<u8> {
    [name, &synchsafe(body.len())[..], &[0, 0], body].concat()
}

/// An ID3v2.4 tag and four frames of silence: 128 kbit/s, 44.1 kHz.
fn mp3(frames: &[u8]) -> Vec<u8> {
    let sound = [&[0xff, 0xfb, 0x90, 0x00], &[0; 413][..]].concat().repeat(4);
    [b"ID3\x04\0\0", &synchsafe(frames.len())[..], frames, &sound].concat()
}

/// Half a second of silence: 8 bit, 8 kHz, with a title in a `LIST INFO` chunk.
fn wav(title: &[u8]) -> Vec<u8> {
    let size = |bytes: &[u8]| u32::try_from(bytes.len()).unwrap().to_le_bytes();
    let chunk = |name: &[u8], body: &[u8]| [name, &size(body), body, &vec![0; body.len() % 2]].concat();
    let format =
        [&[1, 0, 1, 0][..], &8000_u32.to_le_bytes(), &8000_u32.to_le_bytes(), &[1, 0, 8, 0]].concat();
    let list = [b"INFO", &chunk(b"INAM", title)[..]].concat();
    let body = [b"WAVE", &chunk(b"fmt ", &format)[..], &chunk(b"data", &[128; 4000]), &chunk(b"LIST", &list)];
    chunk(b"RIFF", &body.concat())
}

fn picture(kind: u8, bytes: &[u8]) -> Vec<u8> {
    frame(b"APIC", &[&b"\x03image/png\0"[..], &[kind], b"\0", bytes].concat())
}

#[test]
fn names_promise_music() {
    for name in ["a.mp3", "b.FLAC", "c.Ogg", "d.oga", "e.opus", "f.m4a", "g.m4b", "h.wav", "i.txt.mp3"] {
        assert!(is_music(OsStr::new(name)), "{name}");
    }
    for name in ["mp3", ".mp3", "a.mp4", "a.txt", "a.mp3.part", "a."] {
        assert!(!is_music(OsStr::new(name)), "{name}");
    }
}

#[test]
fn tags_are_read_cleaned_and_cut() {
    let frames = [
        frame(b"TIT2", "\u{3}  CHAPTER\n\u{202e}1 ".as_bytes()),
        frame(b"TPE1", "\u{3}Beyoncé\0JAY-Z".as_bytes()),
        frame(b"TALB", &[b"\x03", "é".repeat(300).as_bytes()].concat()),
        frame(b"TCON", b"\x03(17)"),
        frame(b"TRCK", b"\x037/12"),
        frame(b"TPOS", b"\x032/2"),
        frame(b"TDRC", b"\x032003-06-24"),
    ];
    let (tags, cover) = read_bytes(&mp3(&frames.concat()));
    assert_eq!((&*tags.title, &*tags.artist), ("CHAPTER 1", "Beyoncé, JAY-Z"));
    assert_eq!((&*tags.album, &*tags.genre), (&*"é".repeat(100), "Rock"));
    assert_eq!((tags.number, tags.disc, tags.year), (Some(7), Some(2), Some(2003)));
    assert_eq!((tags.format, cover), (AudioFormat::Mp3, None));
    assert!(tags.duration_ms.is_some_and(|ms| (50..200).contains(&ms)), "{tags:?}");

    let (tags, _) = read_bytes(&wav(b"By hand"));
    assert_eq!((&*tags.title, tags.format, tags.duration_ms), ("By hand", AudioFormat::Wav, Some(500)));
    let (tags, _) = read_bytes(&mp3(&frame(b"TPE2", b"\x03Various")));
    assert_eq!((&*tags.artist, tags.year), ("Various", None), "the album's artist where there is no other");
}

#[test]
fn the_front_picture_is_preferred_and_icons_are_none() {
    let png = |text: &[u8]| [b"\x89PNG\r\n\x1a\n", text].concat();
    let both = [picture(4, &png(b"back")), picture(3, &png(b"front"))].concat();
    assert_eq!(read_bytes(&mp3(&both)).1, Some(png(b"front")));
    assert_eq!(read_bytes(&mp3(&picture(0, &png(b"any")))).1, Some(png(b"any")));
    assert_eq!(read_bytes(&mp3(&picture(1, &png(b"icon")))).1, None);
    assert_eq!(read_bytes(&mp3(&picture(3, b"GIF89a"))).1, None);
    let (tags, cover) =
        read_bytes(&mp3(
            &[frame(b"TIT2", b"\x03Loud"), picture(3, &png(&vec![0; PICTURE_BYTES_MAX]))].concat()
        ));
    assert_eq!((&*tags.title, tags.format, cover), ("Loud", AudioFormat::Mp3, None), "too large");
}

#[test]
fn what_is_not_music_is_broken() {
    let mut noise = Noise(7);
    let random: Vec<u8> = (0..100_000).map(|_| noise.byte()).collect();
    let text = b"These are the words of a song, and no song.".repeat(50);
    for bytes in [&b""[..], b"I", b"ID3", b"ID3\x04\0\0\x7f\x7f\x7f\x7f", b"fLaC", b"OggS", &random, &text] {
        assert_eq!(read_bytes(bytes), (Tags::default(), None), "{:?}", &bytes[..bytes.len().min(9)]);
    }
    assert_eq!(read_bytes(&wav(b"")[..20]).0.format, AudioFormat::Broken);
    let folder = tempfile::tempdir().unwrap();
    assert_eq!(read(&File::open(folder.path()).unwrap()).0.format, AudioFormat::Broken);
}

#[test]
fn a_tag_that_nests_or_never_ends_is_harmless() {
    let mut chapters = frame(b"TIT2", b"\x03innermost");
    for _ in 0..20_000 {
        chapters = frame(b"CHAP", &[&[0; 17], &chapters[..]].concat());
        chapters.truncate(1 << 20);
    }
    let (tags, _) = read_bytes(&mp3(&[frame(b"TIT2", b"\x03Outer"), chapters].concat()));
    assert_eq!((&*tags.title, tags.format), ("Outer", AudioFormat::Mp3));
    // Each of these takes longer than the one before; the number of steps is bounded.
    let many: Vec<u8> =
        (0..30_000).flat_map(|n: u32| frame(b"TXXX", format!("\u{3}{n}\0a").as_bytes())).collect();
    assert_eq!(read_bytes(&mp3(&many)).0.format, AudioFormat::Mp3);
}

#[test]
fn damaged_files_never_panic() {
    let mut whole =
        vec![mp3(&[frame(b"TIT2", b"\x03a"), picture(3, b"\x89PNG\r\n\x1a\n")].concat()), wav(b"b")];
    whole.extend(samples().iter().map(|path| std::fs::read(path).unwrap()));
    let mut noise = Noise(99);
    for bytes in whole {
        // Tags and what tells the format are near the beginning or the end.
        for round in 0..60 {
            let mut bytes = bytes.clone();
            for _ in 0..=round % 8 {
                let near = bytes.len().min(if round % 2 == 0 { 200 } else { 8000 });
                let at = noise.below(near);
                let at = if round % 3 == 0 { bytes.len() - 1 - at } else { at };
                bytes[at] = if round % 5 == 0 { 255 } else { noise.byte() };
            }
            if round % 4 == 0 {
                bytes.truncate(noise.below(bytes.len()));
            }
            let attempt = catch_unwind(|| read_bytes(&bytes));
            assert!(attempt.is_ok());
        }
    }
}

#[test]
fn every_format_is_read() {
    let mut found = Vec::new();
    for path in samples() {
        let (tags, _) = read(&File::open(&path).unwrap());
        assert_ne!(tags.format, AudioFormat::Broken, "{path:?}");
        assert!(!tags.title.is_empty() && !tags.artist.is_empty(), "{path:?} {tags:?}");
        assert!(tags.duration_ms.is_some_and(|ms| (1000..60_000).contains(&ms)), "{path:?} {tags:?}");
        found.push(tags.format);
    }
    use AudioFormat::{Flac, M4a, Mp3, Opus, Vorbis, Wav};
    for format in [Mp3, Flac, Vorbis, Opus, M4a, Wav] {
        assert!(found.is_empty() || found.contains(&format), "{format:?}");
    }
}

fn samples() -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut folders = vec![PathBuf::from(SAMPLES)];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).into_iter().flatten() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if is_music(path.file_name().unwrap()) {
                found.push(path);
            }
        }
    }
    found.sort();
    found
}

/// Numbers without a pattern, the same in every run (xorshift, Marsaglia 2003).
struct Noise(u64);

impl Noise {
    fn next(&mut self) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0
    }

    fn byte(&mut self) -> u8 {
        self.next().to_le_bytes()[3]
    }

    fn below(&mut self, limit: usize) -> usize {
        usize::try_from(self.next() % limit.max(1) as u64).unwrap()
    }
}
