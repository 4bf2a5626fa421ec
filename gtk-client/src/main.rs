//! Starts the app.

fn main() {
    parlour_gtk::app::run();
}
