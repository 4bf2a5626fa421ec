"""A tour of the room, taken by two members, written from PROTOCOL.md alone.

Each keeps a log by the rules of §8 and an outbox of one entry. It knows requests and replies, not frames. In the end
the neighbour deletes their account, and the daemon has the files that it had before; what was said stays.
"""

import os

import files
from wire import Connection, Denied, demand, variant

NEIGHBOUR = {"user_name": "neighbour.next.door", "email": "door@example.org", "phone": "0912 765 4323"}
PASSWORD = "a neighbour's password"
ROOM = 0
NOBODYS = 4_000_000_000


class Log:
    """What one client holds of a conversation: PROTOCOL.md §8, keeping up."""

    def __init__(self, connection, conversation):
        self.conversation = conversation
        self.posts = {}
        self.known = 0
        self.oldest = None
        self.back_on(connection)

    def back_on(self, connection):
        self.connection = connection
        if self.oldest is None:
            self.begin()
        else:
            self.catch_up()

    def read(self, way, number=None, limit=64):
        start = {way: {} if number is None else number}
        asked = {"conversation": self.conversation, "from": start, "limit": limit}
        page = self.connection.answer("read_posts", "posts", **asked)
        demand(page["conversation"] == self.conversation and len(page["posts"]) <= limit, "Another page came.")
        return page

    def begin(self):
        page = self.read("latest")
        for post in page["posts"]:
            self.merge(post)
        self.oldest = page["posts"][0]["post"] if page["posts"] else page["first"]
        self.known = page["revision"]

    def catch_up(self):
        more = True
        while more:
            page = self.read("changed_after", self.known, limit=3)
            for post in page["posts"]:
                demand(post["revision"] > self.known, "A post came that did not change.")
                self.merge(post)
            more = page["more"]
            self.known = page["posts"][-1]["revision"] if more else max(self.known, page["revision"])

    def look_back(self, limit):
        """Reads everything that is older."""
        more = True
        while more:
            page = self.read("before", self.oldest, limit)
            for post in page["posts"]:
                self.merge(post)
            numbers = [post["post"] for post in page["posts"]]
            demand(numbers == list(range(self.oldest - len(numbers), self.oldest)), f"{numbers} leave a gap.")
            self.oldest = min(numbers, default=self.oldest)
            more = page["more"]
        demand(self.oldest == page["first"], "There is no more, and not all is here.")

    def merge(self, post):
        held = self.posts.get(post["post"])
        if held is None or held["revision"] < post["revision"]:
            self.posts[post["post"]] = post

    def take(self, post):
        """Takes a post that was told or answered."""
        self.merge(post)
        if post["revision"] == self.known + 1:
            self.known += 1
        elif post["revision"] > self.known:
            self.catch_up()
        return post

    def hear(self):
        """Takes what was told so far."""
        self.connection.answer("ping", "done")
        told = [fields for name, fields in self.connection.events if name in ("said", "post_changed")]
        for post in told:
            if post["conversation"] == self.conversation:
                self.take(post)
        return self.posts

    def say(self, text, key=None, **more):
        fields = {"key": key or os.urandom(16), "conversation": self.conversation, "text": text, **more}
        return self.take(self.connection.answer("say", "post", **fields))


def tour(member, token, arguments, track):
    """Goes everywhere with the member's connection and token, and a neighbour who is new."""
    before = files.listed(member, "own")["total"]
    name = member.answer("get_account", "account")["user_name"]
    entered = member.answer("enter_room", "entered", take_over=False)
    demand(entered["room"]["conversation"] == ROOM and "with" not in entered["room"], f"One entered {entered}.")
    neighbour = files.connect(arguments)
    signed_in = neighbour.answer("sign_up", "signed_in", password=PASSWORD, device="laptop", **NEIGHBOUR)
    own, other = meet(member, neighbour, entered["participants"])
    refusals(own, other)
    neighbour = lose_and_come_back(own, other, signed_in["session"], arguments)
    show(own, other, track)
    found(own)
    neighbour = take_over(own, other, arguments)
    write_to_who_is_away(own, neighbour, name, arguments)
    member.answer("leave_room", "done")
    member.expect_denial("not_seated", "say", key=os.urandom(16), conversation=ROOM, text="Hello?")
    demand(files.listed(member, "own")["total"] == before, "The tour did not leave the files as they were.")
    print("Went through the room: seats, a log without gaps, cards, search and a direct message.")


def turns(connection):
    """Waits for one event, and returns who came and went."""
    changed = connection.await_event("seats_changed")
    demand(changed["omitted"] == 0 and len(changed["changes"]) <= 50, f"Changes of seats are {changed}.")
    return [(each["user_name"], each["how"], each["participants"]) for each in changed["changes"]]


def await_turn(connection, who, how):
    """Waits until somebody comes or goes in this way, and returns how many seats are taken then."""
    while True:
        for name, turn, participants in turns(connection):
            if (name, turn) == (who, how):
                return participants


def meet(member, neighbour, alone):
    """The two meet and talk; both have the same log."""
    who = NEIGHBOUR["user_name"]
    neighbour.expect_denial("not_seated", "say", key=os.urandom(16), conversation=ROOM, text="Anybody there?")
    entered = neighbour.answer("enter_room", "entered", take_over=False)
    demand(entered["participants"] == alone + 1 and not entered["came_back"], f"The second entered {entered}.")
    demand(await_turn(member, who, "joined") == alone + 1, "Joined, and counted otherwise.")
    seats = member.answer("list_seats", "seats", offset=0, limit=200)
    demand((who, "present") in [(seat["user_name"], seat["state"]) for seat in seats["seats"]], f"Seats are {seats}.")
    own, other = Log(member, ROOM), Log(neighbour, ROOM)
    first = own.say("  Hello,\r\n\tneighbour\x07! \n")
    demand(first["text"] == "  Hello,\n\tneighbour!", f"What was said became {first['text']!r}.")
    reply = other.say("سلام @" + first["author"] + ", how are you?", reply_to=first["post"])
    demand(reply["post"] == first["post"] + 1, "The next number is not the next.")
    quote = {"post": first["post"], "author": first["author"], "excerpt": first["text"]}
    demand(reply["reply_to"] == quote, f"The reply quotes {reply['reply_to']}.")
    long = other.say("é" * 1200)
    again = own.say("Short.", reply_to=long["post"])["reply_to"]["excerpt"]
    demand(0 < len(again.encode()) <= 100 and long["text"].startswith(again), f"The excerpt is {again!r}.")
    edited = own.take(member.answer("edit_post", "post", conversation=ROOM, post=first["post"], text="Hello!"))
    demand(edited["text"] == "Hello!" and edited["edited_unix_ms"] >= edited["said_unix_ms"], f"Edited is {edited}.")
    deleted = other.take(neighbour.answer("delete_post", "post", conversation=ROOM, post=long["post"]))
    demand(deleted["text"] == "" and deleted["deleted_unix_ms"] > 0, f"Deleted is {deleted}.")
    compare(own, other)
    room = member.answer("list_conversations", "conversations", offset=0, limit=48)["conversations"][0]
    demand(room["mentions"] >= 1 and room["revision"] == own.known, f"The room is {room}.")
    return own, other


def compare(own, other):
    """Sees that two logs are one, as far as both reach, and that a page is the same."""
    own.hear()
    other.hear()
    both = own.posts.keys() & other.posts.keys()
    demand(both and all(own.posts[post] == other.posts[post] for post in both), "Two logs are not one.")
    demand(max(own.posts) == max(other.posts) and own.known == other.known, "One log is behind.")
    own.look_back(limit=5)
    demand(sorted(own.posts) == list(range(own.oldest, max(own.posts) + 1)), "The log has gaps.")
    around = own.read("around", max(own.posts), limit=4)
    demand(all(own.posts[post["post"]] == post for post in around["posts"]), "A page is not what the log is.")
    after = own.read("after", 0, limit=1)
    demand(after["posts"] == [own.posts[own.oldest]] and after["more"], "The oldest post is another.")


def refusals(own, other):
    """Asks for what cannot be."""
    member, neighbour = own.connection, other.connection
    say = {"key": os.urandom(16), "conversation": ROOM, "text": "x"}
    member.expect_faults({"text": "missing"}, "say", **{**say, "text": " \n\t"})
    member.expect_faults({"text": "too_long"}, "say", **{**say, "text": "x" * 2401})
    member.expect_denial("bad_request", "say", **{**say, "key": b"short"})
    member.expect_denial("bad_request", "say", **say, card={"link": 7})
    member.expect_denial("no_such_file", "say", **say, card={"file": NOBODYS})
    member.expect_denial("no_such_track", "say", **say, card={"track": NOBODYS})
    member.expect_denial("no_such_post", "say", **say, reply_to=NOBODYS)
    member.expect_denial("no_such_conversation", "say", **{**say, "conversation": NOBODYS})
    read = {"conversation": ROOM, "from": {"latest": {}}, "limit": 1}
    member.expect_denial("no_such_conversation", "read_posts", **{**read, "conversation": NOBODYS})
    member.expect_denial("bad_request", "read_posts", **{**read, "from": {"yesterday": 1}})
    member.expect_denial("bad_request", "read_posts", **{**read, "limit": 65})
    member.expect_denial("no_such_member", "open_conversation", **{"with": "nobody.at.all"})
    # None of it was said, so the key says something now; and then nothing else any more.
    said = own.say("Once.", key=say["key"])
    same = member.answer("say", "post", **{**say, "text": "Twice?"})
    demand(same == said, f"The same key said {same}, after {said}.")
    post = {"conversation": ROOM, "post": said["post"]}
    neighbour.expect_denial("not_author", "edit_post", text="Mine.", **post)
    neighbour.expect_denial("not_author", "delete_post", **post)
    neighbour.expect_denial("no_such_card", "fetch_card", offset=0, **post)
    member.expect_faults({"text": "missing"}, "edit_post", text="", **post)
    own.take(member.answer("delete_post", "post", **post))
    member.expect_denial("no_such_post", "edit_post", text="Back.", **post)
    demand(member.answer("delete_post", "post", **post)["deleted_unix_ms"] > 0, "Deleted twice, it is there.")
    gone = member.answer("say", "post", **say)
    demand(gone["post"] == said["post"] and gone["deleted_unix_ms"] > 0, f"A deleted post was said again: {gone}.")


def lose_and_come_back(own, other, token, arguments):
    """The neighbour loses the connection with an answer on its way, and comes back to their seat."""
    member, who = own.connection, NEIGHBOUR["user_name"]
    key = os.urandom(16)
    other.connection.ask("say", key=key, conversation=ROOM, text="Did you hear that?")
    other.connection.socket.close()
    participants = await_turn(member, who, "lost")
    seats = member.answer("list_seats", "seats", offset=0, limit=200)
    demand(seats["participants"] == participants, "A seat that waits is not counted.")
    demand((who, "inactive") in [(seat["user_name"], seat["state"]) for seat in seats["seats"]], f"Seats are {seats}.")
    lines = [own.say(f"Line {number}.") for number in range(5)]
    edit = {"conversation": ROOM, "post": lines[0]["post"], "text": "Line nought."}
    own.take(member.answer("edit_post", "post", **edit))
    own.take(member.answer("delete_post", "post", conversation=ROOM, post=lines[1]["post"]))
    back = files.connect(arguments)
    back.answer("resume", "signed_in", session=token)
    entered = back.answer("enter_room", "entered", take_over=False)
    demand(entered["came_back"] and entered["participants"] == participants, f"One came back to {entered}.")
    await_turn(member, who, "came_back")
    other.back_on(back)
    # From the outbox, whether or not it was said before.
    said = other.say("Did you hear that?", key=key)
    other.say("Did you hear that?", key=key)
    compare(own, other)
    mine = [post for post in own.posts.values() if post["text"] == said["text"] and post["author"] == who]
    demand([post["post"] for post in mine if post["post"] >= said["post"]] == [said["post"]], "It was said twice.")
    return back


def show(own, other, track):
    """The neighbour shows a file and deletes it; the card is still there, and can be kept."""
    member, neighbour = own.connection, other.connection
    data = os.urandom(150_000)
    shown = files.upload(neighbour, "Door plan.png", data)
    post = other.say("", card={"file": shown["file"]})
    kind, card = variant(post["card"], "card")
    demand((kind, card["sha256"]) == ("file", files.sha256(data)), f"The card is {post['card']}.")
    neighbour.answer("trash_files", "done", files=[shown["file"]])
    neighbour.answer("purge_files", "done", files=[shown["file"]])
    own.hear()
    demand(own.posts[post["post"]]["card"] == post["card"], "Another card is told than was answered.")
    place = {"conversation": ROOM, "post": post["post"]}
    start, came = member.fetch("fetch_card", offset=100_000, **place)
    demand(came == data[100_000:] and start["sha256"] == files.sha256(data), "The card has other bytes.")
    member.expect_denial("offset_outside", "fetch_card", offset=len(data) + 1, **place)
    kept = member.answer("keep_card", "file", same_name="keep_both", **place)
    demand(kept["file_name"] == "Door plan.png" and kept["sha256"] == files.sha256(data), f"What was kept is {kept}.")
    member.answer("trash_files", "done", files=[kept["file"]])
    member.answer("purge_files", "done", files=[kept["file"]])
    song = own.say("Listen!", card={"track": track["id"]})
    kind, card = variant(song["card"], "card")
    told = (kind, card["track"], card["title"], card["size_bytes"])
    demand(told == ("track", track["id"], track["title"], track["size_bytes"]), f"The card of a track is {song}.")
    member.expect_denial("no_such_card", "fetch_card", conversation=ROOM, post=song["post"], offset=0)
    compare(own, other)


def found(own):
    """Searches, page by page."""
    word = "Café" + os.urandom(4).hex()
    said = [own.say(f"The {word} opens at {hour}.")["post"] for hour in (8, 9, 10)]
    query = {"conversation": ROOM, "query": f"OPENS cafe{word[4:10]}", "limit": 2}
    page = own.connection.answer("search_posts", "posts_found", **query)
    demand([post["post"] for post in page["posts"]] == said[:0:-1], f"Found {page}.")
    rest = own.connection.answer("search_posts", "posts_found", before=page["next"], **query)
    demand([post["post"] for post in rest["posts"]] == said[:1] and "next" not in rest, f"Then found {rest}.")


def take_over(own, other, arguments):
    """The neighbour takes their seat over on another device."""
    laptop, member = other.connection, own.connection
    phone = files.connect(arguments)
    signed_in = {"user_name": NEIGHBOUR["user_name"], "password": PASSWORD, "device": "phone"}
    phone.answer("sign_in", "signed_in", **signed_in)
    taken = phone.expect_denial("seat_taken", "enter_room", take_over=False)
    demand(taken["device"] == "laptop", f"The seat is taken at {taken}.")
    before = member.answer("list_seats", "seats", offset=0, limit=200)["participants"]
    entered = phone.answer("enter_room", "entered", take_over=True)
    demand(entered["participants"] == before, f"A seat that was taken over is counted otherwise: {entered}.")
    demand(laptop.await_event("seat_lost")["device"] == "phone", "The seat was lost to another device.")
    laptop.expect_denial("not_seated", "say", key=os.urandom(16), conversation=ROOM, text="Still here?")
    laptop.goodbye()
    other.back_on(phone)
    other.say("On the phone now.")
    compare(own, other)
    # A goodbye gives the seat up.
    phone.goodbye()
    demand(await_turn(member, NEIGHBOUR["user_name"], "left") == before - 1, "Left, and counted otherwise.")
    return signed_in


def write_to_who_is_away(own, signed_in, name, arguments):
    """Somebody who is not there gets a direct message with a card, and leaves for good."""
    member, who = own.connection, NEIGHBOUR["user_name"]
    opened = member.answer("open_conversation", "conversation", **{"with": who})
    demand(opened["last"] == 0 and opened["with"] == who, f"A new conversation is {opened}.")
    direct = Log(member, opened["conversation"])
    direct.say(f"@{who}, your parcel is here.")
    neighbour, second = (files.connect(arguments) for _ in range(2))
    for connection in (neighbour, second):
        connection.answer("sign_in", "signed_in", **signed_in)
    page = neighbour.answer("list_conversations", "conversations", offset=0, limit=48)
    entry = next(entry for entry in page["conversations"] if entry.get("with") == name)
    seen = (entry["conversation"], entry["last"], entry["read_up_to"], entry["mentions"])
    demand(seen == (opened["conversation"], 1, 0, 1), f"What waits is {entry}.")
    there = Log(neighbour, entry["conversation"])
    reply = there.say("Thank you!", reply_to=1)
    demand(reply["reply_to"]["author"] == name, f"The reply is {reply}.")
    demand(direct.hear()[2] == reply == second.await_event("said"), "It was told otherwise than it was said.")
    mark = {"conversation": entry["conversation"], "post": 2}
    neighbour.answer("mark_read", "done", **mark)
    demand(second.await_event("marked_read") == mark, "Another mark is told.")
    neighbour.answer("mark_read", "done", **{**mark, "post": 1})
    page = second.answer("list_conversations", "conversations", offset=0, limit=48)
    entry = next(entry for entry in page["conversations"] if entry["conversation"] == mark["conversation"])
    demand((entry["read_up_to"], entry["mentions"]) == (2, 0), f"What was read is unread: {entry}.")
    shown = files.upload(neighbour, "Receipt.pdf", b"paid")
    card = there.say("The receipt.", card={"file": shown["file"]})
    second.goodbye()
    neighbour.answer("delete_account", "done", password=PASSWORD, shared={"remove": {}})
    neighbour.goodbye()
    await_gone(direct, card["post"])
    try:
        direct.say("Are you there?")
        demand(False, "Something was said to nobody.")
    except Denied as refusal:
        demand(refusal.name == "no_such_member", f"It was denied by {refusal.name}.")
    page = member.answer("list_conversations", "conversations", offset=0, limit=48)
    entry = next(entry for entry in page["conversations"] if entry["conversation"] == mark["conversation"])
    demand(entry["departed"] and entry["with"] == who, f"Who left is {entry}.")


def await_gone(log, post):
    """Waits until the file of a card went with the account of who showed it."""
    while variant(log.posts[post]["card"], "card")[0] != "gone" if post in log.posts else True:
        log.connection.receive()
        log.hear()
    log.connection.expect_denial("no_such_card", "fetch_card", conversation=log.conversation, post=post, offset=0)
