//! The rules of the account page.

use parlour_common::message::{Denial, EditAccount, Fault, Field, FieldFault};

use super::*;
use crate::view_model::Problem;
use crate::view_model::shell::tests::signed_in;

fn stored() -> OwnAccount {
    OwnAccount { about: "I play the cello.".to_owned(), ..signed_in().account }
}

/// A page that shows what is stored.
fn opened() -> Account {
    let mut page = Account::default();
    let phone_pattern = Some(parlour_common::limits::PHONE_PATTERN_DEFAULT.to_owned());
    let effects = page.update(Msg::Opened { account: Box::new(stored()), phone_pattern });
    let Some(Effect::Ask { key, request: Request::GetAccount {} }) = effects.last() else {
        panic!("{effects:?}")
    };
    let answer = Answer::Reply(Reply::Account(stored()));
    assert!(page.update(Msg::Answered(Answered { key: *key, answer })).is_empty(), "nothing new");
    page
}

fn type_into(page: &mut Account, entry: Entry, text: &str) {
    page.update(Msg::Typed(entry, Secret::new(text.to_owned())));
}

/// Applies what was typed and says yes. Returns the key and the request.
fn applied(page: &mut Account) -> (u32, EditAccount) {
    assert_eq!(page.update(Msg::Apply), [Effect::Confirm(Question::StoreAccount)]);
    match page.update(Msg::Confirmed(true)).remove(0) {
        Effect::Ask { key, request: Request::EditAccount(edit) } => (key, edit),
        other => panic!("{other:?}"),
    }
}

#[test]
fn it_shows_everything_that_is_stored() {
    let mut page = Account::default();
    let effects = page.update(Msg::Opened { account: Box::new(stored()), phone_pattern: None });
    let fill = |entry, text: &str| Effect::Fill(entry, text.to_owned());
    assert_eq!(effects[0], fill(Entry::Email, "sara@example.org"));
    assert_eq!(effects[1], fill(Entry::Phone, "09121234567"));
    assert_eq!(effects[2], fill(Entry::About, "I play the cello."));
    assert_eq!(page.visibility(), Visibility::default());
    assert!(!page.can_apply());
}

#[test]
fn apply_is_there_while_something_is_other_than_stored() {
    for (entry, text) in [(Entry::Email, "sara@other.org"), (Entry::Phone, "09121234568"), (Entry::About, "")]
    {
        let mut page = opened();
        let before = page.draft.text(entry).to_owned();
        assert!(page.update(Msg::Apply).is_empty(), "there is nothing to store");
        type_into(&mut page, entry, text);
        assert!(page.can_apply(), "{entry:?}");
        type_into(&mut page, entry, &before);
        assert!(!page.can_apply(), "{entry:?} is as it was");
        type_into(&mut page, entry, &format!(" {before} "));
        assert!(!page.can_apply(), "blanks around {entry:?} are not stored");
    }
    let mut page = opened();
    type_into(&mut page, Entry::Phone, "۰۹۱۲ ۱۲۳ ۴۵۶۷");
    assert!(!page.can_apply(), "the same number");
    for entry in ENTRIES {
        let mut page = opened();
        let shown = entry == Entry::About;
        page.update(Msg::Shown(entry, !shown));
        assert!(page.can_apply(), "{entry:?}");
        page.update(Msg::Shown(entry, shown));
        assert!(!page.can_apply(), "{entry:?} is as it was");
    }
}

#[test]
fn a_no_brings_back_the_former_values() {
    let mut page = opened();
    type_into(&mut page, Entry::Email, "sara@other.org");
    page.update(Msg::Shown(Entry::Phone, true));
    page.update(Msg::Apply);
    let effects = page.update(Msg::Confirmed(false));
    assert_eq!(effects[0], Effect::Fill(Entry::Email, "sara@example.org".to_owned()));
    assert!(!page.can_apply() && !page.visibility().phone);
    assert!(page.update(Msg::Confirmed(true)).is_empty(), "once");
}

#[test]
fn a_yes_stores_what_was_changed_and_shows_what_is_stored() {
    let mut page = opened();
    type_into(&mut page, Entry::Email, " sara@other.org ");
    page.update(Msg::Shown(Entry::Email, true));
    let (key, edit) = applied(&mut page);
    let visibility = Visibility { email: true, ..Visibility::default() };
    let wanted = EditAccount {
        email: Some("sara@other.org".to_owned()),
        visibility: Some(visibility),
        ..EditAccount::default()
    };
    assert_eq!(edit, wanted, "what was not changed is not sent");
    assert!(page.is_busy() && !page.can_apply());
    let now = OwnAccount { email: Email::parse("sara@other.org").unwrap(), visibility, ..stored() };
    let answer = Answer::Reply(Reply::Account(now.clone()));
    let effects = page.update(Msg::Answered(Answered { key, answer }));
    assert_eq!(effects[0], Effect::Fill(Entry::Email, "sara@other.org".to_owned()));
    assert_eq!(effects.last(), Some(&Effect::Say(Notice::AccountStored)));
    assert_eq!(page.stored(), Some(&now));
    assert!(!page.can_apply());
}

#[test]
fn faults_are_said_at_their_fields_before_and_after_asking() {
    let mut page = opened();
    type_into(&mut page, Entry::Email, "sara@");
    type_into(&mut page, Entry::Phone, "12");
    assert_eq!(page.update(Msg::Apply), [Effect::Focus(Entry::Email)]);
    for entry in [Entry::Email, Entry::Phone] {
        assert_eq!(page.problems().at(entry), Some(&Problem::Fault(Fault::NotAllowed {})));
    }
    type_into(&mut page, Entry::Phone, "09121234567");
    type_into(&mut page, Entry::Email, "ali@example.org");
    let (key, _) = applied(&mut page);
    let taken = FieldFault { field: Field::Email, fault: Fault::Taken {} };
    let answer = Answer::Denied(Denial::InvalidFields { faults: vec![taken] });
    assert_eq!(page.update(Msg::Answered(Answered { key, answer })), [Effect::Focus(Entry::Email)]);
    assert_eq!(page.problems().at(Entry::Email), Some(&Problem::Fault(Fault::Taken {})));
    assert_eq!(page.draft.text(Entry::Email), "ali@example.org");
    let (key, _) = applied(&mut page);
    page.update(Msg::Answered(Answered { key, answer: Answer::Lost }));
    assert_eq!(page.problems().whole(), Some(&Problem::AnswerLost));
    assert!(page.can_apply());
}

#[test]
fn leaving_an_entry_checks_it() {
    let mut page = opened();
    type_into(&mut page, Entry::About, &"x".repeat(501));
    page.update(Msg::Left(Entry::About));
    assert_eq!(page.problems().at(Entry::About), Some(&Problem::Fault(Fault::TooLong { max: 500 })));
    type_into(&mut page, Entry::About, "x");
    assert!(page.problems().is_empty());
}

#[test]
fn a_change_from_elsewhere_is_shown_and_what_is_typed_is_not_lost() {
    let mut page = opened();
    type_into(&mut page, Entry::Email, "sara@typed.org");
    page.update(Msg::Shown(Entry::Phone, true));
    let elsewhere = OwnAccount {
        email: Email::parse("sara@elsewhere.org").unwrap(),
        about: "And the flute.".to_owned(),
        visibility: Visibility { email: true, phone: false, about: false },
        ..stored()
    };
    let effects = page.update(Msg::AccountChanged(Box::new(elsewhere.clone())));
    let about = Effect::Fill(Entry::About, "And the flute.".to_owned());
    assert_eq!(effects, [about, Effect::Say(Notice::AccountChangedElsewhere)]);
    assert_eq!(page.draft.text(Entry::Email), "sara@typed.org");
    assert_eq!(page.visibility(), Visibility { email: true, phone: true, about: false });
    assert!(page.update(Msg::AccountChanged(Box::new(elsewhere))).is_empty(), "nothing new");
    page.update(Msg::Apply);
    let effects = page.update(Msg::Confirmed(false));
    assert_eq!(effects[0], Effect::Fill(Entry::Email, "sara@elsewhere.org".to_owned()));
}

#[test]
fn unstored_changes_are_not_left_by_a_slip() {
    let mut page = opened();
    assert_eq!(page.update(Msg::Back), [Effect::Back]);
    type_into(&mut page, Entry::About, "");
    assert_eq!(page.update(Msg::Back), [Effect::Confirm(Question::LeaveAccount)]);
    assert!(page.update(Msg::Confirmed(false)).is_empty());
    assert!(page.can_apply(), "it is still there");
    page.update(Msg::Back);
    assert_eq!(page.update(Msg::Confirmed(true)), [Effect::Back]);
}

#[test]
fn a_refused_refresh_is_said_and_a_late_answer_is_not_taken() {
    let mut page = Account::default();
    page.update(Msg::Opened { account: Box::new(stored()), phone_pattern: None });
    let answer = || Answer::Denied(Denial::Busy { retry_after_ms: 1 });
    page.update(Msg::Answered(Answered { key: page.key, answer: answer() }));
    assert!(page.problems().whole().is_some());
    let key = page.key;
    page.update(Msg::Closed);
    assert!(page.update(Msg::Answered(Answered { key, answer: answer() })).is_empty());
    assert!(page.stored().is_none() && page.problems().is_empty());
}
