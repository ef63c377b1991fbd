"""A bad mobile link: real packets between two network namespaces, late, and some of them never.

`tc netem` would do it where the kernel has it; many kernels do not. So this program itself carries
the packets from one tunnel to the other. A disconnect is that of a phone that leaves the Wi-Fi and
comes back by 4G: for a while nothing gets through, then it has another address.
"""

import contextlib
import ctypes
import fcntl
import heapq
import itertools
import os
import random
import selectors
import shutil
import struct
import subprocess
import threading
import time
from collections.abc import Callable
from pathlib import Path

from tests.chaos.contest import CannotRun, Server

CLONE_NEWNET = 0x40000000
TUNSETIFF, IFF_TUN, IFF_NO_PI = 0x400454CA, 0x0001, 0x1000
NETWORK, SERVER = "10.213.0", "10.213.0.1"
PACKET = 65_536


class Link:
    """The link between the server's network, where it is made, and that of the phones."""

    name = "packets"
    host = SERVER

    def __init__(self, loss: float, round_trip: float) -> None:
        if shutil.which("ip") is None:
            raise CannotRun("ip is missing: apt-get install iproute2")
        _leave_network()
        self.loss, self.delay = loss, round_trip / 2
        self.disconnects = 0
        self._is_up = True
        self._hosts = itertools.cycle(range(2, 250))
        self._server_end = _tunnel("server0")
        _ip(f"address add {SERVER}/24 dev server0", "link set server0 up")

    def door(self, server: Server) -> Server:
        """Where phones find this server: at its own address."""
        return server

    def among_phones(self, act: Callable[[], None]) -> None:
        """Run this in a thread that has the network of the phones, and wait for it."""
        failed: list[BaseException] = []

        def run() -> None:
            try:
                _leave_network()
                self._phone_end = _tunnel("phone0")
                self._take_address()
                threading.Thread(target=self._carry, daemon=True).start()
                act()
            except BaseException as error:  # raised again where somebody waits
                failed.append(error)

        thread = threading.Thread(target=run)
        thread.start()
        thread.join()
        if failed:
            raise failed[0]

    def disconnect(self, seconds: float) -> None:
        """Call in the network of the phones: lose the link, and come back with a new address."""
        self._is_up = False
        _ip("link set phone0 down")
        # As Android does; where the kernel cannot, connections of the old address just hang.
        subprocess.run(
            ["ss", "--kill", "--tcp", "src", f"{NETWORK}.0/24"], check=False, capture_output=True
        )
        time.sleep(seconds)
        _ip("address flush dev phone0")
        self._take_address()
        self._is_up = True
        self.disconnects += 1

    def _take_address(self) -> None:
        _ip(f"address add {NETWORK}.{next(self._hosts)}/24 dev phone0", "link set phone0 up")

    def _carry(self) -> None:
        """Carry packets for ever, each after the delay, in order, except those that are lost."""
        ends = selectors.DefaultSelector()
        ends.register(self._server_end, selectors.EVENT_READ, self._phone_end)
        ends.register(self._phone_end, selectors.EVENT_READ, self._server_end)
        travelling: list[tuple[float, int, int, bytes]] = []
        for number in itertools.count():
            wait = max(0, travelling[0][0] - time.monotonic()) if travelling else 1
            for key, _ in ends.select(wait):
                with contextlib.suppress(OSError):  # while that end is down
                    packet = os.read(key.fd, PACKET)
                    if self._is_up and random.random() >= self.loss:
                        due = time.monotonic() + self.delay
                        heapq.heappush(travelling, (due, number, key.data, packet))
            while travelling and travelling[0][0] <= time.monotonic():
                _, _, end, packet = heapq.heappop(travelling)
                if self._is_up:
                    with contextlib.suppress(OSError):
                        os.write(end, packet)


def _leave_network() -> None:
    """Give this thread, and all that it starts, a network of its own."""
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.unshare(CLONE_NEWNET):
        reason = os.strerror(ctypes.get_errno())
        raise CannotRun(f"network namespaces need root (CAP_SYS_ADMIN): {reason}")
    _ip("link set lo up")


def _tunnel(name: str) -> int:
    """A network device whose packets are read from, and written to, this file."""
    device = Path("/dev/net/tun")
    try:
        end = os.open(device, os.O_RDWR | os.O_NONBLOCK)
        request = struct.pack("16sH14x", name.encode(), IFF_TUN | IFF_NO_PI)
        fcntl.ioctl(end, TUNSETIFF, request)
    except OSError as error:
        raise CannotRun(f"{device} does not give a tunnel (CAP_NET_ADMIN): {error}") from None
    return end


def _ip(*commands: str) -> None:
    for command in commands:
        done = subprocess.run(["ip", *command.split()], check=False, capture_output=True, text=True)
        if done.returncode:
            raise CannotRun(f"ip {command}: {done.stderr.strip()}")
