//! Names of files: any script, any length there is, the same in every spelling, and data only.

use parlour_common::message::{Denial, Fault, Field, FieldFault, FilePlace, SameName};

use super::house::{
    await_changed, contents, daemon, end_well, forget_news, names, put, put_as, rename, restore, share, trash,
};

fn bad_name(fault: Fault) -> Denial {
    Denial::InvalidFields { faults: vec![FieldFault { field: Field::FileName, fault }] }
}

#[test]
fn names_of_any_script_and_of_255_bytes_are_kept_as_they_are() {
    let (daemon, mut anna) = daemon();
    let mut sara = daemon.member("sara");
    let long = format!("{}.ogg", "é".repeat(125)) + "x";
    assert_eq!(long.len(), 255);
    let wanted = ["آواز.mp3", "개구리 소년.flac", "🎻 & \"quotes\" 'x'; rm -rf ~.ogg", "-rf", "CON", &long];
    for (number, name) in (1..).zip(wanted) {
        let entry = put(&mut sara, number, name);
        assert_eq!(entry.file_name.as_str(), name);
    }
    let mut listed = names(&mut sara, FilePlace::Own);
    let mut sorted = wanted.map(str::to_owned).to_vec();
    listed.sort();
    sorted.sort();
    assert_eq!(listed, sorted);
    // No name is any part of a path.
    let (blobs, _) = contents(&daemon);
    assert_eq!(blobs.len(), wanted.len());
    for blob in blobs {
        let name = blob.file_name().unwrap().to_str().unwrap();
        assert!(name.len() == 16 && name.bytes().all(|byte| byte.is_ascii_hexdigit()), "{blob:?}");
    }
    end_well(daemon, &mut anna);
}

#[test]
fn what_cannot_be_a_name_is_said_at_the_field() {
    let (daemon, mut anna) = daemon();
    let mut sara = daemon.member("sara");
    let entry = put(&mut sara, 1, "a.ogg");
    let too_long = "x".repeat(256);
    let cases = [
        ("", Fault::Missing {}),
        ("a/b", Fault::NotAllowed {}),
        ("..", Fault::NotAllowed {}),
        ("a\\b", Fault::NotAllowed {}),
        ("a\0b", Fault::NotAllowed {}),
        ("a\nb", Fault::NotAllowed {}),
        (&too_long, Fault::TooLong { max: 255 }),
    ];
    for (name, fault) in cases {
        let denial = rename(&mut sara, entry.file, name, SameName::Ask).unwrap_err();
        assert_eq!(denial, bad_name(fault.clone()), "{name:?}");
        let denial = put_as(&mut sara, 2, name, SameName::Ask).unwrap_err();
        assert_eq!(denial, bad_name(fault), "{name:?}");
    }
    assert_eq!(names(&mut sara, FilePlace::Own), ["a.ogg"]);
    end_well(daemon, &mut anna);
}

#[test]
fn where_a_name_is_taken_one_is_asked_or_both_are_kept_or_the_old_one_is_replaced() {
    let (daemon, mut anna) = daemon();
    let mut sara = daemon.member("sara");
    let first = put(&mut sara, 1, "Café.ogg");
    // Another case, and composed in another way.
    let denial = put_as(&mut sara, 2, "CAFE\u{301}.ogg", SameName::Ask).unwrap_err();
    let taken = Denial::NameTaken {
        file: first.file,
        size_bytes: first.size_bytes,
        changed_unix_ms: first.changed_unix_ms,
    };
    assert_eq!(denial, taken);
    let both = put_as(&mut sara, 2, "CAFE\u{301}.ogg", SameName::KeepBoth).unwrap();
    assert_eq!(both.file_name.as_str(), "CAFÉ (2).ogg");
    let newer = put_as(&mut sara, 3, "café.ogg", SameName::Replace).unwrap();
    assert_eq!(newer.file, first.file, "it is the same file with other contents");
    assert_eq!(sara.hash_of_file(first.file), Ok(newer.sha256));
    let old = sara.list_all_files(FilePlace::Trash).remove(0);
    assert_eq!(sara.list_files(FilePlace::Own, 0).total, 2);
    assert_eq!(old.sha256, first.sha256, "what was replaced can be had back");
    restore(&mut sara, &[old.file]).unwrap();
    assert_eq!(sara.hash_of_file(old.file), Ok(first.sha256));
    assert_eq!(sara.list_files(FilePlace::Own, 0).total, 3);
    end_well(daemon, &mut anna);
}

#[test]
fn a_file_is_renamed_and_those_who_have_it_see_the_new_name() {
    let (daemon, mut anna) = daemon();
    let (mut sara, mut mina) = (daemon.member("sara"), daemon.member("mina"));
    let (one, other) = (put(&mut sara, 1, "a.ogg"), put(&mut sara, 2, "b.ogg"));
    share(&mut sara, &[one.file], &["mina"]).unwrap();
    forget_news(&mut mina);
    let renamed = rename(&mut sara, one.file, "A.ogg", SameName::Ask).unwrap();
    assert_eq!(
        (renamed.file, renamed.file_name.as_str()),
        (one.file, "A.ogg"),
        "another spelling of its own"
    );
    await_changed(&mut mina);
    assert_eq!(names(&mut mina, FilePlace::Shared), ["A.ogg"]);
    assert!(
        matches!(rename(&mut sara, one.file, "B.OGG", SameName::Ask), Err(Denial::NameTaken { file, .. }) if file == other.file)
    );
    assert_eq!(
        rename(&mut sara, one.file, "b.ogg", SameName::KeepBoth).unwrap().file_name.as_str(),
        "b (2).ogg"
    );
    let replaced = rename(&mut sara, one.file, "b.ogg", SameName::Replace).unwrap();
    assert_eq!((replaced.file, replaced.recipients), (one.file, 1));
    assert_eq!(sara.list_all_files(FilePlace::Trash)[0].file, other.file);
    trash(&mut sara, &[one.file]).unwrap();
    assert_eq!(
        rename(&mut sara, one.file, "c.ogg", SameName::Ask),
        Err(Denial::NoSuchFile {}),
        "not in the trash"
    );
    end_well(daemon, &mut anna);
}
