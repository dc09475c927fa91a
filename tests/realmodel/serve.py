"""llama.cpp's own HTTP server on loopback, as a process of its own: `python -m tests.realmodel.serve MODEL.gguf`."""

from __future__ import annotations

import argparse
import signal
import sys

import xllamacpp


def main() -> int:
    parser = argparse.ArgumentParser(prog="tests.realmodel.serve", description=__doc__)
    parser.add_argument("model")
    parser.add_argument("--port", type=int, default=0, help="0: a free one")
    parser.add_argument("--context", type=int, default=8192)
    parser.add_argument("--name", default="gpt-oss-tiny")
    options = parser.parse_args()
    wanted = xllamacpp.CommonParams()
    wanted.model.path = options.model
    wanted.model_alias = {options.name}
    wanted.hostnames = ["127.0.0.1"]
    wanted.port = options.port
    wanted.n_ctx = options.context
    wanted.n_parallel = 1
    wanted.use_jinja = True
    wanted.warmup = False
    wanted.cpuparams.n_threads = wanted.cpuparams_batch.n_threads = 1
    wanted.sampling.seed = 1
    server = xllamacpp.Server(wanted)
    print(server.listening_address, flush=True)
    signal.sigwait({signal.SIGTERM, signal.SIGINT})
    return 0


if __name__ == "__main__":
    sys.exit(main())
