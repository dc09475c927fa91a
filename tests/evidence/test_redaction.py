"""Secrets go, whatever system printed them; what is innocent stays."""

from __future__ import annotations

import time

import pytest

from noc_agent.evidence import Json, Redactor

SECRET = "Hunter2Secret"
PLANTED = [
    "snmp-server community Hunter2Secret RO", "snmp-server community Hunter2Secret view v1 RW 10", "rocommunity Hunter2Secret default",
    "com2sec readonly default Hunter2Secret", "set snmp community Hunter2Secret authorization read-only", "community: Hunter2Secret",
    'community "Hunter2Secret"', "community = Hunter2Secret", "snmp-agent community read cipher Hunter2Secret",
    "neighbor 192.0.2.1 password Hunter2Secret", "neighbor 192.0.2.1 password 7 Hunter2Secret",
    "vty[29]@(config-router)# neighbor 192.0.2.1 password Hunter2Secret", "ip ospf message-digest-key 1 md5 Hunter2Secret",
    "ip ospf message-digest-key 1 md5 7 Hunter2Secret", "ip ospf authentication-key Hunter2Secret", "area 0 authentication-key 0 Hunter2Secret",
    "username admin password 0 Hunter2Secret", "username admin privilege 15 secret 5 Hunter2Secret", "username admin secret Hunter2Secret",
    "enable secret 9 Hunter2Secret", "enable password Hunter2Secret", "key-string 7 Hunter2Secret", "key-string Hunter2Secret",
    'authentication-key "Hunter2Secret"; ## SECRET-DATA', "set system root-authentication encrypted-password Hunter2Secret",
    "set system login user x authentication plain-text-password Hunter2Secret", "authentication-key $9$abcDEF123456",
    "password $6$saltsalt$abcdefghijklmnop", "enable secret 5 $1$abcd$0123456789abcdefghijkl", "pre-shared-key ascii-text Hunter2Secret",
    "pre-shared-key Hunter2Secret", "crypto isakmp key Hunter2Secret address 192.0.2.1", "crypto isakmp key 6 Hunter2Secret address 0.0.0.0",
    "tacacs-server key 7 Hunter2Secret", "tacacs-server host 192.0.2.1 key Hunter2Secret", "radius-server host 192.0.2.1 auth-port 1812 key Hunter2Secret",
    "radius server secret Hunter2Secret", "set password ENC Hunter2Secret", "set psksecret ENC Hunter2Secret", "password cipher Hunter2Secret",
    "local-user admin password irreversible-cipher Hunter2Secret", "wpa-psk Hunter2Secret", 'wpa2-psk="Hunter2Secret"', "password=Hunter2Secret",
    "user=a password=Hunter2Secret host=b", "passwd: Hunter2Secret", '"password": "Hunter2Secret"', '"api_key": "Hunter2Secret"', "api-key=Hunter2Secret",
    "Authorization: Bearer Hunter2Secret", "Authorization: Basic SHVudGVyMlNlY3JldA==", "token=Hunter2Secret", "access_token: Hunter2Secret",
    "https://admin:Hunter2Secret@192.0.2.1/x", "ftp://u:Hunter2Secret@host", "createUser noc SHA Hunter2Secret AES",
    "snmp-server user noc grp v3 auth sha Hunter2Secret priv aes 128 Hunter2Secret", "ntp authentication-key 1 md5 Hunter2Secret",
    "snmp-server host 192.0.2.1 version 2c Hunter2Secret", "shared-secret Hunter2Secret", "client_secret=Hunter2Secret",
    "auth-password Hunter2Secret", "privacy-password Hunter2Secret",
    "-----BEGIN RSA PRIVATE KEY-----\nMIIHunter2Secret\nabc\n-----END RSA PRIVATE KEY-----",
]  # fmt: skip
INNOCENT = [
    "password changed for user admin", "authentication failure from 192.0.2.7", "bad community name", "wrong password from 192.0.2.1",
    "OSPF: authentication type mismatch on eth1", "%OSPF-5-ADJCHG: Process 1, Nbr 10.0.0.2 on Gi0/1 from FULL to DOWN", "key chain expired",
    "neighbor 172.16.2.2 remote-as 65299", "Interface eth1, MTU changed from 1500 to 1400", "LSA checksum 0x8f3a seq 0x80000012",
    "aa:bb:cc:dd:ee:ff", "10.0.0.0/24 via 192.0.2.1", "2001:db8::1", "AS path 65001 65100 i", "router-id 10.0.0.11",
    "BGP MD5 authentication failed from 192.0.2.1", "token bucket full on eth0", "passive-interface eth3", "Failed password for root from 192.0.2.9",
    "community 65001:100 added", "ip community-list 10 permit 65001:200", "route-map X set community 65001:300", "public holiday",
    "session key exchange completed", "[Y05P2-YJVXY] AdjChg: Nbr 10.0.0.11", "https://www.rsyslog.com/e/2359", "GET http://10.10.100.10/",
    "vty[37]@(config)# interface eth3", "sshd: Accepted publickey for noc from 192.0.2.5", "key id 5",
    "seq_num:0x32af4add, local:0x0", "Nexthop id does not exist", "serial FOC1234X0AB",
]  # fmt: skip


@pytest.mark.parametrize("line", PLANTED)
def test_no_planted_secret_survives(line: str) -> None:
    cleaned = Redactor().clean(line)
    for secret in (SECRET, "$9$abc", "$6$salt", "$1$abcd", "SHVudGVy"):
        assert secret not in cleaned
    assert "‹secret-" in cleaned
    assert Redactor().clean(cleaned) == cleaned


@pytest.mark.parametrize("line", INNOCENT)
def test_what_is_innocent_stays(line: str) -> None:
    assert Redactor().clean(line) == line


def test_one_secret_has_one_name() -> None:
    redactor = Redactor()
    one = redactor.clean("neighbor 192.0.2.1 password Alpha77")
    other = redactor.clean("ip ospf authentication-key Beta88")
    again = redactor.clean("neighbor 192.0.2.9 password Alpha77")
    assert one.split()[-1] == again.split()[-1] != other.split()[-1]


def test_the_sites_own_secrets_go_wherever_they_stand() -> None:
    redactor = Redactor(["s3cr3tcommunity", "public", "ab"])
    assert "s3cr3tcommunity" not in redactor.clean("agent answered s3cr3tcommunity, nothing else")
    assert redactor.clean("a public place, ab") == "a public place, ab"
    assert "public" not in redactor.clean("snmp-server community public RO")


def test_json_is_cleaned_through_and_through() -> None:
    value: Json = {"a": ["password=Hunter2Secret", 5, None], "password=Hunter2Secret": {"b": True}}
    assert SECRET not in str(Redactor().clean_json(value))


def test_a_long_line_costs_linear_time() -> None:
    Redactor().clean("password " * 20_000)
    Redactor().clean("a" * 500_000 + " key ")


def test_a_long_table_is_cleaned_in_time_and_alike() -> None:
    rows: Json = [
        {"device": "core1", "ifName": f"eth{n % 50}", "ifAlias": "password Zorro-7781"} for n in range(10_000)
    ]
    redactor = Redactor()
    began = time.process_time()
    cleaned = redactor.clean_json(rows)
    assert time.process_time() - began < 0.6  # 1.5 s where each text is looked at anew
    assert isinstance(cleaned, list)
    assert cleaned[0] == {"device": "core1", "ifName": "eth0", "ifAlias": "password ‹secret-1›"}
    assert cleaned[0] == cleaned[-50]
