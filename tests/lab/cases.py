"""The committed sets of recorded cases: packed as one archive each, the same to the octet for the same cases."""

from __future__ import annotations

import gzip
import io
import lzma
import tarfile
from pathlib import Path

from tests.lab.shell import LabError

FOLDER = Path(__file__).with_name("cases")
SETS = ("train", "held-out")
DICTIONARY = 128 << 20
"Octets that the packer looks back: the polls of many cases of one lab are much alike."
FILTERS = [{"id": lzma.FILTER_LZMA2, "preset": 9 | lzma.PRESET_EXTREME, "dict_size": DICTIONARY}]


def archive(name: str) -> Path:
    return FOLDER / f"{name}.tar.xz"


def pack(source: Path, target: Path) -> int:
    """Pack the cases of a folder, polls unpacked: alike they shrink together far better. The octets of the archive."""
    paths = [path for case in sorted(source.glob("c*")) for path in sorted(case.rglob("*")) if path.is_file()]
    if not paths:
        raise LabError(f"{source}: no cases c… in it")
    target.parent.mkdir(parents=True, exist_ok=True)
    with lzma.open(target, "wb", filters=FILTERS) as out, tarfile.open(fileobj=out, mode="w", format=tarfile.USTAR_FORMAT) as tar:  # fmt: skip
        for path in paths:
            _add(tar, path, path.relative_to(source).as_posix())
    return target.stat().st_size


def _add(tar: tarfile.TarFile, path: Path, name: str) -> None:
    data = path.read_bytes()
    if name.endswith(".snmprec.gz"):
        data, name = gzip.decompress(data), name.removesuffix(".gz")
    member = tarfile.TarInfo(name)
    member.size, member.mode, member.mtime = len(data), 0o644, 0
    tar.addfile(member, io.BytesIO(data))


def unpack(name: str, target: Path) -> Path:
    """Unpack a set into `target`/`name`, which is then a folder for `noc-agent eval`."""
    if name not in SETS:
        raise LabError(f"{name}: no such set; there are {' and '.join(SETS)}")
    if not archive(name).exists():
        raise LabError(f"{archive(name).name}: not there; record it: python -m tests.lab campaign {name} DIR")
    folder = target / name
    folder.mkdir(parents=True, exist_ok=True)
    with tarfile.open(archive(name), "r:xz") as tar:
        tar.extractall(folder, filter="data")
    return folder
