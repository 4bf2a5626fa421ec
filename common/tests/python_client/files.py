"""A tour of everything that is about people's files, taken by a member, written from PROTOCOL.md alone.

It knows requests and replies, not frames. It leaves the daemon as it found it: every file is deleted for good, and
the guest with whom some were shared deletes their account.
"""

import hashlib
import os

from wire import Connection, demand

GUEST = {"user_name": "guest.with.ears", "email": "ears@example.org", "phone": "0912 765 4322"}
PASSWORD = "a guest's password"
CHUNK_BYTES = 65536


def tour(member, token, arguments):
    """Goes everywhere with the member's connection and token."""
    greet = lambda: connect(arguments)
    before = listed(member, "own")["total"]
    song = resume_upload(member, token, greet)
    same_names(member, song)
    refusals(member)
    pause(member, token, greet)
    share(member, greet, song)
    trash(member, song)
    demand(listed(member, "own")["total"] == before, "The tour did not leave the files as they were.")
    print("Went through uploads, same names, sharing, receipts and the trash.")


def connect(arguments):
    """Opens another connection and says hello."""
    connection = Connection(arguments.host, arguments.port)
    connection.hello()
    return connection


def listed(connection, place, query="", sort="name", descending=False):
    """Asks for the first page of a place."""
    return connection.answer(
        "list_files", "files", place=place, query=query, sort=sort, descending=descending, offset=0, limit=64
    )


def sha256(data):
    return hashlib.sha256(data).digest()


def begin(connection, key, name, data, same_name="ask"):
    return connection.answer(
        "begin_upload", "upload_start", upload=key, file_name=name, size_bytes=len(data), same_name=same_name
    )


def send(connection, start, data, end=None):
    """Sends what is wanted of the data, as far as `end`, in chunks."""
    end = len(data) if end is None else end
    for offset in range(start["offset"], end, CHUNK_BYTES):
        connection.send_chunk(start["transfer"], offset, data[offset : min(offset + CHUNK_BYTES, end)])


def finish(connection, key, data, same_name="ask"):
    entry = connection.answer("finish_upload", "file", upload=key, sha256=sha256(data), same_name=same_name)
    demand(entry["sha256"] == sha256(data) and entry["size_bytes"] == len(data), f"The file is {entry}.")
    return entry


def upload(connection, name, data, same_name="ask"):
    """Uploads a file without waiting for anything but the answers."""
    key = os.urandom(16)
    start = begin(connection, key, name, data, same_name)
    demand(start["offset"] == 0, "A new upload does not begin at 0.")
    send(connection, start, data)
    entry = finish(connection, key, data, same_name)
    demand(connection.transfers[start["transfer"]].await_end(connection) == "whole", "The upload is not whole.")
    return entry


def resume_upload(member, token, greet):
    """Cuts an upload within a chunk, goes on over another connection, and loses the answer."""
    data, key, name = os.urandom(300_001), os.urandom(16), "Cafe\u0301 \u2116 1.ogg"
    first = greet()
    first.answer("resume", "signed_in", session=token)
    start = begin(first, key, name, data)
    send(first, start, data, end=150_000)
    first.send_part_of_chunk(start["transfer"], 150_000, data[150_000:200_000], 20_000)
    first.socket.close()
    uploads = member.answer("list_uploads", "uploads")
    demand(uploads["total"] == 1 and uploads["uploads"][0]["upload"] == key, f"The upload is not in {uploads}.")
    member.expect_denial(
        "upload_differs", "begin_upload", upload=key, file_name=name, size_bytes=1, same_name="ask"
    )
    start = begin(member, key, name, data)
    demand(0 <= start["offset"] <= 170_000, f"{start['offset']} bytes are here, of 170,000 that were sent.")
    early = member.expect_denial("upload_incomplete", "finish_upload", upload=key, sha256=sha256(data), same_name="ask")
    demand(early["received_bytes"] == start["offset"], "Two answers count other bytes.")
    send(member, start, data)
    entry = finish(member, key, data)
    demand(entry["file_name"] == "Caf\u00e9 \u2116 1.ogg", f"The name is {entry['file_name']!r}, not in NFC.")
    print(f"Resumed an upload at {start['offset']} of {len(data)} bytes.")
    # As if the answers had been lost.
    demand(finish(member, key, data) == entry, "The same words again are answered with something else.")
    again = member.answer("begin_upload", "file", upload=key, file_name=name, size_bytes=len(data), same_name="ask")
    demand(again == entry, "An upload that was finished begins with something else.")
    demand(member.answer("list_uploads", "uploads")["total"] == 0, "A finished upload is unfinished.")
    start, came = member.fetch("fetch_file", file=entry["file"], offset=100_000, sha256=entry["sha256"])
    demand(came == data[100_000:] and start["sha256"] == entry["sha256"], "Other bytes came back.")
    member.expect_denial("version_changed", "fetch_file", file=entry["file"], offset=0, sha256=bytes(32))
    return entry


def same_names(member, song):
    """Meets a name that is taken, in every way."""
    data = os.urandom(1000)
    taken = member.expect_denial(
        "name_taken", "begin_upload",
        upload=os.urandom(16), file_name="CAF\u00c9 \u2116 1.OGG", size_bytes=1000, same_name="ask",
    )
    demand(taken["file"] == song["file"] and taken["size_bytes"] == song["size_bytes"], f"Taken by {taken}.")
    both = upload(member, song["file_name"], data, "keep_both")
    demand(both["file_name"] == "Caf\u00e9 \u2116 1 (2).ogg", f"The second is called {both['file_name']!r}.")
    replaced = upload(member, song["file_name"], data, "replace")
    demand(replaced["file"] == song["file"], "The file that was replaced has another number.")
    old = [file for file in listed(member, "trash")["files"] if file["sha256"] == song["sha256"]]
    demand(len(old) == 1 and old[0]["file"] != song["file"], f"The old contents are not in the trash: {old}.")
    member.expect_denial("name_taken", "rename_file", file=both["file"], file_name=song["file_name"], same_name="ask")
    renamed = member.answer("rename_file", "file", file=both["file"], file_name="Other.ogg", same_name="ask")
    demand(renamed == {**both, "file_name": "Other.ogg"}, "A new name changed more than the name.")
    member.answer("trash_files", "done", files=[both["file"]])
    nothing = upload(member, "Nothing.txt", b"")
    found = listed(member, "own", query="NOTHING", sort="size")["files"]
    demand(found == [nothing], f"The file of no bytes is not found: {found}.")
    member.answer("trash_files", "done", files=[nothing["file"]])


def refusals(member):
    """Asks for what cannot be."""
    key, data = os.urandom(16), os.urandom(500)
    for name in ("", "a/b", "..", "x" * 256):
        fault = {"": "missing", "x" * 256: "too_long"}.get(name, "not_allowed")
        member.expect_faults(
            {"file_name": fault}, "begin_upload", upload=key, file_name=name, size_bytes=1, same_name="ask"
        )
    member.expect_denial(
        "bad_request", "begin_upload", upload=key, file_name="a", size_bytes=1, same_name="overwrite"
    )
    quota = listed(member, "own")["usage"].get("quota_bytes")
    if quota is not None:
        member.expect_denial(
            "quota_exceeded", "begin_upload", upload=key, file_name="a", size_bytes=quota + 1, same_name="ask"
        )
    member.expect_denial("no_such_upload", "finish_upload", upload=key, sha256=sha256(b""), same_name="ask")
    start = begin(member, key, "Damaged.bin", data)
    send(member, start, data[:-1] + bytes([data[-1] ^ 1]))
    member.expect_denial("hash_mismatch", "finish_upload", upload=key, sha256=sha256(data), same_name="ask")
    demand(begin(member, key, "Damaged.bin", data)["offset"] == 0, "What was damaged is still here.")
    member.answer("cancel_upload", "done", upload=key)
    member.expect_denial("no_such_upload", "cancel_upload", upload=key)
    for request in ("fetch_file", "confirm_file", "list_recipients"):
        member.expect_denial("no_such_file", request, file=4_000_000_000, offset=0, sha256=bytes(32))


def pause(member, token, greet):
    """Pauses an upload, and takes it over on another connection."""
    data, key = os.urandom(200_000), os.urandom(16)
    start = begin(member, key, "Paused.bin", data)
    send(member, start, data, end=50_000)
    member.answer("cancel_transfer", "done", transfer=start["transfer"])
    outcome = member.transfers[start["transfer"]].await_end(member)
    demand(outcome == "cancelled", f"What was paused ended as {outcome}.")
    start = begin(member, key, "Paused.bin", data)
    other = greet()
    other.answer("resume", "signed_in", session=token)
    taken_over = begin(other, key, "Paused.bin", data)
    send(member, start, data, end=start["offset"] + 1000)
    outcome = member.transfers[start["transfer"]].await_end(member)
    demand(outcome == "superseded", f"What goes on elsewhere ended as {outcome}.")
    send(other, taken_over, data)
    entry = finish(other, key, data)
    other.goodbye()
    member.answer("trash_files", "done", files=[entry["file"]])


def share(member, greet, song):
    """Shares a file with a guest, who fetches and confirms it."""
    guest = greet()
    guest.answer("sign_up", "signed_in", password=PASSWORD, device="test", **GUEST)
    number, names = song["file"], [GUEST["user_name"]]
    guest.expect_denial("no_such_file", "fetch_file", file=number, offset=0)
    member.expect_denial("no_such_member", "share_files", files=[number], **{"with": ["nobody.at.all"]})
    member.answer("share_files", "done", files=[number], **{"with": names})
    told = guest.await_event("file_shared")
    guest.await_event("files_changed")
    demand(listed(guest, "shared")["files"] == [told], "Another file is told than is listed.")
    demand(told["file"] == number and told["shared_by"].get("fetched_unix_ms") is None, f"What is told is {told}.")
    guest.expect_denial("no_such_file", "rename_file", file=number, file_name="Mine.ogg", same_name="ask")
    guest.expect_denial("no_such_file", "trash_files", files=[number])
    guest.expect_denial("no_such_file", "list_recipients", file=number)
    start, data = guest.fetch("fetch_file", file=number, offset=0)
    demand(sha256(data) == start["sha256"] == told["sha256"], "The bytes do not have their hash.")
    guest.expect_denial("version_changed", "confirm_file", file=number, sha256=bytes(32))
    receipts = lambda: member.answer("list_recipients", "recipients", file=number)["recipients"]
    demand(receipts()[0].get("fetched_unix_ms") is None, "There is a receipt that nobody gave.")
    member.events.clear()
    guest.answer("confirm_file", "done", file=number, sha256=sha256(data))
    guest.answer("confirm_file", "done", file=number, sha256=sha256(data))
    member.await_event("files_changed")
    demand([each["user_name"] for each in receipts()] == names, f"It is shared with {receipts()}.")
    demand(receipts()[0]["fetched_unix_ms"] > 0, "The receipt did not come.")
    mine = [file for file in listed(member, "own")["files"] if file["file"] == number][0]
    demand((mine["recipients"], mine["fetched"]) == (1, 1), f"The owner sees {mine}.")
    member.answer("trash_files", "done", files=[number])
    guest.expect_denial("no_such_file", "fetch_file", file=number, offset=0)
    member.answer("restore_files", "done", files=[number])
    demand(listed(guest, "shared")["files"][0]["shared_by"]["fetched_unix_ms"] > 0, "Restored without its receipt.")
    guest.answer("unshare_file", "done", file=number, **{"with": names[0]})
    guest.expect_denial("no_such_file", "fetch_file", file=number, offset=0)
    guest.answer("delete_account", "done", password=PASSWORD, shared={"remove": {}})
    guest.goodbye()


def trash(member, song):
    """Deletes everything for good, one by one and all at once."""
    member.answer("trash_files", "done", files=[song["file"]])
    member.expect_denial("no_such_file", "fetch_file", file=song["file"], offset=0)
    member.expect_denial("no_such_file", "purge_files", files=[song["file"], 4_000_000_000])
    page = listed(member, "trash", sort="time", descending=True)
    demand(page["files"][0]["file"] == song["file"], "What was deleted last is not the first.")
    total = sum(file["size_bytes"] for file in page["files"])
    demand(page["usage"]["trash_bytes"] == total, "The trash does not take what its files take.")
    since, until = (page["files"][0]["trashed"][key] for key in ("since_unix_ms", "until_unix_ms"))
    demand(until - since == member.trash_days * 86_400_000, "The trash is kept for other than trash_days.")
    member.answer("purge_files", "done", files=[song["file"]])
    demand(listed(member, "trash")["total"] == page["total"] - 1, "Not one file was deleted for good.")
    member.answer("empty_trash", "done")
    demand(listed(member, "trash")["total"] == 0, "The trash is not empty.")
