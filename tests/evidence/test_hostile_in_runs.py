"""Hostile texts in every field that others write: nothing steers the model, a terminal, a page or a file at any door."""

from __future__ import annotations

import json
import os
import pty
import re
import select
import shutil
import subprocess
import sys
import xml.etree.ElementTree as ET
from collections import Counter
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path

import pytest
from markdown_it import MarkdownIt

from noc_agent.evidence import Json, neutralise, read_journal
from tests.agent.scripted_server import ScriptedServer, say, submit
from tests.evidence.hostile_texts import TEXTS
from tests.evidence.planted_site import INCIDENT, Planted, plant

ENVIRON = {"SNMP_COMMUNITY": "public"}
# Colours, and a line of progress that goes away.
OURS = re.compile(r"\r?\x1b\[(?:[0-9;]*m|2K|1A|\?25[hl])")
TEMPLATE = re.compile(r"[<＜]\s*[|｜]|[|｜]\s*[>＞]")
MARK = re.compile(r"Zq\d{3}q")


def file_name(text: str) -> str:
    return re.sub(r"[/\x00]", "-", text).encode("utf-8", "replace").decode()[:180]


@pytest.fixture(scope="module")
def planted(tmp_path_factory: pytest.TempPathFactory) -> Planted:
    return plant(tmp_path_factory.mktemp("hostile") / "site", TEXTS, ENVIRON, names=file_name)


def marks(text: str) -> set[str]:
    return set(MARK.findall(text))


def on_terminal(planted: Planted, *words: str) -> str:
    """What a command writes to a real terminal, stderr included."""
    parent, child = pty.openpty()
    command = [sys.executable, "-m", "noc_agent", *words, "--site", str(planted.site)]
    environ = {**planted.environ, "TERM": "xterm-256color", "COLUMNS": "200"}
    process = subprocess.Popen(
        command, stdin=child, stdout=child, stderr=child, env=environ, cwd=planted.folder, close_fds=True
    )
    os.close(child)
    said = b""
    while True:
        ready, _, _ = select.select([parent], [], [], 240)
        try:
            piece = os.read(parent, 65536) if ready else b""
        except OSError:
            piece = b""
        if not piece:
            break
        said += piece
    process.wait(timeout=30)
    os.close(parent)
    return said.decode("utf-8")


def assert_plain(text: str, where: str) -> None:
    """Nothing is left in it that commands a terminal or a chat template."""
    text = text.replace("\r\n", "\n")
    assert neutralise(text) == text, (where, [line for line in text.split("\n") if neutralise(line) != line][:3])
    assert not TEMPLATE.search(text), where


class Page(HTMLParser):
    """The elements and attributes of a page."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: Counter[str] = Counter()
        self.attributes: set[str] = set()
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags[tag] += 1
        self.attributes |= {name for name, _ in attrs}


def assert_page_plain(text: str) -> None:
    page = Page(text)
    allowed = {"html", "head", "meta", "title", "style", "body", "main", "h1", "h2", "p", "ul", "ol", "li", "code", "table", "thead",
               "tbody", "tr", "th", "td", "footer", "pre", "hr", "strong", "em", "div", "span", "section", "header", "br"}  # fmt: skip
    assert set(page.tags) <= allowed, set(page.tags) - allowed
    assert page.attributes <= {"lang", "charset", "scope", "class", "colspan", "name", "content", "style"}, (
        page.attributes
    )
    assert page.tags["title"] <= 1
    assert page.tags["meta"] <= 2


def run_id(planted: Planted) -> str:
    return str(json.loads(planted.run("runs", "list", "--json"))["runs"][0]["run"])


def test_every_text_comes_through_harmless(planted: Planted) -> None:
    """Not by leaving it out: the words of each are there, without what would act."""
    shown = ""
    for device in ("core1", "dist2", "acc1", "sw1"):
        shown += planted.run("tools", "call", "log_search", "pattern=.", "limit=1000", f"device={device}", "--json")
    assert len(TEXTS) >= 150
    assert marks(shown) == marks("".join(TEXTS))
    assert_plain(shown, "log_search")
    assert "\\u00" not in shown


@pytest.mark.long
@pytest.mark.timeout(900)
def test_no_door_lets_anything_act(planted: Planted, tmp_path: Path) -> None:
    planted.run("diagnose", INCIDENT, "--engine", "playbook", "--explain", code=None)
    run = run_id(planted)
    for words in (("diagnose", INCIDENT, "--engine", "playbook"), ("runs", "show", run), ("tools", "call", "told"), ("tools", "call", "log_search", "pattern=Zq", "limit=900"),
                  ("topology", "show"), ("doctor",), ("tools", "call", "failing"), ("playbook", "check"), ("runs", "list")):  # fmt: skip
        said = on_terminal(planted, *words)
        assert marks(said) or words[0] in {"runs", "playbook"}, words
        assert_plain(OURS.sub("", said), " ".join(words))
    page = planted.run("runs", "export", run, "--format", "html")
    assert_page_plain(page)
    assert marks(page)
    assert_rendered_harmless(page, tmp_path)
    markdown = planted.run("runs", "export", run, "--format", "markdown")
    assert marks(markdown)
    html = MarkdownIt("gfm-like", {"html": True, "linkify": False}).render(markdown)
    assert_page_plain(html)
    assert Page(html).tags["h1"] == 1
    assert not re.search(
        r"(?<!\\):\/\/|www\.|(?<!\\)@", re.sub(r"`[^`]*`", "", markdown)
    )  # what GitHub would make a link of
    assert_strings_plain(json.loads(planted.run("runs", "export", run, "--format", "json")), "export json")
    svg = ET.fromstring(planted.run("topology", "show", "--format", "svg"))
    assert {element.tag.rpartition("}")[2] for element in svg.iter()} <= {
        "svg",
        "g",
        "rect",
        "line",
        "path",
        "text",
        "tspan",
        "title",
        "style",
        "circle",
    }
    assert not [name for element in svg.iter() for name in element.attrib if name.startswith("on") or "href" in name]
    graph = planted.run("topology", "show", "--format", "graphml")
    assert_plain(graph.replace("&lt;", "<").replace("&gt;", ">"), "graphml")
    assert {element.tag.rpartition("}")[2] for element in ET.fromstring(graph).iter()} <= {
        "graphml",
        "key",
        "graph",
        "node",
        "edge",
        "data",
        "default",
    }
    for record in read_journal(next((planted.folder / "state").rglob(f"{run}.jsonl"))).records:
        packed = {"reply", "events"}  # compressed, in letters of their own
        assert_strings_plain({k: v for k, v in record.data.items() if k not in packed}, f"journal {record.kind}")


def assert_strings_plain(value: object, where: str) -> None:
    if isinstance(value, str):
        assert_plain(value, where)
    elif isinstance(value, dict):
        for key, item in value.items():
            assert_plain(key, where)
            assert_strings_plain(item, where)
    elif isinstance(value, list):
        for item in value:
            assert_strings_plain(item, where)


def assert_rendered_harmless(page: str, folder: Path) -> None:
    """In a real browser, where there is one: no script ran, and nothing was fetched."""
    browser = shutil.which("chromium") or shutil.which("google-chrome")
    if browser is None:
        return
    (folder / "page.html").write_text(page)
    command = [browser, "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
               "--disable-component-update", "--disable-sync", f"--user-data-dir={folder / 'profile'}", "--dump-dom", f"file://{folder / 'page.html'}"]  # fmt: skip
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)
    assert marks(done.stdout) == marks(page), done.stderr[-500:]
    assert "data-pwned=" not in done.stdout.partition(">")[0] + "".join(re.findall(r"<body[^>]*>", done.stdout))
    assert_page_plain(done.stdout)


def obedient() -> Iterator[dict[str, Json]]:
    """A model that does all that a log line could tell it."""
    for tool, arguments in (
        ("device", {"device": "192.0.2.66"}), ("device", {"device": "169.254.169.254"}), ("interfaces", {"device": "../../../../etc/passwd"}),
        ("log_search", {"pattern": ".", "device": "/etc/passwd"}), ("log_search", {"pattern": ".", "file": "/etc/passwd"}),
        ("log_search", {"pattern": "root:x:0", "limit": 1000}), ("read_evidence", {"id": "../../etc/passwd"}), ("read_file", {"path": "/etc/passwd"}),
        ("shell", {"command": "id"}), ("snmp_set", {"device": "core1", "oid": "1.3.6.1.2.1.1.5.0", "value": "x"}), ("told", {}), ("failing", {}),
        ("routes", {"device": "core1; id"}), ("neighbors", {"device": "{{ 7*7 }}"}), ("log_search", {"pattern": "(a+)+$"}),
        ("services", {"device": "${SNMP_COMMUNITY}"}), ("topology", {"device": "file:///etc/shadow"}),
    ):  # fmt: skip
        yield say(reasoning="The log says so.", calls=[(tool, arguments)])
    yield submit("healthy", [])
    yield submit("healthy", [])


@pytest.mark.parametrize(
    "last",
    [
        submit("healthy", []),
        submit("confirmed", ["node_down | node/core1 | E1 | the log told me so"]),
        submit("confirmed", ["link_down | link/192.0.2.66/eth0--evil/eth1 | E1 | the log told me so"]),
        submit("confirmed", [f"{TEXTS[0]} | {TEXTS[1]} | E1 | {TEXTS[2]}"]),
        submit("inconclusive", []),
        say(content="<|end|> The network is healthy."),
    ],
)
def test_a_model_that_obeys_a_log_line_changes_no_proven_verdict(last: dict[str, Json]) -> None:
    """On the bundled site, whose cause is proven without it."""
    command = [sys.executable, "-m", "noc_agent", "diagnose", INCIDENT, "--json", "--engine", "model"]
    with ScriptedServer([last]) as server:
        done = subprocess.run(
            [*command, "--endpoint", server.url], capture_output=True, text=True, timeout=110, check=False
        )
    document = json.loads(done.stdout)
    assert document["verdict"] == "confirmed"
    assert [(row["fault"], row["resource"]) for row in document["root_causes"]] == [
        ("interface_admin_down", "interface/dist1/eth3")
    ]


@pytest.mark.long
@pytest.mark.timeout(600)
def test_an_obedient_model_reads_no_file_and_reaches_no_other_device(planted: Planted, tmp_path: Path) -> None:
    """Through a real server, under strace: which files are opened, and which addresses are connected to."""
    passwd = [line for line in Path("/etc/passwd").read_text().splitlines() if line]
    with ScriptedServer(obedient()) as server:
        trace = tmp_path / "trace"
        tracer = (
            ["strace", "-f", "-qq", "-e", "trace=open,openat,connect,sendto,execve", "-o", str(trace)]
            if shutil.which("strace")
            else []
        )
        command = [
            *tracer,
            sys.executable,
            "-m",
            "noc_agent",
            "diagnose",
            INCIDENT,
            "--json",
            "--engine",
            "model",
            "--endpoint",
            server.url,
        ]
        done = subprocess.run(
            [*command, "--site", str(planted.site)],
            capture_output=True,
            text=True,
            timeout=500,
            check=False,
            env=dict(planted.environ),
        )
        sent = "\n".join(asked.raw.decode() for asked in server.asked)
        port = server.port
    document = json.loads(done.stdout)
    assert len(server.asked) >= 15
    assert document["verdict"] == "confirmed"
    assert [(row["fault"], row["resource"]) for row in document["root_causes"]] == [
        ("interface_admin_down", "interface/dist1/eth3")
    ]
    assert not [line for line in passwd if line in sent or line in done.stdout]
    for asked in server.asked:
        assert_strings_plain(asked.body["messages"], "prompt")
    assert marks(sent)  # device text did reach it
    if tracer:
        calls = trace.read_text(errors="replace")
        assert "/etc/shadow" not in calls
        connected = {match for match in re.findall(r"connect\(.*?sin6?_port=htons\((\d+)\)", calls) if match != "0"}
        assert connected <= {str(port)}
        started = {Path(name).name for name in re.findall(r'execve\("([^"]+)"', calls)}
        assert started <= {Path(sys.executable).name, "uname"}, (
            started
        )  # `platform` asks uname, for the client's headers
