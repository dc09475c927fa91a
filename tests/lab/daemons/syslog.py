"""rsyslog: on a node it sends everything to the collector in the node's dialect; the collector keeps lines as they came."""

from __future__ import annotations

from pathlib import Path

from tests.networks.plan import Node

TEMPLATES = {
    "rfc5424": "<%PRI%>1 %TIMESTAMP:::date-rfc3339% %HOSTNAME% %APP-NAME% %PROCID% %MSGID% %STRUCTURED-DATA% %msg%",
    "rfc3164": "<%PRI%>%TIMESTAMP% %HOSTNAME% %syslogtag%%msg:::sp-if-no-1st-sp%%msg%",
    "iso": "<%PRI%>%TIMESTAMP:::date-rfc3339% %HOSTNAME% %syslogtag%%msg:::sp-if-no-1st-sp%%msg%",
}


def write(node: Node, folder: Path, *, collector: str) -> None:
    template = TEMPLATES.get(node.dialect, TEMPLATES["rfc5424"])
    lines = [
        'module(load="imuxsock")',
        f'template(name="dialect" type="string" string="{template}")',
        f'action(type="omfwd" target="{collector}" port="514" protocol="udp" template="dialect"',
        '  action.resumeInterval="2" action.resumeRetryCount="-1")',
    ]
    (folder / "run/rsyslog.conf").write_text("\n".join(lines) + "\n")


def start(_: Node) -> str:
    return "rsyslogd -f /run/rsyslog.conf -i /run/rsyslogd.pid"


def write_collector(folder: Path, logs: Path) -> None:
    """Configure the one collector: syslog as it came, one line each, whatever the dialect."""
    lines = [
        'module(load="imudp")',
        'input(type="imudp" port="514" ruleset="keep")',
        'template(name="asis" type="string" string="%rawmsg:::drop-last-lf%\\n")',
        # What the lab itself asks of the routers is no operator's work.
        'ruleset(name="keep") { if re_match($rawmsg, "vty.[0-9]+.@.*[#>] (show|enable)") then stop',
        f'  action(type="omfile" file="{logs}/syslog.log" template="asis") }}',
    ]
    (folder / "run/rsyslog.conf").write_text("\n".join(lines) + "\n")
    (folder / "etc/snmp/snmptrapd.conf").write_text(
        "disableAuthorization yes\nformat2 %.4y-%.2m-%.2lT%.2h:%.2j:%.2k TRAP from %b: %v\\n\noutputOption n\n"
    )


def start_collector(folder: Path, logs: Path) -> str:
    trapd = f"snmptrapd -On -Lf {logs}/traps.log -C -c /etc/snmp/snmptrapd.conf -p /run/snmptrapd.pid udp:162"
    return f"rsyslogd -f /run/rsyslog.conf -i /run/rsyslogd.pid; {trapd}"
