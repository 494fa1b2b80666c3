"""The process: its flags, its clock, its wire, how it starts and how it stops."""

from __future__ import annotations

import http.client
import json
import signal
import socket
import time
from pathlib import Path

import pytest

from tests.simulator.conftest import ANA
from tests.simulator_process import (
    PAGE,
    PATIENCE,
    Simulator,
    advance_clock,
    running,
    simulator,
    until,
)  # fmt: skip
from webapp.simulator import clock, settings, wire
from webapp.simulator.clock import Clock

__all__ = ["simulator"]
SEND = json.dumps({"recipient": {"id": ANA}, "message": {"text": "Hi"}})


def lines(text: str) -> bytes:
    return text.replace("\n", "\r\n").encode()


def exchange(simulator: Simulator, raw: bytes, enough: bytes) -> bytes:
    """Writes bytes and reads until `enough` was seen or the line is closed."""
    place = simulator.url.removeprefix("http://").split(":")
    with socket.create_connection((place[0], int(place[1])), timeout=PATIENCE) as line:
        line.sendall(raw)
        received = b""
        while enough not in received and (part := line.recv(65536)):
            received += part
    return received


@pytest.mark.parametrize("sign", [signal.SIGTERM, signal.SIGINT])
def test_it_stops_within_two_seconds_with_a_caller_waiting(
    simulator: Simulator, sign: signal.Signals
) -> None:
    simulator.fault("timeout_after", count=1)
    line = http.client.HTTPConnection(simulator.url.removeprefix("http://"), timeout=PATIENCE)
    line.request("POST", f"/me/messages?access_token={PAGE['token']}", SEND)
    until(lambda: simulator.count()["accepted"] == 1)
    began = time.monotonic()
    simulator.process.send_signal(sign)
    assert simulator.process.wait(timeout=PATIENCE) == 0
    assert time.monotonic() - began < 20
    line.close()


def test_a_line_is_kept_for_several_requests(simulator: Simulator) -> None:
    line = http.client.HTTPConnection(simulator.url.removeprefix("http://"), timeout=PATIENCE)
    for _ in range(3):
        line.request("POST", f"/v26.0/me/messages?access_token={PAGE['token']}", SEND)
        answer = line.getresponse()
        assert answer.status == 200
        assert answer.getheader("connection") == "keep-alive"
        answer.read()
    line.close()


def test_requests_written_ahead_are_answered_in_order(simulator: Simulator) -> None:
    token = PAGE["token"]
    ask = f"GET /me?fields=name&access_token={token} HTTP/1.1\nhost: x\n\n"
    last = f"GET /debug_token?access_token={token} HTTP/1.1\nhost: x\nconnection: close\n\n"
    received = exchange(simulator, lines(ask * 2 + last), b"never")
    assert received.count(b"HTTP/1.1 200 OK") == 3
    assert received.rindex(b"Practice Page") < received.index(b"is_valid")


def test_a_body_that_comes_in_pieces_is_waited_for(simulator: Simulator) -> None:
    head = f"POST /me/messages?access_token={PAGE['token']} HTTP/1.1\nhost: x\n"
    head += f"expect: 100-continue\nconnection: close\ncontent-length: {len(SEND)}\n\n"
    place = simulator.url.removeprefix("http://").split(":")
    with socket.create_connection((place[0], int(place[1])), timeout=PATIENCE) as line:
        line.sendall(lines(head))
        assert line.recv(100).startswith(b"HTTP/1.1 100 Continue")
        line.sendall(SEND[:10].encode())
        line.sendall(SEND[10:].encode())
        assert line.recv(65536).startswith(b"HTTP/1.1 200 OK")


@pytest.mark.parametrize(
    ("raw", "status"),
    [
        ("nonsense\n\n", 400),
        ("GET / HTTP/2\n\n", 400),
        ("POST / HTTP/1.1\ntransfer-encoding: chunked\n\n", 411),
        ("POST / HTTP/1.1\ncontent-length: many\n\n", 400),
        ("POST / HTTP/1.1\ncontent-length: 99999999999\n\n", 413),
        ("GET /" + "x" * 70_000, 431),
    ],
)
def test_what_is_no_request_gets_a_plain_status(
    simulator: Simulator, raw: str, status: int
) -> None:
    received = exchange(simulator, lines(raw), b"never")
    assert received.startswith(f"HTTP/1.1 {status} ".encode())


def test_a_body_that_is_not_json_is_a_bad_parameter(simulator: Simulator) -> None:
    status, answer = simulator.graph("POST", "me/messages", '{"recipient":')
    assert (status, answer["error"]["code"]) == (400, 100)


def test_its_windows_follow_the_test_clock(tmp_path: Path) -> None:
    with running(tmp_path) as simulator:
        simulator.register_page()
        simulator.say(ANA, "hi")
        assert simulator.send(ANA)[0] == 200
        advance_clock(tmp_path, 86_401)
        status, answer = simulator.send(ANA)
        assert (status, answer["error"]["error_subcode"]) == (403, 2018278)


def test_without_leave_the_clock_file_is_ignored(tmp_path: Path) -> None:
    advance_clock(tmp_path, 86_400)
    told = settings.read([], {"FANLIGHT_INSTANCE": str(tmp_path)})
    assert abs(Clock(told.clock_file).now() - time.time() * 1000) < 5000
    told = settings.read([], {"FANLIGHT_INSTANCE": str(tmp_path), "FANLIGHT_TEST_CLOCK": "1"})
    assert Clock(told.clock_file).now() - time.time() * 1000 > 86_000_000


def test_a_clock_file_half_written_counts_as_no_offset(tmp_path: Path) -> None:
    (tmp_path / "clock.json").write_text('{"offset_sec')
    assert abs(Clock(tmp_path / "clock.json").now() - time.time() * 1000) < 5000


def test_flags_win_over_the_environment(tmp_path: Path) -> None:
    environ = {"FANLIGHT_SIMULATOR_PORT": "9000", "FANLIGHT_SIMULATOR_SPEED": "20"}
    told = settings.read(["--port", "9001"], environ)
    assert (told.port, told.speed, told.state) == (9001, 20.0, settings.MEMORY)
    told = settings.read([], {"FANLIGHT_INSTANCE": str(tmp_path)})
    assert told.state == str(tmp_path / "simulator.db")


@pytest.mark.parametrize("speed", ["0", "-1", "fast"])
def test_a_speed_is_a_number_above_zero(speed: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as stopped:
        settings.read(["--speed", speed], {})
    assert stopped.value.code == 2


@pytest.mark.parametrize("text", ["2026-11-22T12:00:00Z", "2026-11-22T13:00:00+01:00"])
def test_times_are_read_with_their_offset(text: str) -> None:
    assert clock.text(clock.parse(text) or 0) == "2026-11-22T12:00:00.000+00:00"


def test_a_request_is_taken_off_the_line_only_when_it_is_whole() -> None:
    received = bytearray(lines("GET /me HTTP/1.1\nContent-Length: 2\n\nab"))
    request = wire.taken(received, lambda: None)
    assert request is not None
    assert (request.method, request.target, request.body) == ("GET", "/me", b"ab")
    assert not received
