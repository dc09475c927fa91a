r"""The forms in which configurations, logs and command lines show secrets; the last group of a match is the secret.

Followed: the configuration guides of FRR, IOS, NX-OS, IOS-XR, EOS, Junos, VRP, Comware, SR OS, RouterOS, FortiOS and
PAN-OS; net-snmp's snmpd.conf(5) and snmpcmd(1), wpa_supplicant, keepalived, strongSwan, WireGuard, curl; RFC 7235
(Authorization), RFC 3986 (userinfo), RFC 7468 (PEM), crypt(5).

Time is linear in the text: quantifiers are bounded, possessive, or over characters that cannot start a match again.
"""

from __future__ import annotations

import re

# A blank of any kind but a line's end: a keyword at the end of a line says nothing of the next line.
_B = r"[^\S\n]++"
# A value in quotes (plain, escaped inside a JSON text, single), else up to the next blank, without what closes it.
_QUOTED = r'"((?:[^"\\\n]|\\.)++)"|\\{1,4}"([^"\\\n]++)\\{1,4}"|' + r"'([^'\n]++)'"
_VALUE = rf"(?:{_QUOTED}|\\{{0,4}}[\"']?(\S*[^\s;,\"'\])}}.>]))"
# After `=` and `:` more may follow on the line: `password=x,user=y`.
_FIELD = (
    rf"(?:{_QUOTED}|\\{{0,4}}[\"']?((?:[^\s\"'<>,;&)\]}}\\]|"
    r"[,;&)\]}](?![\s\"',;&)\]}]|$|[\w.-]{1,40}[\"']?[=:]))++))"
)

# How a value is stored stands between keyword and value. Possessive: `7` in `password 7 X` is never the password.
_HOW = (
    r"(?:(?:\d{1,2}|encrypted|clear|clear-?text|plain|plain-?text|ascii-text|ascii|hexadecimal|hex|cipher|simple|"
    r"irreversible-cipher|hash|sha-?256|sha-?512|scrypt|pbkdf2|md5|hmac-[a-z0-9-]{1,20}|keyed-md5|text|ENC)"
    rf"{_B})*+"
)
_WORD_ENDS = r"(?=[.,;:!?)\]\"']*(?:\s|$))"
# A sentence goes on where a value would stand: "password changed", "authentication key mismatch".
_OUTCOMES = (
    "is|was|are|were|has|have|had|been|be|being|for|of|from|to|in|on|at|by|with|and|or|not|no|must|will|may|can|cannot|"
    "could|should|shall|does|did|do|too|when|while|because|since|after|before|until|than|that|this|which|if|as|but|"
    "then|still|already|using|used|changed|changes|expired|expires|expiring|mismatch|mismatched|mismatches|failed|fails|"
    "failure|failures|incorrect|invalid|wrong|accepted|rejected|refused|denied|required|requires|missing|unset|set|"
    "removed|added|deleted|updated|reset|rotated|revoked|unknown|received|sent|selected|installed|configured|verified|"
    "successful|successfully|succeeded|differs?|matches|match|disabled|enabled|ok|none|null|nil|true|false|undefined"
)
_NOUNS = (
    "prompt|check|error|errors|bucket|string|strings|name|names|encryption|policy|recovery|authentication|chains?|id|ids|"
    "exchange|type|types|length|age|aging|expiry|expiration|attempt|attempts|file|database|hashes|quality|lifetime|"
    "strength|login|mode|verification|validation|retry|retries|rotation|rollover|store|list|lists|attribute|attributes|"
    "values?|identity|peers?|services?|priv|chauthtok|derivation|manager|management|agent|"
    "server|servers|request|requests|response|protection|generation|"
    "generator|change|update|digest|header|checksum|keys?|bits|bytes|timeout|handshake|negotiation|lookup|usage|expected"
)
_NO_OUTCOME = rf"(?!(?:{_OUTCOMES}){_WORD_ENDS})"
_NO_PROSE = rf"(?!(?:{_OUTCOMES}|{_NOUNS}){_WORD_ENDS})"
_NO_KEY_ID = r"(?!\d{1,3}(?![^\s;,.)]))"
# BGP communities (RFC 1997, 4360, 8092) and what is done with them are no secrets.
_NO_BGP = (
    r"(?!(?:[a-z-]{1,20}:)?\d{1,10}(?:\.\d{1,3}){0,3}:\d|(?:no-export|no-export-subconfed|no-advertise|no-peer|local-as|"
    r"internet|graceful-shutdown|accept-own|blackhole|additive|both|standard|extended|large|members|add|delete|"
    rf"subtract|replace|remove){_WORD_ENDS}|\S{{1,100}}{_B}members\b)"
)

_WORDS = (
    r"password(?:-value)?|passwd|passphrase|authtok|requirepass|masterauth|private-key|"
    r"auth[-_]pass|auth-pwd|priv-pwd|bind[-_]?pw|secret|key-string|authentication-key|auth-key|"
    r"priv-key|privacy-key|encryption-key|pre-?shared-key|shared-key|psk(?:secret)?|ppk|md5-key|secret-key"
)
_NAMES = (
    rf"{_WORDS}|pass|pwd|phash|credentials?|[-_]?token|"
    r"(?:api|access|secret|private|auth|authentication|priv|privacy|encryption|pre-?shared|shared|md5|master|ipsec|"
    r"session|signing|account)[-_ ]?key"
)
_AUTH = r"(?:md5|sha[0-9-]*|hmac-[a-z0-9-]{1,20})"
_PRIV = r"(?:3?des(?:56)?|aes(?:-?(?:128|192|256))?(?:-?c)?)"
# A line of a key's body, which logs tear apart: base64 that is long or padded, of both cases and digits, and no path.
_OF_KEY = (
    r"(?<![\w+/=.-])(?!/?[a-z]{2,20}/)(?=[A-Za-z+/]{0,60}\d)(?=[a-z\d+/]{0,60}[A-Z])(?=[A-Z\d+/]{0,60}[a-z])"
    r"([A-Za-z0-9+/]{%s}={%s})(?![\w+/=.-])"
)
_KEY_BODY = f"(?-i:{_OF_KEY % ('60,', '0,2')}|{_OF_KEY % ('12,', '1,2')})"
_START = r"(?<![A-Za-z0-9])"

# Texts of which one must be there (lower case), and the form. The more specific form stands first.
_FORMS: tuple[tuple[str, str], ...] = (
    ("private key", r"-{4,5} ?BEGIN [A-Z0-9 ]{0,30}PRIVATE KEY(?: BLOCK)? ?-{4,5}+((?:(?!-{4}).)++)"),
    ("://", r"://[^\s/@:\"'<>]{0,100}:([^\s/\"'<>]{1,1000})(?=@)"),
    ("://", r"://([A-Za-z0-9_-]{20,200})(?=@)"),
    ("authorization", rf"\bauthorization[\"']?\s?[:=]\s?[\"']?Digest{_B}([^\n]+)"),
    (
        "authorization",
        rf"\bauthorization\\{{0,4}}[\"']?[^\S\n]*+[:=][^\S\n]*+\\{{0,4}}[\"']?(?:(?:Bearer|Basic|Token|ApiKey|Negotiate){_B})?{_VALUE}",
    ),
    ("bearer", rf"\bBearer{_B}((?=\S{{0,60}}\d|\S{{20}})[\w.~+/-]{{8,}}=*)"),
    ("basic", rf"\bBasic{_B}([A-Za-z0-9+/]{{8,}}={{1,2}})"),
    ("cookie:", r"\bcookie:[^\S\n]*+([\w.-]{1,80}=[^\n\"']+)"),
    (
        "$",
        r"(\$(?:1|1[acd]|2[abxy]?|5|6|7|8|9|14|c|h|y|gy|apr1|sha512|sha256|argon2(?:id?|d))\$[^\s\"'<>;]{5,}[^\s\"'<>;,.)\]}])",
    ),
    ("%", r"((?:%\^%#|%\$%\$|@%@%|%@%#)\S{8,300}?(?:%\^%#|%\$%\$|@%@%|%@%#))"),
    ("hash", rf"\"([^\"\n]++)\"(?={_B}hash2?\b)"),
    ("eyj", r"\b((?-i:eyJ)[\w-]{5,}\.[\w-]{5,}(?:\.[\w-]*)*)"),
    (
        "-|_|.|akia|aiza",
        r"(?<![\w-])((?-i:sk-[\w-]{16,}|gh[pousr]_[A-Za-z0-9]{20,}|github_pat_\w{20,}|glpat-[\w-]{16,}|"
        r"xox[abeprs]-[\w-]{10,}|AKIA[0-9A-Z]{16}|AIza[\w-]{30,}|hv[sbr]\.[\w-]{20,}|hf_[A-Za-z0-9]{20,}))",
    ),
    ("pbkdf2", r"(grub\.pbkdf2\.[\w.]{10,})"),
    ("", _KEY_BODY),
    ("enc", rf"\b(?-i:ENC){_B}([A-Za-z0-9+/=]{{8,}})"),
    (
        "</",
        r"<(?:[\w.-]{0,40}?)(?:password|passwd|phash|secret|psk|token|key|community|community-string|pwd)>"
        rf"{_NO_BGP}([^<\n]++)(?=<)",
    ),
    ("?|&", r"[?&](?:key|token|password|passwd|pwd|secret|api_?key|access_token|auth|sig|signature)=([^\s&\"'<>]++)"),
    # SNMP: communities, then users
    (
        "snmp-server",
        rf"\bsnmp-server{_B}community{_B}(?:(?:encrypted|clear|[078]){_B})?{_NO_OUTCOME}{_VALUE}",
    ),
    ("snmp-agent", rf"\bsnmp-agent{_B}community{_B}(?:(?:read|write){_B})?(?:(?:cipher|simple){_B})?{_NO_OUTCOME}{_VALUE}"),
    ("securityname", rf"\bsecurityname{_B}(?:cipher{_B})?(?![^\n]{{0,200}}\bv3\b){_VALUE}"),
    (
        "snmp-server",
        rf"\bsnmp-server{_B}host{_B}\S+{_B}(?:(?:traps?|informs?|vrf{_B}\S+|use-vrf{_B}\S+|udp-port{_B}\d+|version{_B}(?:1|2c)|"
        rf"encrypted|clear){_B})*+(?!(?:version|source-interface|filter-vrf|use-vrf|vrf)\b){_VALUE}",
    ),
    ("community", rf"\bsnmp{_B}community{_B}(?:add|set)\b[^\n]{{0,200}}?\bname={_FIELD}"),
    ("community", rf"\b(?:ro|rw|trap|def)community6?{_B}{_VALUE}"),
    ("snmp-community", rf"\bsnmp-community(?:-string)?{_B}{_NO_PROSE}{_VALUE}"),
    ("community", rf"\bcommunity[ _-](?:string|name)(?:[^\S\n]*+[:=(][^\S\n]*+|(?<=string){_B}){_NO_PROSE}{_FIELD}"),
    ("-community", rf"\b(?:notify|usm|trap)-community{_B}{_VALUE}"),
    ("authcommunity", rf"\bauthCommunity{_B}\S+{_B}{_VALUE}"),
    ("snmp community", rf"\bsnmp community\b.{{1,80}}?\bset name{_B}{_VALUE}"),
    ("communitydata", rf"\bCommunityData\([^\S\n]*+{_VALUE}"),
    ("usmuserdata", rf"\bUsmUserData\([^,\n]{{1,80}},[^\S\n]*+{_VALUE}"),
    ("usmuserdata", rf"\bUsmUserData\([^,\n]{{1,80}},[^,\n]{{1,200}},[^\S\n]*+{_VALUE}"),
    ("1.3.6.1.6.3.10.1.", rf"\.1\.3\.6\.1\.6\.3\.10\.1\.[12]\.\d{{1,2}}{_B}(0x[0-9a-f]{{8,200}})"),
    ("community", rf"community\\{{0,4}}[\"']?[^\S\n]*+(?:=>|[:=])[^\S\n]*+{_NO_BGP}{_NO_PROSE}{_FIELD}"),
    (
        "community",
        r"(?<![\w-])(?<!match )(?<!large )(?<!extended )(?<!policy-options )(?<!from )(?<!\bip )(?<!(?<!snmp )set )"
        rf"community{_B}{_NO_BGP}{_NO_PROSE}{_VALUE}",
    ),
    ("sink", rf"\b(?:trap2?|inform)sink{_B}\S+{_B}{_VALUE}"),
    ("com2sec", rf"\bcom2sec6?{_B}(?:-Cn{_B}\S+{_B})?\S+{_B}\S+{_B}{_VALUE}"),
    ("createuser", rf"\bcreateUser{_B}(?:-e{_B}\S+{_B})?\S+{_B}(?:MD5|SHA\S*){_B}(?:-[ml]{_B})?{_VALUE}"),
    ("createuser", rf"\bcreateUser{_B}[^\n]{{1,200}}?{_B}(?:DES|AES\S*){_B}(?:-[ml]{_B})?{_VALUE}"),
    ("passphrase", rf"\bdef(?:Auth|Priv)?Passphrase{_B}{_VALUE}"),
    *(
        ("snmp", rf"\bsnmp(?:walk|get|getnext|bulkwalk|bulkget|table|set|trap|inform|status|df)\b[^\n]{{0,200}}?{_B}(?-i:-{flag})"
         rf"[^\S\n]*+{_VALUE}")
        for flag in "cAX"
    ),
    (
        "auth|priv",
        rf"\b(?:auth|authentication|priv|privacy){_B}(?:hash{_B})?(?:{_AUTH}|{_PRIV}){_B}(?:(?:128|192|256){_B})?{_HOW}"
        rf"(?!key-(?:string|chain)\b){_NO_KEY_ID}{_NO_PROSE}{_VALUE}",
    ),
    ("priv", rf"\bpriv{_B}(?=0x){_VALUE}"),
    # Routing protocols
    ("hash-algo", rf"\bhash-algo{_B}\S+{_B}key{_B}{_HOW}{_VALUE}"),
    ("cak", rf"\bcak{_B}{_HOW}{_NO_PROSE}{_VALUE}"),
    ("msdp", rf"\bmsdp{_B}password{_B}peer{_B}\S+{_B}{_HOW}{_VALUE}"),
    ("key-id=", rf"\bkey-id=\d+[^\n]{{0,100}}?(?<![\w-])key={_FIELD}"),
    ("hex:|ascii:", rf"\b(?:{_AUTH}|aes\d+){_B}(?:HEX|ASCII):(\S+)"),
    ("message-digest-key", rf"\bmessage-digest-key{_B}\d+{_B}{_AUTH}{_B}{_HOW}{_VALUE}"),
    ("authentication-key", rf"\bntp{_B}authentication-key{_B}\d+{_B}(?:{_AUTH}|cmac\S*|aes\S*){_B}{_HOW}{_VALUE}"),
    (
        "authentication-mode",
        rf"\bauthentication-mode{_B}(?:{_AUTH}|simple){_B}{_HOW}{_NO_KEY_ID}{_NO_PROSE}{_VALUE}",
    ),
    ("md5", rf"\b{_AUTH}{_B}\d{{1,3}}{_B}key{_B}{_HOW}{_VALUE}"),
    (
        "authentication",
        rf"\b(?:standby|vrrp|glbp)(?:{_B}\d+)?{_B}authentication{_B}(?:text{_B})?(?!(?:md5|mode)\b){_NO_PROSE}{_VALUE}",
    ),
    ("nhrp", rf"\bip{_B}nhrp{_B}authentication{_B}{_NO_PROSE}{_VALUE}"),
    ("authentication", rf"\bauthentication{_B}string{_B}{_NO_PROSE}{_VALUE}"),
    ("authentication", rf"\bauthentication{_B}key{_B}{_HOW}{_NO_KEY_ID}{_NO_PROSE}{_VALUE}"),
    # Keys and passwords
    ("isakmp", rf"\bcrypto{_B}isakmp{_B}key{_B}{_HOW}{_VALUE}"),
    (
        "tacacs|radius|server-private",
        rf"\b(?:(?:hw)?tacacs(?:-server)?|radius(?:-server)?|server-private)\b[^\n]{{0,200}}?(?<!-)\bkey{_B}{_HOW}{_NO_PROSE}{_VALUE}",
    ),
    ("key", rf"(?<![\w-])key{_B}(?:[0678]|cipher|encrypted|simple){_B}{_NO_PROSE}{_VALUE}"),
    (
        "pre-shared-key|preshared-key",
        rf"\bpre-?shared-key{_B}(?:(?:address|host|hostname){_B}\S+{_B}(?:[\d.]+{_B})?key{_B}|(?:local|remote|key){_B})?"
        rf"{_HOW}{_NO_PROSE}{_VALUE}",
    ),
    ("key-string", rf"\bkey-string{_B}(?:password{_B})?{_HOW}{_NO_PROSE}{_VALUE}"),
    (
        "password|secret",
        rf"\b(?:(?:neighbor|peer|username|local-user){_B}\S+{_B}(?:\S+{_B}){{0,6}}?|(?:enable|super){_B}(?:algorithm-type{_B}\S+{_B})?)"
        rf"(?:password|secret){_B}(?:level{_B}\d+{_B})?{_HOW}{_NO_OUTCOME}{_VALUE}",
    ),
    ("psk|xauth|eap", rf":[^\S\n]*+(?:PSK|XAUTH|EAP){_B}(?=\\?\"){_VALUE}"),
    ("curl|wget", rf"\b(?:curl|wget)\b[^\n]{{0,200}}?{_B}(?:-u|--user)[^\S\n=]*+\\{{0,4}}[\"']?[^\s:\"']{{1,100}}:([^\s\"']++)"),
    ("mysql", rf"\bmysql(?:dump|admin)?\b[^\n]{{0,200}}?{_B}(?-i:-p)(\S+)"),
    ("ipmitool", rf"\bipmitool\b[^\n]{{0,200}}?{_B}(?-i:-P){_B}{_VALUE}"),
    ("ldap", rf"\bldap(?:search|modify|add|delete|whoami|passwd)\b[^\n]{{0,200}}?{_B}(?-i:-w){_B}{_VALUE}"),
    (
        ":54|:6432|:*",  # a line of .pgpass
        r"(?<![\w.:*-])(?:[\w-]{1,60}(?:\.[\w-]{1,60}){1,8}|localhost|\*):(?:54\d\d|6432|\*):[\w.*-]{1,60}:[\w.*@-]{1,60}:(\S+)",
    ),
    (
        "password|passphrase|secret|community",  # a sentence that tells it
        rf"\b(?:password|passphrase|secret|community)(?:{_B}(?:string|key))?(?:{_B}(?:for|of){_B}\S{{1,60}})?{_B}"
        rf"(?:(?:is|was)(?:{_B}now)?(?:{_B}(?:set|changed|reset|updated){_B}to)?|(?:set|changed|reset|updated){_B}to){_B}"
        rf"(?=[\"']|(?!\d{{1,4}}(?![^\s.,;]))[^\s\d]*\d){_NO_PROSE}{_VALUE}",
    ),
    ("sshpass", rf"\bsshpass{_B}-p[^\S\n]*+{_VALUE}"),
    ("pass|pwd|secret|key|psk|token", rf"(?:{_NAMES})\[(?!\d{{1,5}}\])([^\]\[\s]{{1,300}})\]"),
    ("pass|pwd|secret|key|psk|token|ppk|credential|bindpw|bind-pw|bind_pw|phash|authtok",
     rf"(?:{_NAMES})\\{{0,4}}[\"']?(?:[^\S\n]*+=>?(?!=)[^\S\n]*+|[^\S\n]*+:(?!//)[^\S\n]*+{_NO_PROSE})(?![^\S\n]*/[\w/]*[^\S\n]*;){_FIELD}"),
    (
        "pass|pwd|secret|key|psk|ppk|bindpw|bind-pw|bind_pw|authtok|masterauth",
        rf"{_START}(?:{_WORDS}){_B}{_HOW}{_NO_PROSE}(?!:)(?!=){_VALUE}",
    ),
)  # fmt: skip

FORMS = tuple((tuple(needles.split("|")), re.compile(form, re.IGNORECASE | re.DOTALL)) for needles, form in _FORMS)
"""Each form with the lower-case texts of which one must stand in a text for the form to be tried."""

SECRET_KEY = re.compile(rf"(?:[\w-]{{0,40}}[-_])?(?:{_NAMES}|community(?:[-_]string)?|communities)", re.IGNORECASE)
"""Names of JSON fields whose text is a secret, to be matched in full."""

NO_SECRET = re.compile(rf"(?!{_NO_BGP})", re.IGNORECASE)
"""Matches at the start of a BGP community."""
