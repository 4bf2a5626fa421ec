//! The settings: where one's account is looked after, what is chosen about the room, and where one leaves.
//!
//! This file does not know how a row is worded nor what happens behind it.

use parlour_common::message::{OwnAccount, Role};
use parlour_common::names::PhonePattern;

use super::choices::{Choices, Notify, SaveCards};
use super::{Effect, Hear, News, account, delete_account, devices, members, password, users};

/// What happens to the page.
#[derive(Clone, Debug, PartialEq)]
pub enum Msg {
    /// The page is shown.
    Opened {
        /// Who is signed in.
        account: Box<OwnAccount>,
        /// The name of the server.
        server: String,
        /// What the server says a phone number looks like, if it has said so.
        phone_pattern: Option<String>,
        /// What they chose about the room.
        choices: Choices,
    },
    /// What they chose about the room is other than it was.
    ChoicesChanged(Choices),
    /// Something is chosen about the room.
    Set(Setting),
    /// The account is other than it was.
    AccountChanged(Box<OwnAccount>),
    /// A row was pressed.
    Chosen(Row),
}

/// What can be chosen about the room.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Setting {
    /// What one is told of.
    Notify(Notify),
    /// Whether that is heard.
    Sound(bool),
    /// Whether one is told of nothing for now.
    DoNotDisturb(bool),
    /// Which files are saved by themselves.
    SaveCards(SaveCards),
}

/// What leads on from here.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Row {
    /// What the server knows of oneself.
    Account,
    /// The password.
    Password,
    /// Where one is signed in.
    Devices,
    /// Who else there is.
    Members,
    /// For admins: the accounts of others.
    Administration,
    /// The end of the session.
    SignOut,
    /// The end of the account.
    DeleteAccount,
}

/// The rows, in the groups in which they stand.
pub const ROWS: [&[Row]; 3] = [
    &[Row::Account, Row::Password, Row::Devices],
    &[Row::Members, Row::Administration],
    &[Row::SignOut, Row::DeleteAccount],
];

impl Hear for Msg {
    fn hear(news: News) -> Option<Self> {
        match news {
            News::AccountChanged(account) => Some(Self::AccountChanged(account)),
            News::ChoicesChanged(choices) => Some(Self::ChoicesChanged(choices)),
            _ => None,
        }
    }
}

/// The state of the page.
#[derive(Debug, Default)]
pub struct Settings {
    account: Option<OwnAccount>,
    server: String,
    phone_pattern: Option<String>,
    choices: Choices,
}

impl Settings {
    /// Returns whose settings these are.
    pub fn account(&self) -> Option<&OwnAccount> {
        self.account.as_ref()
    }

    /// Returns the name of the server.
    pub fn server(&self) -> &str {
        &self.server
    }

    /// Returns what is chosen about the room.
    pub fn choices(&self) -> &Choices {
        &self.choices
    }

    /// Tells whether one can choose to hear what one is told of: whoever is told of nothing hears nothing.
    pub fn can_hear(&self) -> bool {
        self.choices.notify != Notify::Nothing && !self.choices.do_not_disturb
    }

    /// Returns which choices of saving are offered: what is chosen is always among them.
    pub fn savings(&self) -> Vec<SaveCards> {
        let mut offered = SaveCards::OFFERED.to_vec();
        let chosen = self.choices.save_cards;
        if !offered.contains(&chosen) {
            offered.insert(1, chosen);
        }
        offered
    }

    /// Tells whether a row is there for this person.
    pub fn has(&self, row: Row) -> bool {
        match row {
            Row::Administration => self.account.as_ref().is_some_and(|account| account.role == Role::Admin),
            Row::Account
            | Row::Password
            | Row::Devices
            | Row::Members
            | Row::SignOut
            | Row::DeleteAccount => true,
        }
    }

    /// Takes what happened. Returns what is to be done.
    pub fn update(&mut self, msg: Msg) -> Vec<Effect> {
        match msg {
            Msg::Opened { account, server, phone_pattern, choices } => {
                *self = Self { account: Some(*account), server, phone_pattern, choices };
                Vec::new()
            }
            Msg::ChoicesChanged(choices) => {
                self.choices = choices;
                Vec::new()
            }
            Msg::Set(setting) => self.set(setting),
            Msg::AccountChanged(account) => {
                self.account = Some(*account);
                Vec::new()
            }
            Msg::Chosen(row) if self.has(row) => self.choose(row).into_iter().collect(),
            Msg::Chosen(_) => Vec::new(),
        }
    }

    fn set(&mut self, setting: Setting) -> Vec<Effect> {
        let was = self.choices;
        match setting {
            Setting::Notify(notify) => self.choices.notify = notify,
            Setting::Sound(has_sound) => self.choices.has_sound = has_sound,
            Setting::DoNotDisturb(do_not_disturb) => self.choices.do_not_disturb = do_not_disturb,
            Setting::SaveCards(save_cards) => self.choices.save_cards = save_cards,
        }
        if self.choices == was { Vec::new() } else { vec![Effect::RememberChoices(self.choices)] }
    }

    fn choose(&self, row: Row) -> Option<Effect> {
        let account = self.account.clone()?;
        let user_name = account.user_name.to_string();
        Some(match row {
            Row::Account => {
                // A pattern that this client cannot read is the daemon's alone to check.
                let is_readable = |pattern: &String| PhonePattern::parse(pattern).is_ok();
                let phone_pattern = self.phone_pattern.clone().filter(is_readable);
                Effect::open(account::Msg::Opened { account: Box::new(account), phone_pattern })
            }
            Row::Password => Effect::open(password::Msg::Opened { user_name }),
            Row::Devices => Effect::open(devices::Msg::Opened),
            Row::Members => Effect::open(members::Msg::Opened { own: account.user_name }),
            Row::Administration => Effect::open(users::Msg::Opened),
            Row::SignOut => Effect::SignOut(None),
            Row::DeleteAccount => {
                Effect::open(delete_account::Msg::Opened { user_name, is_admin: account.role == Role::Admin })
            }
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::view_model::shell::tests::signed_in;
    use crate::view_model::{Page, ToPage};

    fn opened() -> Settings {
        let mut page = Settings::default();
        let account = Box::new(signed_in().account);
        let phone_pattern = Some(parlour_common::limits::PHONE_PATTERN_DEFAULT.to_owned());
        let (server, choices) = ("The Band".to_owned(), Choices::default());
        page.update(Msg::Opened { account, server, phone_pattern, choices });
        page
    }

    #[test]
    fn each_row_leads_to_its_page() {
        let mut page = opened();
        for (row, leads_to) in [
            (Row::Account, Page::Account),
            (Row::Password, Page::Password),
            (Row::Devices, Page::Devices),
            (Row::Members, Page::Members),
            (Row::DeleteAccount, Page::DeleteAccount),
        ] {
            let effects = page.update(Msg::Chosen(row));
            let [Effect::Open(msg)] = effects.as_slice() else { panic!("{effects:?}") };
            assert_eq!(msg.page(), leads_to);
        }
        assert_eq!(page.update(Msg::Chosen(Row::SignOut)), [Effect::SignOut(None)]);
        let rows: Vec<Row> = ROWS.concat();
        let absent = rows.iter().filter(|row| !page.has(**row));
        assert_eq!(absent.collect::<Vec<_>>(), [&Row::Administration], "a member is no admin");
    }

    #[test]
    fn an_admin_is_led_to_the_accounts_and_a_former_one_is_not() {
        let mut page = opened();
        let admin = OwnAccount { role: Role::Admin, ..signed_in().account };
        assert!(page.update(Msg::Chosen(Row::Administration)).is_empty());
        page.update(Msg::AccountChanged(Box::new(admin)));
        let effects = page.update(Msg::Chosen(Row::Administration));
        assert!(matches!(effects.as_slice(), [Effect::Open(msg)] if msg.page() == Page::Users));
        page.update(Msg::AccountChanged(Box::new(signed_in().account)));
        assert!(!page.has(Row::Administration));
    }

    #[test]
    fn what_is_chosen_about_the_room_is_kept_once() {
        let mut page = opened();
        let quiet = Choices { do_not_disturb: true, ..Choices::default() };
        let effects = page.update(Msg::Set(Setting::DoNotDisturb(true)));
        assert_eq!(effects, [Effect::RememberChoices(quiet)]);
        assert!(page.update(Msg::Set(Setting::DoNotDisturb(true))).is_empty(), "it is so already");
        assert!(!page.can_hear());
        page.update(Msg::ChoicesChanged(Choices { is_in_room: false, ..Choices::default() }));
        let effects = page.update(Msg::Set(Setting::Notify(Notify::Nothing)));
        let [Effect::RememberChoices(kept)] = effects.as_slice() else { panic!("{effects:?}") };
        assert_eq!((kept.notify, kept.is_in_room), (Notify::Nothing, false), "the rest stays");
        assert_eq!(page.savings(), SaveCards::OFFERED);
        page.update(Msg::Set(Setting::SaveCards(SaveCards::UpToMib(7))));
        assert!(page.savings().contains(&SaveCards::UpToMib(7)));
    }

    #[test]
    fn a_pattern_that_cannot_be_read_is_not_handed_on() {
        let mut page = opened();
        page.phone_pattern = Some("(".to_owned());
        let effects = page.update(Msg::Chosen(Row::Account));
        let [Effect::Open(msg)] = effects.as_slice() else { panic!("{effects:?}") };
        assert!(matches!(&**msg, ToPage::Account(account::Msg::Opened { phone_pattern: None, .. })));
    }

    #[test]
    fn nobody_leads_nowhere() {
        assert!(Settings::default().update(Msg::Chosen(Row::Account)).is_empty());
    }
}
