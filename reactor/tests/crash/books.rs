//! The stopped store, as `parlour-dump` shows it, against what people were told.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use serde_json::Value;

use super::deeds::Circle;
use super::parlour_dump;
use super::person::Person;

/// The tables that are looked at.
struct Books {
    users: BTreeMap<String, Value>,
    /// Sessions by the number of their account.
    sessions: BTreeMap<u64, usize>,
    invites: BTreeMap<String, Value>,
    /// What was done, by its number.
    audit: BTreeMap<u64, Value>,
}

/// Compares everything. Returns what was counted, in words.
pub fn check_books(state: &Path, crowd: &[Circle]) -> String {
    assert_eq!(parlour_dump(state, "--check"), "", "records and indexes disagree");
    let books = Books::read(&parlour_dump(state, "--json"));
    let people = || crowd.iter().flat_map(|circle| &circle.people);
    people().for_each(|person| books.check_person(person));
    let twins = books.check_twins(crowd);
    let known = people().filter(|person| books.users.contains_key(&person.name)).count();
    assert_eq!(books.users.len(), known + twins + 1, "there are accounts that nobody asked for");
    books.check_invites(crowd);
    books.check_audit();
    let mut done: BTreeMap<&str, u64> = BTreeMap::new();
    for (deed, times) in crowd.iter().flat_map(|circle| &circle.done) {
        *done.entry(deed).or_default() += times;
    }
    let (users, audit) = (books.users.len(), books.audit.len());
    format!("{users} accounts of {} there, {twins} twins, {audit} entries; {done:?}", people().count())
}

fn text<'a>(record: &'a Value, field: &str) -> &'a str {
    record[field].as_str().unwrap_or_else(|| panic!("no {field} in {record}"))
}

impl Books {
    fn read(json: &str) -> Self {
        let tables: Value = serde_json::from_str(json).unwrap();
        let records = |table: &str| -> Vec<Value> {
            let rows = tables[table].as_array().unwrap_or_else(|| panic!("no table {table}"));
            rows.iter().map(|row| row["record"].clone()).collect()
        };
        let by = |table: &str, field: &str| -> BTreeMap<String, Value> {
            let keyed = |record: Value| (text(&record, field).to_owned(), record);
            let all: BTreeMap<_, _> = records(table).into_iter().map(keyed).collect();
            assert_eq!(all.len(), records(table).len(), "a {field} is there twice");
            all
        };
        let (users, invites) = (by("users", "user_name"), by("invites", "note"));
        let unique =
            |spelling: fn(&Value) -> String| -> BTreeSet<String> { users.values().map(spelling).collect() };
        assert_eq!(
            unique(|user| text(user, "user_name").to_lowercase()).len(),
            users.len(),
            "a name is there twice"
        );
        assert_eq!(
            unique(|user| text(user, "email").to_lowercase()).len(),
            users.len(),
            "an address is there twice"
        );
        let mut sessions: BTreeMap<u64, usize> = BTreeMap::new();
        for session in records("sessions") {
            *sessions.entry(session["user"].as_u64().unwrap()).or_default() += 1;
        }
        let entries = tables["audit"].as_array().expect("no table audit");
        let numbered = |row: &Value| {
            let number = text(row, "key").parse().expect("the key of an entry is its number");
            (number, row["record"].clone())
        };
        let audit = entries.iter().map(numbered).collect();
        Self { users, sessions, invites, audit }
    }

    fn entries(&self, subject: &str) -> usize {
        self.audit.values().filter(|entry| text(entry, "subject") == subject).count()
    }

    fn check_person(&self, person: &Person) {
        let user = self.users.get(&person.name);
        let fits = person.states.iter().any(|state| {
            if self.entries(&person.name) != state.entries {
                return false;
            }
            let Some(user) = user else { return !state.is_there };
            let sessions = self.sessions.get(&user["id"].as_u64().unwrap()).copied().unwrap_or(0);
            let expected = if state.is_disabled { "disabled" } else { "active" };
            state.is_there
                && [text(user, "email"), text(user, "phone"), text(user, "about")]
                    == [&state.email[..], &state.phone[..], &state.about[..]]
                && user["role"] == serde_json::to_value(state.role).unwrap()
                && text(user, "state") == expected
                && sessions == state.sessions.len() + state.strangers
        });
        assert!(fits, "{user:?} is not {person:#?}");
    }

    /// Of each name there is at most one, and whoever was told to have it has it. Returns how many there are.
    fn check_twins(&self, crowd: &[Circle]) -> usize {
        let mut there = BTreeSet::new();
        for twin in crowd.iter().flat_map(|circle| &circle.twins) {
            let is_there = self.users.get(&twin.name).is_some_and(|user| text(user, "email") == twin.email);
            assert!(twin.has_won.is_none_or(|has_won| has_won == is_there), "{twin:?}: {is_there}");
            there.extend(is_there.then_some(&twin.name));
        }
        there.len()
    }

    /// An invite, what its guest became of it, and the entries about both go together.
    fn check_invites(&self, crowd: &[Circle]) {
        let count = |action: &str, note: &str| {
            let is_one = |entry: &&Value| text(entry, "action") == action && text(entry, "subject") == note;
            self.audit.values().filter(is_one).count()
        };
        let known: BTreeSet<&str> =
            crowd.iter().flat_map(|circle| &circle.tickets).map(|ticket| &ticket.note[..]).collect();
        assert!(self.invites.keys().all(|note| known.contains(&note[..])), "an invite that nobody made");
        for circle in crowd {
            for ticket in &circle.tickets {
                let note = &ticket.note;
                let invite = self.invites.get(note);
                let is_revoked = count("invite_revoked", note) == 1;
                assert_eq!(
                    count("invite_created", note),
                    usize::from(invite.is_some() || is_revoked),
                    "{note}"
                );
                assert!(!ticket.is_made || invite.is_some() || is_revoked, "{note} is lost");
                match ticket.revoked {
                    None => assert!(!is_revoked, "{note} was revoked by itself"),
                    Some(is_known) => assert!(is_revoked || !is_known, "{note} has come back"),
                }
                let used_by = invite.and_then(|invite| invite["used_by"].as_str());
                assert_eq!(count("invite_used", note), usize::from(used_by.is_some()), "{note}");
                let Some(name) = &ticket.guest else {
                    assert_eq!(used_by, None, "{note} was used by itself");
                    continue;
                };
                let guest = circle.people.iter().find(|person| person.name == *name).unwrap();
                let was_made = guest.states.iter().any(|state| state.was_made == used_by.is_some());
                assert!(was_made && used_by.is_none_or(|used_by| used_by == name), "{ticket:?} {invite:?}");
            }
        }
    }

    /// Every number is there, and what was done last is what is.
    fn check_audit(&self) {
        let mut roles: BTreeMap<&str, &Value> = BTreeMap::new();
        let mut states: BTreeMap<&str, &str> = BTreeMap::new();
        let mut deleted = BTreeSet::new();
        for (number, (noted, entry)) in (1..).zip(&self.audit) {
            assert_eq!(*noted, number, "the list of what was done has a gap");
            let subject = text(entry, "subject");
            match text(entry, "action") {
                "user_added" | "role_changed" => drop(roles.insert(subject, &entry["role"])),
                "user_disabled" => drop(states.insert(subject, "disabled")),
                "user_enabled" => drop(states.insert(subject, "active")),
                "user_deleted" => drop(deleted.insert(subject)),
                _ => {}
            }
        }
        for (name, user) in &self.users {
            assert!(
                roles.get(&name[..]).is_none_or(|role| **role == user["role"]),
                "{user} has another role"
            );
            assert!(states.get(&name[..]).is_none_or(|state| *state == text(user, "state")), "{user}");
            assert!(!deleted.contains(&name[..]), "{name} was deleted and is there");
        }
    }
}
