"""A tour of everything that is about accounts, taken by an admin, written from PROTOCOL.md alone.

It knows requests and replies, not frames. It leaves the daemon as it found it: the guest whom it invites deletes
their account, and the admin's password is what it was.
"""

from wire import Connection, demand

GUEST = {"user_name": "guest.of.honour", "email": "guest@example.org", "phone": "+98 912 765 4321"}
DEVICE = "a second device"


def tour(admin, token, arguments):
    """Goes everywhere with the admin's connection and token."""
    greet = lambda: connect(arguments)
    edit(admin, token, greet)
    sessions(admin, arguments, greet)
    change_password(admin, token, arguments, greet)
    guest, guest_token = invite(admin, greet)
    reset(admin, guest, guest_token, greet)
    audit(admin)
    admin.answer("ping", "done")
    print("Went through accounts, sessions, passwords, invites and resets.")


def connect(arguments):
    """Opens another connection and says hello."""
    connection = Connection(arguments.host, arguments.port)
    connection.hello()
    return connection


def edit(admin, token, greet):
    """Edits the account: every fault at once, then what is right, which is told elsewhere."""
    other = greet()
    other.answer("resume", "signed_in", session=token)
    before = admin.answer("get_account", "account")
    faults = {"email": "not_allowed", "phone": "not_allowed", "about": "too_long"}
    admin.expect_faults(faults, "edit_account", email="no address", phone="17", about="x" * 501)
    demand(admin.answer("get_account", "account") == before, "A form with faults changed the account.")
    visibility = {"email": False, "phone": True, "about": True}
    edited = admin.answer("edit_account", "account", about="  I play the viola.\n", visibility=visibility)
    expected = {**before, "about": "I play the viola.", "visibility": visibility}
    demand(edited == expected, f"The account is {edited}, not {expected}.")
    demand(other.await_event("account_changed") == expected, "Another account is told than was edited.")
    # What is absent stays as it is.
    demand(admin.answer("edit_account", "account", about="") == {**expected, "about": ""}, "Too much was edited.")
    other.goodbye()


def sessions(admin, arguments, greet):
    """Signs in on a second device, sees it in the list, and ends it from the first."""
    other = greet()
    signed_in = other.answer(
        "sign_in", "signed_in", user_name=arguments.user, password=arguments.password, device=DEVICE
    )
    listed = admin.answer("list_sessions", "sessions")["sessions"]
    demand(sum(session["current"] for session in listed) == 1, "Not one session is the one that asks.")
    demand(all(len(session["id"]) == 16 for session in listed), "The id of a session is not 16 bytes.")
    found = [session for session in listed if session["device"] == DEVICE and session["connected"]]
    demand(len(found) == 1 and not found[0]["current"], f"The second device is not in the list: {listed}.")
    admin.answer("end_session", "done", session=found[0]["id"])
    other.await_event("session_ended")
    other.expect_denial("sign_in_first", "get_account")
    other.expect_denial("session_ended", "resume", session=signed_in["session"])
    admin.expect_denial("no_such_session", "end_session", session=found[0]["id"])
    # The device is known: its proof goes with the next sign-in, and another one comes.
    again = other.answer(
        "sign_in", "signed_in", user_name=arguments.user, password=arguments.password, device=DEVICE,
        device_proof=signed_in["device_proof"],
    )
    demand(len(again["device_proof"]) == 48, "A known device got no proof.")
    other.answer("sign_out", "done")
    other.goodbye()


def change_password(admin, token, arguments, greet):
    """Changes the password there and back, which ends every other session."""
    new = "another horse, correct too"
    admin.expect_denial("wrong_password", "change_password", old="not this one", new=new)
    admin.expect_faults({"password": "too_short"}, "change_password", old=arguments.password, new="short")
    other = greet()
    other.answer("sign_in", "signed_in", user_name=arguments.user, password=arguments.password, device=DEVICE)
    admin.answer("change_password", "done", old=arguments.password, new=new)
    other.await_event("session_ended")
    other.expect_denial(
        "wrong_password", "sign_in", user_name=arguments.user, password=arguments.password, device=DEVICE
    )
    admin.answer("change_password", "done", old=new, new=arguments.password)
    other.answer("resume", "signed_in", session=token)
    other.goodbye()


def invite(admin, greet):
    """Invites a guest, who types the code as people do. Returns their connection and token."""
    made = admin.answer("create_invite", "invite", note="the guest of honour", hours=1)
    letters = made["code"].replace("-", "")
    demand(len(letters) == 16 and set(letters) <= set("0123456789ABCDEFGHJKMNPQRSTVWXYZ"), "The code is odd.")
    guest = greet()
    form = {**GUEST, "password": "a guest's password", "device": "test"}
    guest.expect_faults({"code": "not_allowed"}, "sign_up", code="U" * 16, **form)
    guest.expect_faults({"code": "not_allowed"}, "sign_up", code="0" * 16, **form)
    typed = " ".join(letters[place : place + 4] for place in (0, 4, 8, 12)).lower().replace("0", "o")
    signed_in = guest.answer("sign_up", "signed_in", code=typed, **form)
    demand(signed_in["account"]["role"] == "member", "A guest is no mere member.")
    demand(signed_in["account"]["phone"] == "+989127654321", "The phone number is not in its normal form.")
    stranger = greet()
    other = {**form, "user_name": "gate.crasher", "email": "crasher@example.org"}
    stranger.expect_faults({"code": "not_allowed"}, "sign_up", code=made["code"], **other)
    stranger.goodbye()
    listed = admin.answer("list_invites", "invites")["invites"]
    used = [entry for entry in listed if entry.get("used_by") == GUEST["user_name"]]
    demand(used and used[0]["note"] == "the guest of honour", f"The invite is not in the list: {listed}.")
    admin.expect_denial("no_such_invite", "revoke_invite", invite=used[0]["id"])
    guest.expect_denial("not_allowed", "list_users", query="", filter="all", offset=0, limit=48)
    guest.expect_denial("not_allowed", "create_invite", note="", hours=1)
    demand(admin.answer("list_audit", "audit", limit=1)["entries"][0]["action"] == "invite_used", "Who was it?")
    return guest, signed_in["session"]


def reset(admin, guest, guest_token, greet):
    """The guest forgets the password, gets a code from the admin, and deletes the account in the end."""
    name, new = GUEST["user_name"], "a password to keep"
    profile = admin.answer("list_members", "members", query="GUEST.of", offset=0, limit=20)
    demand(profile["total"] == 1, f"The guest is not among the members: {profile}.")
    shown = profile["members"][0]
    demand(shown["user_name"] == name and "email" not in shown, f"The guest is shown as {shown}.")
    code = admin.answer("issue_reset_code", "reset_code", user_name=name)["code"]
    demand(code.isdigit(), "The code is not of digits.")
    forgetful = greet()
    begun = forgetful.answer("request_reset", "reset_begun", account=GUEST["email"].upper(), send=False)
    flow = begun["flow"]
    demand(len(flow) == 16, "The flow is not 16 bytes.")
    forgetful.expect_denial("code_void", "reset_password", flow=flow, password=new)
    wrong = code[:-1] + str((int(code[-1]) + 1) % 10)
    demand(forgetful.expect_denial("wrong_code", "check_code", flow=flow, code=wrong)["tries_left"] == 2, "Tries.")
    # As people type it: in another script, with a dash.
    typed = "".join(chr(0x06F0 + int(digit)) for digit in code)
    typed = typed[:4] + " - " + typed[4:]
    accepted = forgetful.answer("check_code", "code_accepted", flow=flow, code=typed)
    demand(accepted["user_name"] == name, "The code is somebody else's.")
    forgetful.expect_denial("code_void", "check_code", flow=flow, code=code)
    forgetful.expect_faults({"password": "too_short"}, "reset_password", flow=flow, password="short")
    forgetful.answer("reset_password", "done", flow=flow, password=new)
    guest.await_event("session_ended")
    guest.expect_denial("session_ended", "resume", session=guest_token)
    forgetful.expect_denial("code_void", "reset_password", flow=flow, password=new)
    guest.goodbye()
    forgetful.answer("sign_in", "signed_in", user_name=name, password=new, device="test")
    forgetful.expect_denial("wrong_password", "delete_account", password="not this one", shared={"keep": {}})
    forgetful.answer("delete_account", "done", password=new, shared={"hand_over": {"to": "STRANGER"}})
    forgetful.expect_denial("sign_in_first", "get_account")
    forgetful.goodbye()
    gone = admin.answer("list_users", "users", query="guest.of", filter="all", offset=0, limit=48)
    demand(gone["total"] == 0, "The guest is still there.")


def audit(admin):
    """Reads all that was done, page by page: numbers from 1 on without gaps, the newest first."""
    numbers, more, before = [], True, {}
    while more:
        page = admin.answer("list_audit", "audit", limit=3, **before)
        numbers += [entry["id"] for entry in page["entries"]]
        more, before = page["more"], {"before": numbers[-1]}
    demand(numbers == list(range(len(numbers), 0, -1)), f"The list of what was done has gaps: {numbers}.")
    newest = admin.answer("list_audit", "audit", limit=1)["entries"][0]
    deleted = newest["action"] == "user_deleted" and newest["subject"] == GUEST["user_name"]
    demand(deleted and newest["shared"] == {"hand_over": {"to": "stranger"}}, f"The newest entry is {newest}.")
