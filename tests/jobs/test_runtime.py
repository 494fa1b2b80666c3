"""What a process is told before its work begins."""

from __future__ import annotations

import subprocess
import sys

import pytest

HEAPS = """
import ctypes, sys, threading
from webapp import runtime

runtime.begin()
runtime.settle()
libc, full = ctypes.CDLL(None), threading.Barrier(8)
libc.malloc.restype = ctypes.c_void_p


def fill():
    full.wait()  # all at once, so that each wants a heap of its own
    libc.malloc(1000)
    full.wait()


threads = [threading.Thread(target=fill) for _ in range(8)]
[it.start() for it in threads]
[it.join() for it in threads]
libc.fdopen.restype = ctypes.c_void_p
libc.malloc_info(0, ctypes.c_void_p(libc.fdopen(1, b"w")))
libc.fflush(None)
"""


@pytest.mark.skipif(sys.platform != "linux", reason="a setting of the GNU C library")
def test_many_threads_share_two_heaps() -> None:
    told = subprocess.run([sys.executable, "-c", HEAPS], check=True, capture_output=True, text=True)
    assert told.stdout.count("<heap nr=") == 2
