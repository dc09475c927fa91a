"""Text that only looks near a secret: what an engineer needs of logs and configurations, which must stay.

`TOKENS` are single values of every kind, each with a sentence around it; `LINES` are whole lines that stay as they are.
"""

from __future__ import annotations

import hashlib
import ipaddress
import random
from collections.abc import Iterator

LINES = """
password changed for user admin
Password changed for user 'noc' by root
user noc changed the password
password expired for user x
The password has expired; please change it
Password policy updated: minimum length 12
password authentication is disabled
password is 90 days old
password change required at next login
password recovery disabled
password encryption enabled
no password set
password prompt timed out
Failed password for root from 192.0.2.9 port 53211 ssh2
Failed password for invalid user oracle from 198.51.100.7 port 40022 ssh2
Accepted password for noc from 192.0.2.5 port 51514 ssh2
pam_unix(sshd:auth): authentication failure; logname= uid=0 euid=0 tty=ssh ruser= rhost=192.0.2.9  user=root
pam_unix(passwd:chauthtok): password changed for noc
Authentication failure for SNMP request from host 192.0.2.3
%SNMP-3-AUTHFAIL: Authentication failure for SNMP req from host 192.0.2.3
bad community name from 192.0.2.3
Bad community string from 192.0.2.9
unknown community name
community string mismatch
snmpd: Connection from UDP: [192.0.2.1]:53102->[192.0.2.2]:161
community 65001:100 added
community list EXPORT permits 65001:200
ip community-list 10 permit 65001:200
ip community-list standard CUST permit 65001:4000
route-map OUT permit 10; set community 65001:300 additive
set community no-export
match community BLACKHOLE
Community: 65001:100 65001:200 no-export
Large Community: 65001:1:2
extended community RT:65001:100
send-community both
set community target:65001:100
policy-options community CUST members 65001:100
key chain OSPF-KEYS
key-chain name BGP
key chain expired
key-chain OSPF-KEYS key 1 expires in 14 days
ip ospf authentication key-chain OSPF-KEYS
ip ospf authentication message-digest
area 0 authentication message-digest
OSPF: authentication type mismatch on eth1
%OSPF-4-INVALIDKEY: Key ID 3 received on GigabitEthernet0/1
%OSPF-4-NOVALIDKEY: No valid authentication send key is available on interface GigabitEthernet0/1
%OSPF-4-ERRRCV: Received invalid packet: Bad Checksum from 192.0.2.3, GigabitEthernet0/1
OSPF packet rejected: mismatched authentication key from 192.0.2.3
interface eth1:10.0.0.1: auth-type mismatch, local Cryptographic, rcvd Null
%TCP-6-BADAUTH: No MD5 digest from 192.0.2.1(179) to 192.0.2.2(42617)
%TCP-6-BADAUTH: Invalid MD5 digest from 192.0.2.1(179) to 192.0.2.2(42617)
BGP MD5 authentication failed from 192.0.2.1
ISIS: authentication failed on Ethernet1, hmac-md5 digest mismatch
%RADIUS-4-RADIUS_DEAD: RADIUS server 192.0.2.9:1812,1813 is not responding.
radius server RAD1 is unreachable
tacacs server TAC1 connection refused
RADIUS: secret mismatch suspected, no reply from 192.0.2.3
aaa: key exchange completed with 192.0.2.3
session key exchange completed
ssh: key exchange failed: no matching cipher found
no matching key exchange method found. Their offer: diffie-hellman-group1-sha1
no matching host key type found. Their offer: ssh-rsa
ipsec: pre-shared key authentication failed for peer 192.0.2.9
IKEv2 SA rekeyed with peer 192.0.2.9
%CRYPTO-6-IKMP_MODE_FAILURE: Processing of Main mode failed with peer at 192.0.2.9
parsed IKE_AUTH response 1 [ N(AUTH_FAILED) ]
token bucket full on eth0
token ring is gone
CSRF token missing
token expired
invalid token from 192.0.2.9
secret service started
cron: secret rotation job finished
public holiday tomorrow, only emergency changes
private VLAN 100 associated with 101
ip nat inside source list 1 interface eth0 overload
bearer channel B1 is down
basic checks passed
Authentication completed for dot1x client aa:bb:cc:dd:ee:ff
authorization failed: user noc, command show running-config
cookie mismatch on L2TPv3 session 12
LSA checksum 0x8f3a seq 0x80000012
Link ID 10.0.0.1 ADV Router 10.0.0.11 Age 241 Seq# 0x80000007 Checksum 0x00A1B2
%OSPF-5-ADJCHG: Process 1, Nbr 10.0.0.2 on Gi0/1 from FULL to DOWN, Neighbor Down: Dead timer expired
%BGP-5-ADJCHANGE: neighbor 192.0.2.1 Down BGP Notification sent
%BGP-3-NOTIFICATION: sent to neighbor 192.0.2.1 4/0 (hold time expired) 0 bytes
%LINEPROTO-5-UPDOWN: Line protocol on Interface GigabitEthernet0/1, changed state to down
%LINK-3-UPDOWN: Interface TenGigE0/0/0/1, changed state to up
%SYS-5-CONFIG_I: Configured from console by noc on vty0 (192.0.2.9)
rpd[1234]: RPD_OSPF_NBRDOWN: OSPF neighbor 192.0.2.2 (realm ospf-v2 ge-0/0/1.0 area 0.0.0.0) state changed from Full to Down
mib2d[1111]: SNMP_TRAP_LINK_DOWN: ifIndex 501, ifAdminStatus up(1), ifOperStatus down(2), ifName ge-0/0/1
%%01IFNET/4/LINK_STATE(l)[41]:The line protocol IP on the interface GigabitEthernet0/0/1 has entered the DOWN state.
vty[37]@(config)# interface eth3
vty[29]@(config-router)# neighbor 192.0.2.1 remote-as 65100
vty[29]@(config-router)# no neighbor 192.0.2.1 password
[Y05P2-YJVXY] AdjChg: Nbr 10.0.0.11(default) on eth1: Full -> Deleted (InactivityTimer)
bgpd[812]: [M59KS-A3ZXZ] bgp_update_receive: rcvd End-of-RIB for IPv4 Unicast from 192.0.2.1 in vrf default
neighbor 172.16.2.2 remote-as 65299
10.0.0.0/24 via 192.0.2.1 dev eth1 proto ospf metric 20
2001:db8::/32 via fe80::1 dev eth1
AS path 65001 65100 i
Interface eth1, MTU changed from 1500 to 1400
lldpd: neighbor 00:1b:21:aa:bb:cc port eth3 ttl 120
dhcpd: DHCPACK on 10.10.1.20 to 52:54:00:12:34:56 (host1) via eth1
dnsmasq-dhcp[9]: DHCPDISCOVER(br0) 52:54:00:aa:bb:cc
https://www.rsyslog.com/e/2359
GET http://10.10.100.10/index.html HTTP/1.1 200 612
ssh://192.0.2.1:22
http://[2001:db8::1]:8080/metrics
serial FOC1234X0AB
Serial Number: JN11A2B3CAFA, Model: MX204
Cisco IOS Software, C2960 Software (C2960-LANBASEK9-M), Version 15.0(2)SE11, RELEASE SOFTWARE (fc3)
Linux core1 6.1.0-18-amd64 #1 SMP PREEMPT_DYNAMIC Debian 6.1.76-1 (2024-02-01) x86_64
Juniper Networks, Inc. mx204 internet router, kernel JUNOS 21.4R3-S4.9
Arista Networks EOS version 4.30.1F running on an Arista vEOS-lab
commit 8f14e45fceea167a5a36dedd4bea2543f0a1b2c3
index 83db48f..f735c2d 100644
image sha256:4e07408562bedb8b60ce05c1decfe3ad16b72230967de01f640b7e4729b49fce
SHA256:uNiVztksCsDhcc0u9e8BgrJXVGDKFLxfaKLSTwHdN7k noc@bastion (ED25519)
sshd: Accepted publickey for noc from 192.0.2.5 port 51514 ssh2: ED25519 SHA256:uNiVztksCsDhcc0u9e8BgrJXVGDKFLxfaKLSTwHdN7k
/usr/share/Vendor9/Firmware/ImageStore/Release2026/SwitchOs15/Boot
-----BEGIN CERTIFICATE-----
key id 5
ntp key 1 is trusted
ntp trusted-key 1
%NTP-5-PEERUNREACH: Peer 192.0.2.1 is unreachable
primary key violation in table interfaces
foreign key device_id
press any key to continue
keyboard-interactive/pam for noc from 192.0.2.9
keepalive timer expired
passive-interface eth3
compass heading 270
bypass mode active on port 4
passed 12 of 12 checks
monkey patch applied to module x
enable secret is not configured
aaa authentication login default group tacacs+ local
username noc privilege 15 logged out
snmp-server enable traps bgp
snmp-server location Lyon, rack 4
snmp-server contact noc@example.net
snmp-server host 192.0.2.4 version 3 priv noc
snmp-server user noc NOC v3
logging host 192.0.2.5
auth sha priv aes
md5 checksum verified
/hash verification succeeded for flash:c2960.bin
The secret is out of date
set name "uplink to core1"
key=value pairs: a=1 b=2
db.example.net:5432 is unreachable
10:54:33:12:34:56 moved from eth1 to eth2
mysql -u noc inventory
curl -sS https://192.0.2.1/restconf/data
ldapsearch -x -b dc=example
cak is not configured
new password will be required in 14 days
""".strip().splitlines()


def _tokens() -> Iterator[tuple[str, str]]:
    """(sentence with `{}`, value), of every kind that stands beside a secret or looks like one."""
    rng = random.Random(65001)
    words = [
        "neighbor {} went down",
        "route to {} withdrawn",
        "authentication failed with {}",
        "password rejected from {}",
    ]
    for number in range(40):
        yield words[number % 4], str(ipaddress.IPv4Address(rng.randrange(1 << 32)))
        yield words[number % 4], str(ipaddress.IPv6Address(rng.randrange(1 << 128)))
    for number in range(30):
        octets = [f"{rng.randrange(256):02x}" for _ in range(6)]
        yield "host {} moved", ":".join(octets)
        yield "hardware address {} learned", ".".join("".join(octets)[at : at + 4] for at in (0, 4, 8))
        yield "prefix {} unreachable", f"{ipaddress.IPv4Address(rng.randrange(1 << 32) & ~0xFF)}/24"
        yield "remote AS {} in OPEN", str(rng.randrange(1, 1 << 32))
        yield "LSA checksum {} is bad", f"0x{rng.randrange(1 << 16):04x}"
        yield "sequence {} received", f"0x8{rng.randrange(1 << 28):07x}"
        yield "set community {}", f"{rng.randrange(1, 65536)}:{rng.randrange(65536)}"
        yield "image at commit {}", hashlib.sha1(str(number).encode()).hexdigest()
        yield "digest {}", hashlib.sha256(str(number).encode()).hexdigest()
        yield "md5 of image: {}", hashlib.md5(str(number).encode()).hexdigest()
        yield "serial number {}", f"FDO{rng.randrange(1000, 9999)}{rng.choice('ABCXYZ')}{rng.randrange(10, 99)}K"
        yield (
            "running {} since boot",
            f"{rng.randrange(9, 25)}.{rng.randrange(9)}({rng.randrange(9)})SE{rng.randrange(20)}",
        )
        yield (
            "interface {} is down",
            rng.choice(
                ["Gi{}/0/{}", "ge-{}/0/{}.0", "TenGigE0/0/{}/{}", "Ethernet{}/{}", "xe-0/{}/{}", "100GE{}/0/{}"]
            ).format(number, rng.randrange(48)),
        )
        yield "router-id {}", str(ipaddress.IPv4Address(rng.randrange(1 << 32)))
        yield (
            "uuid {}",
            f"{rng.randrange(1 << 32):08x}-{rng.randrange(1 << 16):04x}-4{rng.randrange(1 << 12):03x}-a{rng.randrange(1 << 12):03x}-{rng.randrange(1 << 48):012x}",
        )
        yield (
            "at {}",
            f"2026-11-{rng.randrange(1, 29):02}T{rng.randrange(24):02}:{rng.randrange(60):02}:07.{rng.randrange(1000):03}Z",
        )
        yield (
            "key chain {} has no key",
            f"{rng.choice(['OSPF', 'BGP', 'ISIS'])}-{rng.choice(['core', 'edge', 'lab'])}{number}",
        )
        yield "RD {}", f"{ipaddress.IPv4Address(rng.randrange(1 << 32))}:{rng.randrange(65536)}"
        yield "engine id {}", f"80001f88{rng.randrange(1 << 64):016x}"
        yield "key id {} is unknown", str(number + 1)
    for name in ("core1", "dist-2.lyon", "acc3", "isp-a", "sw1.example.net", "FW01", "r2-re0", "leaf101"):
        yield "password changed on {}", name
        yield "secret rotated on {}", name
        yield "{} has a bad community name", name


TOKENS = tuple(_tokens())
