"""The gpt-oss architecture in plain torch, small: grouped attention with sinks, every other layer within a window; experts."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import torch
from torch.nn import functional

Weights = dict[str, Any]


@dataclass(frozen=True)
class Shape:
    """The sizes of a model. `hidden` and `expert` are multiples of 32, the block of a quantised row."""

    vocab: int
    hidden: int = 128
    layers: int = 4
    heads: int = 4
    kv_heads: int = 2
    head: int = 32
    experts: int = 4
    used: int = 2
    expert: int = 64
    window: int = 128
    context: int = 8192
    rope: float = 1e8
    epsilon: float = 1e-5


def fresh(shape: Shape, seed: int) -> Weights:
    """Weights to begin with."""
    torch.manual_seed(seed)
    s = shape

    def matrix(*sizes: int, scale: float | None = None) -> Any:
        return torch.randn(*sizes) * (scale if scale is not None else 1 / math.sqrt(sizes[-1]))

    weights = {
        "token_embd.weight": matrix(s.vocab, s.hidden, scale=0.5),
        "output_norm.weight": torch.ones(s.hidden),
        "output.weight": matrix(s.vocab, s.hidden),
    }
    for n in range(s.layers):
        rows = {
            "attn_norm.weight": torch.ones(s.hidden),
            "attn_q.weight": matrix(s.heads * s.head, s.hidden),
            "attn_q.bias": torch.zeros(s.heads * s.head),
            "attn_k.weight": matrix(s.kv_heads * s.head, s.hidden),
            "attn_k.bias": torch.zeros(s.kv_heads * s.head),
            "attn_v.weight": matrix(s.kv_heads * s.head, s.hidden),
            "attn_v.bias": torch.zeros(s.kv_heads * s.head),
            "attn_output.weight": matrix(s.hidden, s.heads * s.head) / math.sqrt(2 * s.layers),
            "attn_output.bias": torch.zeros(s.hidden),
            "attn_sinks.weight": torch.zeros(s.heads),
            "post_attention_norm.weight": torch.ones(s.hidden),
            "ffn_gate_inp.weight": matrix(s.experts, s.hidden),
            "ffn_gate_inp.bias": torch.zeros(s.experts),
            "ffn_gate_exps.weight": matrix(s.experts, s.expert, s.hidden),
            "ffn_gate_exps.bias": torch.zeros(s.experts, s.expert),
            "ffn_up_exps.weight": matrix(s.experts, s.expert, s.hidden),
            "ffn_up_exps.bias": torch.zeros(s.experts, s.expert),
            "ffn_down_exps.weight": matrix(s.experts, s.hidden, s.expert) / math.sqrt(2 * s.layers),
            "ffn_down_exps.bias": torch.zeros(s.experts, s.hidden),
        }
        weights |= {f"blk.{n}.{name}": value for name, value in rows.items()}
    _head_start(weights, shape)
    return {name: value.requires_grad_() for name, value in weights.items()}


def _head_start(w: Weights, s: Shape) -> None:
    """A circuit that copies, which small models find by themselves only after millions of tokens.

    Layer 0 writes to each position what stood one and two before it; layer 1 looks for earlier positions whose predecessor is
    the token of now, and says what followed there. The hidden state is parted for it: half for the token itself, a quarter for
    what is to be said, a quarter for what stood before.
    """
    own, part, size = s.hidden // 2, s.hidden // 4, s.head
    half, still = size // 2, 9  # of the pairs of a head, so many turn too slowly for positions to matter
    w["token_embd.weight"][:, own:] = 0
    codes = [torch.linalg.qr(torch.randn(own, own))[0][:part] for _ in range(2)]
    group = s.heads // s.kv_heads
    for name in ("q", "k"):
        rows = size * (group if name == "q" else 1)
        w[f"blk.0.attn_{name}.weight"][:rows] = 0
    frequencies = s.rope ** (-torch.arange(0, size, 2) / size)
    w["blk.0.attn_k.bias"][:4] = 7
    for head in range(group):
        turn = frequencies[:4] * (head + 1)
        w["blk.0.attn_q.bias"][head * size : head * size + 4] = 7 * turn.cos()
        w["blk.0.attn_q.bias"][head * size + half : head * size + half + 4] = -7 * turn.sin()
    w["blk.0.attn_v.weight"][:size] = functional.pad(codes[0][:size], (0, s.hidden - own))
    out = w["blk.0.attn_output.weight"]
    out[:, : group * size] = 0
    out[-part:, :size] = torch.eye(part)[:, :size]
    before = torch.zeros(size, s.hidden)
    now = torch.zeros(size, s.hidden)
    for n in range(2 * still):
        place = half - still + n if n < still else size - 2 * still + n
        before[place, s.hidden - part + n] = 2.0
        now[place, :own] = 2.0 * codes[0][n]
    w["blk.1.attn_k.weight"][:size] = before
    w["blk.1.attn_q.weight"][:size] = now
    w["blk.1.attn_v.weight"][:size] = functional.pad(codes[1][:size], (0, s.hidden - own))
    out = w["blk.1.attn_output.weight"]
    out[:, :size] = 0
    out[own : own + part, :size] = torch.eye(part)[:, :size]
    said = w["token_embd.weight"][:, :own] @ codes[1].T
    w["output.weight"] *= 0.3
    w["output.weight"][:, own : own + part] = 0.5 * said


def forward(weights: Weights, shape: Shape, tokens: Any) -> Any:
    """The last hidden states, normed, of tokens of shape (batch, length)."""
    x = functional.embedding(tokens, weights["token_embd.weight"])
    turns = _rotations(shape, tokens.shape[1])
    for n in range(shape.layers):
        w = {name.removeprefix(f"blk.{n}."): value for name, value in weights.items() if name.startswith(f"blk.{n}.")}
        x = x + _attend(w, shape, _norm(x, w["attn_norm.weight"], shape), turns, windowed=n % 2 == 0)
        x = x + _experts(w, shape, _norm(x, w["post_attention_norm.weight"], shape))
    return _norm(x, weights["output_norm.weight"], shape)


def logits(weights: Weights, hidden: Any) -> Any:
    return hidden @ weights["output.weight"].T


def _norm(x: Any, weight: Any, shape: Shape) -> Any:
    return functional.rms_norm(x, (x.shape[-1],), weight, shape.epsilon)


def _rotations(shape: Shape, length: int) -> tuple[Any, Any]:
    frequencies = shape.rope ** (-torch.arange(0, shape.head, 2) / shape.head)
    angles = torch.arange(length)[:, None] * frequencies[None]
    return angles.cos(), angles.sin()


def _turned(x: Any, turns: tuple[Any, Any]) -> Any:
    cos, sin = turns
    first, second = x.chunk(2, dim=-1)
    return torch.cat((first * cos - second * sin, second * cos + first * sin), dim=-1)


def _attend(w: Weights, s: Shape, x: Any, turns: tuple[Any, Any], *, windowed: bool) -> Any:
    batch, length, _ = x.shape

    def parts(name: str, heads: int) -> Any:
        made = functional.linear(x, w[f"attn_{name}.weight"], w[f"attn_{name}.bias"])
        return made.view(batch, length, heads, s.head).transpose(1, 2)

    q, k, v = _turned(parts("q", s.heads), turns), _turned(parts("k", s.kv_heads), turns), parts("v", s.kv_heads)
    k, v = (one.repeat_interleave(s.heads // s.kv_heads, dim=1) for one in (k, v))
    sinks = w["attn_sinks.weight"]
    out = _near(q, k, v, sinks, s.window) if windowed and length > s.window else _far(q, k, v, sinks)
    out = out.transpose(1, 2).reshape(batch, length, s.heads * s.head)
    return functional.linear(out, w["attn_output.weight"], w["attn_output.bias"])


def _far(q: Any, k: Any, v: Any, sinks: Any) -> Any:
    """All that came before. The sink, a score without a value, is a key of its own in an added dimension."""
    heads, size = q.shape[1], q.shape[3]
    scale = 1 / math.sqrt(size)
    pad = (0, 8, 1, 0)  # eight more dimensions, one more position in front
    q, k, v = functional.pad(q, pad), functional.pad(k, pad), functional.pad(v, pad)
    at = torch.zeros(size + 8).index_fill(0, torch.tensor([size]), 1.0)
    q = q + at
    front = torch.zeros(k.shape[2], 1).index_fill(0, torch.tensor([0]), 1.0)
    k = k + (sinks / scale).view(1, heads, 1, 1) * front * at
    out = functional.scaled_dot_product_attention(q, k, v, is_causal=True, scale=scale)
    return out[:, :, 1:, :size]


def _near(q: Any, k: Any, v: Any, sinks: Any, window: int) -> Any:
    """The last `window` positions: block by block, each with the one before it."""
    batch, heads, length, size = q.shape
    short = -length % window
    q, k, v = (functional.pad(one, (0, 0, 0, short)) for one in (q, k, v))
    blocks = q.shape[2] // window
    q = q.view(batch, heads, blocks, window, size)
    k, v = (_pairs(one.view(batch, heads, blocks, window, size)) for one in (k, v))
    scores = q @ k.transpose(-1, -2) / math.sqrt(size)
    here, there = torch.arange(window)[:, None] + window, torch.arange(2 * window)[None]
    seen = (there <= here) & (there > here - window)
    first = seen & (there >= window)
    mask = torch.cat((first[None], seen[None].expand(blocks - 1, -1, -1)))
    scores = scores.masked_fill(~mask, -torch.inf)
    sink = sinks.view(1, heads, 1, 1, 1).expand(batch, heads, blocks, window, 1)
    shares = torch.cat((scores, sink), dim=-1).softmax(-1)[..., :-1]
    return (shares @ v).view(batch, heads, blocks * window, size)[:, :, :length]


def _pairs(x: Any) -> Any:
    before = functional.pad(x, (0, 0, 0, 0, 1, 0))[:, :, :-1]
    return torch.cat((before, x), dim=3)


def _experts(w: Weights, s: Shape, x: Any) -> Any:
    """The best two of a few experts for each token; all are computed, which is quicker at this size."""
    rows = x.reshape(-1, s.hidden)
    scores = functional.linear(rows, w["ffn_gate_inp.weight"], w["ffn_gate_inp.bias"])
    best, which = scores.topk(s.used, dim=-1)
    shares = torch.zeros_like(scores).scatter(1, which, best.softmax(-1))
    gate = torch.einsum("th,eih->tei", rows, w["ffn_gate_exps.weight"]) + w["ffn_gate_exps.bias"]
    up = torch.einsum("th,eih->tei", rows, w["ffn_up_exps.weight"]) + w["ffn_up_exps.bias"]
    gate, up = gate.clamp(max=7.0), up.clamp(-7.0, 7.0)
    inner = (up + 1) * gate * torch.sigmoid(1.702 * gate) * shares[..., None]
    out = torch.einsum("tei,ehi->th", inner, w["ffn_down_exps.weight"]) + shares @ w["ffn_down_exps.bias"]
    return out.view_as(x)
