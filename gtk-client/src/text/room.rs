//! What is said about the room, in words.
//!
//! This file does not know where the words are shown.

use super::isolated;
use crate::network::ExportFault;
use crate::view_model::room::Told;

/// Says something about the room in passing.
pub(super) fn told(told: &Told) -> String {
    match told {
        Told::Kept { name } => format!("{} is in your files", isolated(name)),
        Told::NotKept => {
            "What you wrote could not be put on the disk: keep Parlour open until it is sent".to_owned()
        }
        Told::PostGone => "The message is not there any more".to_owned(),
        Told::Exported { path } => {
            format!("The conversation is in {}", isolated(&path.display().to_string()))
        }
        Told::NotExported(fault) => export_fault(fault),
        Told::NotAttached { .. } => "Only files of this computer can be sent, and no folders".to_owned(),
    }
}

/// Says why a conversation is not in a file.
fn export_fault(fault: &ExportFault) -> String {
    match fault {
        ExportFault::NotWritable(reason) => format!("The file could not be written: {reason}"),
        ExportFault::NoSpace => "There is no room for the file on the disk".to_owned(),
        ExportFault::Denied(denial) => super::denial(denial),
        ExportFault::Cancelled => "The export was cancelled".to_owned(),
        ExportFault::Disconnected => "The export ended, for you signed out".to_owned(),
    }
}
