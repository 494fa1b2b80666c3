from __future__ import annotations

import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from ipaddress import ip_address
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from tests.platforms.wild_server import Connection, Script, WildServer
from webapp.platforms.transport import Transport
from webapp.platforms.wire import Reply, Request, TransportError

Serve = Callable[[Script], WildServer]


@pytest.fixture
def serve() -> Iterator[Serve]:
    servers: list[WildServer] = []

    def start(script: Script) -> WildServer:
        servers.append(WildServer(script))
        return servers[-1]

    yield start
    for server in servers:
        server.close()


@pytest.fixture
def transport() -> Iterator[Transport]:
    transport = Transport()
    yield transport
    transport.close()


def post(url: str, body: bytes = b"{}", timeout_ms: int = 3000) -> Request:
    return Request("POST", url, {"Content-Type": "application/json"}, body, timeout_ms)


def sent(transport: Transport, *requests: Request) -> list[Reply]:
    """Send all at once; the replies in the order of the requests."""
    for index, request in enumerate(requests):
        transport.submit(request, index)
    replies: dict[object, Reply] = {}
    until = time.monotonic() + 90
    while transport.in_flight and time.monotonic() < until:
        replies.update(transport.poll(1))
    return [replies[index] for index in range(len(requests))]


def polite(connection: Connection) -> None:
    while (body := connection.read_request()) is not None:
        connection.answer(b"got " + body)


def unused_port() -> int:
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        return int(sock.getsockname()[1])


def self_signed(folder: Path) -> Path:
    """A certificate for 127.0.0.1 with its key, signed by itself."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "127.0.0.1")])
    names = x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))])
    start = datetime(2026, 1, 1, tzinfo=UTC)
    builder = x509.CertificateBuilder(name, name, key.public_key(), 7, start, start.replace(2099))
    certificate = builder.add_extension(names, critical=False).sign(key, hashes.SHA256())
    plain = serialization.NoEncryption()
    pem, pkcs8 = serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8
    path = folder / "own.pem"
    path.write_bytes(key.private_bytes(pem, pkcs8, plain) + certificate.public_bytes(pem))
    return path


def test_a_reply_carries_status_headers_and_body(serve: Serve, transport: Transport) -> None:
    def script(connection: Connection) -> None:
        connection.read_request()
        connection.answer(b"slow down", "429 Too Many Requests", "X-App-Usage: {}\r\n")

    (reply,) = sent(transport, post(serve(script).url))
    assert (reply.status, reply.body, reply.error) == (429, b"slow down", None)
    assert reply.headers["x-app-usage"] == "{}"
    assert reply.sent_first_byte
    assert reply.elapsed > 0


@pytest.mark.parametrize(
    ("named", "is_kept"), [("", False), ("Date: Sat, 28 Nov 2026 13:21:47 GMT\r\n", True)]
)
def test_a_reply_without_a_date_has_that_of_its_arrival(
    serve: Serve, transport: Transport, named: str, *, is_kept: bool
) -> None:
    def script(connection: Connection) -> None:
        connection.read_request()
        connection.answer(b"slow down", "429 Too Many Requests", named)

    before = datetime.now(UTC).replace(microsecond=0)
    (reply,) = sent(transport, post(serve(script).url))
    dated = parsedate_to_datetime(reply.headers["date"])
    kept = datetime(2026, 11, 28, 13, 21, 47, tzinfo=UTC)
    assert dated == kept if is_kept else before <= dated <= datetime.now(UTC)


def test_headers_and_body_arrive_as_given(serve: Serve, transport: Transport) -> None:
    server = serve(polite)
    request = Request("POST", server.url + "/v1/messages", {"Authorization": "Bearer t"}, b"\xc3")
    (reply,) = sent(transport, request)
    head, body = server.requests[0]
    assert head.startswith(b"POST /v1/messages HTTP/1.1\r\n")
    assert b"Authorization: Bearer t" in head
    assert b"Expect" not in head
    assert (body, reply.body) == (b"\xc3", b"got \xc3")


def test_each_method_is_itself_on_a_reused_handle(serve: Serve, transport: Transport) -> None:
    server = serve(polite)
    for request in (
        post(server.url, b"x"),
        Request("GET", server.url),
        Request("DELETE", server.url),
        Request("POST", server.url),
        Request("GET", server.url),
    ):
        sent(transport, request)
    lines = [(head.split(b" ")[0], body) for head, body in server.requests]
    assert lines == [
        (b"POST", b"x"),
        (b"GET", b""),
        (b"DELETE", b""),
        (b"POST", b""),
        (b"GET", b""),
    ]


def test_connections_are_kept_and_used_again(serve: Serve, transport: Transport) -> None:
    server = serve(polite)
    for number in range(20):
        (reply,) = sent(transport, post(server.url, str(number).encode()))
        assert reply.body == f"got {number}".encode()
    assert server.connections == 1


def test_as_many_connections_are_kept_as_flew_together(serve: Serve, transport: Transport) -> None:
    many = 100
    rounds = [threading.Barrier(many), threading.Barrier(many)]

    def together(connection: Connection) -> None:
        for barrier in rounds:
            connection.read_request()
            barrier.wait(30)
            connection.answer(b"{}")

    server = serve(together)
    for _ in rounds:
        assert {reply.status for reply in sent(transport, *[post(server.url)] * many)} == {200}
    assert server.connections == many


def test_many_requests_fly_together(serve: Serve, transport: Transport) -> None:
    all_here = threading.Barrier(30)

    def script(connection: Connection) -> None:
        body = connection.read_request()
        all_here.wait(60)
        connection.answer(body or b"")

    server = serve(script)
    replies = sent(transport, *[post(server.url, str(n).encode()) for n in range(30)])
    assert [reply.body for reply in replies] == [str(n).encode() for n in range(30)]


def test_nobody_listening_is_certainly_not_sent(transport: Transport) -> None:
    (reply,) = sent(transport, post(f"http://127.0.0.1:{unused_port()}"))
    assert (reply.error, reply.sent_first_byte) == (TransportError.REFUSED, False)


def test_an_unknown_host_is_certainly_not_sent(transport: Transport) -> None:
    (reply,) = sent(transport, post("http://nowhere.invalid/"))
    assert (reply.error, reply.sent_first_byte) == (TransportError.NAME, False)


def test_a_failed_handshake_is_certainly_not_sent(serve: Serve, transport: Transport) -> None:
    def script(connection: Connection) -> None:
        connection.sock.recv(100)
        connection.sock.sendall(b"this is no TLS at all")

    (reply,) = sent(transport, post(serve(script).url.replace("http:", "https:")))
    assert (reply.error, reply.sent_first_byte) == (TransportError.TLS, False)


def test_a_certificate_nobody_vouches_for_is_refused_before_anything_is_sent(
    serve: Serve, transport: Transport, tmp_path: Path
) -> None:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(self_signed(tmp_path))
    read: list[bytes] = []

    def script(connection: Connection) -> None:
        with context.wrap_socket(connection.sock, server_side=True) as secured:
            read.append(secured.recv(1000))

    url = serve(script).url.replace("http:", "https:")
    (reply,) = sent(transport, post(url))
    assert (reply.error, reply.sent_first_byte) == (TransportError.TLS, False)
    assert not b"".join(read)


def test_a_handshake_that_never_ends_is_certainly_not_sent(
    serve: Serve, transport: Transport
) -> None:
    server = serve(lambda connection: connection.server.over.wait(5) and None)
    url = server.url.replace("http:", "https:")
    (reply,) = sent(transport, post(url, timeout_ms=200))
    assert (reply.error, reply.sent_first_byte) == (TransportError.TIMEOUT, False)


def test_a_reset_after_the_request_may_have_been_sent(serve: Serve, transport: Transport) -> None:
    def script(connection: Connection) -> None:
        connection.read_request()
        connection.reset()

    (reply,) = sent(transport, post(serve(script).url))
    assert (reply.error, reply.sent_first_byte) == (TransportError.BROKEN, True)


def test_silence_after_the_request_may_have_been_sent(serve: Serve, transport: Transport) -> None:
    def script(connection: Connection) -> None:
        connection.read_request()
        connection.server.over.wait(5)

    (reply,) = sent(transport, post(serve(script).url, timeout_ms=200))
    assert (reply.error, reply.sent_first_byte) == (TransportError.TIMEOUT, True)


def test_a_reply_cut_short_is_an_error(serve: Serve, transport: Transport) -> None:
    def script(connection: Connection) -> None:
        connection.read_request()
        connection.sock.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{")
        connection.sock.close()

    (reply,) = sent(transport, post(serve(script).url))
    assert (reply.error, reply.sent_first_byte) == (TransportError.BROKEN, True)


def test_something_that_is_not_http_is_an_error(serve: Serve, transport: Transport) -> None:
    def script(connection: Connection) -> None:
        connection.read_request()
        connection.sock.sendall(b"220 mail.example ESMTP\r\n")
        connection.sock.close()

    (reply,) = sent(transport, post(serve(script).url))
    assert (reply.error, reply.sent_first_byte) == (TransportError.BROKEN, True)


def test_a_slow_reply_delays_no_other(serve: Serve, transport: Transport) -> None:
    release = threading.Event()

    def script(connection: Connection) -> None:
        if connection.read_request() == b"slow":
            release.wait(5)
        connection.answer(b"here")

    server = serve(script)
    transport.submit(post(server.url, b"slow"), "slow")
    transport.submit(post(server.url, b"quick"), "quick")
    assert [token for token, _ in transport.poll(3)] == ["quick"]
    release.set()
    assert [token for token, _ in transport.poll(3)] == ["slow"]


@pytest.mark.parametrize("how", ["call", "submit"])
def test_a_reused_connection_that_dies_is_reported_and_nothing_sent_twice(
    serve: Serve, transport: Transport, how: str
) -> None:
    def script(connection: Connection) -> None:
        if connection.read_request() == b"first":
            connection.answer(b"ok")
            connection.read_request()

    server = serve(script)
    send = transport.call if how == "call" else lambda request: sent(transport, request)[0]
    send(post(server.url, b"first"))
    reply = send(post(server.url, b"second"))
    assert [body for _, body in server.requests] == [b"first", b"second"]
    assert (reply.error, reply.sent_first_byte) == (TransportError.BROKEN, True)


def test_a_server_that_closes_after_each_reply_is_believed(
    serve: Serve, transport: Transport
) -> None:
    def script(connection: Connection) -> None:
        body = connection.read_request()
        connection.answer(body or b"", extra="Connection: close\r\n")

    server = serve(script)
    for body in (b"first", b"second"):
        (reply,) = sent(transport, post(server.url, body))
        assert (reply.error, reply.body) == (None, body)
    assert server.connections == 2


def test_a_redirect_is_not_followed(serve: Serve, transport: Transport) -> None:
    def script(connection: Connection) -> None:
        connection.read_request()
        connection.answer(b"", "302 Found", "Location: http://127.0.0.1:1/\r\n")

    (reply,) = sent(transport, post(serve(script).url))
    assert (reply.status, reply.error) == (302, None)


def test_an_endless_reply_is_cut(serve: Serve, transport: Transport) -> None:
    def script(connection: Connection) -> None:
        connection.read_request()
        connection.sock.sendall(b"HTTP/1.1 200 OK\r\n\r\n")
        while not connection.server.over.is_set():
            connection.sock.sendall(b"x" * 1_000_000)

    (reply,) = sent(transport, post(serve(script).url))
    assert (reply.error, reply.sent_first_byte) == (TransportError.BROKEN, True)


def test_other_schemes_are_refused(transport: Transport) -> None:
    reply = transport.call(Request("GET", "file:///etc/hostname"))
    assert (reply.error, reply.sent_first_byte, reply.body) == (TransportError.BROKEN, False, b"")


def test_polling_with_nothing_in_flight_returns_at_once(transport: Transport) -> None:
    began = time.monotonic()
    assert transport.poll(60) == []
    assert time.monotonic() - began < 30


def test_another_thread_is_refused(transport: Transport) -> None:
    errors: list[Exception] = []

    def elsewhere() -> None:
        try:
            transport.poll(0)
        except RuntimeError as error:
            errors.append(error)

    thread = threading.Thread(target=elsewhere)
    thread.start()
    thread.join()
    assert len(errors) == 1


def test_closing_cuts_what_is_in_flight(serve: Serve) -> None:
    transport = Transport()
    server = serve(lambda connection: connection.server.over.wait(5) and None)
    transport.submit(post(server.url), "never")
    transport.poll(0.05)
    transport.close()
    assert transport.in_flight == 0


def test_a_request_shows_no_secret() -> None:
    request = Request(
        "POST", "https://graph.example/", {"Authorization": "Bearer s3cret"}, b"s3cret"
    )
    assert "s3cret" not in repr(request)
