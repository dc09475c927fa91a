"""Secrets as routers, switches, firewalls and servers print them, each with a value of its own: a corpus.

Written from the configuration and command references of the platforms and the manual pages of the programs; no value is or
was anybody's. `LINES` are (where it is printed, the text, the secret in it).
"""

from __future__ import annotations

import base64
import json
import random
import string
from collections.abc import Iterator

_FORMS: dict[str, str] = {
    "FRR": """
snmp-server community {plain} RO
agentx password {plain}
neighbor 192.0.2.1 password {plain}
vty[29]@(config-router)# neighbor 2001:db8::1 password {odd}
neighbor FABRIC password {plain}
ip ospf message-digest-key 1 md5 {plain}
ip ospf authentication-key {word}
ipv6 ospf6 authentication key-id 10 hash-algo sha-256 key {plain}
area 0 virtual-link 192.0.2.9 message-digest-key 4 md5 {plain}
isis password md5 {plain}
area-password md5 {plain}
domain-password clear {plain}
ip rip authentication string {plain}
key-string {plain}
enable password {word}
enable password 8 {hex}
password {plain}
username noc password {plain}
mpls ldp neighbor 192.0.2.8 password {plain}
ip nhrp authentication {short}
""",
    "IOS": """
snmp-server community {plain} RW 99
snmp-server community {word} view ALL RO
snmp-server host 192.0.2.4 version 2c {plain} bgp
snmp-server host 192.0.2.4 vrf MGMT version 2c {plain}
snmp-server host 192.0.2.4 informs version 2c {word} udp-port 1162
snmp-server user noc NOC v3 auth sha {plain} priv aes 128 {other}
snmp-server user noc NOC v3 encrypted auth md5 {hexcolon}
enable secret 5 {crypt1}
enable secret 8 {crypt8}
enable secret 9 {crypt9}
enable secret 4 {b64}
enable password 7 {type7}
enable password level 5 {plain}
enable algorithm-type scrypt secret {plain}
username noc privilege 15 password 7 {type7}
username noc privilege 15 secret 9 {crypt9}
username noc secret 0 {odd}
username noc password 0 {plain}
line vty 0 4; password 7 {type7}
ip ftp password 7 {type7}
ip http client password 0 {plain}
ip ospf authentication-key 7 {type7}
ip ospf message-digest-key 2 md5 7 {type7}
area 1 sham-link 192.0.2.1 192.0.2.2 authentication key-chain OSPF; key-string 7 {type7}
neighbor 192.0.2.7 password 7 {type7}
neighbor 2001:db8:9::1 password {plain}
template peer-session IBGP; password 7 {type7}
key-string 6 {type6}
standby 1 authentication md5 key-string 7 {type7}
standby 12 authentication {word}
vrrp 4 authentication text {word}
glbp 3 authentication md5 key-string {plain}
crypto isakmp key {plain} address 192.0.2.1
crypto isakmp key 6 {type6} hostname hub.example.net
pre-shared-key address 0.0.0.0 0.0.0.0 key {plain}
pre-shared-key local 6 {type6}
pre-shared-key remote {odd}
tacacs-server key 7 {type7}
tacacs-server host 192.0.2.30 key {plain}
radius-server host 192.0.2.31 auth-port 1812 acct-port 1813 key 7 {type7}
radius-server key {plain}
server-private 192.0.2.33 key 7 {type7}
aaa group server tacacs+ T; server-private 192.0.2.34 key {plain}
key 7 {type7}
ntp authentication-key 7 md5 {plain}
ntp authentication-key 7 md5 {type7} 7
ppp chap password 0 {plain}
ppp pap sent-username noc password 7 {type7}
dot1x credentials X; password 7 {type7}
wpa-psk ascii 0 {plain}
authentication key-management wpa; wpa-psk ascii 7 {type7}
mpls ldp neighbor 192.0.2.1 password 7 {type7}
ip nhrp authentication {short}
ip msdp password peer 192.0.2.9 0 {plain}
tunnel key-string {plain}
vtp password {plain}
username noc autocommand x password 5 {crypt1}
%SYS-5-CONFIG_I: Configured from console; command: snmp-server community {plain} RO
%PARSER-5-CFGLOG_LOGGEDCMD: User:noc  logged command:enable secret {plain}
%PARSER-5-CFGLOG_LOGGEDCMD: User:noc  logged command:username x password 0 {plain}
%SYS-6-CFGLOG: archive log: neighbor 192.0.2.3 password 0 {word}
""",
    "IOS-XR": """
neighbor 192.0.2.1 password encrypted {type7}
password encrypted {type7}
secret 10 {crypt6}
username noc secret 5 {crypt1}
key-string password {type7}
message-digest-key 1 md5 encrypted {type7}
authentication-key encrypted {type7}
hello-password hmac-md5 encrypted {type7}
lsp-password keychain X; lsp-password text clear {plain}
snmp-server community clear {plain} RO SystemOwner
snmp-server community encrypted {type7} RO
snmp-server user noc NOC v3 auth sha encrypted {type7} priv aes 128 encrypted {type7b}
snmp-server host 192.0.2.4 traps version 2c encrypted {type7}
tacacs-server host 192.0.2.4 port 49; key 7 {type7}
radius-server host 192.0.2.4 auth-port 1645 acct-port 1646; key 7 {type7}
ntp authentication-key 1 md5 encrypted {type7}
username noc password 7 {type7}
""",
    "NX-OS": """
snmp-server user noc network-admin auth md5 {hexzero} priv {hexzero2} localizedkey
snmp-server community {plain} group network-operator
username noc password 5 {crypt5}  role network-admin
feature tacacs+; tacacs-server host 192.0.2.7 key 7 "{type7}"
ip ospf authentication-key 3 {hex}
key-string 7 "{type7}"
neighbor 192.0.2.7; password 3 {hex}
""",
    "EOS": """
username noc privilege 15 role network-admin secret sha512 {crypt6}
enable password sha512 {crypt6}
neighbor 192.0.2.1 password 7 {b64}
neighbor SPINES password 0 {plain}
snmp-server community {plain} ro
snmp-server user noc NOC v3 localized f5717f00 auth sha {hex} priv aes {hex2}
tacacs-server host 192.0.2.1 key 7 {type7}
radius-server key 7 {type7}
ip ospf message-digest-key 1 sha512 7 {b64}
isis authentication key 7 {b64}
ntp authentication-key 1 sha1 7 {type7}
secret 7 {type7}
shared-secret profile X; secret 0 7 {type7} receive-lifetime infinite
key 1 mka ckn 11 cak 7 {hex}
""",
    "Junos": """
set snmp community {plain} authorization read-only
set snmp v3 usm local-engine user noc authentication-sha authentication-password "{plain}"
set snmp v3 usm local-engine user noc privacy-aes128 privacy-key "{junos9}"
set system root-authentication encrypted-password "{crypt6}"
set system login user noc authentication encrypted-password "{crypt1}"
set system login user noc authentication plain-text-password-value "{plain}"
set system radius-server 192.0.2.5 secret "{junos9}"
set system tacplus-server 192.0.2.6 secret "{junos9}"
set system ntp authentication-key 1 type md5 value "{junos9}"
set protocols bgp group X authentication-key "{junos9}"
set protocols bgp group X neighbor 192.0.2.1 authentication-key "{odd}"
set protocols ospf area 0 interface ge-0/0/0 authentication md5 1 key "{junos9}"
set protocols ospf area 0 interface ge-0/0/1 authentication simple-password "{plain}"
set protocols isis level 2 authentication-key "{junos9}"
set protocols isis interface ge-0/0/0.0 level 1 hello-authentication-key {plain}
set protocols rip authentication-key "{plain}"
set protocols ldp session 192.0.2.1 authentication-key {plain}
set security ike policy X pre-shared-key ascii-text "{junos9}"
set security ike policy X pre-shared-key hexadecimal "{hex}"
set security authentication-key-chains key-chain K key 1 secret "{junos9}"
set access profile P client c chap-secret "{junos9}"
authentication-key "{junos9}"; ## SECRET-DATA
encrypted-password "{crypt6}"; ## SECRET-DATA
secret "{junos9}"; ## SECRET-DATA
community {plain} {{ authorization read-only; }}
mgd[4711]: UI_CFG_AUDIT_SET: User 'noc' set: [snmp community {plain}] authorization read-only
mgd[4711]: UI_CMDLINE_READ_LINE: User 'noc', command 'set protocols bgp group X authentication-key {plain} '
mgd[4711]: UI_CMDLINE_READ_LINE: User 'noc', command 'set system root-authentication plain-text-password {plain} '
""",
    "VRP": """
snmp-agent community read cipher {vrp}
snmp-agent community write {plain}
snmp-agent usm-user v3 noc authentication-mode sha cipher {vrp}
snmp-agent usm-user v3 noc privacy-mode aes128 cipher {vrp}
snmp-agent target-host trap address udp-domain 192.0.2.1 params securityname {plain} v2c
local-user noc password irreversible-cipher {vrp}
local-user noc password cipher {vrp}
local-user noc password simple {plain}
super password level 3 cipher {vrp}
set authentication password cipher {vrp}
peer 192.0.2.1 password cipher {vrp}
peer 192.0.2.1 password simple {plain}
ospf authentication-mode md5 1 cipher {vrp}
ospf authentication-mode simple plain {plain}
authentication-mode hmac-sha256 1 plain {plain}
isis authentication-mode md5 plain {plain}
area-authentication-mode md5 cipher {vrp}
domain-authentication-mode simple plain {plain}
vrrp vrid 1 authentication-mode md5 {plain}
radius-server shared-key cipher {vrp}
hwtacacs-server shared-key cipher {vrp}
hwtacacs server shared-key simple {plain}
pre-shared-key cipher {vrp}
pre-shared-key simple {plain}
ntp-service authentication-keyid 3 authentication-mode md5 cipher {vrp}
key-string plain {plain}
%%01SHELL/5/CMDRECORD(s)[12]:Recorded command information. (Task=VT0, Ip=192.0.2.9, User=noc, Command="peer 192.0.2.3 password simple {plain}")
""",
    "Comware": """
snmp-agent community read simple {plain}
password hash {comware}
primary authentication 192.0.2.3 key simple {plain}
key authentication cipher {comwarec}
""",
    "SR OS": """
configure system security snmp community "{plain}" r version both
configure system security user "noc" password "{crypt2y}"
configure router bgp group "X" authentication-key "{plain}"
configure router bgp group "X" authentication-key "{b64}" hash2
configure router ospf area 0 interface "x" message-digest-key 1 md5 "{plain}"
configure router ospf area 0 interface "x" authentication-key "{b64}" hash
configure router isis authentication-key "{b64}" hash2
configure router ldp tcp-session-parameters peer-transport 192.0.2.1 authentication-key "{plain}"
configure system security radius server 1 address 192.0.2.1 secret "{b64}" hash2
configure system security tacplus server 1 address 192.0.2.1 secret "{plain}"
configure system time ntp authentication-key 1 key "{b64}" hash2 type message-digest
configure router rsvp interface "x" authentication-key "{b64}" hash
trap-target "x" address 192.0.2.5 snmpv2c notify-community "{plain}"
usm-community "{plain}" group "x"
""",
    "RouterOS": """
/snmp community add name={plain} addresses=192.0.2.0/24
/snmp community set [ find default=yes ] name={plain}
/snmp community set 0 authentication-password={plain} encryption-password={other}
/user add name=noc password={odd} group=full
/ppp secret add name=noc password={plain} service=l2tp
/ppp secret add name=noc password="{spaced}" service=l2tp
/radius add address=192.0.2.1 secret={plain} service=login
/ip ipsec identity add peer=x secret={plain}
/ip ipsec identity add peer=x secret="{spaced}"
/interface wireless security-profiles set x wpa2-pre-shared-key={plain} wpa-pre-shared-key={other}
/interface wifi security add passphrase={plain}
/interface wireguard add private-key="{wg}"
/interface wireguard peers add preshared-key="{wg}" public-key="x"
/routing ospf interface-template add auth=md5 auth-key={plain}
/routing bgp connection add tcp-md5-key={plain}
/interface vrrp add authentication=ah password={plain}
/system ntp key add key-id=1 key={plain}
/tool e-mail set password={plain} user=noc
system,info user noc changed: /user set 0 password={plain}
""",
    "FortiOS": """
set password ENC {b64}
set psksecret ENC {b64}
set psksecret {plain}
set passwd ENC {b64}
set passphrase ENC {b64}
set secret ENC {b64}
set key ENC {b64}
set auth-pwd ENC {b64}
set priv-pwd ENC {b64}
set md5-key 1 {plain}
set authentication-key {plain}
set ppk-secret ENC {b64}
set sso-attribute-value x; set private-key "{b64}"
set group-password {plain}
logdesc="Attribute configured" user="noc" cfgattr="psksecret[{plain}]"
cfgobj="admin" cfgattr="password[{plain}]"
config system snmp community; set name "{plain}"
""",
    "PAN-OS": """
<phash>{crypt1}</phash>
<snmp-community-string>{plain}</snmp-community-string>
<pre-shared-key><key>{b64}</key></pre-shared-key>
<password>{plain}</password>
<bind-password>{b64}</bind-password>
<authpwd>{b64}</authpwd>
set shared server-profile radius X server Y secret {plain}
""",
    "Linux": """
rocommunity {plain} default -V all
rwcommunity6 {word} 2001:db8::/32
com2sec readonly 192.0.2.0/24 {plain}
trapsink 192.0.2.1 {plain}
trap2sink 192.0.2.1 {plain} 162
trapcommunity {word}
authCommunity log,execute,net {plain}
createUser noc SHA-256 "{spaced}" AES {plain}
createUser noc MD5 {plain} DES
defAuthPassphrase {plain}
defPrivPassphrase {plain}
usmUser 1 3 0x80001f88 "noc" "noc" NULL .1.3.6.1.6.3.10.1.1.3 {hexzero} .1.3.6.1.6.3.10.1.2.4 {hexzero2}
snmpwalk -v2c -c {plain} 192.0.2.1 sysDescr
snmpbulkwalk -v 2c -c{plain} 192.0.2.1
snmpget -v3 -u noc -l authPriv -a SHA -A {plain} -x AES -X {other} 192.0.2.1
root:{crypt6}:19700:0:99999:7:::
noc:{crypty}:20001:0:99999:7:::
db.example.net:5432:noc:noc:{plain}
machine host.example.net login noc password {plain}
default login anonymous password {word}
curl -u noc:{plain} https://192.0.2.1/restconf/data
curl --user "noc:{plain}" https://192.0.2.1/
curl -H "Authorization: Bearer {token}" http://192.0.2.1/
sshpass -p {plain} ssh noc@192.0.2.1
mysql -u noc -p{plain} inventory
mysqldump --password={plain} inventory
PGPASSWORD={plain} psql -h 192.0.2.1
export NETBOX_TOKEN={hex}
Environment="DB_PASSWORD={plain}"
sudo: noc : COMMAND=/usr/sbin/usermod -p {crypt6} noc
sudo: noc : COMMAND=/usr/bin/ipmitool -H 192.0.2.1 -U noc -P {plain} chassis status
auth_pass {short}
authentication {{ auth_type PASS auth_pass {short} }}
psk="{spaced}"
wpa_passphrase={plain}
PrivateKey = {wg}
PresharedKey = {wg}
192.0.2.1 %any : PSK "{spaced}"
noc : EAP "{plain}"
noc : XAUTH "{plain}"
secret = "{spaced}"
key "transfer" {{ algorithm hmac-sha256; secret "{b64}"; }};
omapi-key; secret {b64};
bindpw {plain}
ldap_default_authtok = {plain}
rndc: key secret "{b64}"
requirepass {plain}
masterauth {plain}
client 192.0.2.9 {{ secret = {plain} }}
chronyd: 10 SHA256 HEX:{hex}
10 MD5 ASCII:{plain}
set -o vi; ldapsearch -D cn=noc -w {plain} -b dc=example
rsync rsync://noc:{plain}@192.0.2.1/module
passwd: password for noc set to '{plain}'
htpasswd noc:{apr1}
pam: conversation: password={odd}
GRUB password_pbkdf2 root grub.pbkdf2.sha512.10000.{hex}
""",
    "programs": """
{{"username": "noc", "password": "{plain}"}}
{{"password":"{odd}","user":"noc"}}
{{\\"password\\": \\"{plain}\\"}}
{{"community": "{plain}", "version": "2c"}}
{{"snmp": {{"auth_key": "{plain}", "priv_key": "{other}"}}}}
{{'password': '{plain}', 'user': 'noc'}}
password: "{spaced}"
community: {plain}
snmp_community={plain}
api_key: {hex}
api-key={token}
apiKey="{token}"
X-API-Key: {token}
X-Auth-Token: {hex}
PRIVATE-TOKEN: {token}
client_secret={token}&grant_type=client_credentials
Authorization: Basic {basic}
Authorization: Bearer {token}
Authorization: Token {hex}
authorization: bearer {jwt}
Proxy-Authorization: Basic {basic}
Cookie: sessionid={token}; theme=dark
Set-Cookie: SESSION={token}; Path=/; HttpOnly
GET /api/v1/devices?token={token} HTTP/1.1
GET /api?apikey={token}&x=1 HTTP/1.1
POST /login?user=noc&password={plain} HTTP/1.1
GET /q?sig={token} HTTP/1.1
https://noc:{plain}@192.0.2.1/restconf
ssh://noc:{odd2}@router.example.net:22
ftp://noc:{plain}@files.example.net/core1.cfg
postgresql://noc:{plain}@db.example.net:5432/inventory
mongodb://noc:{plain}@db.example.net/?authSource=admin
redis://:{plain}@192.0.2.1:6379/0
amqp://noc:{odd2}@mq.example.net//
http://{token}@git.example.net/configs.git
{jwt}
session token {jwt} accepted
ghp_{alnum36}
glpat-{alnum20}
AKIA{upper16}
xoxb-{alnum20}
AWS_SECRET_ACCESS_KEY={b64}
secret_key = "{b64}"
access_token={token}
refresh_token: {token}
id_token={jwt}
vault token hvs.{alnum24}
sk-{alnum24}
hf_{alnum24}
shared secret: {plain}
passphrase: {spaced_last}
pwd={plain};Encrypt=yes
Server=db;Uid=noc;Pwd={plain};
ConnectionString="Data Source=x;User ID=noc;Password={odd};"
ansible_password: {plain}
ansible_become_pass={plain}
enable_secret: "{plain}"
netmiko ConnectHandler(host='192.0.2.1', username='noc', password='{plain}')
NetmikoAuthenticationException: Authentication to device failed. username=noc password={plain}
pysnmp CommunityData('{plain}', mpModel=1)
UsmUserData('noc', '{plain}', '{other}')
logged in with password {plain} from 192.0.2.9
the new password is {plain}
password changed to {plain}
new community string {plain} is in use
my password is "{spaced}"
""",
}

_PEM = (
    "RSA PRIVATE KEY",
    "PRIVATE KEY",
    "EC PRIVATE KEY",
    "OPENSSH PRIVATE KEY",
    "ENCRYPTED PRIVATE KEY",
    "DSA PRIVATE KEY",
)


def _value(kind: str, rng: random.Random) -> str:
    """A secret as its platform writes it, unlike any other of the corpus."""

    def some(letters: str, least: int, most: int = 0) -> str:
        return "".join(rng.choice(letters) for _ in range(rng.randint(least, most or least)))

    alnum = string.ascii_letters + string.digits
    bare = f"{some(string.ascii_uppercase, 1)}{some(string.ascii_lowercase, 4, 8)}{some(string.digits, 2, 4)}{some(alnum, 1, 4)}"
    lower = some(string.ascii_lowercase, 9, 12)
    made = {
        "plain": bare, "other": bare, "word": lower, "short": some(alnum, 7) + "9", "odd": f"{bare}!@#{some(alnum, 3)}",
        "odd2": f"{bare}!%40{some(alnum, 3)}", "spaced": f"{bare} {lower}", "spaced_last": f"{bare}{lower}",
        "hex": some("0123456789abcdef", 32), "hex2": some("0123456789abcdef", 32),
        "hexzero": "0x" + some("0123456789abcdef", 32), "hexzero2": "0x" + some("0123456789abcdef", 32),
        "hexcolon": ":".join(some("0123456789ABCDEF", 2) for _ in range(16)),
        "type7": f"{rng.randint(0, 15):02}{some('0123456789ABCDEF', 16)}", "type7b": f"{rng.randint(0, 15):02}{some('0123456789ABCDEF', 16)}",
        "type6": some(string.ascii_letters[:34] + "_^[`", 12, 20) + "AAB", "b64": base64.b64encode(rng.randbytes(24)).decode(),
        "wg": base64.b64encode(rng.randbytes(32)).decode(), "token": some(alnum, 32), "basic": base64.b64encode(f"noc:{bare}x".encode()).decode(),
        "crypt1": f"$1${some(alnum, 4)}${some(alnum, 22)}", "crypt5": f"$5${some(alnum, 8)}${some(alnum, 43)}",
        "crypt6": f"$6${some(alnum, 16)}${some(alnum, 86)}", "crypt8": f"$8${some(alnum, 14)}${some(alnum, 43)}",
        "crypt9": f"$9${some(alnum, 14)}${some(alnum, 43)}", "crypt2y": f"$2y$10${some(alnum, 53)}", "crypty": f"$y$j9T${some(alnum, 22)}${some(alnum, 43)}",
        "apr1": f"$apr1${some(alnum, 8)}${some(alnum, 22)}", "junos9": f"$9${some(alnum, 24)}", "vrp": f"%^%#{some(alnum, 32)}%^%#",
        "comware": f"$h$6${some(alnum, 16)}${some(alnum, 40)}", "comwarec": f"$c$3${some(alnum, 24)}",
        "jwt": ".".join((_b64url({"alg": "HS256"}), _b64url({"sub": bare}), some(alnum, 43))),
        "alnum36": some(alnum, 36), "alnum24": some(alnum, 24), "alnum20": some(alnum, 20), "upper16": some(string.ascii_uppercase + string.digits, 16),
    }  # fmt: skip
    return made[kind]


def _b64url(value: dict[str, str]) -> str:
    return base64.urlsafe_b64encode(json.dumps(value).encode()).decode().rstrip("=")


def _lines() -> Iterator[tuple[str, str, str]]:
    rng = random.Random(20261128)
    for platform, forms in _FORMS.items():
        for form in forms.strip().splitlines():
            kinds = [name for _, name, _, _ in string.Formatter().parse(form) if name]
            values = {kind: _value(kind, rng) for kind in kinds}
            text = form.format(**values)
            for value in values.values():
                yield platform, text, value


LINES = tuple(_lines())
"""(platform, text, secret); a text with two secrets stands twice."""


def pem(kind: str, seed: int) -> tuple[list[str], list[str]]:
    """The lines of a private key and the lines of its body, none of which may be shown."""
    rng = random.Random(f"{kind} {seed}")
    body = base64.b64encode(rng.randbytes(300)).decode()
    rows = [body[at : at + 64] for at in range(0, len(body), 64)]
    return [f"-----BEGIN {kind}-----", *rows, f"-----END {kind}-----"], rows


PEMS = tuple(pem(kind, number) for number, kind in enumerate(_PEM))
