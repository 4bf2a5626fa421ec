//! Every command, while the daemon runs and while it does not.

use parlour_common::Secret;
use parlour_common::message::{
    CheckCode, Denial, Event, Reply, Request, RequestReset, ResetPassword, Role, SignUp,
};
use parlour_common::names::InviteCode;

use super::super::real::{Client, Options, PASSWORD};
use super::site::{Site, each};

/// The lines of a table.
fn lines(table: &str) -> Vec<&str> {
    table.lines().collect()
}

#[test]
fn accounts_are_added_and_listed_and_can_sign_in() {
    each("", |mut site| {
        assert!(site.run(&["user", "list"]).done().contains("No account fits"));
        site.add("sara", "admin");
        let added = site.run(&[
            "user",
            "add",
            "개구리",
            "--email",
            "frog@example.org",
            "--phone",
            "0912 765 4321",
            "--role",
            "curator",
        ]);
        let added = added.done();
        assert!(
            added.contains("개구리 was added as curator") && added.contains("user reset-code 개구리"),
            "{added}"
        );
        let table = site.run(&["user", "list"]).done();
        assert!(lines(&table)[0].starts_with("USERNAME  ROLE"), "{table}");
        assert!(table.contains("sara      admin    active  sara@example.org  09121234567"), "{table}");
        // Each of its three letters is as wide as two.
        assert!(table.contains("개구리    curator  active  frog@example.org  09127654321"), "{table}");
        let json = site.run(&["user", "list", "--json"]).json();
        let names: Vec<&str> =
            json.as_array().unwrap().iter().map(|user| user["user_name"].as_str().unwrap()).collect();
        assert_eq!(names.len(), 2, "{json}");
        assert!(names.contains(&"sara") && names.contains(&"개구리"), "{json}");
        assert_eq!(site.run(&["user", "list", "FROG@", "--json"]).json().as_array().unwrap().len(), 1);
        assert_eq!(site.run(&["user", "list", "--staff", "--json"]).json().as_array().unwrap().len(), 2);
        assert_eq!(site.run(&["user", "list", "--waiting", "--json"]).json().as_array().unwrap().len(), 0);
        let mut sara = site.sign_in("sara");
        assert!(
            matches!(sara.ask(Request::GetAccount {}), Ok(Reply::Account(own)) if own.role == Role::Admin)
        );
    });
}

#[test]
fn accounts_are_edited_and_given_roles_and_states() {
    each("", |mut site| {
        site.add("sara", "admin");
        site.add("mina", "member");
        let said =
            site.run(&["user", "edit", "mina", "--email", "m@example.net", "--phone", "09350000000"]).done();
        assert_eq!(said, "mina: m@example.net, 09350000000.\n");
        assert_eq!(site.run(&["user", "role", "MINA", "curator"]).done(), "mina is curator now.\n");
        site.run(&["user", "approve", "mina"]).refused(&["mina does not wait for approval"]);
        assert!(site.run(&["user", "disable", "mina"]).done().contains("mina is disabled"));
        site.run(&["user", "approve", "mina"]).refused(&["parlourd user enable mina"]);
        assert_eq!(site.run(&["user", "list", "--disabled", "--json"]).json()[0]["state"], "disabled");
        // The state holds for whoever would come in.
        site.start();
        let denial = site.daemon().client().sign_in("mina", PASSWORD).unwrap_err();
        assert_eq!(denial, Denial::AccountDisabled {});
        assert_eq!(site.run(&["user", "enable", "mina"]).done(), "mina can sign in.\n");
        let mut mina = site.sign_in("mina");
        assert!(matches!(mina.ask(Request::GetAccount {}), Ok(Reply::Account(own))
            if own.role == Role::Curator && own.email.as_str() == "m@example.net"));
    });
}

#[test]
fn whoever_waits_is_approved() {
    each("sign_up = \"approval\"", |mut site| {
        let was_running = site.socket().exists();
        site.start();
        let mut client = site.daemon().client();
        assert_eq!(client.ask(sign_up("mina", None)), Ok(Reply::SignUpWaiting {}));
        assert_eq!(client.sign_in("mina", PASSWORD), Err(Denial::ApprovalPending {}));
        drop(client);
        if !was_running {
            site.stop();
        }
        let table = site.run(&["user", "list", "--waiting"]).done();
        assert!(table.contains("mina") && table.contains("1 account waits for approval"), "{table}");
        site.run(&["user", "enable", "mina"]).refused(&["parlourd user approve mina"]);
        assert_eq!(site.run(&["user", "approve", "mina"]).done(), "mina can sign in.\n");
        site.sign_in("mina");
    });
}

#[test]
fn accounts_are_deleted_only_by_someone_who_is_sure_and_never_the_last_admin() {
    each("", |mut site| {
        site.add("sara", "admin");
        site.add("mina", "member");
        site.add("omid", "member");
        site.run(&["user", "delete", "mina", "--keep-shared"]).ended(2, &["--yes"]);
        site.run(&["user", "delete", "mina", "--hand-over-to", "nobody", "--yes"]).refused(&["handed over"]);
        site.run(&["user", "delete", "mina", "--hand-over-to", "mina", "--yes"]).refused(&["handed over"]);
        assert_eq!(site.run(&["user", "list", "--json"]).json().as_array().unwrap().len(), 3);
        let line = ["user", "delete", "mina", "--hand-over-to", "omid", "--yes"];
        assert_eq!(site.run(&line).done(), "mina was deleted.\n");
        assert_eq!(
            site.run(&["user", "delete", "omid", "--remove-shared", "--yes"]).done(),
            "omid was deleted.\n"
        );
        site.run(&["user", "delete", "mina", "--keep-shared", "--yes"])
            .refused(&["no account has this username"]);
        let last = "nobody would be admin any more";
        site.run(&["user", "delete", "sara", "--keep-shared", "--yes"])
            .refused(&[last, "user role NAME admin"]);
        site.run(&["user", "role", "sara", "member"]).refused(&[last]);
        site.run(&["user", "disable", "sara"]).refused(&[last]);
        site.start();
        assert_eq!(site.daemon().client().sign_in("mina", PASSWORD), Err(Denial::NotRegistered {}));
        site.sign_in("sara");
    });
}

#[test]
fn at_a_terminal_one_is_asked_and_a_password_is_not_shown() {
    let mut site = Site::running(Options::default());
    let line = "user add sara --email sara@example.org --phone 09121234567 --role admin --password-stdin";
    let (code, screen) = site.run_at_terminal(line, "Password: ", PASSWORD);
    assert!(
        code == 0 && screen.contains("sara was added as admin") && !screen.contains(PASSWORD),
        "{screen}"
    );
    site.add("mina", "member");
    let line = "user delete Mina --remove-shared";
    for no in ["n", "", "perhaps"] {
        let (code, screen) = site.run_at_terminal(line, "[y/N] ", no);
        let question =
            "Delete the account mina (mina@example.org, member) for good? What it shared is deleted too.";
        assert!(code == 1 && screen.contains(question) && screen.contains("nothing was changed"), "{screen}");
    }
    assert_eq!(site.run(&["user", "list", "--json"]).json().as_array().unwrap().len(), 2);
    let (code, screen) = site.run_at_terminal(line, "[y/N] ", "y");
    assert!(code == 0 && screen.contains("Mina was deleted"), "{screen}");
    assert_eq!(site.run(&["user", "list", "--json"]).json().as_array().unwrap().len(), 1);
    site.sign_in("sara");
    site.stop();
}

#[test]
fn a_code_sets_a_new_password() {
    each("", |mut site| {
        site.add("mina", "member");
        let said = site.run(&["user", "reset-code", "mina"]).done();
        let code = lines(&said)[0].to_owned();
        assert!(code.len() == 8 && code.bytes().all(|digit| digit.is_ascii_digit()), "{said}");
        assert!(said.contains("For mina, within 10 minutes"), "{said}");
        site.run(&["user", "reset-code", "nobody"]).refused(&["no account has this username"]);
        site.start();
        let mut client = site.daemon().client();
        let request = RequestReset { account: "mina@example.org".to_owned(), send: false };
        let Ok(Reply::ResetBegun(begun)) = client.ask(Request::RequestReset(request)) else {
            panic!("no reset begins")
        };
        let check = CheckCode { flow: begun.flow, code: Secret::new(code) };
        assert!(matches!(client.ask(Request::CheckCode(check)), Ok(Reply::CodeAccepted(_))));
        let password = Secret::new("another secret".to_owned());
        let reset = ResetPassword { flow: begun.flow, password };
        assert_eq!(client.ask(Request::ResetPassword(reset)), Ok(Reply::Done {}));
        assert_eq!(client.sign_in("mina", PASSWORD), Err(Denial::WrongPassword {}));
        client.sign_in("mina", "another secret").unwrap();
    });
}

#[test]
fn invites_are_made_listed_used_and_revoked() {
    each("sign_up = \"invite\"", |mut site| {
        assert_eq!(site.run(&["invite", "list"]).done(), "No invites.\n");
        let said = site.run(&["invite", "create", "--note", "for 개구리", "--days", "3"]).done();
        let code = InviteCode::parse(lines(&said)[0]).unwrap();
        site.run(&["invite", "create"]).done();
        let table = site.run(&["invite", "list"]).done();
        assert!(table.contains("for 개구리  (command line)") && !table.contains(code.as_str()), "{table}");
        let list = site.run(&["invite", "list", "--json"]).json();
        let of = |note: &str| {
            let found = list.as_array().unwrap().iter().find(|invite| invite["note"] == note);
            found.unwrap_or_else(|| panic!("{note:?} is not in {list}")).clone()
        };
        let invite = of("for 개구리");
        let days = |field: &str| invite[field].as_u64().unwrap() / 86_400_000;
        assert_eq!(days("expires_unix_ms") - days("created_unix_ms"), 3);
        let unwanted = of("")["id"].to_string();
        assert_eq!(
            site.run(&["invite", "revoke", &unwanted]).done(),
            format!("Invite {unwanted} is void.\n")
        );
        site.run(&["invite", "revoke", &unwanted]).refused(&["no such invite"]);
        site.run(&["invite", "revoke", "999999"]).refused(&["no such invite"]);
        site.start();
        let mut client = site.daemon().client();
        assert!(matches!(client.ask(sign_up("mina", Some(code.as_str()))), Ok(Reply::SignedIn(_))));
        assert!(site.run(&["invite", "list"]).done().contains("  mina"));
        site.run(&["invite", "create", "--note", &"x".repeat(101)])
            .refused(&["the note is longer than 100 bytes"]);
        site.run(&["invite", "create", "--note", "two\nlines"]).refused(&["one line"]);
    });
}

#[test]
fn everything_that_was_done_is_in_the_books() {
    each("", |site| {
        assert_eq!(site.run(&["audit"]).done(), "Nothing was done yet.\n");
        site.add("sara", "admin");
        site.add("mina", "member");
        site.run(&["user", "edit", "mina", "--phone", "09350000000"]).done();
        site.run(&["user", "role", "mina", "curator"]).done();
        site.run(&["user", "disable", "mina"]).done();
        site.run(&["user", "enable", "mina"]).done();
        site.run(&["user", "reset-code", "mina"]).done();
        site.run(&["invite", "create", "--note", "for a friend"]).done();
        site.run(&["invite", "revoke", "1"]).done();
        site.run(&["user", "delete", "mina", "--keep-shared", "--yes"]).done();
        let table = site.run(&["audit"]).done();
        let deeds = [
            "added sara as admin",
            "added mina as member",
            "changed the phone number of mina",
            "made mina curator",
            "disabled mina",
            "enabled mina",
            "made a code for a new password of mina",
            "made an invite (for a friend)",
            "revoked an invite (for a friend)",
            "deleted mina; what it shared was kept",
        ];
        assert_eq!(lines(&table).len(), 1 + deeds.len(), "{table}");
        for (line, deed) in lines(&table)[1..].iter().zip(deeds) {
            assert!(line.contains("(command line)") && line.ends_with(deed), "{deed:?} is not {line:?}");
        }
        let json = site.run(&["audit", "--limit", "3", "--json"]).json();
        let ids: Vec<u64> =
            json.as_array().unwrap().iter().map(|entry| entry["id"].as_u64().unwrap()).collect();
        assert_eq!(ids, [8, 9, 10]);
        assert_eq!(site.run(&["audit", "--limit", "100000", "--json"]).json().as_array().unwrap().len(), 10);
    });
}

#[test]
fn lists_go_on_beyond_a_page() {
    let mut site = Site::running(Options::default());
    let numbers: Vec<u32> = (0..50).collect();
    std::thread::scope(|scope| {
        for some in numbers.chunks(10) {
            let site = &site;
            scope.spawn(move || {
                for n in some {
                    let (name, email) = (format!("user{n:02}"), format!("user{n}@example.org"));
                    let line = ["user", "add", &name, "--email", &email, "--phone", "09121234567"];
                    site.run(&line).done();
                }
            });
        }
    });
    for _ in 0..2 {
        let list = site.run(&["user", "list", "--json"]).json();
        let users = list.as_array().unwrap().iter();
        let names: Vec<&str> = users.map(|user| user["user_name"].as_str().unwrap()).collect();
        let all: Vec<String> = numbers.iter().map(|n| format!("user{n:02}")).collect();
        assert_eq!(names, all);
        // Found though what it is called is on the second page of what contains these letters.
        site.run(&["user", "approve", "user49"]).refused(&["user49 does not wait"]);
        let audit = site.run(&["audit", "--limit", "50", "--json"]).json();
        let entries = audit.as_array().unwrap().iter();
        let ids: Vec<u64> = entries.map(|entry| entry["id"].as_u64().unwrap()).collect();
        assert_eq!(ids, (1..=50).collect::<Vec<u64>>());
        site.stop();
    }
}

#[test]
fn what_cannot_be_is_said_at_once_and_changes_nothing() {
    each("", |site| {
        site.add("sara", "admin");
        let add = |name, email, phone| site.run(&["user", "add", name, "--email", email, "--phone", phone]);
        add("Sara", "x@example.org", "09121234567").refused(&["the username", "another account's"]);
        add("mina", "SARA@example.org", "09121234567").refused(&["the e-mail address", "another account's"]);
        add("a b", "no address", "12").refused(&[
            "the username",
            "the e-mail address is none",
            "`phone_pattern`",
        ]);
        add("", "", "").refused(&["the username is missing", "the e-mail address is missing"]);
        add(&"x".repeat(33), "x@example.org", "09121234567").refused(&["the username is longer than 32"]);
        let line =
            ["user", "add", "mina", "--email", "m@example.org", "--phone", "09121234567", "--password-stdin"];
        site.run_with(&line, "short\n").refused(&["the password is shorter than 8 characters"]);
        site.run_with(&line, &"x".repeat(2000)).refused(&["the password is longer than 1024 bytes"]);
        site.run_with(&line, "").ended(2, &["no password"]);
        site.run_with(&line, "\n").ended(2, &["no password"]);
        site.run(&["user", "edit", "nobody", "--phone", "09121234567"]).refused(&["no account"]);
        site.run(&["user", "edit", "sara", "--phone", "12"]).refused(&["`phone_pattern`"]);
        site.run(&["user", "role", "nobody", "admin"]).refused(&["no account"]);
        site.run(&["user", "disable", "a b"]).refused(&["username"]);
        site.run(&["user", "approve", "nobody"]).refused(&["no account"]);
        site.run(&["user", "list", &"x".repeat(201)]).refused(&[]);
        assert_eq!(site.run(&["user", "list", "--json"]).json().as_array().unwrap().len(), 1);
        assert_eq!(site.run(&["audit", "--json"]).json().as_array().unwrap().len(), 1);
    });
}

#[test]
fn a_house_at_rest_wants_neither_its_music_nor_the_password_of_the_mail_server() {
    let site = Site::resting(Options::default());
    site.add("sara", "admin");
    let config = format!(
        "data_dir = {:?}\nbank = \"/no/such/bank\"\nlisten = \"no.such.host.invalid:9000\"\n\
         phone_pattern = \"[0-9]{{3}}\"\n[mail]\ntransport = \"smtp\"\nhost = \"mail.invalid\"\n\
         from = \"p@example.org\"\nuser = \"p\"\npassword_file = \"/run/credentials/parlourd/password\"\n",
        site.state()
    );
    std::fs::write(site.folder().join("parlourd.toml"), config).unwrap();
    // All else that is written there is in force.
    site.run(&["user", "edit", "sara", "--phone", "09121234567"]).refused(&["`phone_pattern`"]);
    let line = ["user", "edit", "sara", "--phone", "112", "--email", "s@example.org"];
    assert_eq!(site.run(&line).done(), "sara: s@example.org, 112.\n");
    std::fs::write(site.folder().join("parlourd.toml"), "connections_max = 0").unwrap();
    let state = site.state();
    site.run(&["audit", "--data-dir", state.to_str().unwrap()]).refused(&["`connections_max`"]);
}

#[test]
fn whoever_is_on_the_line_learns_of_it_at_once() {
    let mut site = Site::running(Options::default());
    site.add("sara", "admin");
    let (mut sara, mut again) = (site.sign_in("sara"), site.sign_in("sara"));
    site.add("mina", "member");
    let told = |client: &mut Client| {
        client.await_event(|event| matches!(event, Event::UsersChanged { .. }).then_some(()));
    };
    told(&mut sara);
    told(&mut again);
    let mut mina = site.sign_in("mina");
    site.run(&["user", "disable", "mina"]).done();
    mina.await_event(|event| matches!(event, Event::SessionEnded {}).then_some(()));
    assert_eq!(mina.sign_in("mina", PASSWORD), Err(Denial::AccountDisabled {}));
    site.stop();
}

/// The request of someone who signs up, perhaps with a code.
pub fn sign_up(name: &str, code: Option<&str>) -> Request {
    Request::SignUp(SignUp {
        user_name: name.to_owned(),
        email: format!("{name}@example.org"),
        phone: "09121234567".to_owned(),
        password: Secret::new(PASSWORD.to_owned()),
        device: "test".to_owned(),
        code: code.map(|code| Secret::new(code.to_owned())),
    })
}
