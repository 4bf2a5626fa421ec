//! The stopped store, as `parlour-dump` shows it, against what people were told.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use serde_json::Value;

use super::parlour_dump;
use super::people::Person;

/// Compares everything. Returns what was counted, in words.
pub fn check_books(state: &Path, people: &[Person]) -> String {
    assert_eq!(parlour_dump(state, "--check"), "", "records and indexes disagree");
    let tables: Value = serde_json::from_str(&parlour_dump(state, "--json")).unwrap();
    let records = |table: &str| -> Vec<&Value> {
        tables[table].as_array().unwrap().iter().map(|row| &row["record"]).collect()
    };
    let text = |record: &Value, field: &str| record[field].as_str().unwrap().to_owned();
    let users: BTreeMap<String, &Value> =
        records("users").into_iter().map(|user| (text(user, "user_name"), user)).collect();
    let emails: BTreeSet<String> = users.values().map(|user| text(user, "email")).collect();
    assert_eq!(users.len(), records("users").len(), "a name is there twice");
    assert_eq!(emails.len(), users.len(), "an e-mail address is there twice");
    let mut sessions: BTreeMap<u64, usize> = BTreeMap::new();
    for session in records("sessions") {
        *sessions.entry(session["user"].as_u64().unwrap()).or_default() += 1;
    }
    let mut acknowledged = 0;
    for person in people {
        let Some(user) = users.get(&person.name) else {
            assert!(!person.is_acknowledged(), "{} is lost", person.name);
            continue;
        };
        acknowledged += usize::from(person.is_acknowledged());
        assert_eq!(text(user, "email"), person.email());
        let count = sessions.get(&user["id"].as_u64().unwrap()).copied().unwrap_or(0);
        let (least, most) = person.sessions();
        assert!((least..=most).contains(&count), "{}: {count} sessions, not {least} to {most}", person.name);
    }
    let strangers = users.keys().filter(|name| !people.iter().any(|person| person.name == **name)).count();
    assert_eq!(strangers, 0, "there are accounts that nobody asked for");
    let ways =
        |total: (usize, usize), person: &Person| (total.0 + person.ways().0, total.1 + person.ways().1);
    let (ways_in, ways_out) = people.iter().fold((0, 0), ways);
    format!(
        "{acknowledged} accounts acknowledged, {} there; {ways_in} ways in, {ways_out} out; {} sessions",
        users.len(),
        records("sessions").len()
    )
}
