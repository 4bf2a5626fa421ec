//! The pictures of cards: small ones of the files that were fetched for them.
//!
//! This file does not fetch a file. It looks at what the bytes say of themselves before anything of them is unpacked,
//! makes a small picture away from the window's thread, one after the other, and forgets those not shown for longest.

use std::cell::RefCell;
use std::collections::{HashMap, VecDeque};
use std::rc::Rc;

use parlour_common::message::FileHash;
use relm4::gtk::prelude::*;
use relm4::gtk::{gdk, gdk_pixbuf, gio, glib};

use super::covers::Picture;
use super::post_card::PICTURE_SIDES;

/// The largest file that is fetched to be shown, in bytes.
pub const PICTURE_BYTES_MAX: u64 = 8 << 20;

/// The largest picture that is unpacked, in pixels: 100 MB for as long as that takes.
const PIXELS_MAX: i64 = 25_000_000;

/// The longest side of a picture that is unpacked, in pixels.
const SIDE_MAX: i32 = 20_000;

/// Small pictures that are kept: at twice the size they are shown, some 60 MB.
const KEPT_MAX: usize = 50;

/// A small picture, ready to be shown.
#[derive(Clone, Debug)]
pub struct Small {
    pixels: glib::Bytes,
    width: i32,
    height: i32,
    stride: usize,
    format: gdk::MemoryFormat,
}

#[derive(Debug)]
enum Known {
    Asked,
    /// It is no picture, or none that is shown.
    Absent,
    Here(gdk::Texture),
}

/// The pictures, by the contents that they are of.
#[derive(Default)]
pub struct Pictures(Rc<RefCell<State>>);

#[derive(Default)]
struct State {
    known: HashMap<FileHash, (Known, u64)>,
    waiting: VecDeque<(FileHash, Picture)>,
    is_busy: bool,
    clock: u64,
    on_here: Option<Rc<dyn Fn(FileHash)>>,
}

impl std::fmt::Debug for Pictures {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Pictures").field("known", &self.0.borrow().known.len()).finish_non_exhaustive()
    }
}

impl Pictures {
    /// Makes a place for pictures. `on_here` is told which has come, or will not.
    pub fn new(on_here: impl Fn(FileHash) + 'static) -> Self {
        let state = State { on_here: Some(Rc::new(on_here)), ..State::default() };
        Self(Rc::new(RefCell::new(state)))
    }

    /// Tells whether a name is that of a picture of a kind that is shown.
    pub fn is_named_so(file_name: &str) -> bool {
        let ending = file_name.rsplit_once('.').map(|(_, ending)| ending.to_ascii_lowercase());
        ending
            .is_some_and(|ending| matches!(ending.as_str(), "png" | "jpg" | "jpeg" | "gif" | "webp" | "bmp"))
    }

    /// Returns a picture if it is here; `Some(None)`: there will be none.
    pub fn look(&self, of: FileHash) -> Option<Option<gdk::Texture>> {
        let mut state = self.0.borrow_mut();
        state.clock += 1;
        let clock = state.clock;
        let (known, used_at) = state.known.get_mut(&of)?;
        *used_at = clock;
        match known {
            Known::Asked => None,
            Known::Absent => Some(None),
            Known::Here(texture) => Some(Some(texture.clone())),
        }
    }

    /// Notes that a picture is looked at. Returns whether it is to be fetched.
    pub fn want(&self, of: FileHash) -> bool {
        let mut state = self.0.borrow_mut();
        let clock = state.clock;
        let is_new = !state.known.contains_key(&of);
        if is_new {
            state.known.insert(of, (Known::Asked, clock));
        }
        is_new
    }

    /// Takes what was fetched. Without it, it is to be fetched again when it is next looked at.
    pub fn take(&self, of: FileHash, picture: Option<Picture>) {
        let Some(picture) = picture else {
            self.0.borrow_mut().known.remove(&of);
            return;
        };
        self.0.borrow_mut().waiting.push_back((of, picture));
        Self::work(&self.0);
    }

    /// Forgets every picture.
    pub fn clear(&self) {
        let mut state = self.0.borrow_mut();
        state.known.clear();
        state.waiting.clear();
    }

    /// Makes the next picture, one at a time: each may take much memory while it is made.
    fn work(shared: &Rc<RefCell<State>>) {
        let mut state = shared.borrow_mut();
        if state.is_busy {
            return;
        }
        let Some((of, picture)) = state.waiting.pop_front() else { return };
        state.is_busy = true;
        drop(state);
        let shared = Rc::clone(shared);
        glib::spawn_future_local(async move {
            let small = gio::spawn_blocking(move || shrink(&picture)).await.ok().flatten();
            let mut state = shared.borrow_mut();
            state.is_busy = false;
            let clock = state.clock;
            let known = small.map_or(Known::Absent, |small| Known::Here(small.texture()));
            // It may have been forgotten meanwhile, with all others.
            if let Some(entry) = state.known.get_mut(&of) {
                *entry = (known, clock);
            }
            state.forget_some();
            let on_here = state.on_here.clone();
            drop(state);
            Self::work(&shared);
            if let Some(on_here) = on_here {
                on_here(of);
            }
        });
    }
}

impl State {
    fn forget_some(&mut self) {
        let mut ages: Vec<u64> = self
            .known
            .values()
            .filter(|(known, _)| matches!(known, Known::Here(_)))
            .map(|(_, used_at)| *used_at)
            .collect();
        if ages.len() <= KEPT_MAX {
            return;
        }
        ages.sort_unstable();
        let oldest_kept = ages[ages.len() / 4];
        self.known.retain(|_, (known, used_at)| *used_at >= oldest_kept || !matches!(known, Known::Here(_)));
    }
}

impl Small {
    fn texture(self) -> gdk::Texture {
        gdk::MemoryTexture::new(self.width, self.height, self.format, &self.pixels, self.stride).upcast()
    }
}

/// Makes a small picture. `None`: these bytes are no picture of a kind that is shown, or a trap. To be called away from
/// the window.
pub fn shrink(picture: &Picture) -> Option<Small> {
    let loader = gdk_pixbuf::PixbufLoader::with_type(kind(&picture.0)?).ok()?;
    loader.connect_size_prepared(|loader, width, height| {
        // Nothing is unpacked yet. At no size at all the loader stops.
        let (width, height) = fitted(width, height).unwrap_or((0, 0));
        loader.set_size(width, height);
    });
    let written = loader.write(&picture.0);
    // A loader must be closed, whatever became of it.
    let closed = loader.close();
    written.ok()?;
    closed.ok()?;
    let small = loader.pixbuf()?.apply_embedded_orientation()?;
    let format = if small.has_alpha() { gdk::MemoryFormat::R8g8b8a8 } else { gdk::MemoryFormat::R8g8b8 };
    let stride = usize::try_from(small.rowstride()).ok()?;
    Some(Small {
        pixels: small.read_pixel_bytes(),
        width: small.width(),
        height: small.height(),
        stride,
        format,
    })
}

/// Returns what a file is by its first bytes: its name may lie.
fn kind(head: &[u8]) -> Option<&'static str> {
    match head {
        [0x89, b'P', b'N', b'G', 0x0d, 0x0a, 0x1a, 0x0a, ..] => Some("png"),
        [0xff, 0xd8, 0xff, ..] => Some("jpeg"),
        [b'G', b'I', b'F', b'8', b'7' | b'9', b'a', ..] => Some("gif"),
        [b'B', b'M', ..] => Some("bmp"),
        [b'R', b'I', b'F', b'F', _, _, _, _, b'W', b'E', b'B', b'P', ..] => Some("webp"),
        _ => None,
    }
}

/// Returns the size at which a picture is unpacked: sharp also on screens of double density. `None`: it is too large.
fn fitted(width: i32, height: i32) -> Option<(i32, i32)> {
    let (wide, high) = (i64::from(width), i64::from(height));
    if wide < 1 || high < 1 || width > SIDE_MAX || height > SIDE_MAX || wide * high > PIXELS_MAX {
        return None;
    }
    let scale = (f64::from(PICTURE_SIDES.0) * 2.0 / f64::from(width))
        .min(f64::from(PICTURE_SIDES.1) * 2.0 / f64::from(height))
        .min(1.0);
    #[expect(clippy::cast_possible_truncation, reason = "at most twice the sides")]
    let scaled = |side: i32| ((f64::from(side) * scale).round() as i32).max(1);
    Some((scaled(width), scaled(height)))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Returns the beginning of a PNG file that says it has these sides.
    fn png(width: u32, height: u32) -> Vec<u8> {
        let mut head = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR".to_vec();
        head.extend(width.to_be_bytes());
        head.extend(height.to_be_bytes());
        head.extend([8, 2, 0, 0, 0]);
        let sum = crc(&head[12..]);
        head.extend(sum.to_be_bytes());
        head
    }

    fn crc(bytes: &[u8]) -> u32 {
        !bytes.iter().fold(!0_u32, |sum, byte| {
            (0..8)
                .fold(sum ^ u32::from(*byte), |sum, _| (sum >> 1) ^ (0xedb8_8320 & (sum & 1).wrapping_neg()))
        })
    }

    #[test]
    fn a_picture_is_made_small_and_keeps_its_shape() {
        let large = gdk_pixbuf::Pixbuf::new(gdk_pixbuf::Colorspace::Rgb, false, 8, 2560, 960).unwrap();
        large.fill(0x3355_77ff);
        for kind in ["png", "jpeg"] {
            let small = shrink(&Picture(large.save_to_bufferv(kind, &[]).unwrap())).unwrap();
            assert_eq!((small.width, small.height), (640, 240), "{kind}");
        }
    }

    #[test]
    fn what_is_too_large_or_no_picture_is_not_unpacked() {
        let is_none = |bytes: &[u8]| shrink(&Picture(bytes.to_vec())).is_none();
        assert!(is_none(&png(60_000, 60_000)), "a trap");
        assert!(is_none(b"<svg xmlns='http://www.w3.org/2000/svg'/>") && is_none(b""));
        assert!(is_none(b"\x89PNG\r\n\x1a\nnot any further"));
        assert_eq!(fitted(1280, 960), Some((640, 480)));
        assert_eq!(fitted(10, 20), Some((10, 20)));
        assert_eq!(fitted(20_001, 1), None);
        assert_eq!(fitted(0, 5), None);
    }
}
