//! The page of one member: what they let others see.
//!
//! This file does not know how it is worded.

use parlour_common::message::Profile as MemberProfile;

use super::{Effect, Hear, News};

/// What happens to the page.
#[derive(Clone, Debug, PartialEq)]
pub enum Msg {
    /// The page is shown.
    Opened {
        /// Whose it is, and what they show.
        profile: Box<MemberProfile>,
        /// Whether it is the one who looks.
        is_own: bool,
    },
    /// Show what one said to them, and they to one.
    Message,
}

impl Hear for Msg {
    fn hear(_news: News) -> Option<Self> {
        None
    }
}

/// The state of the page.
#[derive(Debug, Default)]
pub struct Profile {
    member: Option<MemberProfile>,
    is_own: bool,
}

impl Profile {
    /// Returns who is shown.
    pub fn member(&self) -> Option<&MemberProfile> {
        self.member.as_ref()
    }

    /// Tells whether it is the one who looks.
    pub fn is_own(&self) -> bool {
        self.is_own
    }

    /// Returns what they say of themselves, if there is anything.
    pub fn about(&self) -> Option<&str> {
        self.member.as_ref()?.about.as_deref().filter(|about| !about.is_empty())
    }

    /// Tells whether they show no more than their name.
    pub fn is_bare(&self) -> bool {
        let shows = |member: &MemberProfile| member.email.is_some() || member.phone.is_some();
        self.about().is_none() && !self.member.as_ref().is_some_and(shows)
    }

    /// Takes what happened. Returns what is to be done.
    pub fn update(&mut self, msg: Msg) -> Vec<Effect> {
        match msg {
            Msg::Opened { profile, is_own } => {
                *self = Self { member: Some(*profile), is_own };
                Vec::new()
            }
            Msg::Message => self.message().into_iter().collect(),
        }
    }

    fn message(&self) -> Option<Effect> {
        let member = self.member.as_ref().filter(|_| !self.is_own)?;
        Some(Effect::Message(member.user_name.clone()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use parlour_common::message::Role;
    use parlour_common::names::{Email, UserName};

    #[test]
    fn one_writes_to_others_and_not_to_oneself() {
        let ali = MemberProfile {
            user_name: UserName::parse("ali").unwrap(),
            role: Role::Member,
            created_unix_ms: 0,
            email: None,
            phone: None,
            about: None,
        };
        let mut page = Profile::default();
        assert!(page.update(Msg::Message).is_empty());
        page.update(Msg::Opened { profile: Box::new(ali.clone()), is_own: false });
        assert_eq!(page.update(Msg::Message), [Effect::Message(ali.user_name.clone())]);
        page.update(Msg::Opened { profile: Box::new(ali), is_own: true });
        assert!(page.update(Msg::Message).is_empty());
    }

    #[test]
    fn a_profile_is_bare_unless_something_is_shown() {
        let bare = MemberProfile {
            user_name: UserName::parse("ali").unwrap(),
            role: Role::Curator,
            created_unix_ms: 0,
            email: None,
            phone: None,
            about: Some(String::new()),
        };
        let shown = |member: &MemberProfile| {
            let mut page = Profile::default();
            page.update(Msg::Opened { profile: Box::new(member.clone()), is_own: false });
            page
        };
        assert!(shown(&bare).is_bare());
        assert!(!shown(&MemberProfile { email: Email::parse("a@b.org").ok(), ..bare.clone() }).is_bare());
        let about = MemberProfile { about: Some("Flute.".to_owned()), ..bare };
        assert!(!shown(&about).is_bare());
        assert_eq!(shown(&about).about(), Some("Flute."));
    }
}
