"""A small SMTP server on this machine: it keeps what it is given, or refuses as it is told."""

from __future__ import annotations

import socketserver
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from email.message import EmailMessage


@dataclass
class MailServer:
    """`refusal` answers the recipient; `breaks` closes the line after the text was given."""

    port: int = 0
    mails: list[EmailMessage] = field(default_factory=list)
    logins: list[str] = field(default_factory=list)
    refusal: str | None = None
    breaks: bool = False


class _Line(socketserver.StreamRequestHandler):
    server: _Server

    def handle(self) -> None:
        self._say("220 here")
        while line := self.rfile.readline().decode().strip():
            if not self._answer(line.upper()[:4], line):
                return

    def _answer(self, verb: str, line: str) -> bool:
        told = self.server.told
        if verb == "EHLO":
            self._say("250-here", "250 AUTH PLAIN")
        elif verb == "AUTH":
            told.logins.append(line)
            self._say("235 welcome")
        elif verb == "RCPT" and told.refusal:
            self._say(told.refusal)
        elif verb == "DATA":
            return self._data()
        else:
            self._say("250 good" if verb != "QUIT" else "221 bye")
        return verb != "QUIT"

    def _data(self) -> bool:
        self._say("354 go on")
        lines = iter(self.rfile.readline, b".\r\n")
        text = b"".join(line.removeprefix(b".") if line[:2] == b".." else line for line in lines)
        self.server.told.mails.append(message_from_bytes(text, policy=policy.default))  # type: ignore[arg-type]
        if not self.server.told.breaks:
            self._say("250 kept")
        return not self.server.told.breaks

    def _say(self, *lines: str) -> None:
        self.wfile.write("".join(f"{line}\r\n" for line in lines).encode())


class _Server(socketserver.ThreadingTCPServer):
    daemon_threads = True

    def __init__(self, told: MailServer) -> None:
        super().__init__(("127.0.0.1", 0), _Line)
        self.told = told
        told.port = self.server_address[1]


@contextmanager
def running() -> Iterator[MailServer]:
    told = MailServer()
    with _Server(told) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        yield told
        server.shutdown()
        thread.join()
