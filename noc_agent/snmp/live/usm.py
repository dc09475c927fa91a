"""Messages of SNMPv3 with the User-based Security Model (RFC 3412, RFC 3414): packed, read, and kept in the agent's time."""

from __future__ import annotations

import hashlib
import hmac
import itertools
import os
import time

from noc_agent.site.model import SnmpSettings
from noc_agent.snmp.live import ber, pdu
from noc_agent.snmp.live.ber import Malformed
from noc_agent.snmp.live.keys import AUTHENTICATION, PRIVACY, Keys, keys_for
from noc_agent.snmp.live.pdu import Response

LARGEST = 65_507  # octets of a UDP datagram: what we say that we take
WINDOW = 150  # seconds (RFC 3414, 2.2.3)
AUTH, PRIV, REPORTABLE = 1, 2, 4
VERSION = ber.integer(3)
_REPORTS = "1.3.6.1.6.3.15.1.1."
UNSUPPORTED_LEVEL, NOT_IN_TIME_WINDOW, UNKNOWN_USER, UNKNOWN_ENGINE, WRONG_DIGEST, DECRYPTION_ERROR = (
    f"{_REPORTS}{n}.0" for n in range(1, 7)
)
UNAVAILABLE_CONTEXT, UNKNOWN_CONTEXT = "1.3.6.1.6.3.12.1.4.0", "1.3.6.1.6.3.12.1.5.0"


class Usm:
    """Packs and reads the messages to one device; until it knows its engine, what it packs asks for it. `boots` is the agent's."""

    def __init__(self, settings: SnmpSettings) -> None:
        self._settings = settings
        self._user, self.context = settings.user.encode(), settings.context.encode()
        self.engine_id = b""
        self.boots = 0
        self._time, self._heard = 0, time.monotonic()
        self._keys = Keys()
        self._flags = 0
        self.reeder = False
        self._head, self._names = b"", (b"", b"")
        self._remember()
        self._salts = itertools.count(int.from_bytes(os.urandom(7), "big"))

    @property
    def reeder_helps(self) -> bool:
        """Whether there is a second way to lengthen this user's key."""
        algorithm, _ = AUTHENTICATION.get(self._settings.auth_protocol, ("", 0))
        wanted = PRIVACY.get(self._settings.priv_protocol, 0)
        return bool(algorithm) and wanted > hashlib.new(algorithm).digest_size

    @property
    def private(self) -> bool:
        """Whether it encrypts."""
        return bool(self._flags & PRIV)

    def localize(self, *, reeder: bool = False, privacy: bool = True) -> None:
        """Make the keys for the engine that was discovered; without `privacy` messages are authenticated alone."""
        self.reeder = reeder
        self._keys = keys_for(self._settings, self.engine_id, reeder=reeder)
        self._flags = (AUTH if self._keys.auth else 0) | (PRIV if self._keys.priv and privacy else 0)
        self._remember()

    @property
    def now(self) -> int:
        """The agent's snmpEngineTime, as far as we know."""
        return self._time + int(time.monotonic() - self._heard) if self.engine_id else 0

    def synchronize(self, boots: int, moment: int) -> None:
        self.boots, self._time, self._heard = boots, moment, time.monotonic()

    def pack(self, asked: bytes, identity: int) -> bytes:
        boots, moment, salt = self.boots, self.now, b""
        scoped = ber.sequence(ber.octets(self.engine_id), ber.octets(self.context if self.engine_id else b""), asked)
        if self._flags & PRIV:
            salt = (next(self._salts) & (2**64 - 1)).to_bytes(8, "big")
            if self._keys.des:  # RFC 3414, 8.1.1.1: boots and a counter
                salt = (boots & 0xFFFFFFFF).to_bytes(4, "big") + salt[4:]
            scoped = ber.octets(self._keys.encrypt(scoped, boots, moment, salt))
        head = ber.integer(identity) + self._head
        mac = bytes(self._keys.mac_size if self._flags & AUTH else 0)
        after = ber.octets(salt)
        engine, user = self._names
        security = b"".join((engine, ber.integer(boots), ber.integer(moment), user, ber.octets(mac), after))
        security = ber.octets(ber.element(ber.SEQUENCE, security))
        message = ber.element(ber.SEQUENCE, b"".join((VERSION, ber.element(ber.SEQUENCE, head), security, scoped)))
        if mac:
            at = len(message) - len(scoped) - len(after) - len(mac)
            message = message[:at] + self._keys.mac(message) + message[at + len(mac) :]
        return message

    def _remember(self) -> None:
        """The parts of a message that stay."""
        self._head = ber.integer(LARGEST) + ber.octets(bytes((self._flags | REPORTABLE,))) + ber.integer(3)
        self._names = ber.octets(self.engine_id), ber.octets(self._user if self.engine_id else b"")

    def unpack(self, datagram: bytes) -> Response:
        """What a datagram says, checked as its flags claim. Raises Malformed where it is not from this engine's user."""
        _, at, _ = ber.header(datagram, 0)
        version, at = ber.number(datagram, at)
        if version != 3:
            raise Malformed("is of another version")
        _, inner, at = ber.header(datagram, at)
        identity, inner = ber.number(datagram, inner)
        _, inner = ber.number(datagram, inner)
        flags = ber.contents(datagram, inner, ber.OCTETS)[0][:1]
        _, start, at = ber.header(datagram, at)
        _, start, _ = ber.header(datagram, start)
        engine, start = ber.contents(datagram, start, ber.OCTETS)
        boots, start = ber.number(datagram, start)
        moment, start = ber.number(datagram, start)
        _, start = ber.contents(datagram, start, ber.OCTETS)
        mac, after_mac = ber.contents(datagram, start, ber.OCTETS)
        salt, _ = ber.contents(datagram, after_mac, ber.OCTETS)
        if not flags or not 0 <= boots < 2**31 or not 0 <= moment < 2**31:
            raise Malformed("has no flags, or no time")
        if flags[0] & AUTH:
            self._check(datagram, mac, after_mac)
        scoped, at = (datagram, at) if not flags[0] & PRIV else (self._plain(datagram, at, boots, moment, salt), 0)
        response = self._scoped(scoped, at, identity, len(datagram))
        self._judge(response, flags[0], engine, boots, moment)
        return response

    def _check(self, datagram: bytes, mac: bytes, end: int) -> None:
        blank = datagram[: end - len(mac)] + bytes(len(mac)) + datagram[end:]
        if not self._keys.auth or not hmac.compare_digest(self._keys.mac(blank), mac):
            raise Malformed("is not signed with our key")

    def _plain(self, datagram: bytes, at: int, boots: int, moment: int, salt: bytes) -> bytes:
        secret, _ = ber.contents(datagram, at, ber.OCTETS)
        if not self._keys.priv or len(salt) != 8:
            raise Malformed("cannot be decrypted")
        try:
            return self._keys.decrypt(secret, boots, moment, salt)
        except ValueError as error:
            raise Malformed("cannot be decrypted") from error

    @staticmethod
    def _scoped(data: bytes, at: int, identity: int, size: int) -> Response:
        _, at, _ = ber.header(data, at)
        _, at = ber.contents(data, at, ber.OCTETS)
        _, at = ber.contents(data, at, ber.OCTETS)
        found = pdu.read(data, at)
        if not found.report and found.id != identity:
            raise Malformed("answers another request")
        # A Report need not carry the request's id, its message always does.
        return Response(identity, found.status, found.index, found.bindings, size, found.report)

    def _judge(self, response: Response, flags: int, engine: bytes, boots: int, moment: int) -> None:
        """Whether it may be believed; an authentic one also tells the time."""
        if response.report == UNKNOWN_ENGINE and not self._flags:
            if not 0 < len(engine) <= 32:
                raise Malformed("names no engine")
            self.engine_id = engine
            self.synchronize(boots, moment)
        elif response.report:
            if response.report == NOT_IN_TIME_WINDOW and flags & AUTH:
                self.synchronize(boots, moment)
        elif flags & 3 != self._flags or engine != self.engine_id:
            raise Malformed("is not as secure as what was asked")
        elif flags & AUTH and (boots, moment) > (self.boots, self.now):
            self.synchronize(boots, moment)
        elif flags & AUTH and (boots < self.boots or moment < self.now - WINDOW):
            raise Malformed("is an old message")
