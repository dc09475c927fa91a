"""A conversation with one device: a connected UDP socket, several requests in flight, retries, and an end in time."""

from __future__ import annotations

import secrets
import select
import socket
import time
from collections.abc import Sequence
from contextlib import suppress
from threading import Event
from types import TracebackType
from typing import Self

from noc_agent.site.model import Device
from noc_agent.snmp.answer import Failure
from noc_agent.snmp.live import ber, pdu, usm
from noc_agent.snmp.live.ask import LATE, SOON, Ask, Failed, Work
from noc_agent.snmp.live.ber import Malformed, Truncated
from noc_agent.snmp.live.community import Community
from noc_agent.snmp.live.connection import connected, resolved
from noc_agent.snmp.live.pdu import Kind, Response
from noc_agent.snmp.live.usm import Usm

FIRST_IN_FLIGHT, IN_FLIGHT = 4, 8  # requests to one device at a time, until its answers show what it can, and at most
LARGEST = 65_535
SYS_UP_TIME = ber.encode_oid("1.3.6.1.2.1.1.3.0")
REASONS = {
    usm.UNSUPPORTED_LEVEL: Failure.SECURITY_LEVEL,
    usm.NOT_IN_TIME_WINDOW: Failure.NOT_IN_TIME_WINDOW,
    usm.UNKNOWN_USER: Failure.UNKNOWN_USER,
    usm.WRONG_DIGEST: Failure.AUTHENTICATION,
    usm.DECRYPTION_ERROR: Failure.AUTHENTICATION,
    usm.UNKNOWN_CONTEXT: Failure.CONTEXT,
    usm.UNAVAILABLE_CONTEXT: Failure.CONTEXT,
}


class Session:
    """Opens at `with`; `until` is the time.monotonic() at which everything ends, or `stop` is set. Then it raises Failed."""

    def __init__(self, device: Device, until: float, stop: Event | None = None) -> None:
        self.settings = device.snmp
        self.heard = 0  # answers
        self.garbage = 0  # datagrams that could not be read
        self._device, self._until, self._stop = device, until, stop
        self._in_flight, self._quickest = FIRST_IN_FLIGHT, device.snmp.timeout
        self._narrowed = 0.0  # when there were too many in flight for the device
        self._security: Community | Usm = (
            Usm(device.snmp) if device.snmp.version == "3" else Community(device.snmp.version, device.snmp.community)
        )
        self._last_heard = time.monotonic()
        self._socket: socket.socket
        self._poll, self._flowing = select.poll(), False

    def __enter__(self) -> Self:
        self._socket = connected(resolved(self._device.address, self.settings.port, self._until))
        self._last_heard = time.monotonic()
        self._poll.register(self._socket, select.POLLIN)
        try:
            if isinstance(self._security, Usm):
                self._open(self._security)
        except BaseException:
            self._socket.close()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._socket.close()

    @property
    def engine_boots(self) -> int:
        """snmpEngineBoots as last heard; 0 where there is no engine."""
        return self._security.boots if isinstance(self._security, Usm) else 0

    def exchange(self, work: Work) -> None:
        """Ask what `work` wants asked until it wants no more. Raises Failed where the device or the time is gone."""
        pending: dict[int, Ask] = {}
        while True:
            while len(pending) < self._in_flight and (ask := work.next()):
                self._send(ask, pending)
            if not pending:
                return
            soonest = min(ask.until for ask in pending.values())
            datagram = self._receive(soonest)
            if datagram is not None:
                self._deliver(datagram, work, pending)
            if datagram is None or time.monotonic() > soonest + self.settings.timeout / 2:  # a flood hides no time-out
                self._expire(work, pending)

    def _deliver(self, datagram: bytes, work: Work, pending: dict[int, Ask]) -> None:
        try:
            response = self._security.unpack(datagram)
        except Truncated:
            self.garbage += 1
            if (ask := pending.pop(_identity(datagram), None)) is not None:
                self._last_heard = time.monotonic()
                work.cut_off(ask)
            return
        except Malformed:
            self.garbage += 1
            return
        ask = pending.pop(response.id, None)
        if ask is None:
            return  # of a request that was given up, or a stray
        if response.report:
            self._reported(ask, response, pending)
            return
        self.heard += 1
        self._last_heard = time.monotonic()
        self._weigh(ask)
        work.take(ask, response)

    def _weigh(self, ask: Ask) -> None:
        """How busy the device is: one that answers soon gets more requests at a time, one that is late fewer."""
        sent = ask.until - self.settings.timeout
        self._quickest = min(self._quickest, self._last_heard - sent)
        ask.waited = (self._last_heard - sent - self._quickest) / self.settings.timeout
        if ask.waited < SOON:
            self._in_flight = min(self._in_flight + 1, IN_FLIGHT)
        elif ask.waited > LATE and sent > self._narrowed:
            self._in_flight, self._narrowed = max(1, self._in_flight // 2), self._last_heard

    def _reported(self, ask: Ask, response: Response, pending: dict[int, Ask]) -> None:
        """A Report in place of an answer: only for a clock that went on the request is sent again, and once."""
        reason = REASONS.get(response.report, Failure.MALFORMED)
        if response.report == usm.DECRYPTION_ERROR and self._other_key(ask, pending):
            return
        if reason is not Failure.NOT_IN_TIME_WINDOW or ask.resent:
            raise Failed(reason)
        ask.resent, ask.attempts = True, 0
        self._send(ask, pending)

    def _expire(self, work: Work, pending: dict[int, Ask]) -> None:
        now = time.monotonic()
        patience = self.settings.timeout * (1 + self.settings.retries)
        for ask in [ask for ask in pending.values() if ask.until <= now]:
            del pending[ask.id]
            if now - self._last_heard >= patience and not self._alive():
                if self._other_key(ask, pending):
                    return
                raise Failed(self._silence())
            if instead := work.late(ask, last=ask.attempts > self.settings.retries):
                self._send(instead, pending)

    def _alive(self) -> bool:
        """Whether it still answers anything, once it was silent for all retries of a request."""
        return bool(self.heard) and self._one([SYS_UP_TIME], 1) is not None

    def _send(self, ask: Ask, pending: dict[int, Ask]) -> None:
        now = time.monotonic()
        self._end(now)
        if not ask.attempts:
            ask.id = secrets.randbits(31)  # not to be guessed by who cannot see it
        ask.attempts += 1
        ask.until = now + self.settings.timeout
        pending[ask.id] = ask
        message = self._security.pack(pdu.request(ask.kind, ask.id, ask.names, ask.repetitions), ask.id)
        try:
            self._socket.send(message)
        except BlockingIOError:
            return  # as good as lost
        except OSError as error:
            self._refused(error)

    def _end(self, now: float) -> None:
        if now >= self._until or (self._stop is not None and self._stop.is_set()):
            raise Failed(Failure.DEADLINE)

    def _refused(self, error: OSError) -> None:
        """The network says no. Of a device that has answered it is no more than a lost packet: its agent may restart."""
        if not self.heard:
            raise Failed(
                Failure.REFUSED if isinstance(error, ConnectionRefusedError) else Failure.UNREACHABLE
            ) from error

    def _receive(self, until: float) -> bytes | None:
        """The next datagram; None once the time is `until`."""
        while True:
            now = time.monotonic()
            self._end(now)
            if not self._flowing and not self._poll.poll(max(0.0, min(until, self._until) - now) * 1000):
                if until < self._until:
                    return None
                continue
            try:
                datagram = self._socket.recv(LARGEST)
            except BlockingIOError:
                self._flowing = False
            except OSError as error:
                self._flowing = False
                self._refused(error)
            else:
                self._flowing = True  # where one was, there are often more: no need to ask whether
                return datagram

    def _open(self, security: Usm) -> None:
        """Discover the engine and make the keys for it."""
        response = self._one([], self.settings.retries + 1)
        if response is None:
            raise Failed(Failure.MALFORMED if self.garbage else Failure.TIME_OUT)
        if not security.engine_id:
            raise Failed(REASONS.get(response.report, Failure.MALFORMED))
        security.localize()

    def _one(self, names: Sequence[bytes], attempts: int) -> Response | None:
        """One question alone, and whatever it is answered with; None where nothing comes."""
        ask = Ask(Kind.GET, names)
        for _ in range(attempts):
            self._send(ask, {})
            while time.monotonic() < ask.until and (datagram := self._receive(ask.until)) is not None:
                try:
                    response = self._security.unpack(datagram)
                except Malformed:
                    self.garbage += 1
                    continue
                if response.id == ask.id:
                    return response
        return None

    def _other_key(self, ask: Ask, pending: dict[int, Ask]) -> bool:
        """Whether the device takes the request under the other way to lengthen its key; then that one stays."""
        security = self._security
        if self.heard or not isinstance(security, Usm) or not security.reeder_helps or security.reeder:
            return False
        security.localize(reeder=True)
        response = self._one([SYS_UP_TIME], 1)
        if response is None or response.report:
            return False
        ask.attempts = 0
        self._send(ask, pending)
        return True

    def _silence(self) -> Failure:
        """Why it never answered. Many agents drop what they cannot decrypt or whose context they do not know."""
        security = self._security
        if self.heard or not isinstance(security, Usm):
            return Failure.MALFORMED if self.garbage and not self.heard else Failure.TIME_OUT
        if security.context:
            security.context = b""
            response = self._one([SYS_UP_TIME], 1)
            if response is not None and not response.report:
                return Failure.CONTEXT
        if security.private:
            security.localize(privacy=False)
            response = self._one([SYS_UP_TIME], 1)
            if response is not None and response.report in ("", usm.UNSUPPORTED_LEVEL):
                return Failure.AUTHENTICATION
        return Failure.MALFORMED if self.garbage else Failure.TIME_OUT


def _identity(datagram: bytes) -> int:
    """The id of a message that is cut off behind it; -1 where it is cut off before."""
    with suppress(Malformed):
        _, at, _ = ber.announced(datagram, 0)
        version, at = ber.number(datagram, at)
        if version != 3:
            _, at = ber.contents(datagram, at, ber.OCTETS)
        _, at, _ = ber.announced(datagram, at)
        return ber.number(datagram, at)[0]
    return -1
