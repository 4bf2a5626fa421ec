//! Which answer fits which question, by what the peer was told before.
//!
//! It does not know frames. Since answers come in the order of asking, what was answered before says in
//! which state a request was looked at: greeted or not, signed in or not.

use parlour_common::limits::TRANSFERS_PER_CONNECTION_MAX;
use parlour_common::message::{
    Denial, FetchTrack, FileStart, Reply, Request, SearchLibrary, SignedIn as Told, TrackPage, TransferId,
};
use parlour_common::names::UserName;

use super::accounts::{self, is_own_account};
use super::ear::{Asked, Ear, SignedIn};
use super::shelf::{self, Shelf};
use super::truth::{PEOPLE, Truth};
use super::uploads::{self, is_upload};

impl Ear {
    pub fn hear_reply(&mut self, asked: &Asked, reply: Reply, truth: &mut Truth, shelf: &Shelf) {
        let request = asked.request.clone().expect("what cannot be read is not done");
        let needs_session = matches!(
            reply,
            Reply::Tracks(_) | Reply::FileStart(_) | Reply::Sessions(_) | Reply::UploadStart(_)
        );
        // What was stopped before its session ended elsewhere may be answered after it was told of that.
        let is_cancel = matches!(request, Request::CancelTransfer(_));
        if needs_session || (is_cancel && asked.turn > self.ended_at) {
            let who = self.signed_in.unwrap_or_else(|| panic!("{request:?} was done for a stranger"));
            assert!(!truth.was_void(who.pass, asked.turn), "a session that was signed out works");
        }
        let needs_hello = !matches!(request, Request::Hello(_) | Request::Ping {} | Request::Goodbye {});
        assert!(self.is_greeted || !needs_hello, "{request:?} was done before hello");
        match (request, reply) {
            (Request::Hello(_), Reply::Welcome(_)) => {
                assert!(!self.is_greeted, "two hellos");
                self.is_greeted = true;
            }
            (Request::Ping {}, Reply::Done {}) => truth.note("ping"),
            (Request::Goodbye {}, Reply::Done {}) => self.is_leaving = true,
            (Request::SignUp(_) | Request::SignIn(_) | Request::Resume(_), Reply::SignedIn(told)) => {
                self.hear_signed_in(asked, &told, truth);
            }
            (Request::SignOut {}, Reply::Done {}) => {
                if let Some(SignedIn { pass, .. }) = self.signed_in.take() {
                    truth.note_void(pass);
                }
                self.end_session();
                self.is_leaving = false;
                truth.note("signed out");
            }
            (Request::SearchLibrary(search), Reply::Tracks(page)) => check_page(&search, &page, truth),
            (Request::FetchTrack(fetch), Reply::FileStart(start)) => {
                check_start(&fetch, &start);
                self.begin_transfer(&start, shelf);
                self.begun.push((fetch.track.0, start.version));
                truth.note("file start");
            }
            (Request::FetchCover(_), Reply::FileStart(start)) => {
                assert_eq!((start.offset, start.length), (0, start.size_bytes));
                self.begin_transfer(&start, shelf);
                truth.note("cover");
            }
            (Request::CancelTransfer(cancel), Reply::Done {}) => {
                if let Some(incoming) = self.transfers.get_mut(&cancel.transfer.0) {
                    incoming.cancel_done = true;
                }
                truth.note("cancelled");
            }
            (request, reply) if is_upload(&request) => {
                self.hear_of_upload(asked, &request, reply, truth);
            }
            (request, reply) => self.hear_of_account(asked, &request, reply, truth),
        }
    }

    fn hear_signed_in(&mut self, asked: &Asked, told: &Told, truth: &mut Truth) {
        assert!(self.signed_in.is_none(), "signed in twice");
        let name = UserName::parse(PEOPLE[asked.person].0).unwrap();
        assert_eq!(told.account.user_name.key(), name.key(), "signed in as somebody else");
        let pass = match (asked.pass, &told.session) {
            (Some(pass), None) => {
                assert!(!truth.was_void(pass, asked.turn), "a session that was signed out is resumed");
                truth.note("resumed");
                pass
            }
            (None, Some(token)) => {
                assert!(asked.is_right, "a wrong password opens");
                if let Some(Request::SignIn(form)) = &asked.request {
                    assert!(
                        !truth.was_replaced(form.password.expose(), asked.turn),
                        "a former password opens"
                    );
                }
                if matches!(asked.request, Some(Request::SignUp(_))) {
                    truth.note_member(asked.person);
                }
                truth.note("signed in");
                truth.note_token(token.clone(), asked)
            }
            (pass, _) => panic!("a token was given or kept back: {pass:?}"),
        };
        let leaves = |asked: &Asked| matches!(asked.request, Some(Request::SignOut {}));
        truth.passes[pass].is_leaving |= self.asked.iter().any(leaves);
        self.signed_in = Some(SignedIn { pass, turn: truth.turn });
    }

    pub fn hear_denial(&mut self, asked: &Asked, denial: &Denial, truth: &mut Truth) {
        let name = format!("{denial:?}");
        truth.note(&format!("denial {}", name.split(' ').next().unwrap_or_default()));
        let Some(request) = &asked.request else {
            let fits = matches!(denial, Denial::UnknownRequest {} | Denial::BadRequest { .. });
            return assert!(fits, "{denial:?} does not answer what cannot be read");
        };
        if matches!(request, Request::SignOut {}) {
            self.is_leaving = false;
        }
        if matches!(request, Request::ChangePassword(_)) {
            truth.note_unchanged(asked.person);
        }
        assert!(self.fits(asked, request, denial, truth), "{denial:?} does not answer {request:?}: {self:?}");
    }

    /// Tells whether a request would cancel a transfer that is not under way.
    fn cancels_nothing(&self, request: &Request) -> bool {
        let under_way = |TransferId(id): TransferId| self.transfers.contains_key(&id);
        let is_upload = |id: TransferId| self.uploads.iter().any(|upload| upload.transfer == id);
        matches!(request, Request::CancelTransfer(cancel)
            if !under_way(cancel.transfer) && !is_upload(cancel.transfer))
    }

    /// Tells whether a denial is true of what it answers.
    fn fits(&self, asked: &Asked, request: &Request, denial: &Denial, truth: &Truth) -> bool {
        let enters = matches!(request, Request::SignUp(_) | Request::SignIn(_) | Request::Resume(_));
        let is_own_affair = matches!(request, Request::Hello(_) | Request::Ping {} | Request::Goodbye {});
        let is_fetch = matches!(request, Request::FetchTrack(_) | Request::FetchCover(_));
        let is_cancel = matches!(request, Request::CancelTransfer(_));
        let is_search = matches!(request, Request::SearchLibrary(_));
        let is_account = is_own_account(request) || is_upload(request);
        match denial {
            denial if is_upload(request) && uploads::fits(asked, request, denial) => true,
            denial if is_account && accounts::fits(request, denial) => true,
            Denial::HelloFirst {} => !is_own_affair && !self.is_greeted,
            Denial::HelloAgain {} => matches!(request, Request::Hello(_)) && self.is_greeted,
            Denial::SignInFirst {} => {
                // Unless a session is being ended elsewhere, which is told after this answer perhaps.
                let is_stranger = self.signed_in.is_none_or(|who| truth.may_end(who.pass));
                !is_own_affair && !enters && self.is_greeted && is_stranger
            }
            Denial::SignedInAlready {} => enters && (self.signed_in.is_some() || asked.turn <= self.ended_at),
            Denial::Busy { .. } => enters || is_search || is_fetch || is_account,
            Denial::Throttled { retry_after_ms } => enters && (1..=60_000).contains(retry_after_ms),
            Denial::InvalidFields { .. } => matches!(request, Request::SignUp(_) | Request::SignIn(_)),
            Denial::NotRegistered {} => matches!(request, Request::SignIn(_)),
            Denial::WrongPassword {} => {
                // Two people want the name of person 1; whose password is right depends on who was first.
                matches!(request, Request::SignIn(_))
                    && (!asked.is_right || asked.person == 1 || truth.may_be_replaced(asked))
            }
            Denial::SessionEnded {} if enters => {
                matches!(request, Request::Resume(_)) && asked.pass.is_none_or(|pass| truth.may_end(pass))
            }
            // It was under way when its session ended, elsewhere.
            Denial::SessionEnded {} => {
                (is_search || is_fetch || is_account)
                    && self.signed_in.is_none_or(|who| truth.may_end(who.pass))
            }
            Denial::NoSuchTrack {} => matches!(request, Request::FetchTrack(_)),
            Denial::NoSuchCover {} => is_fetch,
            Denial::VersionChanged {} => {
                matches!(request, Request::FetchTrack(FetchTrack { version: Some(_), .. }))
            }
            Denial::OffsetOutside { size_bytes } => {
                matches!(request, Request::FetchTrack(fetch) if fetch.offset > *size_bytes)
            }
            Denial::TooManyTransfers { limit } => {
                (is_fetch || matches!(request, Request::BeginUpload(_)))
                    && *limit as usize == TRANSFERS_PER_CONNECTION_MAX
                    && self.transfers_under_way() == TRANSFERS_PER_CONNECTION_MAX
            }
            Denial::NoSuchTransfer {} => self.cancels_nothing(request),
            Denial::StorageUnavailable {} | Denial::Internal {} => !is_own_affair && !is_cancel,
            Denial::BadRequest { .. } => {
                matches!(request, Request::SearchLibrary(search) if search.limit == 0 || search.limit > 48)
            }
            // Nobody here asks for what would be answered so.
            _ => false,
        }
    }
}

fn check_page(search: &SearchLibrary, page: &TrackPage, truth: &mut Truth) {
    assert!(page.tracks.len() <= usize::from(search.limit));
    assert!((1..=shelf::LIBRARIES).contains(&page.library.generation));
    truth.note("page");
}

fn check_start(fetch: &FetchTrack, start: &FileStart) {
    assert_eq!(start.offset, fetch.offset);
    let left = start.size_bytes - fetch.offset;
    assert_eq!(start.length, fetch.length.map_or(left, |length| length.min(left)));
    assert!(fetch.version.is_none_or(|version| version == start.version), "two versions are joined");
}
