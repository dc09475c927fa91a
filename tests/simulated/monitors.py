"""How a site's monitoring words what became of its checks: Nagios, the lab's own probe, IP SLA (IOS), RPM (Junos).

IP SLA and RPM name no target: their MIBs say which entry or test it is.
"""

from __future__ import annotations

from tests.simulated.messages import Message, Table

NAMED = "www.example.net"


def _nagios() -> Table:
    def alert(service: str, state: str, output: str, severity: int) -> Message:
        return Message(severity, "nagios", f"SERVICE ALERT: {{target}};{service};{state};HARD;3;{output}")

    bad, warning, good = 3, 4, 6
    found: Table = {
        "icmp_down": alert("PING", "CRITICAL", "PING CRITICAL - Packet loss = 100%", bad),
        "icmp_loss": alert("PING", "WARNING", "PING WARNING - Packet loss = {loss}%, RTA = {rtt} ms", warning),
        "icmp_slow": alert("PING", "WARNING", "PING WARNING - Packet loss = 0%, RTA = {rtt} ms", warning),
        "icmp_ok": alert("PING", "OK", "PING OK - Packet loss = 0%, RTA = {rtt} ms", good),
        "http_down": alert("HTTP", "CRITICAL", "CRITICAL - Socket timeout after 10 seconds", bad),
        "http_ok": alert("HTTP", "OK", "HTTP OK: HTTP/1.1 200 OK - 15733 bytes in 0.031 second response time", good),
        "dns_down": alert("DNS", "CRITICAL", "CRITICAL - Plugin timed out while executing system call", bad),
        "dns_wrong": alert("DNS", "CRITICAL", "DNS CRITICAL - expected '{address}' but got '{answer}'", bad),
        "dns_ok": alert("DNS", "OK", f"DNS OK: 0.021 seconds response time. {NAMED} returns {{address}}", good),
    }
    return found


def _probe() -> Table:
    """The lab's (tests/lab/inside): one line a change, the target by the service's name where it is one."""

    def change(target: str, state: str, detail: str) -> Message:
        level = 5 if state == "OK" else 4
        return Message(
            level, "sla-probe[55]", f"SLA-{level}-STATE: target={target} state={state} prev={{was}} {detail}"
        )

    return {
        "icmp_down": change("{target}", "DOWN", "loss=100% rtt_avg=0.0ms"),
        "icmp_loss": change("{target}", "LOSS", "loss={loss}% rtt_avg={rtt}ms"),
        "icmp_slow": change("{target}", "SLOW", "loss=0% rtt_avg={rtt}ms"),
        "icmp_ok": change("{target}", "OK", "loss=0% rtt_avg={rtt}ms"),
        "http_down": change("http", "DOWN", "GET http://{address}/ <urlopen error timed out> 3016ms"),
        "http_ok": change("http", "OK", "GET http://{address}/ 200 {rtt}ms"),
        "dns_down": change("dns", "DOWN", f"query {NAMED} via {{address}} timed out 2009ms"),
        "dns_wrong": change(
            "dns", "DOWN", f"query {NAMED} via {{address}} answer {{answer}}, expected {{address}} 2ms"
        ),
        "dns_ok": change("dns", "OK", f"query {NAMED} via {{address}} answer {{address}} 2ms"),
    }


def _ip_sla() -> Table:
    down = Message(6, "%TRACK-6-STATE", "{entry} ip sla {entry} reachability Up -> Down")
    up = Message(6, "%TRACK-6-STATE", "{entry} ip sla {entry} reachability Down -> Up")
    kinds = ("icmp", "http", "dns")
    return {f"{kind}_down": down for kind in kinds} | {f"{kind}_ok": up for kind in kinds}


def _rpm() -> Table:
    failed = Message(6, "rmopd[1199]", "PING_TEST_FAILED: pingCtlOwnerIndex = noc, pingCtlTestName = t{entry}")
    done = Message(6, "rmopd[1199]", "PING_TEST_COMPLETED: pingCtlOwnerIndex = noc, pingCtlTestName = t{entry}")
    kinds = ("icmp", "http", "dns")
    return {f"{kind}_down": failed for kind in kinds} | {f"{kind}_ok": done for kind in kinds}


MONITORS: dict[str, Table] = {"nagios": _nagios(), "sla-probe": _probe(), "ios": _ip_sla(), "junos": _rpm()}
