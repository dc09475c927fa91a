"""The agent's side of the User-based Security Model (RFC 3414, 3826, 7860), written apart from the client's."""

from __future__ import annotations

import hashlib
import hmac
import os
from dataclasses import dataclass, field

from cryptography.hazmat.decrepit.ciphers.algorithms import TripleDES
from cryptography.hazmat.decrepit.ciphers.modes import CFB
from cryptography.hazmat.primitives.ciphers import Cipher
from cryptography.hazmat.primitives.ciphers.algorithms import AES
from cryptography.hazmat.primitives.ciphers.modes import CBC

DIGESTS = {  # name: (hash, octets of the MAC)
    "MD5": ("md5", 12), "SHA": ("sha1", 12), "SHA-224": ("sha224", 16), "SHA-256": ("sha256", 24),
    "SHA-384": ("sha384", 32), "SHA-512": ("sha512", 48),
}  # fmt: skip
KEY_SIZE = {"DES": 16, "AES": 16, "AES-192": 24, "AES-256": 32}


@dataclass(frozen=True, slots=True)
class User:
    """A v3 user with its passwords; without protocols noAuthNoPriv. `reeder` extends long keys as Cisco does."""

    name: str
    auth: str = ""
    auth_key: str = field(default="", repr=False)
    priv: str = ""
    priv_key: str = field(default="", repr=False)
    reeder: bool = False


class Keys:
    """A user's keys on one engine."""

    def __init__(self, user: User, engine_id: bytes) -> None:
        self.user = user
        self.auth = self.priv = b""
        if user.auth:
            self.auth = localized(user.auth, user.auth_key.encode(), engine_id)
        if user.priv:
            key, size = localized(user.auth, user.priv_key.encode(), engine_id), KEY_SIZE[user.priv]
            while len(key) < size:
                if user.reeder:
                    key += localized(user.auth, key, engine_id)
                else:
                    key += hashlib.new(DIGESTS[user.auth][0], key).digest()
            self.priv = key[:size]

    @property
    def level(self) -> int:
        """The flags auth (1) and priv (2)."""
        return bool(self.auth) | bool(self.priv) << 1

    def mac(self, message: bytes) -> bytes:
        name, size = DIGESTS[self.user.auth]
        return hmac.digest(self.auth, message, name)[:size]

    def encrypt(self, plain: bytes, boots: int, time: int) -> tuple[bytes, bytes]:
        """(encrypted, privacy parameters)"""
        salt = os.urandom(8)
        cipher = self._cipher(salt, boots, time).encryptor()
        padding = -len(plain) % 8 if self.user.priv == "DES" else 0
        return cipher.update(plain + bytes(padding)) + cipher.finalize(), salt

    def decrypt(self, secret: bytes, boots: int, time: int, salt: bytes) -> bytes:
        cipher = self._cipher(salt, boots, time).decryptor()
        return cipher.update(secret) + cipher.finalize()

    def _cipher(self, salt: bytes, boots: int, time: int) -> Cipher[CBC] | Cipher[CFB]:
        if self.user.priv == "DES":
            vector = bytes(a ^ b for a, b in zip(self.priv[8:], salt, strict=True))
            return Cipher(TripleDES(self.priv[:8] * 3), CBC(vector))
        return Cipher(AES(self.priv), CFB(boots.to_bytes(4, "big") + time.to_bytes(4, "big") + salt))


def localized(auth: str, password: bytes, engine_id: bytes) -> bytes:
    name = DIGESTS[auth][0]
    million = (password * (2**20 // len(password) + 1))[: 2**20]
    key = hashlib.new(name, million).digest()
    return hashlib.new(name, key + engine_id + key).digest()
