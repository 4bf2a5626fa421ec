//! How the cells of a row, and the headings above them, share the width: as columns where there is room,
//! as two lines where there is not.
//!
//! This file does not know what a cell shows. One layout serves the rows and the heading, so that they
//! cannot come apart; it is done at each allocation, so that no window size has to be watched.

use relm4::gtk;
use relm4::gtk::glib;
use relm4::gtk::prelude::*;
use relm4::gtk::subclass::prelude::*;

/// Below this width a row has two lines.
pub const COLUMNS_WIDTH_MIN: i32 = 560;

/// From this width on the album has a column.
const ALBUM_WIDTH_MIN: i32 = 760;

const EDGE: i32 = 12;
const GAP: i32 = 12;
const CHECK_WIDTH: i32 = 24;
const COVER_WIDTH: i32 = 40;
const DURATION_WIDTH: i32 = 64;
const SIZE_WIDTH: i32 = 80;
const NATURAL_WIDTH: i32 = 860;
const LINES_GAP: i32 = 2;
const ROW_PADDING: i32 = 14;

/// The cells of a row, in the order of the children.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cell {
    /// Whether the row is selected.
    Check,
    /// The picture.
    Cover,
    /// The title.
    Title,
    /// The artist.
    Artist,
    /// The album.
    Album,
    /// How long it plays.
    Duration,
    /// How large it is.
    Size,
    /// Artist and album, beneath the title where there are no columns.
    Subtitle,
}

const CELLS: [Cell; 8] = [
    Cell::Check,
    Cell::Cover,
    Cell::Title,
    Cell::Artist,
    Cell::Album,
    Cell::Duration,
    Cell::Size,
    Cell::Subtitle,
];

/// Where a cell stands: from the edge where reading begins, and from above.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Frame {
    start: i32,
    top: i32,
    width: i32,
    height: i32,
}

/// Returns where a cell stands in a row of this size. `None`: it is not shown.
///
/// `lines` are the heights of the title and of the line beneath it.
fn frame(cell: Cell, width: i32, height: i32, lines: (i32, i32)) -> Option<Frame> {
    let columns = width >= COLUMNS_WIDTH_MIN;
    let album = width >= ALBUM_WIDTH_MIN;
    let text_start = EDGE + CHECK_WIDTH + GAP + COVER_WIDTH + GAP;
    let size_start = width - EDGE - SIZE_WIDTH;
    let duration_start =
        if columns { size_start - GAP - DURATION_WIDTH } else { width - EDGE - DURATION_WIDTH };
    let room = (duration_start - GAP - text_start).max(0);
    let title_share = if album { room * 42 / 100 } else { room * 55 / 100 };
    let artist_share = if album { room * 29 / 100 } else { room - title_share };
    let whole = |start, width| Some(Frame { start, top: 0, width, height });
    let centred = |start, width: i32, side: i32| {
        Some(Frame { start, top: (height - side).max(0) / 2, width, height: side.min(height) })
    };
    match cell {
        Cell::Check => centred(EDGE, CHECK_WIDTH, CHECK_WIDTH),
        Cell::Cover => centred(EDGE + CHECK_WIDTH + GAP, COVER_WIDTH, COVER_WIDTH),
        Cell::Title if columns => whole(text_start, title_share - GAP),
        Cell::Title => {
            Some(Frame { start: text_start, top: first_line(height, lines), width: room, height: lines.0 })
        }
        Cell::Artist if columns => whole(text_start + title_share, artist_share - GAP),
        Cell::Album if album => {
            let taken = title_share + artist_share;
            whole(text_start + taken, room - taken)
        }
        Cell::Duration => whole(duration_start, DURATION_WIDTH),
        Cell::Size if columns => whole(size_start, SIZE_WIDTH),
        Cell::Subtitle if !columns => {
            let top = first_line(height, lines) + lines.0 + LINES_GAP;
            Some(Frame { start: text_start, top, width: room, height: lines.1 })
        }
        Cell::Artist | Cell::Album | Cell::Size | Cell::Subtitle => None,
    }
}

/// Returns where the first of one or two lines begins, so that they stand in the middle.
fn first_line(height: i32, lines: (i32, i32)) -> i32 {
    let second = if lines.1 > 0 { LINES_GAP + lines.1 } else { 0 };
    (height - lines.0 - second).max(0) / 2
}

mod imp {
    use super::*;

    /// The layout itself.
    #[derive(Debug, Default)]
    pub struct Columns {
        /// Whether it lays out the heading, which is not there where there are no columns.
        pub(super) is_heading: std::cell::Cell<bool>,
    }

    #[glib::object_subclass]
    impl ObjectSubclass for Columns {
        const NAME: &'static str = "ParlourColumns";
        type Type = super::Columns;
        type ParentType = gtk::LayoutManager;
    }

    impl ObjectImpl for Columns {}

    impl LayoutManagerImpl for Columns {
        fn request_mode(&self, _widget: &gtk::Widget) -> gtk::SizeRequestMode {
            gtk::SizeRequestMode::HeightForWidth
        }

        fn measure(
            &self,
            widget: &gtk::Widget,
            orientation: gtk::Orientation,
            for_size: i32,
        ) -> (i32, i32, i32, i32) {
            if orientation == gtk::Orientation::Horizontal {
                return (280, NATURAL_WIDTH, -1, -1);
            }
            let height = if !self.is_heading.get() {
                let (title, _) = lines(widget);
                // Two lines of the title's height, whether there is a second or not: rows are all alike.
                (title * 2).max(COVER_WIDTH) + ROW_PADDING
            } else if (0..COLUMNS_WIDTH_MIN).contains(&for_size) {
                0
            } else {
                children(widget).map(|(_, child)| natural_height(&child)).max().unwrap_or(0)
            };
            (height, height, -1, -1)
        }

        fn allocate(&self, widget: &gtk::Widget, width: i32, height: i32, _baseline: i32) {
            let hidden = self.is_heading.get() && width < COLUMNS_WIDTH_MIN;
            let lines = if width < COLUMNS_WIDTH_MIN { lines(widget) } else { (0, 0) };
            let mirrored = widget.direction() == gtk::TextDirection::Rtl;
            for (cell, child) in children(widget).filter(|(_, child)| child.should_layout()) {
                let frame = frame(cell, width, height, lines).filter(|frame| !hidden && frame.width > 0);
                child.set_child_visible(frame.is_some());
                let Some(Frame { start, top, width: wide, height: high }) = frame else { continue };
                // A child may not be given less than it needs; it then reaches over its neighbour's gap.
                let wide = wide.max(child.measure(gtk::Orientation::Horizontal, -1).0);
                let high = high.max(child.measure(gtk::Orientation::Vertical, wide).0);
                let x = if mirrored { width - start - wide } else { start };
                child.size_allocate(&gtk::Allocation::new(x, top, wide, high), -1);
            }
        }
    }

    /// Returns the children, each with the cell it is.
    fn children(widget: &gtk::Widget) -> impl Iterator<Item = (Cell, gtk::Widget)> {
        let all = std::iter::successors(widget.first_child(), WidgetExt::next_sibling);
        CELLS.into_iter().zip(all)
    }

    fn natural_height(child: &gtk::Widget) -> i32 {
        child.measure(gtk::Orientation::Vertical, -1).1
    }

    /// Returns the heights of the title and of the line beneath it.
    fn lines(widget: &gtk::Widget) -> (i32, i32) {
        let height = |wanted| {
            let found = children(widget).find(|(cell, child)| *cell == wanted && child.should_layout());
            found.map_or(0, |(_, child)| natural_height(&child))
        };
        (height(Cell::Title), height(Cell::Subtitle))
    }
}

glib::wrapper! {
    /// Lays out the cells of a row, or the headings above them.
    pub struct Columns(ObjectSubclass<imp::Columns>) @extends gtk::LayoutManager;
}

impl Columns {
    /// Makes the layout of rows.
    pub fn of_row() -> Self {
        glib::Object::new()
    }

    /// Makes the layout of the heading.
    pub fn of_heading() -> Self {
        let columns: Self = glib::Object::new();
        columns.imp().is_heading.set(true);
        columns
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Checks that no two cells of a row stand on each other, nor beyond its edges.
    #[test]
    fn cells_never_overlap_at_any_width() {
        for width in 280..2000 {
            let frames: Vec<Frame> =
                CELLS.into_iter().filter_map(|cell| frame(cell, width, 54, (20, 16))).collect();
            for (index, one) in frames.iter().enumerate() {
                assert!(
                    one.start >= 0 && one.start + one.width <= width && one.width >= 0,
                    "{width}: {one:?}"
                );
                assert!(one.top >= 0 && one.top + one.height <= 54, "{width}: {one:?}");
                for other in &frames[index + 1..] {
                    let apart = one.start + one.width <= other.start
                        || other.start + other.width <= one.start
                        || one.top + one.height <= other.top
                        || other.top + other.height <= one.top;
                    assert!(apart, "{width}: {one:?} {other:?}");
                }
            }
        }
    }

    #[test]
    fn columns_come_with_room() {
        let shown = |width| {
            let shown = |cell: &Cell| frame(*cell, width, 54, (20, 16)).is_some();
            [Cell::Artist, Cell::Album, Cell::Size, Cell::Subtitle].map(|cell| shown(&cell))
        };
        assert_eq!(shown(360), [false, false, false, true]);
        assert_eq!(shown(600), [true, false, true, false]);
        assert_eq!(shown(1400), [true, true, true, false]);
    }
}
