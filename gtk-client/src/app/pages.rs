//! The pages of the window: each a component, started once and kept.
//!
//! This file does not know what is on a page nor which one is shown.

use relm4::gtk::prelude::*;
use relm4::prelude::*;
use relm4::{Sender, gtk};

use super::AppMsg;
use crate::pages;
use crate::view_model::{Page, ToPage};

/// Declares the components of the pages: the name, the field, and the component.
macro_rules! pages {
    ($($page:ident: $field:ident => $component:ty,)+) => {
        /// Every page, running.
        pub(super) struct Pages {
            $(pub(super) $field: Controller<$component>,)+
        }

        impl Pages {
            /// Starts every page. What each wants goes to the window.
            pub(super) fn launch(input: &Sender<AppMsg>) -> Self {
                Self {
                    $($field: <$component>::builder()
                        .launch(())
                        .forward(input, |effect| AppMsg::FromPage(Page::$page, effect)),)+
                }
            }

            /// Returns the widget of a page.
            pub(super) fn widget(&self, page: Page) -> gtk::Widget {
                match page {
                    $(Page::$page => self.$field.widget().clone().upcast(),)+
                }
            }

            /// Hands a message to its page.
            pub(super) fn tell(&self, msg: ToPage) {
                match msg {
                    $(ToPage::$page(msg) => self.$field.emit(msg.into()),)+
                }
            }
        }
    };
}

pages! {
    SignIn: sign_in => pages::sign_in::SignInPage,
    SignUp: sign_up => pages::sign_up::SignUpPage,
    Reset: reset => pages::reset::ResetPage,
    Returning: returning => pages::returning::ReturningPage,
    Library: library => pages::library::LibraryPage,
    Files: files => pages::files::FilesPage,
    Room: room => pages::room::RoomPage,
    Share: share => pages::share::SharePage,
    Settings: settings => pages::settings::SettingsPage,
    Account: account => pages::account::AccountPage,
    Password: password => pages::password::PasswordPage,
    Devices: devices => pages::devices::DevicesPage,
    Members: members => pages::members::MembersPage,
    Profile: profile => pages::profile::ProfilePage,
    DeleteAccount: delete_account => pages::delete_account::DeleteAccountPage,
    Users: users => pages::users::UsersPage,
    User: user => pages::user::UserPage,
    Invites: invites => pages::invites::InvitesPage,
    Audit: audit => pages::audit::AuditPage,
}
