"""One simulated SNMP agent: a datagram in, datagrams out. It serves v1 and v2c to its community and v3 to its user."""

from __future__ import annotations

import random
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from tests.snmp.agents import ber
from tests.snmp.agents.ber import Arcs, Elements
from tests.snmp.agents.rows import Rows, arcs, varbind
from tests.snmp.agents.usm import Keys, User

GET, GET_NEXT, RESPONSE, GET_BULK, REPORT = 0xA0, 0xA1, 0xA2, 0xA5, 0xA8
TOO_BIG, NO_SUCH_NAME, GEN_ERR = 1, 2, 5
SYS_UP_TIME = (1, 3, 6, 1, 2, 1, 1, 3, 0)
UNSUPPORTED_LEVEL, NOT_IN_WINDOW, UNKNOWN_USER, UNKNOWN_ENGINE, WRONG_DIGEST, DECRYPTION = range(1, 7)
USM_STATS = (1, 3, 6, 1, 6, 3, 15, 1, 1)
UNKNOWN_CONTEXT = (1, 3, 6, 1, 6, 3, 12, 1, 5, 0)
MIB = (1, 3, 6, 1, 2, 1)


@dataclass(frozen=True, slots=True)
class Manner:
    """How an agent behaves. Each default is good behaviour; OIDs are columns without a leading dot."""

    dead: bool = False  # never answers
    delay: float = 0.0  # seconds until each response leaves
    slow_rows: float = 0.0  # seconds that each varbind costs, one request after the other
    silent_after: int = 0  # answers that many requests, then none
    silent_behind: str = ""  # does not answer whoever asks for this column
    no_bulk: bool = False  # GETNEXT only: GETBULK is dropped
    bulk_error: int = 0  # GETBULK is answered with this error-status
    first_only: bool = False  # of several varbinds in a GETBULK only the first is looked at
    too_big: int = 0  # a response of more varbinds than this is a tooBig error
    fits: int = 0  # GETBULK gives what fits into that many octets, GET and GETNEXT answer tooBig
    drops_over: int = 0  # a response of more octets than this is dropped
    truncates_over: int = 0  # it is cut off there
    jumps: Mapping[str, str] = field(default_factory=dict)  # behind that OID follows this one: a loop
    endless: str = ""  # this column never ends
    duplicates: str = ""  # every row of this column comes twice
    counts: str = ""  # the value under this OID is one more each time that it is read
    wrong_type: str = ""  # values of this column carry a tag that SNMP does not have
    garbage: bool = False  # answers with octets that are no SNMP
    loses: int = 0  # one of so many requests is lost, by chance
    reorders: bool = False  # every other response is overtaken by the next ones
    strays: bool = False  # before each response comes one with another request-id
    restart_after: int = 0  # restarts after that many requests: sysUpTime 1 s, engine boots + 1
    clock: int = 0  # v3: its Reports give an engine time that is that wrong, so that nobody gets into its window
    silent_undecrypted: bool = False  # v3: drops what it cannot decrypt, as net-snmp does, instead of a Report
    jitter: float = 0.0  # seconds by which every other response is later than `delay`


class Responder:
    """The agent itself. `requests` counts what was asked of it."""

    def __init__(
        self, rows: Rows, manner: Manner, *, community: str = "public", user: User | None = None, context: str = ""
    ) -> None:
        self._rows, self._manner, self._community, self._context = rows, manner, community.encode(), context.encode()
        self.engine_id = b"\x80\x00\x1f\x88\x04noc" + (user.name if user else "").encode()
        self._user = Keys(user, self.engine_id) if user else None
        self._boots, self._started = 3, time.monotonic() - 1000
        self._chance = random.Random(7)
        self._name = b""
        self.requests = self._reports = self._reads = 0
        odd = {
            "endless": manner.endless,
            "duplicates": manner.duplicates,
            "wrong_type": manner.wrong_type,
            "counts": manner.counts,
        }
        self._odd = {key: arcs(oid) for key, oid in odd.items() if oid}
        self._jumps = {arcs(a): arcs(b) for a, b in manner.jumps.items()}

    def answer(self, datagram: bytes) -> list[bytes]:
        """What leaves the agent for one datagram."""
        self.requests += 1
        m = self._manner
        if m.dead or (m.silent_after and self.requests > m.silent_after) or self._lost():
            return []
        if m.restart_after and self.requests == m.restart_after:
            self._restart()
        try:
            message = Elements(datagram).inside()
            version = message.number()
            response = self._v3(message) if version == 3 else self._community_based(version, message)
        except (IndexError, ValueError):
            return []
        return self._shape(response) if response else []

    def _lost(self) -> bool:
        return bool(self._manner.loses) and self._chance.random() * self._manner.loses < 1

    def _shape(self, responses: list[bytes]) -> list[bytes]:
        m = self._manner
        if m.garbage:
            return [b"\x30\x82\x01not snmp"]
        sent = [r for r in responses if not m.drops_over or len(r) <= m.drops_over]
        return [r[: m.truncates_over] if m.truncates_over else r for r in sent]

    def _restart(self) -> None:
        self._boots, self._started = self._boots + 1, time.monotonic() - 1
        cells = dict(zip(self._rows.oids, self._rows.values, strict=True))
        self._rows = Rows({**cells, SYS_UP_TIME: ber.integer(100, 0x43)})

    def _community_based(self, version: int, message: Elements) -> list[bytes]:
        community = message.octets()
        if community != self._community or version not in (0, 1):
            return []
        head = ber.integer(version) + ber.tlv(ber.OCTETS, community)
        return [ber.tlv(ber.SEQUENCE, head + pdu) for pdu in self._pdus(*message.next(), version == 0, 65_000)]

    def _pdus(self, tag: int, body: bytes, v1: bool, room: int) -> list[bytes]:
        pdu = Elements(body)
        request, first, second = pdu.number(), pdu.number(), pdu.number()
        asked, names = pdu.octets(), []
        bindings = Elements(asked)
        while bindings:
            names.append(bindings.inside().octets())
        began = time.monotonic()
        status, place, found = self._bindings(tag, names, first, second, v1, room)
        if status is None:
            return []
        if self._manner.slow_rows:
            time.sleep(max(0.0, began + self._manner.slow_rows * len(found) - time.monotonic()))
        body = ber.integer(status) + ber.integer(place) + ber.tlv(ber.SEQUENCE, asked if status else b"".join(found))
        ids = (request ^ 1, request) if self._manner.strays else (request,)
        return [ber.tlv(RESPONSE, ber.integer(n) + body) for n in ids]

    def _bindings(
        self, tag: int, names: Sequence[bytes], first: int, second: int, v1: bool, room: int
    ) -> tuple[int | None, int, list[bytes]]:
        """(error-status, error-index, varbinds); status None: say nothing."""
        m = self._manner
        if m.silent_behind and any(
            ber.read_oid(name)[: len(arcs(m.silent_behind))] == arcs(m.silent_behind) for name in names
        ):
            return None, 0, []
        if tag == GET_BULK:
            if v1 or m.no_bulk:
                return None, 0, []
            if m.bulk_error:
                return m.bulk_error, 0, []
            found = self._bulk(names[:1] if m.first_only else names, first, max(second, 0))
        elif tag in (GET, GET_NEXT):
            found = []
            for n, name in enumerate(names, 1):
                one = self._get(name, v1) if tag == GET else self._run(name, 1)[0]
                if one is None or (v1 and one.endswith(b"\x82\x00")):
                    return NO_SUCH_NAME, n, []
                found.append(one)
        else:
            return GEN_ERR, 1, []
        return self._fitted(tag, found, room)

    def _fitted(self, tag: int, found: list[bytes], room: int) -> tuple[int, int, list[bytes]]:
        m = self._manner
        if m.too_big and len(found) > m.too_big:
            return TOO_BIG, 0, []
        room = min(room, m.fits or room) - 150
        while sum(map(len, found)) > room:
            if tag != GET_BULK or len(found) == 1:
                return TOO_BIG, 0, []
            found = found[:-1]
        return 0, 0, found

    def _get(self, name: bytes, v1: bool) -> bytes | None:
        place = self._rows.places.get(name)
        if place is not None:
            return self._dressed(self._rows.oids[place], self._rows.values[place])
        return None if v1 else ber.tlv(ber.SEQUENCE, ber.tlv(ber.OID, name) + ber.tlv(ber.NO_SUCH_INSTANCE, b""))

    def _bulk(self, names: Sequence[bytes], heads: int, rows: int) -> list[bytes]:
        found = [self._run(name, 1)[0] for name in names[:heads]]
        columns = [self._run(name, rows) for name in names[heads:]]
        return found + [one for row in zip(*columns, strict=True) for one in row]

    def _run(self, name: bytes, rows: int) -> list[bytes]:
        """The next varbinds behind an OID, as many as were asked for."""
        if self._odd or self._jumps:
            return self._odd_run(ber.read_oid(name), rows)
        place = self._rows.after(name)
        found = self._rows.varbinds[place : place + rows]
        if len(found) < rows:
            last = ber.oid_body(self._rows.oids[-1]) if found else name
            found += [ber.tlv(ber.SEQUENCE, ber.tlv(ber.OID, last) + ber.tlv(ber.END_OF_MIB_VIEW, b""))] * (
                rows - len(found)
            )
        return found

    def _odd_run(self, oid: Arcs, rows: int) -> list[bytes]:
        found: list[bytes] = []
        twice = self._odd.get("duplicates")
        while len(found) < rows:
            oid, value = self._step(oid)
            one = self._dressed(oid, value)
            found += [one, one] if twice and oid[: len(twice)] == twice else [one]
        return found[:rows]

    def _step(self, oid: Arcs) -> tuple[Arcs, bytes]:
        endless = self._odd.get("endless")
        if endless and oid[: len(endless)] == endless:
            return (*endless, oid[len(endless)] + 1 if len(oid) > len(endless) else 1), ber.integer(7)
        if oid in self._jumps:
            oid = self._jumps[oid]
            return oid, self._rows.values[self._rows.oids.index(oid)]
        place = self._rows.after(ber.oid_body(oid))
        if place == len(self._rows.oids):
            return oid, ber.tlv(ber.END_OF_MIB_VIEW, b"")
        return self._rows.oids[place], self._rows.values[place]

    def _dressed(self, oid: Arcs, value: bytes) -> bytes:
        wrong = self._odd.get("wrong_type")
        if wrong and oid[: len(wrong)] == wrong:
            value = b"\x4f" + value[1:]
        if oid == self._odd.get("counts"):
            self._reads += 1
            value = ber.integer(int.from_bytes(value[2:], "big", signed=True) + self._reads, value[0])
        return varbind(oid, value)

    @property
    def _time(self) -> int:
        return int(time.monotonic() - self._started)

    def _v3(self, message: Elements) -> list[bytes]:
        header = message.inside()
        identity, room, flags = header.number(), header.number(), header.octets()[0]
        security = Elements(message.octets()).inside()
        engine, boots, moment, name, mac, salt = (
            security.octets(), security.number(), security.number(), security.octets(), security.octets(), security.octets(),
        )  # fmt: skip
        user, whole, level = self._user, message.whole, flags & 3
        self._name = name
        if engine != self.engine_id:
            return [self._report(identity, UNKNOWN_ENGINE, 0)]
        if user is None or name != user.user.name.encode():
            return [self._report(identity, UNKNOWN_USER, 0)]
        if level & ~user.level or (level & 2 and not level & 1):
            return [self._report(identity, UNSUPPORTED_LEVEL, 0)]
        if level & 1:
            envelope = ber.tlv(ber.SEQUENCE, whole)
            if len(mac) == 0 or user.mac(envelope.replace(mac, bytes(len(mac)), 1)) != mac:
                return [self._report(identity, WRONG_DIGEST, 0)]
            if boots != self._boots or abs(moment - self._time) > 150:
                return [self._report(identity, NOT_IN_WINDOW, 1)]
        body = message.octets()
        if level & 2:
            try:
                scoped = Elements(user.decrypt(body, boots, moment, salt)).inside()
                _, context, pdu = scoped.octets(), scoped.octets(), scoped.next()
                if pdu[0] not in (GET, GET_NEXT, GET_BULK):
                    raise ValueError
            except (IndexError, ValueError):
                return [] if self._manner.silent_undecrypted else [self._report(identity, DECRYPTION, 1)]
        else:
            scoped = Elements(body)
            _, context, pdu = scoped.octets(), scoped.octets(), scoped.next()
        if context != self._context:
            return [self._message(identity, level, self._scoped(context, self._counter(UNKNOWN_CONTEXT)))]
        made = self._pdus(*pdu, False, room - 120)
        return [self._message(identity, level, self._scoped(context, one)) for one in made]

    def _scoped(self, context: bytes, pdu: bytes) -> bytes:
        return ber.tlv(ber.SEQUENCE, ber.tlv(ber.OCTETS, self.engine_id) + ber.tlv(ber.OCTETS, context) + pdu)

    def _counter(self, oid: Arcs) -> bytes:
        self._reports += 1
        counted = varbind(oid, ber.integer(self._reports, 0x41))
        return ber.tlv(REPORT, b"".join(map(ber.integer, (0, 0, 0))) + ber.tlv(ber.SEQUENCE, counted))

    def _report(self, identity: int, what: int, level: int) -> bytes:
        return self._message(identity, level, self._scoped(b"", self._counter((*USM_STATS, what, 0))))

    def _message(self, identity: int, level: int, scoped: bytes) -> bytes:
        user = self._user
        boots, moment = self._boots, self._time + self._manner.clock
        salt = b""
        if level & 2 and user:
            secret, salt = user.encrypt(scoped, boots, moment)
            scoped = ber.tlv(ber.OCTETS, secret)
        size = len(user.mac(b"")) if user and level & 1 else 0
        header = ber.integer(identity) + ber.integer(65_000) + ber.tlv(ber.OCTETS, bytes((level,))) + ber.integer(3)

        def whole(mac: bytes) -> bytes:
            name, security = self._name, ber.tlv(ber.OCTETS, self.engine_id) + ber.integer(boots) + ber.integer(moment)
            security += ber.tlv(ber.OCTETS, name) + ber.tlv(ber.OCTETS, mac) + ber.tlv(ber.OCTETS, salt)
            security = ber.tlv(ber.OCTETS, ber.tlv(ber.SEQUENCE, security))
            return ber.tlv(ber.SEQUENCE, ber.integer(3) + ber.tlv(ber.SEQUENCE, header) + security + scoped)

        return whole(user.mac(whole(bytes(size)))) if user and size else whole(b"")
