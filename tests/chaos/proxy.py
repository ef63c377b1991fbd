"""A bad mobile link for machines that let nobody make a network: a proxy in this process.

What TCP would make of lost packets is done to its bytes: they come late, those behind a lost one
later still, and a disconnect cuts every connection with all that is under way.
"""

import asyncio
import random
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass

from tests.chaos.contest import Server

SEGMENT = 1400  # bytes that travel together


@dataclass(frozen=True)
class Door:
    """Where phones find the server."""

    host: str
    port: int


class Proxy:
    """The link; to use in place of `link.Link`."""

    name = "proxy"
    host = "127.0.0.1"

    def __init__(self, loss: float, round_trip: float) -> None:
        self.loss, self.round_trip = loss, round_trip
        self.disconnects = 0
        self._is_up = True
        self._loop = asyncio.new_event_loop()
        self._open: set[asyncio.StreamWriter] = set()

    def door(self, server: Server) -> Door:
        """Let phones in to this server."""

        async def carry(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            await self._carry(server, reader, writer)

        listener = self._loop.run_until_complete(asyncio.start_server(carry, self.host, 0))
        threading.Thread(target=self._loop.run_forever, daemon=True).start()
        return Door(self.host, listener.sockets[0].getsockname()[1])

    def among_phones(self, act: Callable[[], None]) -> None:
        """Run this where the phones are, which is here."""
        act()

    def disconnect(self, seconds: float) -> None:
        """Cut all, and let nobody in for so long."""
        self._is_up = False
        self._loop.call_soon_threadsafe(self._cut)
        time.sleep(seconds)
        self._is_up = True
        self.disconnects += 1

    def _cut(self) -> None:
        for writer in self._open:
            writer.transport.abort()

    async def _carry(
        self, server: Server, phone: asyncio.StreamReader, to_phone: asyncio.StreamWriter
    ) -> None:
        if not self._is_up:
            to_phone.transport.abort()
            return
        self._open.add(to_phone)
        await asyncio.sleep(self.round_trip)  # to shake hands
        try:
            inner, to_server = await asyncio.open_connection(server.host, server.port)
        except OSError:
            to_phone.transport.abort()
            return
        self._open.add(to_server)
        await asyncio.gather(self._pump(phone, to_server), self._pump(inner, to_phone))
        self._open -= {to_phone, to_server}

    async def _pump(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Carry bytes one way, in order, until the sender closes or the link is cut."""
        due = 0.0
        try:
            while content := await reader.read(65_536):
                due = max(due + 1e-6, self._loop.time() + self._delay(len(content)))
                self._loop.call_at(due, self._deliver, writer, content)
        except ConnectionError:
            writer.transport.abort()
        await asyncio.sleep(max(0, due - self._loop.time()) + 1e-3)
        writer.close()

    def _delay(self, size: int) -> float:
        """Half a round trip, and what it takes to notice each lost packet and send it again."""
        delay = self.round_trip / 2
        for _ in range(0, size, SEGMENT):
            patience = self.round_trip * 1.5
            while random.random() < self.loss:
                delay, patience = delay + patience, patience * 2
        return delay

    def _deliver(self, writer: asyncio.StreamWriter, content: bytes) -> None:
        if not writer.transport.is_closing():
            writer.write(content)
