"""HTTP on libcurl: many requests at once on kept-alive connections, never one sent twice.

libcurl repeats a request by itself when a reused connection dies before an answer came: a second
copy to a person. It does so only if it can rewind the body, so bodies are handed over as a stream
that cannot be rewound; such a death is then reported (`BROKEN`), and the delivery is `unknown`.
"""

from __future__ import annotations

import math
import select
import threading
import time
from email.utils import formatdate
from io import BytesIO
from urllib.parse import urlsplit

import pycurl

from webapp.platforms.wire import Reply, Request, TransportError

USER_AGENT = "Fanlight"
CONNECT_TIMEOUT_MS = 10_000
IDLE_CONNECTION_S = 4  # not reused when older: a server may be closing it (Apache's after 5 s)
MOST_KEPT = 500  # connections: kept fewer than there are in flight, each send opens one anew
LARGEST_REPLY = 4_000_000  # bytes; Graph replies are far smaller
LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})
POLLED = {
    pycurl.POLL_IN: select.POLLIN,
    pycurl.POLL_OUT: select.POLLOUT,
    pycurl.POLL_INOUT: select.POLLIN | select.POLLOUT,
}
TLS_FAILURES = {
    pycurl.E_SSL_CONNECT_ERROR,
    pycurl.E_PEER_FAILED_VERIFICATION,
    pycurl.E_SSL_CERTPROBLEM,
    pycurl.E_SSL_CIPHER,
    pycurl.E_SSL_CACERT_BADFILE,
    pycurl.E_SSL_ISSUER_ERROR,
    pycurl.E_SSL_ENGINE_NOTFOUND,
    pycurl.E_SSL_ENGINE_SETFAILED,
    pycurl.E_SSL_ENGINE_INITFAILED,
}
FAILURES = {
    pycurl.E_COULDNT_RESOLVE_HOST: TransportError.NAME,
    pycurl.E_COULDNT_RESOLVE_PROXY: TransportError.NAME,
    pycurl.E_COULDNT_CONNECT: TransportError.REFUSED,
    pycurl.E_OPERATION_TIMEDOUT: TransportError.TIMEOUT,
    **dict.fromkeys(TLS_FAILURES, TransportError.TLS),
}


class Transport:
    """Requests in flight and their replies; every instance belongs to the thread that made it."""

    def __init__(self, connections: int = MOST_KEPT) -> None:
        """`connections` are kept open for reuse; more requests than that may be in flight."""
        self._thread = threading.get_ident()
        # Every request is watched and let go once: with epoll that is two calls of the system.
        self._sockets = select.poll()
        self._watched: set[int] = set()
        self._due: float | None = None  # when libcurl wants to be woken, monotonic seconds
        self._idle: list[_Exchange] = []
        self._running: dict[pycurl.Curl, tuple[_Exchange, object]] = {}
        self._single = _Exchange()
        self._multi = pycurl.CurlMulti()
        self._multi.setopt(pycurl.M_MAXCONNECTS, connections)
        self._multi.setopt(pycurl.M_SOCKETFUNCTION, self._watch)
        self._multi.setopt(pycurl.M_TIMERFUNCTION, self._wake_in)

    @property
    def in_flight(self) -> int:
        return len(self._running)

    def submit(self, request: Request, token: object) -> None:
        """Start a request; `token` comes back with its reply."""
        self._check_thread()
        exchange = self._idle.pop() if self._idle else _Exchange()
        exchange.prepare(request)
        self._running[exchange.curl] = (exchange, token)
        self._multi.add_handle(exchange.curl)

    def poll(self, timeout_s: float) -> list[tuple[object, Reply]]:
        """Replies that came within `timeout_s`; at once when there are some or none in flight."""
        self._check_thread()
        until = time.monotonic() + timeout_s
        finished = self._turn(0)
        while not finished and self._running and (left := until - time.monotonic()) > 0:
            finished = self._turn(left)
        return finished

    def call(self, request: Request) -> Reply:
        """One request and its reply, waiting for it; those in flight rest meanwhile."""
        self._check_thread()
        self._single.prepare(request)
        try:
            self._single.curl.perform()
        except pycurl.error as error:
            return self._single.reply(int(error.args[0]))
        return self._single.reply(0)

    def close(self) -> None:
        """Cut what is in flight, without replies: whoever waits for one must call it unknown."""
        for exchange, _ in self._running.values():
            self._multi.remove_handle(exchange.curl)
            exchange.curl.close()
        self._running.clear()
        for exchange in [*self._idle, self._single]:
            exchange.curl.close()
        self._multi.close()

    def _turn(self, wait_s: float) -> list[tuple[object, Reply]]:
        """Wait for sockets or libcurl's timer, serve them once, collect what is finished."""
        if self._due is not None:
            wait_s = max(0.0, min(wait_s, self._due - time.monotonic()))
        for fd, event in self._sockets.poll(math.ceil(wait_s * 1000)):
            readable = pycurl.CSELECT_IN if event & ~select.POLLOUT else 0
            writable = pycurl.CSELECT_OUT if event & ~select.POLLIN else 0
            self._multi.socket_action(fd, readable | writable)
        if self._due is not None and self._due <= time.monotonic():
            self._due = None
            self._multi.socket_action(pycurl.SOCKET_TIMEOUT, 0)
        return self._collect()

    def _collect(self) -> list[tuple[object, Reply]]:
        finished = []
        more = len(self._running)
        while more:
            more, done, failed = self._multi.info_read()
            codes = [(curl, 0) for curl in done] + [(curl, code) for curl, code, _ in failed]
            finished += [self._finish(curl, code) for curl, code in codes]
        return finished

    def _finish(self, curl: pycurl.Curl, code: int) -> tuple[object, Reply]:
        exchange, token = self._running.pop(curl)
        reply = exchange.reply(code)
        self._multi.remove_handle(curl)
        self._idle.append(exchange)
        return token, reply

    def _watch(self, what: int, fd: int, _multi: object, _data: object) -> None:
        """libcurl asks to be told about a socket."""
        if what == pycurl.POLL_REMOVE:
            if fd in self._watched:
                self._watched.remove(fd)
                self._sockets.unregister(fd)
        else:
            self._watched.add(fd)
            self._sockets.register(fd, POLLED[what])

    def _wake_in(self, milliseconds: int) -> None:
        """libcurl asks to be called after a time; -1 takes that back."""
        self._due = None if milliseconds < 0 else time.monotonic() + milliseconds / 1000

    def _check_thread(self) -> None:
        if threading.get_ident() != self._thread:
            raise RuntimeError("a transport is used by the thread that made it, and by no other")


class _Exchange:
    """One libcurl handle with its buffers, used again for request after request."""

    def __init__(self) -> None:
        self.curl = pycurl.Curl()
        self._before: Request | None = None
        self._source, self._head, self._body = BytesIO(), BytesIO(), BytesIO()
        for option, value in self._lasting_options():
            self.curl.setopt(option, value)

    def _lasting_options(self) -> list[tuple[int, object]]:
        return [
            (pycurl.NOSIGNAL, 1),
            (pycurl.PROTOCOLS, pycurl.PROTO_HTTP | pycurl.PROTO_HTTPS),
            (pycurl.HTTP_VERSION, pycurl.CURL_HTTP_VERSION_1_1),
            (pycurl.FOLLOWLOCATION, 0),
            (pycurl.SSL_VERIFYPEER, 1),
            (pycurl.SSL_VERIFYHOST, 2),
            (pycurl.CONNECTTIMEOUT_MS, CONNECT_TIMEOUT_MS),
            (pycurl.MAXAGE_CONN, IDLE_CONNECTION_S),
            (pycurl.MAXFILESIZE_LARGE, LARGEST_REPLY),
            (pycurl.TCP_NODELAY, 1),
            (pycurl.USERAGENT, USER_AGENT),
            (pycurl.READFUNCTION, self._source.read),
            (pycurl.HEADERFUNCTION, self._head.write),
            (pycurl.WRITEFUNCTION, self._body.write),
        ]

    def prepare(self, request: Request) -> None:
        """Options stay as they were where the request before was the same in them."""
        for buffer in (self._source, self._head, self._body):
            buffer.seek(0)
            buffer.truncate()
        self._source.write(request.body or b"")
        self._source.seek(0)
        before, self._before = self._before, request
        if before is None or before.url != request.url:
            self._set_address(request.url)
        if before is None or not _same_headers(before, request):
            headers = [f"{name}: {value}" for name, value in request.headers.items()]
            self.curl.setopt(pycurl.HTTPHEADER, ["Expect:", *headers])
        if before is None or _form(before) != _form(request):
            self._set_method(request)
            self.curl.setopt(pycurl.TIMEOUT_MS, request.timeout_ms)

    def _set_address(self, url: str) -> None:
        self.curl.setopt(pycurl.URL, url)
        self.curl.setopt(pycurl.PROXY, "" if urlsplit(url).hostname in LOOPBACK else None)

    def _set_method(self, request: Request) -> None:
        if request.body is None and request.method != "POST":
            self.curl.setopt(pycurl.HTTPGET, 1)
        else:
            self.curl.setopt(pycurl.POST, 1)
            self.curl.setopt(pycurl.POSTFIELDSIZE_LARGE, len(request.body or b""))
        self.curl.setopt(pycurl.CUSTOMREQUEST, request.method)

    def reply(self, code: int) -> Reply:
        """What came of the request; `code` is libcurl's, 0 for a whole reply."""
        head = self._head.getvalue()
        return Reply(
            status=int(self.curl.getinfo(pycurl.RESPONSE_CODE)),
            headers=_headers(head),
            body=self._body.getvalue(),
            error=FAILURES.get(code, TransportError.BROKEN) if code else None,
            sent_first_byte=bool(head or self._source.tell() or self._written()),
            elapsed=float(self.curl.getinfo(pycurl.TOTAL_TIME)),
        )

    def _written(self) -> bool:
        return int(self.curl.getinfo(pycurl.REQUEST_SIZE)) > 0


def _same_headers(one: Request, other: Request) -> bool:
    return one.headers is other.headers or one.headers == other.headers


def _form(request: Request) -> tuple[str, int, int | None]:
    """What a handle is told of a request besides its address and headers."""
    size = None if request.body is None else len(request.body)
    return request.method, request.timeout_ms, size


def _headers(head: bytes) -> dict[str, str]:
    """The headers of the last response in `head` (an interim one may come before it). One without a
    time of its own is dated by its arrival, for the moments it names (RFC 9110, 6.6.1)."""
    found: dict[str, str] = {}
    for line in head.decode("latin-1").splitlines():
        if line.startswith("HTTP/"):
            found = {}
        name, colon, value = line.partition(":")
        if colon:
            found[name.strip().lower()] = value.strip()
    if found and "date" not in found:
        found["date"] = formatdate(usegmt=True)
    return found
