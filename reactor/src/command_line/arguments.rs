//! What may be typed after `parlourd`.
//!
//! This file does not know what a command does. A password is never typed as an argument: others on the
//! machine can read those.

use std::path::PathBuf;

use clap::{ArgGroup, Args, Parser, Subcommand, ValueEnum};
use parlour_common::limits::INVITE_HOURS_MAX;
use parlour_common::message::{Quota, Role, SharedFate, UserFilter};

use super::sizes::parse_quota;
use crate::config::Typed;

/// The command line of `parlourd`.
#[derive(Debug, Parser)]
#[command(name = "parlourd", version, about = "The Parlour daemon: a group's music, files and room.")]
pub struct Arguments {
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
}

/// What `parlourd` can do.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Serve the group until SIGTERM or SIGINT.
    Serve(Typed),
    /// Look after accounts, while the daemon runs or not.
    User(UserArguments),
    /// Let people sign up by a code, while the daemon runs or not.
    Invite(InviteArguments),
    /// Show what admins and this command line have done, the newest last.
    Audit(AuditArguments),
    /// Compare the records of people's files with what lies on the disk, while the daemon runs or not.
    #[command(long_about = CHECK_ABOUT)]
    Check(CheckArguments),
}

/// What `check` does, in full.
const CHECK_ABOUT: &str = "Compare the records of people's files with what lies on the disk, while the daemon \
    runs or not. Each fault is explained, with what to do. Nothing is changed. The exit code is 0 if all is \
    well, and 1 if there are faults.";

/// Where the daemon keeps what the command is about.
#[derive(Clone, Debug, Default, Args)]
pub struct Place {
    /// Read settings from this TOML file, the daemon's own.
    #[arg(long, value_name = "FILE", global = true)]
    pub config: Option<PathBuf>,
    /// The store is kept here (default: where the daemon looks too).
    #[arg(long, value_name = "DIR", global = true)]
    pub data_dir: Option<PathBuf>,
}

impl Place {
    /// Returns what `serve` would have been given.
    pub fn typed(&self) -> Typed {
        Typed { config: self.config.clone(), data_dir: self.data_dir.clone(), ..Typed::default() }
    }
}

/// What may be typed after `user`.
#[derive(Debug, Args)]
pub struct UserArguments {
    /// Where.
    #[command(flatten)]
    pub place: Place,
    /// What.
    #[command(subcommand)]
    pub command: UserCommand,
}

/// What can be done about accounts.
#[derive(Debug, Subcommand)]
pub enum UserCommand {
    /// List accounts by name.
    List(UserList),
    /// Make an account. Without a password nobody can sign in to it until `reset-code` or a mail gave one.
    Add(UserAdd),
    /// Change someone's e-mail address or phone number.
    #[command(group = ArgGroup::new("edit").required(true).multiple(true))]
    Edit {
        /// Whose.
        name: String,
        /// The new e-mail address.
        #[arg(long, group = "edit")]
        email: Option<String>,
        /// The new phone number.
        #[arg(long, group = "edit")]
        phone: Option<String>,
    },
    /// Give someone another role, and sign them out everywhere.
    Role {
        /// Whom.
        name: String,
        /// Which.
        role: RoleName,
    },
    /// Say how much someone's files may take, trash and unfinished uploads included.
    Quota {
        /// Whose.
        name: String,
        /// A size such as 20GiB, `standard` for what the configuration gives everyone, or `unlimited`.
        #[arg(value_parser = parse_quota)]
        quota: Quota,
    },
    /// Let someone in who signed up and waits.
    Approve {
        /// Whom.
        name: String,
    },
    /// Keep someone out, and sign them out everywhere; nothing is deleted.
    Disable {
        /// Whom.
        name: String,
    },
    /// Let someone in again who was disabled.
    Enable {
        /// Whom.
        name: String,
    },
    /// Delete an account for good.
    Delete(UserDelete),
    /// Make a code with which someone can set a new password, to be told to them.
    ResetCode {
        /// Whom.
        name: String,
    },
}

/// What may be typed after `user list`.
#[derive(Debug, Args)]
#[command(group = ArgGroup::new("filter").multiple(false))]
pub struct UserList {
    /// Only those whose name, e-mail address or phone number contains this.
    #[arg(default_value = "", hide_default_value = true)]
    pub query: String,
    /// Only those that wait for approval.
    #[arg(long, group = "filter")]
    pub waiting: bool,
    /// Only those that are disabled.
    #[arg(long, group = "filter")]
    pub disabled: bool,
    /// Only admins and curators.
    #[arg(long, group = "filter")]
    pub staff: bool,
    /// Print a JSON array instead of a table.
    #[arg(long)]
    pub json: bool,
}

impl UserList {
    /// Returns which accounts are meant.
    pub fn filter(&self) -> UserFilter {
        match (self.waiting, self.disabled, self.staff) {
            (true, ..) => UserFilter::Waiting,
            (_, true, _) => UserFilter::Disabled,
            (.., true) => UserFilter::Staff,
            _ => UserFilter::All,
        }
    }
}

/// What may be typed after `user add`.
#[derive(Debug, Args)]
pub struct UserAdd {
    /// The username.
    pub name: String,
    /// The e-mail address.
    #[arg(long)]
    pub email: String,
    /// The phone number.
    #[arg(long)]
    pub phone: String,
    /// What they may do.
    #[arg(long, default_value = "member")]
    pub role: RoleName,
    /// Read the first password from standard input, one line.
    #[arg(long)]
    pub password_stdin: bool,
}

/// What may be typed after `user delete`.
#[derive(Debug, Args)]
#[command(group = ArgGroup::new("shared").required(true).multiple(false))]
pub struct UserDelete {
    /// Whom.
    pub name: String,
    /// What the account shared becomes this member's.
    #[arg(long, value_name = "NAME", group = "shared")]
    pub hand_over_to: Option<String>,
    /// Those with whom something was shared keep it.
    #[arg(long, group = "shared")]
    pub keep_shared: bool,
    /// What the account shared is deleted too.
    #[arg(long, group = "shared")]
    pub remove_shared: bool,
    /// Do not ask whether it is meant.
    #[arg(long)]
    pub yes: bool,
}

impl UserDelete {
    /// Returns what becomes of what was shared.
    pub fn fate(&self) -> SharedFate {
        match &self.hand_over_to {
            Some(to) => SharedFate::HandOver { to: to.clone() },
            None if self.keep_shared => SharedFate::Keep {},
            None => SharedFate::Remove {},
        }
    }
}

/// A role, as it is typed.
#[derive(Clone, Copy, Debug, ValueEnum)]
pub enum RoleName {
    /// Uses the house.
    Member,
    /// Looks after the library as well.
    Curator,
    /// Looks after the members as well.
    Admin,
}

impl From<RoleName> for Role {
    fn from(name: RoleName) -> Self {
        match name {
            RoleName::Member => Self::Member,
            RoleName::Curator => Self::Curator,
            RoleName::Admin => Self::Admin,
        }
    }
}

/// What may be typed after `invite`.
#[derive(Debug, Args)]
pub struct InviteArguments {
    /// Where.
    #[command(flatten)]
    pub place: Place,
    /// What.
    #[command(subcommand)]
    pub command: InviteCommand,
}

/// What can be done about invites.
#[derive(Debug, Subcommand)]
pub enum InviteCommand {
    /// Make a code with which one person can sign up, whatever the rule for sign-ups.
    Create {
        /// For whom it is meant, to be found in the list.
        #[arg(long, default_value = "", hide_default_value = true)]
        note: String,
        /// How long it can be used.
        #[arg(long, default_value_t = 7, value_parser = clap::value_parser!(u32).range(1..=i64::from(INVITE_HOURS_MAX / 24)))]
        days: u32,
    },
    /// List the invites that can be used, or could within the last 30 days.
    List {
        /// Print a JSON array instead of a table.
        #[arg(long)]
        json: bool,
    },
    /// Void an invite.
    Revoke {
        /// Its number in the list.
        id: u64,
    },
}

/// What may be typed after `audit`.
#[derive(Debug, Args)]
pub struct AuditArguments {
    /// Where.
    #[command(flatten)]
    pub place: Place,
    /// How many entries, the newest.
    #[arg(long, default_value_t = 50, value_parser = clap::value_parser!(u32).range(1..))]
    pub limit: u32,
    /// Print a JSON array instead of a table.
    #[arg(long)]
    pub json: bool,
}

/// What may be typed after `check`.
#[derive(Debug, Args)]
pub struct CheckArguments {
    /// Where.
    #[command(flatten)]
    pub place: Place,
    /// Read every byte and compare its hash, which takes as long as the disk does.
    #[arg(long)]
    pub read_all: bool,
    /// Print JSON instead of sentences.
    #[arg(long)]
    pub json: bool,
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::*;

    #[test]
    fn the_command_line_is_put_together_well() {
        Arguments::command().debug_assert();
    }

    #[test]
    fn what_leaves_no_doubt_is_taken_and_all_else_is_not() {
        let good = [
            "user list",
            "user list sara --waiting --json --data-dir /x",
            "user --config /x list",
            "user add sara --email a@b.c --phone 1 --role admin --password-stdin",
            "user edit sara --email a@b.c",
            "user edit sara --email a@b.c --phone 1",
            "user role sara curator",
            "user delete sara --keep-shared",
            "user delete sara --hand-over-to mina --yes",
            "invite create --note x --days 30",
            "invite revoke 3",
            "audit --limit 1 --json",
            "user quota sara 20GiB",
            "user quota sara unlimited",
            "check",
            "check --read-all --json --data-dir /x",
        ];
        let bad = [
            "user",
            "user list --waiting --staff",
            "user add sara --email a@b.c",
            "user add sara --email a@b.c --phone 1 --password x",
            "user edit sara",
            "user role sara owner",
            "user delete sara",
            "user delete sara --keep-shared --remove-shared",
            "user delete sara --hand-over-to",
            "invite create --days 0",
            "invite create --days 31",
            "invite revoke x",
            "audit --limit 0",
            "audit x",
            "user quota sara",
            "user quota sara 20",
            "check sara",
        ];
        let parse = |line: &str| Arguments::try_parse_from(["parlourd"].into_iter().chain(line.split(' ')));
        for line in good {
            assert!(parse(line).is_ok(), "{line}: {:?}", parse(line).err());
        }
        for line in bad {
            assert!(parse(line).is_err(), "{line}");
        }
    }
}
