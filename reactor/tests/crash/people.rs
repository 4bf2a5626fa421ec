//! People who sign up, in and out, and remember what they were told.

use std::net::SocketAddr;

use parlour_common::Secret;
use parlour_common::message::{Denial, Reply, Request, SessionToken, SignIn, SignUp};

use super::super::real::{Client, Daemon, PASSWORD, Random};

/// What is known of something that was asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Known {
    /// It was acknowledged.
    Yes,
    /// It was asked for, and the daemon ended before it answered.
    Perhaps,
}

/// A session whose token is known.
struct Session {
    token: Secret<SessionToken>,
    /// Whether it was signed out.
    ended: Option<Known>,
}

/// Someone, as far as the test knows.
pub struct Person {
    pub name: String,
    signed_up: Known,
    sessions: Vec<Session>,
    /// Sign-ins and sign-ups that were never answered: each may have left a session that nobody knows.
    unanswered: usize,
}

impl Person {
    fn new(name: String) -> Self {
        Self { name, signed_up: Known::Perhaps, sessions: Vec::new(), unanswered: 0 }
    }

    pub fn email(&self) -> String {
        format!("{}@example.org", self.name)
    }

    /// Tells whether the account must be there.
    pub fn is_acknowledged(&self) -> bool {
        self.signed_up == Known::Yes
    }

    /// Returns how many ways in were acknowledged, and how many ways out.
    pub fn ways(&self) -> (usize, usize) {
        let ended = self.sessions.iter().filter(|session| session.ended == Some(Known::Yes)).count();
        (self.sessions.len(), ended)
    }

    /// Returns how many sessions there must be, and how many there may be.
    pub fn sessions(&self) -> (usize, usize) {
        let count = |ended| self.sessions.iter().filter(|session| session.ended == ended).count();
        (count(None), count(None) + count(Some(Known::Perhaps)) + self.unanswered)
    }

    /// Resumes each session, or sees that it is no more. Where either may be, it is known from then on.
    pub fn check_sessions(&mut self, daemon: &Daemon) {
        for session in &mut self.sessions {
            let resumed = match daemon.client().resume(session.token.clone()) {
                Ok(()) => true,
                Err(Denial::SessionEnded {}) => false,
                Err(other) => panic!("{}: {other:?}", self.name),
            };
            match session.ended {
                None => assert!(resumed, "{}: a session is lost", self.name),
                Some(Known::Yes) => assert!(!resumed, "{}: a session has come back", self.name),
                Some(Known::Perhaps) => session.ended = (!resumed).then_some(Known::Yes),
            }
        }
    }

    /// Signs in by password, to a session like any other.
    pub fn check_password(&mut self, daemon: &Daemon) {
        let signed_in = daemon.client().sign_in(&self.name, PASSWORD).expect("an account is lost");
        let account = &signed_in.account;
        assert_eq!((account.user_name.as_str(), account.email.as_str()), (&self.name[..], &self.email()[..]));
        self.sessions.push(Session { token: signed_in.session.expect("a new session"), ended: None });
    }

    /// Signs up. `None` when no answer comes.
    fn sign_up(&mut self, client: &mut Client) -> Option<()> {
        let form = SignUp {
            user_name: self.name.clone(),
            email: self.email(),
            phone: "09121234567".to_owned(),
            password: Secret::new(PASSWORD.to_owned()),
            device: "test".to_owned(),
            code: None,
        };
        self.unanswered += 1;
        self.enter(client.try_ask(Request::SignUp(form))?);
        self.signed_up = Known::Yes;
        Some(())
    }

    fn sign_in(&mut self, client: &mut Client) -> Option<()> {
        let password = Secret::new(PASSWORD.to_owned());
        let form =
            SignIn { user_name: self.name.clone(), password, device: "test".to_owned(), device_proof: None };
        self.unanswered += 1;
        self.enter(client.try_ask(Request::SignIn(form))?);
        Some(())
    }

    fn enter(&mut self, answer: Result<Reply, Denial>) {
        let Ok(Reply::SignedIn(signed_in)) = answer else { panic!("{}: {answer:?}", self.name) };
        let token = signed_in.session.expect("a new session has a token");
        self.sessions.push(Session { token, ended: None });
        self.unanswered -= 1;
    }

    /// Takes up a random session and ends it.
    fn sign_out(&mut self, client: &mut Client, random: &mut Random) -> Option<()> {
        let open: Vec<usize> =
            (0..self.sessions.len()).filter(|n| self.sessions[*n].ended.is_none()).collect();
        if open.is_empty() {
            return Some(());
        }
        let session = &mut self.sessions[*random.pick(&open)];
        let resume = parlour_common::message::Resume { session: session.token.clone() };
        let resumed = client.try_ask(Request::Resume(resume))?;
        assert!(matches!(resumed, Ok(Reply::SignedIn(_))), "{}: {resumed:?}", self.name);
        session.ended = Some(Known::Perhaps);
        let done = client.try_ask(Request::SignOut {})?;
        assert_eq!(done, Ok(Reply::Done {}));
        session.ended = Some(Known::Yes);
        Some(())
    }
}

/// Leads people through their lives until the daemon is gone.
pub fn live(address: SocketAddr, client: u64, people: &mut Vec<Person>, random: &mut Random) {
    while step(address, client, people, random).is_some() {}
}

/// Someone does something, on a connection of its own. `None` when the daemon is gone.
fn step(address: SocketAddr, client: u64, people: &mut Vec<Person>, random: &mut Random) -> Option<()> {
    let mut connection = Client::try_hello(address)?;
    let acknowledged: Vec<usize> = (0..people.len()).filter(|n| people[*n].is_acknowledged()).collect();
    match random.below(10) {
        0..4 if !acknowledged.is_empty() => {
            people[*random.pick(&acknowledged)].sign_out(&mut connection, random)
        }
        4..7 if !acknowledged.is_empty() => people[*random.pick(&acknowledged)].sign_in(&mut connection),
        _ => {
            people.push(Person::new(format!("person.{client}.{}", people.len())));
            people.last_mut()?.sign_up(&mut connection)
        }
    }
}
