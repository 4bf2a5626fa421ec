//! The pictures of the rows: which are here, which are on their way.
//!
//! This file does not fetch a picture. It makes a small one of a large one away from the window's thread,
//! and forgets those not shown for longest.

use std::collections::HashMap;
use std::fmt;

use parlour_common::message::CoverId;
use relm4::gtk::prelude::*;
use relm4::gtk::{gdk, gdk_pixbuf, glib};

/// The side of a small picture, in pixels: twice what is shown, for screens of double density.
const SIDE: i32 = 80;

/// Small pictures that are kept: some 13 MB.
const KEPT_MAX: usize = 500;

/// The largest picture that is read, in pixels: what it takes in memory is not what it takes on the wire.
const PIXELS_MAX: i64 = 50_000_000;

/// The bytes of a picture as it came.
#[derive(Clone)]
pub struct Picture(pub Vec<u8>);

// Written by hand: relm4 logs what it delivers.
impl fmt::Debug for Picture {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Picture({} bytes)", self.0.len())
    }
}

/// A small picture, ready to be shown.
#[derive(Clone, Debug)]
pub struct Thumbnail {
    pixels: glib::Bytes,
    stride: usize,
    format: gdk::MemoryFormat,
}

#[derive(Debug)]
enum Cover {
    Asked,
    Absent,
    Here(gdk::Texture),
}

/// The pictures.
#[derive(Debug, Default)]
pub struct Covers {
    known: HashMap<CoverId, (Cover, u64)>,
    clock: u64,
}

impl Covers {
    /// Returns a picture if it is here, and whether it is to be asked for.
    pub fn look(&mut self, cover: CoverId) -> (Option<gdk::Texture>, bool) {
        self.clock += 1;
        match self.known.get_mut(&cover) {
            Some((known, used_at)) => {
                *used_at = self.clock;
                let Cover::Here(texture) = known else { return (None, false) };
                (Some(texture.clone()), false)
            }
            None => {
                self.known.insert(cover, (Cover::Asked, self.clock));
                self.forget_some();
                (None, true)
            }
        }
    }

    /// Returns a picture if it is here; none is asked for.
    pub fn known(&self, cover: CoverId) -> Option<gdk::Texture> {
        match self.known.get(&cover) {
            Some((Cover::Here(texture), _)) => Some(texture.clone()),
            _ => None,
        }
    }

    /// Tells whether a picture was asked for and has not come.
    pub fn is_awaited(&self, cover: CoverId) -> bool {
        matches!(self.known.get(&cover), Some((Cover::Asked, _)))
    }

    /// Takes a picture that came. Returns it as it is shown.
    pub fn put(&mut self, cover: CoverId, thumbnail: Option<Thumbnail>) -> Option<gdk::Texture> {
        let texture = thumbnail.map(|thumbnail| {
            let Thumbnail { pixels, stride, format } = thumbnail;
            gdk::MemoryTexture::new(SIDE, SIDE, format, &pixels, stride).upcast::<gdk::Texture>()
        });
        let known = texture.clone().map_or(Cover::Absent, Cover::Here);
        self.known.insert(cover, (known, self.clock));
        texture
    }

    /// Notes that a picture did not come: it is asked for again when it is next looked at.
    pub fn miss(&mut self, cover: CoverId) {
        self.known.remove(&cover);
    }

    /// Forgets every picture.
    pub fn clear(&mut self) {
        self.known.clear();
    }

    fn forget_some(&mut self) {
        if self.known.len() <= KEPT_MAX {
            return;
        }
        let mut ages: Vec<u64> = self.known.values().map(|(_, used_at)| *used_at).collect();
        ages.sort_unstable();
        let oldest_kept = ages[ages.len() / 4];
        self.known.retain(|_, (cover, used_at)| *used_at >= oldest_kept || matches!(cover, Cover::Asked));
    }
}

/// Makes a small square picture. `None`: these bytes are no picture. To be called away from the window.
pub fn shrink(picture: &Picture) -> Option<Thumbnail> {
    let loader = gdk_pixbuf::PixbufLoader::new();
    loader.connect_size_prepared(|loader, width, height| {
        let (width, height) = scaled(width, height).unwrap_or((0, 0));
        loader.set_size(width, height);
    });
    let written = loader.write(&picture.0);
    // A loader must be closed, whatever became of it.
    loader.close().ok()?;
    written.ok()?;
    let small = loader.pixbuf()?;
    let (width, height) = (small.width(), small.height());
    if width < SIDE || height < SIDE {
        return None;
    }
    let square = small.new_subpixbuf((width - SIDE) / 2, (height - SIDE) / 2, SIDE, SIDE);
    let square = square.copy()?;
    let format = if square.has_alpha() { gdk::MemoryFormat::R8g8b8a8 } else { gdk::MemoryFormat::R8g8b8 };
    let stride = usize::try_from(square.rowstride()).ok()?;
    Some(Thumbnail { pixels: square.read_pixel_bytes(), stride, format })
}

/// Returns the size at which the shorter side of a picture is [`SIDE`]. `None`: it is too large to be read.
fn scaled(width: i32, height: i32) -> Option<(i32, i32)> {
    let (wide, high) = (i64::from(width), i64::from(height));
    if wide < 1 || high < 1 || wide * high > PIXELS_MAX {
        return None;
    }
    let scale = |side: i64| i32::try_from(side * i64::from(SIDE) / wide.min(high)).ok();
    Some((scale(wide)?.max(SIDE), scale(high)?.max(SIDE)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_picture_is_asked_for_once_and_again_when_it_was_missed() {
        let mut covers = Covers::default();
        let cover = CoverId(1);
        assert!(covers.look(cover).1);
        assert!(!covers.look(cover).1);
        covers.miss(cover);
        assert!(covers.look(cover).1);
        covers.put(cover, None);
        assert!(!covers.look(cover).1, "it is no picture, and will not become one");
    }

    #[test]
    fn what_is_no_picture_is_told() {
        assert!(shrink(&Picture(b"not a picture".to_vec())).is_none());
        assert_eq!(format!("{:?}", Picture(vec![0; 3])), "Picture(3 bytes)");
    }

    #[test]
    fn a_picture_is_scaled_to_its_shorter_side_unless_it_is_a_trap() {
        assert_eq!(scaled(800, 400), Some((160, 80)));
        assert_eq!(scaled(10, 20), Some((80, 160)));
        assert_eq!(scaled(100_000, 100_000), None);
        assert_eq!(scaled(0, 5), None);
    }

    #[test]
    fn only_so_many_pictures_are_kept() {
        let mut covers = Covers::default();
        for id in 0..2000 {
            covers.look(CoverId(id));
            covers.put(CoverId(id), None);
        }
        assert!(covers.known.len() <= KEPT_MAX + 1);
        assert!(!covers.look(CoverId(1999)).1 && covers.look(CoverId(0)).1);
    }
}
