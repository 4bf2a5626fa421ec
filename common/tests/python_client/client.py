#!/usr/bin/python3
"""A small Parlour client, written from PROTOCOL.md alone.

It signs up (or in), lists the library, downloads a track in two parts over two connections, and compares
what came with a file. Then it goes through everything that is about people's files (`files.py`) and about the room
(`room.py`), and an admin through everything that is about accounts (`accounts.py`). It ends with a sentence and exit
code 1 where the daemon departs from the document.
"""

import argparse
import hashlib
import sys
import time

import accounts
import files
import room
from wire import PROTOCOL, Connection, Denied, Deviation, demand, variant


def sign_in(connection, arguments):
    """Signs up, or signs in where the account is there already."""
    try:
        fields = {"email": arguments.email, "phone": arguments.phone}
        if arguments.code:
            fields["code"] = arguments.code
        signed_in = connection.answer(
            "sign_up", "signed_in", user_name=arguments.user, password=arguments.password, device="test", **fields
        )
        print(f"Signed up as {signed_in['account']['user_name']}.")
    except Denied as refusal:
        demand(refusal.name == "invalid_fields", f"sign_up was denied by {refusal.name}.")
        faults = {fault["field"]: variant(fault["fault"], "fault")[0] for fault in refusal.fields["faults"]}
        demand(faults.get("user_name") == "taken", f"sign_up was denied for {faults}.")
        connection.expect_denial(
            "wrong_password", "sign_in", user_name=arguments.user, password="not this one", device="test"
        )
        signed_in = connection.answer(
            "sign_in", "signed_in", user_name=arguments.user, password=arguments.password, device="test"
        )
        print(f"Signed in as {signed_in['account']['user_name']}.")
    token = signed_in["session"]
    demand(isinstance(token, bytes) and len(token) == 32, "The token is not a bin of 32 bytes.")
    proof = signed_in["device_proof"]
    demand(isinstance(proof, bytes) and len(proof) == 48, "The device proof is not a bin of 48 bytes.")
    return token


def find_track(connection, arguments):
    """Searches, and checks that the page is what was asked for. A library that is being read may grow."""
    deadline = time.monotonic() + 20
    while True:
        sort = {"by": "relevance", "descending": False}
        page = connection.answer("search_library", "tracks", query=arguments.query, sort=sort, offset=0, limit=48)
        demand(len(page["tracks"]) <= 48 and page["offset"] == 0, "The page is not the one that was asked for.")
        if page["tracks"]:
            print(f"Found {page['total']} tracks for {arguments.query!r}.")
            return page["tracks"][0]
        demand(time.monotonic() < deadline, "No track matches.")
        time.sleep(0.1)


def run(arguments):
    with open(arguments.file, "rb") as file:
        expected = file.read()
    first = Connection(arguments.host, arguments.port)
    first.expect_denial("hello_first", "sign_out")
    print(f"Connected to {first.hello()['server']!r}.")
    first.expect_denial("hello_again", "hello", protocol=PROTOCOL, client="client.py 1")
    first.expect_denial("sign_in_first", "fetch_track", track=1, offset=0)
    first.expect_denial("unknown_request", "request_from_the_future", colour="blue")
    first.expect_denial("bad_request", "resume", session=7)
    token = sign_in(first, arguments)
    track = find_track(first, arguments)
    demand(track["size_bytes"] == len(expected), f"The track has {track['size_bytes']} bytes, not {len(expected)}.")
    middle = len(expected) // 2
    start, head = first.fetch("fetch_track", track=track["id"], offset=0, length=middle)
    print(f"Fetched {len(head)} bytes of {start['file_name']!r}.")
    first.socket.close()
    print("Dropped the connection.")

    second = Connection(arguments.host, arguments.port)
    second.hello()
    resumed = second.answer("resume", "signed_in", session=token)
    demand("session" not in resumed and "device_proof" not in resumed, "resume brought a token or a proof.")
    rest_start, rest = second.fetch("fetch_track", track=track["id"], offset=middle, version=start["version"])
    demand(rest_start["version"] == start["version"], "The version changed though the file did not.")
    print(f"Resumed, and fetched {len(rest)} bytes more.")
    came = hashlib.sha256(head + rest).hexdigest()
    demand(came == hashlib.sha256(expected).hexdigest(), f"The bytes differ: their SHA-256 is {came}.")
    print(f"The SHA-256 is that of {arguments.file}: {came}.")
    told = second.answer("hash_track", "track_hash", track=track["id"], version=start["version"])
    demand(told["sha256"].hex() == came, f"The daemon tells {told['sha256'].hex()}.")
    _, nothing = second.fetch("fetch_track", track=track["id"], offset=len(expected))
    demand(nothing == b"", "Bytes came from behind the end.")
    second.expect_denial("offset_outside", "fetch_track", track=track["id"], offset=len(expected) + 1)
    second.expect_denial("version_changed", "fetch_track", track=track["id"], offset=0, version=start["version"] ^ 1)
    second.expect_denial("no_such_transfer", "cancel_transfer", transfer=4_000_000_000)
    numbers = [second.ask("ping") for _ in range(20)]
    while second.asked:
        second.receive()
    print(f"{len(numbers)} pings at once were answered in their order.")
    files.tour(second, token, arguments)
    room.tour(second, token, arguments, track)
    if resumed["account"]["role"] == "admin":
        report = second.answer("check_files", "checked", read_all=True)
        demand(report["faults_total"] == 0, f"Records and disk drifted apart: {report['faults']}.")
        accounts.tour(second, token, arguments)
    second.goodbye()
    print("Said goodbye.")


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("host")
    parser.add_argument("port", type=int)
    parser.add_argument("--file", required=True, help="the file that the first track found must equal")
    parser.add_argument("--query", default="", help="what to search for")
    parser.add_argument("--user", default="stranger")
    parser.add_argument("--email", default="stranger@example.org")
    parser.add_argument("--phone", default="0912 123 4567")
    parser.add_argument("--password", default="correct horse")
    parser.add_argument("--code", help="an invite, or the setup code of a daemon without an admin")
    try:
        run(parser.parse_args())
    except (Deviation, Denied, OSError, KeyError, ValueError) as error:
        print(f"{type(error).__name__}: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
