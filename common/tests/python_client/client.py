#!/usr/bin/python3
"""A small Parlour client, written from PROTOCOL.md alone.

It signs up (or in), lists the library, downloads a track in two parts over two connections, and compares
what came with a file. It ends with a sentence and exit code 1 where the daemon departs from the document.
"""

import argparse
import hashlib
import socket
import struct
import sys
import time

import msgpack

PROTOCOL = 1


class Deviation(Exception):
    """The daemon did something that the document does not say."""


class Denied(Exception):
    """The daemon refused a request, as it may."""

    def __init__(self, denial):
        super().__init__(str(denial))
        self.name, self.fields = variant(denial, "denial")


def demand(truth, sentence):
    if not truth:
        raise Deviation(sentence)


def variant(value, what):
    """Takes {name: fields} apart (PROTOCOL.md §3)."""
    demand(isinstance(value, dict) and len(value) == 1, f"A {what} is a map of one entry, not {value!r}.")
    (name, fields), = value.items()
    demand(isinstance(name, str) and isinstance(fields, dict), f"The {what} {name!r} holds no map.")
    return name, fields


class Connection:
    """One connection: sends requests, and sorts what comes."""

    def __init__(self, host, port):
        self.socket = socket.create_connection((host, port), timeout=30)
        self.asked = []
        self.id_last = 0
        self.message_bytes_max = 65536
        self.chunk_bytes_max = 262144
        self.events = []
        self.transfers = {}

    def take(self, count, what):
        """Reads exactly so many bytes."""
        parts = []
        while count:
            part = self.socket.recv(min(count, 65536))
            demand(part, f"The daemon closed the connection where {what} should come.")
            parts.append(part)
            count -= len(part)
        return b"".join(parts)

    def ask(self, name, **fields):
        """Sends a request and returns its number."""
        self.id_last += 1
        payload = msgpack.packb({"id": self.id_last, "request": {name: fields}})
        self.socket.sendall(struct.pack(">I", len(payload)) + payload)
        self.asked.append(self.id_last)
        return self.id_last

    def receive(self):
        """Takes one frame. Returns (id, kind, name, fields) for a message, None for a chunk."""
        length, = struct.unpack(">I", self.take(4, "a frame"))
        demand(length > 0, "A frame has no bytes.")
        first = self.take(1, "a payload")
        if first == b"\x93":
            return self.receive_chunk(length)
        demand(0x80 <= first[0] <= 0x8F or first[0] in (0xDE, 0xDF), f"A frame begins with {first.hex()}.")
        demand(length <= self.message_bytes_max, f"A message of {length} bytes is too long.")
        message = msgpack.unpackb(first + self.take(length - 1, "a message"), strict_map_key=True)
        if "event" in message:
            demand("id" not in message, "An event bears a number.")
            name, fields = variant(message["event"], "event")
            self.handle_event(name, fields)
            return None, "event", name, fields
        kinds = [kind for kind in ("reply", "denial") if kind in message]
        demand(len(kinds) == 1, f"A message is neither a reply nor a denial: {message!r}.")
        demand(self.asked, "An answer came though nothing was asked.")
        asked = self.asked.pop(0)
        demand(message.get("id") == asked, f"Answer {message.get('id')} came before answer {asked}.")
        name, fields = variant(message[kinds[0]], kinds[0])
        if name == "file_start":
            demand(fields["transfer"] not in self.transfers, "The number of a transfer was used again.")
            self.transfers[fields["transfer"]] = Transfer(fields)
        return asked, kinds[0], name, fields

    def receive_chunk(self, length):
        """Reads [transfer, offset, data] after its first byte."""
        transfer, head_a = self.take_unsigned()
        offset, head_b = self.take_unsigned()
        marker = self.take(1, "a chunk's data")[0]
        demand(0xC4 <= marker <= 0xC6, f"The data of a chunk begins with {marker:#x}.")
        width = 1 << (marker - 0xC4)
        size = int.from_bytes(self.take(width, "a chunk's length"), "big")
        demand(1 + head_a + head_b + 1 + width + size == length, "The data of a chunk does not end its frame.")
        demand(size <= self.chunk_bytes_max, f"A chunk of {size} bytes is too long.")
        demand(transfer in self.transfers, f"A chunk came of transfer {transfer} before its file_start.")
        self.transfers[transfer].add(offset, self.take(size, "a chunk's data"))

    def take_unsigned(self):
        """Reads an unsigned integer of any width. Returns it and how many bytes it took."""
        marker = self.take(1, "an integer")[0]
        if marker <= 0x7F:
            return marker, 1
        demand(0xCC <= marker <= 0xCF, f"An unsigned integer begins with {marker:#x}.")
        width = 1 << (marker - 0xCC)
        return int.from_bytes(self.take(width, "an integer"), "big"), 1 + width

    def handle_event(self, name, fields):
        self.events.append((name, fields))
        if name == "transfer_end":
            demand(fields["transfer"] in self.transfers, "A transfer ended that never began.")
            self.transfers[fields["transfer"]].end(fields["outcome"])

    def answer(self, name, expected, **fields):
        """Asks and waits for the answer, which must be the expected reply."""
        number = self.ask(name, **fields)
        while True:
            message = self.receive()
            if message is None or message[0] != number:
                continue
            _, kind, came, fields = message
            if kind == "denial":
                raise Denied({came: fields})
            demand(came == expected, f"{name} was answered by {came}, not by {expected}.")
            return fields

    def expect_denial(self, denial, name, **fields):
        """Asks what must be refused, and how."""
        try:
            self.answer(name, None, **fields)
        except Denied as refusal:
            demand(refusal.name == denial, f"{name} was denied by {refusal.name}, not by {denial}.")
            return
        raise Deviation(f"{name} was done where it must be denied by {denial}.")

    def hello(self):
        """Opens the conversation and keeps to the numbers the daemon announces."""
        welcome = self.answer("hello", "welcome", protocol=PROTOCOL, client="client.py 1")
        demand(welcome["protocol"] == PROTOCOL, f"The daemon speaks version {welcome['protocol']}.")
        self.message_bytes_max = welcome["limits"]["message_bytes_max"]
        self.chunk_bytes_max = welcome["limits"]["chunk_data_bytes_max"]
        return welcome

    def goodbye(self):
        """Leaves: done, then closing for that reason, then the end of the stream."""
        self.answer("goodbye", "done")
        while not self.events or self.events[-1][0] != "closing":
            self.receive()
        reason, _ = variant(self.events[-1][1]["reason"], "closing reason")
        demand(reason == "goodbye", f"The daemon closes for the reason {reason}, not goodbye.")
        demand(self.socket.recv(1) == b"", "Bytes follow after closing.")
        self.socket.close()


class Transfer:
    """A file on its way: its chunks come in order and without gaps."""

    def __init__(self, start):
        self.start = start
        self.data = bytearray()
        self.outcome = None

    def add(self, offset, data):
        demand(self.outcome is None, "A chunk came after its transfer_end.")
        due = self.start["offset"] + len(self.data)
        demand(offset == due, f"A chunk begins at {offset}, where {due} was due.")
        self.data += data

    def end(self, outcome):
        demand(self.outcome is None, "A transfer ended twice.")
        self.outcome = outcome
        if outcome == "whole":
            demand(len(self.data) == self.start["length"], "A whole transfer did not bring its length.")


def fetch(connection, **fields):
    """Fetches a track, or a part of it, and returns its file_start and its bytes."""
    start = connection.answer("fetch_track", "file_start", **fields)
    demand(start["offset"] == fields["offset"], "file_start begins elsewhere than was asked.")
    transfer = connection.transfers[start["transfer"]]
    while transfer.outcome is None:
        connection.receive()
    demand(transfer.outcome == "whole", f"The transfer ended as {transfer.outcome}.")
    return start, bytes(transfer.data)


def sign_in(connection, arguments):
    """Signs up, or signs in where the account is there already."""
    try:
        fields = {"email": arguments.email, "phone": arguments.phone}
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
    start, head = fetch(first, track=track["id"], offset=0, length=middle)
    print(f"Fetched {len(head)} bytes of {start['file_name']!r}.")
    first.socket.close()
    print("Dropped the connection.")

    second = Connection(arguments.host, arguments.port)
    second.hello()
    demand("session" not in second.answer("resume", "signed_in", session=token), "resume brought a token.")
    rest_start, rest = fetch(second, track=track["id"], offset=middle, version=start["version"])
    demand(rest_start["version"] == start["version"], "The version changed though the file did not.")
    print(f"Resumed, and fetched {len(rest)} bytes more.")
    came = hashlib.sha256(head + rest).hexdigest()
    demand(came == hashlib.sha256(expected).hexdigest(), f"The bytes differ: their SHA-256 is {came}.")
    print(f"The SHA-256 is that of {arguments.file}: {came}.")
    _, nothing = fetch(second, track=track["id"], offset=len(expected))
    demand(nothing == b"", "Bytes came from behind the end.")
    second.expect_denial("offset_outside", "fetch_track", track=track["id"], offset=len(expected) + 1)
    second.expect_denial("version_changed", "fetch_track", track=track["id"], offset=0, version=start["version"] ^ 1)
    second.expect_denial("no_such_transfer", "cancel_transfer", transfer=4_000_000_000)
    numbers = [second.ask("ping") for _ in range(20)]
    while second.asked:
        second.receive()
    print(f"{len(numbers)} pings at once were answered in their order.")
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
    try:
        run(parser.parse_args())
    except (Deviation, Denied, OSError, KeyError, ValueError) as error:
        print(f"{type(error).__name__}: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
