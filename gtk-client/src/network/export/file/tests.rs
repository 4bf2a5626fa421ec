//! A conversation into a file, and what is left where that is given up.

use super::super::form::tests::said;
use super::*;

fn names(folder: &Path) -> Vec<String> {
    let mut names: Vec<String> = fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().to_string_lossy().into())
        .collect();
    names.sort();
    names
}

#[test]
fn a_file_is_there_once_it_is_whole_and_only_its_owner_reads_it() {
    use std::os::unix::fs::PermissionsExt;

    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("room.txt");
    fs::write(&path, "of last week").unwrap();
    let (pieces, received) = channel();
    pieces.send(Piece::Posts(vec![said(1, "one"), said(2, "two")])).unwrap();
    pieces.send(Piece::Posts(vec![said(3, "three")])).unwrap();
    pieces.send(Piece::End).unwrap();
    let counted = std::cell::Cell::new(0);
    let during = |posts| {
        counted.set(counted.get() + posts);
        assert_eq!(fs::read_to_string(&path).unwrap(), "of last week", "the former one stays until then");
    };
    assert!(write_all(&path, ExportForm::Text, &received, &during).unwrap());
    assert_eq!(counted.get(), 3);
    assert_eq!(fs::read_to_string(&path).unwrap().lines().count(), 3);
    assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
    assert_eq!(names(folder.path()), ["room.txt"]);
}

#[test]
fn what_is_given_up_leaves_nothing_and_what_cannot_be_written_says_why() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("room.json");
    let (pieces, received) = channel();
    pieces.send(Piece::Posts(vec![said(1, "one")])).unwrap();
    drop(pieces);
    assert!(!write_all(&path, ExportForm::Json, &received, &|_| ()).unwrap());
    assert_eq!(names(folder.path()), Vec::<String>::new());

    let (_pieces, received) = channel();
    let error =
        write_all(&folder.path().join("none/room.json"), ExportForm::Json, &received, &|_| ()).unwrap_err();
    assert!(matches!(fault(&error), ExportFault::NotWritable(reason) if !reason.is_empty()));
}
