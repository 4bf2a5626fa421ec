"""The wire, written from PROTOCOL.md alone: frames, messages, chunks, and what may come when.

It knows no request but `hello` and `goodbye`, and says `Deviation` where the daemon departs from the document.
"""

import socket
import struct

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
        self.trash_days = 0

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

    def send_chunk(self, transfer, offset, data):
        """Sends [transfer, offset, data], each integer as short as it can be."""
        self.send_part_of_chunk(transfer, offset, data, len(data))

    def send_part_of_chunk(self, transfer, offset, data, count):
        """Sends a chunk, and of its data only the first bytes."""
        demand(len(data) <= self.chunk_bytes_max, "A chunk is too long.")
        payload = msgpack.packb([transfer, offset, data])
        self.socket.sendall(struct.pack(">I", len(payload)) + payload[: len(payload) - len(data) + count])

    def fetch(self, request, **fields):
        """Fetches a file, or a part of it, and returns its file_start and its bytes."""
        start = self.answer(request, "file_start", **fields)
        demand(start["offset"] == fields["offset"], "file_start begins elsewhere than was asked.")
        transfer = self.transfers[start["transfer"]]
        outcome = transfer.await_end(self)
        demand(outcome == "whole", f"The transfer ended as {outcome}.")
        return start, bytes(transfer.data)

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
        if name in ("file_start", "upload_start"):
            demand(fields["transfer"] not in self.transfers, "The number of a transfer was used again.")
            self.transfers[fields["transfer"]] = Transfer(fields) if name == "file_start" else Upload(fields)
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
        demand(isinstance(self.transfers.get(transfer), Transfer), f"A chunk came of {transfer} before its file_start.")
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
        """Asks what must be refused, and how. Returns the fields of the denial."""
        try:
            self.answer(name, None, **fields)
        except Denied as refusal:
            demand(refusal.name == denial, f"{name} was denied by {refusal.name}, not by {denial}.")
            return refusal.fields
        raise Deviation(f"{name} was done where it must be denied by {denial}.")

    def expect_faults(self, expected, name, **fields):
        """Sends a form that must be refused, and compares all that is said to be wrong with it."""
        refusal = self.expect_denial("invalid_fields", name, **fields)
        faults = {fault["field"]: variant(fault["fault"], "fault")[0] for fault in refusal["faults"]}
        demand(faults == expected, f"{name} was denied for {faults}, not for {expected}.")

    def await_event(self, name):
        """Waits for an event, unless it has come, and returns its fields."""
        while not any(came == name for came, _ in self.events):
            self.receive()
        place = next(place for place, (came, _) in enumerate(self.events) if came == name)
        return self.events.pop(place)[1]

    def hello(self):
        """Opens the conversation and keeps to the numbers the daemon announces."""
        welcome = self.answer("hello", "welcome", protocol=PROTOCOL, client="client.py 1")
        demand(welcome["protocol"] == PROTOCOL, f"The daemon speaks version {welcome['protocol']}.")
        self.message_bytes_max = welcome["limits"]["message_bytes_max"]
        self.chunk_bytes_max = welcome["limits"]["chunk_data_bytes_max"]
        self.trash_days = welcome["policies"].get("trash_days", 0)
        demand(welcome["policies"].get("sign_up", "open") in ("open", "approval", "invite"), "A rule is unknown.")
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


class Upload:
    """A file on its way to the daemon: it ends once."""

    def __init__(self, start):
        self.start = start
        self.outcome = None

    def end(self, outcome):
        demand(self.outcome is None, "A transfer ended twice.")
        self.outcome = outcome

    def await_end(self, connection):
        """Returns how the transfer ended, once it has."""
        while self.outcome is None:
            connection.receive()
        return self.outcome


class Transfer(Upload):
    """A file on its way from the daemon: its chunks come in order and without gaps."""

    def __init__(self, start):
        super().__init__(start)
        self.data = bytearray()

    def add(self, offset, data):
        demand(self.outcome is None, "A chunk came after its transfer_end.")
        due = self.start["offset"] + len(self.data)
        demand(offset == due, f"A chunk begins at {offset}, where {due} was due.")
        self.data += data

    def end(self, outcome):
        super().end(outcome)
        if outcome == "whole":
            demand(len(self.data) == self.start["length"], "A whole transfer did not bring its length.")
