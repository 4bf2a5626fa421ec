//! Conversations into files, and the files that posts show, through everything that can happen to them.

use std::fs;

use parlour_common::message::{ConversationId, Denial, OnePost, PostId, UploadKey};
use parlour_common::names::FileName;
use parlour_gtk::network::{Command, Ending, ExportFault, ExportForm, Report, Source, TransferFault};

use crate::client::{Client, Numbers, names, order};
use crate::double::Double;
use crate::uploads::one_file;

/// The posts of the conversation that is written: many pages.
const POSTS: u64 = 1_000;

fn export(client: &Client, path: &std::path::Path, form: ExportForm) {
    let conversation = ConversationId(7);
    client.network.send(Command::Export { conversation, path: path.to_owned(), form });
}

fn exported(client: &Client) -> Result<std::path::PathBuf, ExportFault> {
    client.wait(|report| if let Report::Exported { how } = report { Some(how.clone()) } else { None })
}

#[test]
fn a_conversation_is_written_whole_and_once_through_cuts_and_a_busy_daemon() {
    let double = Double::start();
    let client = Client::signed_in(&double);
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("room.json");
    {
        let mut rules = double.rules();
        rules.posts = POSTS;
        rules.cut_reads = 3;
        rules.read_posts = vec![Denial::Busy { retry_after_ms: 1 }];
    }
    export(&client, &path, ExportForm::Json);
    assert_eq!(exported(&client), Ok(path.clone()));
    let list: serde_json::Value = serde_json::from_str(&fs::read_to_string(&path).unwrap()).unwrap();
    let numbers: Vec<u64> =
        list.as_array().unwrap().iter().map(|post| post["number"].as_u64().unwrap()).collect();
    assert_eq!(numbers, (1..=POSTS).collect::<Vec<_>>());
    assert_eq!(names(folder.path()), ["room.json"]);

    double.rules().posts = 0;
    let path = folder.path().join("empty.txt");
    export(&client, &path, ExportForm::Text);
    assert_eq!(exported(&client), Ok(path.clone()));
    assert_eq!(fs::read_to_string(&path).unwrap(), "");
}

#[test]
fn an_export_that_ends_early_leaves_nothing_and_says_why() {
    let double = Double::start();
    let client = Client::signed_in(&double);
    let folder = tempfile::tempdir().unwrap();
    double.rules().posts = POSTS;
    double.rules().read_posts = vec![Denial::NoSuchConversation {}];
    export(&client, &folder.path().join("a.txt"), ExportForm::Text);
    assert_eq!(exported(&client), Err(ExportFault::Denied(Denial::NoSuchConversation {})));

    export(&client, &folder.path().join("none/b.txt"), ExportForm::Text);
    assert!(matches!(exported(&client), Err(ExportFault::NotWritable(_))));

    double.rules().mute = true;
    export(&client, &folder.path().join("c.txt"), ExportForm::Text);
    client.network.send(Command::CancelExport);
    assert_eq!(exported(&client), Err(ExportFault::Cancelled));
    double.rules().mute = false;
    export(&client, &folder.path().join("d.txt"), ExportForm::Text);
    assert_eq!(exported(&client), Ok(folder.path().join("d.txt")), "the next one works");
    assert_eq!(names(folder.path()), ["d.txt"]);

    let client = Client::start();
    export(&client, &folder.path().join("e.txt"), ExportForm::Text);
    assert_eq!(exported(&client), Err(ExportFault::Disconnected));
}

#[test]
fn the_file_of_a_post_is_saved_verified_and_goes_on_where_it_was_cut() {
    let (double, client, folder, _, _) = one_file(1);
    let bytes = Numbers(3).bytes(900_000).to_vec();
    double.rules().add_file(5, FileName::parse("b.bin").unwrap(), UploadKey::new([9; 16]), bytes.clone());
    double.rules().cuts = vec![300_000; 2];
    let card = |post| Source::Card { conversation: ConversationId(7), post: PostId(post) };
    client.begin(1, order(card(5), "b.bin", folder.path()));
    let Ending::Saved { path, .. } = client.ended(1) else { panic!("it comes") };
    assert!(fs::read(path).unwrap() == bytes);
    assert_eq!(double.rules().offsets, [0, 300_000, 600_000]);
    client.begin(2, order(card(6), "c.bin", folder.path()));
    assert_eq!(client.failed(2), TransferFault::Denied(Denial::NoSuchCard {}));
}

#[test]
fn the_picture_that_a_post_shows_comes_like_a_cover() {
    let (double, client, _folder, _, _) = one_file(1);
    let bytes = Numbers(4).bytes(200_000).to_vec();
    double.rules().add_file(5, FileName::parse("b.png").unwrap(), UploadKey::new([9; 16]), bytes.clone());
    let picture = |post| {
        let card = OnePost { conversation: ConversationId(7), post: PostId(post) };
        client.network.send(Command::FetchCardPicture { card });
        client.wait(|report| match report {
            Report::CardPicture { card: of, picture } if *of == card => Some(picture.clone()),
            _ => None,
        })
    };
    assert!(picture(5).is_some_and(|picture| picture == bytes));
    assert_eq!(picture(6), None);
}
