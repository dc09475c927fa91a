"""Keys and ciphers of the User-based Security Model (RFC 3414, RFC 3826, RFC 7860).

AES-192 and AES-256 are in no RFC: their keys are lengthened as in Blumenthal's draft (net-snmp) or Reeder's (Cisco).
"""

from __future__ import annotations

import hashlib
import hmac
from dataclasses import dataclass, field
from functools import lru_cache

from cryptography.hazmat.decrepit.ciphers.algorithms import TripleDES
from cryptography.hazmat.decrepit.ciphers.modes import CFB
from cryptography.hazmat.primitives.ciphers import Cipher
from cryptography.hazmat.primitives.ciphers.algorithms import AES
from cryptography.hazmat.primitives.ciphers.modes import CBC

from noc_agent.site.model import SnmpSettings

AUTHENTICATION = {  # setting: (hash, octets of the MAC)
    "MD5": ("md5", 12), "SHA": ("sha1", 12), "SHA-224": ("sha224", 16), "SHA-256": ("sha256", 24),
    "SHA-384": ("sha384", 32), "SHA-512": ("sha512", 48),
}  # fmt: skip
PRIVACY = {"DES": 16, "AES": 16, "AES-192": 24, "AES-256": 32}  # octets of the key
MEGABYTE = 1 << 20


@lru_cache(maxsize=4096)
def master_key(algorithm: str, password: bytes) -> bytes:
    """The password as a key, not yet bound to an engine (RFC 3414, A.2). It hashes 1 MB: once a password, not once a device."""
    digest = hashlib.new(algorithm)
    whole, rest = divmod(MEGABYTE, len(password))
    digest.update(password * whole + password[:rest])
    return digest.digest()


def localized(algorithm: str, master: bytes, engine_id: bytes) -> bytes:
    return hashlib.new(algorithm, master + engine_id + master).digest()


@dataclass(frozen=True, slots=True)
class Keys:
    """One user's keys on one engine; empty where the user has none."""

    algorithm: str = ""
    mac_size: int = 0
    auth: bytes = field(default=b"", repr=False)
    des: bool = False
    priv: bytes = field(default=b"", repr=False)

    def mac(self, message: bytes) -> bytes:
        return hmac.digest(self.auth, message, self.algorithm)[: self.mac_size]

    def encrypt(self, plain: bytes, boots: int, time: int, salt: bytes) -> bytes:
        worker = self._cipher(boots, time, salt).encryptor()
        return worker.update(plain + bytes(-len(plain) % 8) if self.des else plain) + worker.finalize()

    def decrypt(self, secret: bytes, boots: int, time: int, salt: bytes) -> bytes:
        """Raises ValueError where it cannot be what this cipher made."""
        worker = self._cipher(boots, time, salt).decryptor()
        return worker.update(secret) + worker.finalize()

    def _cipher(self, boots: int, time: int, salt: bytes) -> Cipher[CBC] | Cipher[CFB]:
        if self.des:
            vector = bytes(a ^ b for a, b in zip(self.priv[8:16], salt, strict=True))
            return Cipher(TripleDES(self.priv[:8] * 3), CBC(vector))
        return Cipher(AES(self.priv), CFB(boots.to_bytes(4, "big") + time.to_bytes(4, "big") + salt))


def keys_for(settings: SnmpSettings, engine_id: bytes, *, reeder: bool = False) -> Keys:
    """The keys of a device's user; `reeder` lengthens keys for AES-192 and AES-256 as Cisco does, else as net-snmp does."""
    if not settings.auth_protocol:
        return Keys()
    algorithm, size = AUTHENTICATION[settings.auth_protocol]
    auth = localized(algorithm, master_key(algorithm, settings.auth_key.encode()), engine_id)
    if not settings.priv_protocol:
        return Keys(algorithm, size, auth)
    key = localized(algorithm, master_key(algorithm, settings.priv_key.encode()), engine_id)
    wanted = PRIVACY[settings.priv_protocol]
    while len(key) < wanted:
        key += (
            localized(algorithm, master_key(algorithm, key), engine_id)
            if reeder
            else hashlib.new(algorithm, key).digest()
        )
    return Keys(algorithm, size, auth, settings.priv_protocol == "DES", key[:wanted])
