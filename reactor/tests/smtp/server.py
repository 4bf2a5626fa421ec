"""A mail server for tests, by aiosmtpd. It prints its port, then each mail that it takes as a line of JSON."""

import argparse
import asyncio
import email
import email.header
import email.policy
import email.utils
import json
import logging
import ssl
import sys

from aiosmtpd.smtp import SMTP, AuthResult


def say(thing):
    print(json.dumps(thing), flush=True)


def sender_name(content):
    """Reads the name as RFC 2047 has it: the newer parser of Python 3.11 leaves blanks between encoded words."""
    name, _ = email.utils.parseaddr(email.message_from_bytes(content)["from"])
    return str(email.header.make_header(email.header.decode_header(name)))


class Mailbox:
    """Takes mails and says what was in them, as a mailbox would read it."""

    def __init__(self, options):
        self.options = options
        self.temporary_left = options.temporary

    async def handle_RCPT(self, server, session, envelope, address, rcpt_options):
        if self.options.refuse:
            return "550 5.1.1 There is nobody\x1b[31m of that name here"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server, session, envelope):
        if self.options.slow:
            say({"slowly": True})
            await asyncio.sleep(self.options.slow)
        if self.temporary_left > 0:
            self.temporary_left -= 1
            say({"put_off": True})
            return "451 4.7.1 Please try again later"
        mail = email.message_from_bytes(envelope.content, policy=email.policy.default)
        parts = {part.get_content_type(): part.get_content() for part in mail.iter_parts()}
        say({
            "from": envelope.mail_from,
            "to": envelope.rcpt_tos,
            "tls": session.ssl is not None or self.options.security == "tls",
            "user": session.auth_data.decode() if session.auth_data else None,
            "headers": {name: str(value) for name, value in mail.items()},
            "sender": [str(address) for address in mail["from"].addresses],
            "sender_name": sender_name(envelope.content),
            "parts": parts,
            "defects": [str(fault) for part in mail.walk() for fault in part.defects],
            "size": len(envelope.content),
        })
        return "250 OK"


class Server(SMTP):
    """Misbehaves where it is told to."""

    def __init__(self, handler, options, **named):
        super().__init__(handler, **named)
        self.options = options

    async def smtp_EHLO(self, hostname):
        if self.options.hang:
            say({"hangs": True})
            await asyncio.sleep(3600)
        await super().smtp_EHLO(hostname)

    async def smtp_DATA(self, arg):
        if not self.options.drop:
            return await super().smtp_DATA(arg)
        await self.push("354 Go on")
        say({"begun": (await self._reader.read(20)).decode("ascii", "replace")})
        self.transport.abort()


class Stranger(asyncio.Protocol):
    """What listens here is no mail server."""

    def __init__(self, greeting):
        self.greeting = greeting

    def connection_made(self, transport):
        self.transport = transport
        say({"called": True})
        transport.write(self.greeting)

    def data_received(self, data):
        say({"heard": data.decode("ascii", "replace")})
        self.transport.write(self.greeting)


def protocol_of(options, context):
    if options.mute:
        return lambda: Stranger(b"")
    if options.babble:
        return lambda: Stranger(bytes(range(256)) * 64 + b"\r\n")
    mailbox = Mailbox(options)

    def check(server, session, envelope, mechanism, data):
        right = data.login.decode() == options.user and data.password.decode() == options.password
        say({"signed_in": right})
        # The address that a mail comes from is said by `session.auth_data`.
        return AuthResult(success=right, auth_data=data.login) if right else AuthResult(success=False, handled=False)

    named = {"hostname": "mail.test", "enable_SMTPUTF8": True, "auth_require_tls": options.security == "starttls"}
    if options.user:
        named |= {"authenticator": check, "auth_required": True}
    if options.security == "starttls":
        named |= {"tls_context": context, "require_starttls": True}
    return lambda: Server(mailbox, options, **named)


async def serve(options):
    context = None
    if options.security != "plain":
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(options.certificate, options.key)
    wrapped = context if options.security == "tls" else None
    loop = asyncio.get_running_loop()
    server = await loop.create_server(protocol_of(options, context), "127.0.0.1", options.port, ssl=wrapped)
    say({"port": server.sockets[0].getsockname()[1]})
    # Whoever started us has gone when there is nothing to read any more.
    await loop.run_in_executor(None, sys.stdin.read)


def main():
    # What goes wrong is what is tested.
    logging.disable(logging.CRITICAL)
    parser = argparse.ArgumentParser()
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--security", choices=["plain", "starttls", "tls"], default="plain")
    parser.add_argument("--certificate")
    parser.add_argument("--key")
    parser.add_argument("--user")
    parser.add_argument("--password")
    parser.add_argument("--temporary", type=int, default=0, metavar="TIMES")
    parser.add_argument("--slow", type=float, default=0, metavar="SECONDS")
    for fault in ["refuse", "hang", "drop", "mute", "babble"]:
        parser.add_argument(f"--{fault}", action="store_true")
    asyncio.run(serve(parser.parse_args()))


if __name__ == "__main__":
    main()
