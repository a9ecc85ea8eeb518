"""The same model in PyTorch, timed one run at a time.

The protocol is peer.py's. Needs torch alone (and transformers for "generate"): pip install torch==2.9.1 transformers==5.4.0
"""

import math
import time

import torch
import torch.nn.functional as F
from torch import nn

from peer import serve


class RMSNorm(nn.Module):
    def __init__(self, width, epsilon):
        super().__init__()
        self.weight = nn.Parameter(torch.ones(width))
        self.epsilon = epsilon

    def forward(self, x):
        return self.weight * (x * torch.rsqrt(x.square().mean(-1, keepdim=True) + self.epsilon))


def rotary(tokens, width, theta):
    angle = torch.arange(tokens)[:, None] * theta ** (-2 * torch.arange(width // 2) / width)
    angle = torch.cat([angle, angle], 1)
    return angle.cos(), angle.sin()


def rotate(x, cos, sin):
    a, b = x.chunk(2, -1)
    return x * cos + torch.cat([-b, a], -1) * sin


class Block(nn.Module):
    def __init__(self, c):
        super().__init__()
        self.heads, self.groups, self.head_dim = c["heads"], c["keyValueHeads"], c["headDim"]
        width, inner = c["hiddenSize"], c["intermediateSize"]
        linear = lambda a, b: nn.Linear(a, b, bias=False)
        self.input_norm, self.post_norm = RMSNorm(width, c["normEpsilon"]), RMSNorm(width, c["normEpsilon"])
        self.q, self.o = linear(width, self.heads * self.head_dim), linear(self.heads * self.head_dim, width)
        self.k, self.v = linear(width, self.groups * self.head_dim), linear(width, self.groups * self.head_dim)
        self.gate, self.up, self.down = linear(width, inner), linear(width, inner), linear(inner, width)

    def forward(self, x, cos, sin, plain=False):
        B, T, _ = x.shape
        split = lambda y, n: y.view(B, T, n, self.head_dim).transpose(1, 2)
        h = self.input_norm(x)
        q, k, v = split(self.q(h), self.heads), split(self.k(h), self.groups), split(self.v(h), self.groups)
        q, k = rotate(q, cos, sin), rotate(k, cos, sin)
        if plain:  # fused attention has no double backward
            k, v = (y.repeat_interleave(self.heads // self.groups, 1) for y in (k, v))
            mask = torch.full((T, T), -1e9).triu(1)
            y = torch.softmax(q @ k.transpose(-1, -2) / math.sqrt(self.head_dim) + mask, -1) @ v
        else:
            y = F.scaled_dot_product_attention(q, k, v, is_causal=True, enable_gqa=self.heads != self.groups)
        x = x + self.o(y.transpose(1, 2).reshape(B, T, -1))
        h = self.post_norm(x)
        return x + self.down(F.silu(self.gate(h)) * self.up(h))


class Decoder(nn.Module):
    def __init__(self, c):
        super().__init__()
        self.c = c
        self.embed = nn.Embedding(c["vocabSize"], c["hiddenSize"])
        self.blocks = nn.ModuleList(Block(c) for _ in range(c["layers"]))
        self.norm = RMSNorm(c["hiddenSize"], c["normEpsilon"])
        for p in self.parameters():
            if p.dim() > 1:
                nn.init.normal_(p, std=c["initializerRange"])

    def hidden(self, x, start, plain=False):
        cos, sin = rotary(x.shape[1], self.c["headDim"], self.c["ropeTheta"])
        for block in self.blocks[start:]:
            x = block(x, cos, sin, plain)
        return x

    def forward(self, ids):
        return F.linear(self.norm(self.hidden(self.embed(ids), 0)), self.embed.weight)


def step_runner(c, batch, tokens, mode):
    """One learner step: forward, backward, clip, AdamW."""
    torch.manual_seed(0)
    model = Decoder(c)
    optimizer = torch.optim.AdamW(model.parameters(), lr=1e-5, weight_decay=0.0, fused=True)
    forward = torch.compile(model) if mode == "compile" else model
    ids = torch.randint(c["vocabSize"], (batch, tokens + 1))

    def run():
        with torch.autocast("cpu", torch.bfloat16, enabled=mode == "bf16"):
            logits = forward(ids[:, :-1])
            loss = F.cross_entropy(logits.float().flatten(0, 1), ids[:, 1:].flatten())
        loss.backward()
        nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
        optimizer.zero_grad()
        return loss.item()

    return run


def value_runner(c, batch, tokens, candidates, blocks, mode):
    """One value update by double backprop: V = <g, grad_theta L(theta, task(phi))>, then AdamW on phi.

    Mode "v-step" is a whole V-Pretraining step: g from half a batch of feedback, the update, then a learner step on the new targets.
    """
    torch.manual_seed(0)
    model = Decoder(c)
    learner = [p for block in model.blocks[-blocks:] for p in block.parameters()] + list(model.norm.parameters())
    small = dict(c, hiddenSize=128, intermediateSize=512, heads=4, keyValueHeads=4, headDim=32)
    designer = nn.ModuleList([Block(small), Block(small)])
    norm, project = RMSNorm(128, 1e-5), nn.Linear(c["hiddenSize"], 128, bias=False)
    score, gate = nn.Linear(256, 128, bias=False), nn.Linear(256, 1)
    phi = [p for m in (designer, norm, project, score, gate) for p in m.parameters()]
    optimizer = torch.optim.AdamW(phi, lr=1e-4, fused=True)
    ids = torch.randint(c["vocabSize"], (batch, tokens + 1))
    x, y = ids[:, :-1], ids[:, 1:].reshape(-1, 1)
    g = [torch.randn_like(p) / math.sqrt(p.numel()) for p in learner]
    cos, sin = rotary(tokens, 32, c["ropeTheta"])
    whole = torch.optim.AdamW(model.parameters(), lr=1e-5, weight_decay=0.0, fused=True) if mode == "v-step" else None

    def tail_logits(ids, plain):
        with torch.no_grad():
            h = model.embed(ids)
            angle = rotary(tokens, c["headDim"], c["ropeTheta"])
            for block in model.blocks[:-blocks]:
                h = block(h, *angle)
        hidden = model.hidden(h, len(model.blocks) - blocks, plain=plain)
        return F.linear(model.norm(hidden), model.embed.weight.detach()).flatten(0, 1)

    def learner_step(best, q):
        log_p = torch.log_softmax(model(x).flatten(0, 1), 1)
        (-(log_p.gather(1, best) * q).sum(1).mean()).backward()
        nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        whole.step()
        whole.zero_grad()

    def run():
        g_now = g
        if whole:
            half = batch // 2
            loss = F.cross_entropy(tail_logits(x[:half], plain=False), y.view(batch, -1)[:half].flatten())
            g_now = torch.autograd.grad(loss, learner)
        logits = tail_logits(x, plain=True)
        with torch.no_grad():
            seen = logits.detach().scatter(1, y, math.inf)
            best = seen.topk(candidates, 1).indices
            prior = torch.log_softmax(logits.gather(1, best), 1)
            table = model.embed.weight
        d = project(table[x])
        for block in designer:
            d = block(d, cos, sin)
        context = torch.cat([norm(d).flatten(0, 1), project(table[y[:, 0]])], 1)
        scores = (project(table[best]) * score(context)[:, None]).sum(2) / math.sqrt(128) + prior
        alpha = 0.9 * torch.sigmoid(gate(context))
        q = alpha * torch.softmax(scores, 1)
        q = q + (1 - alpha) * F.one_hot(torch.zeros(len(q), dtype=torch.long), candidates)
        loss = -(torch.log_softmax(logits, 1).gather(1, best) * q).sum(1).mean()
        pretraining = torch.autograd.grad(loss, learner, create_graph=True)
        value = sum((a * b).sum() for a, b in zip(g_now, pretraining))
        gradient = torch.autograd.grad(-value, phi, allow_unused=True)
        for p, dp in zip(phi, gradient):
            p.grad = dp
        nn.utils.clip_grad_norm_(phi, 1.0)
        optimizer.step()
        if whole:
            del logits, loss, pretraining
            learner_step(best, q.detach())
        return value.item()

    return run


def generate_runner(c, batch, tokens, prompt, mode):
    """Greedy tokens from transformers' own generate, with its key/value cache."""
    from transformers import LlamaConfig, LlamaForCausalLM

    torch.manual_seed(0)
    model = LlamaForCausalLM(
        LlamaConfig(
            vocab_size=c["vocabSize"], hidden_size=c["hiddenSize"], intermediate_size=c["intermediateSize"],
            num_hidden_layers=c["layers"], num_attention_heads=c["heads"], num_key_value_heads=c["keyValueHeads"],
            tie_word_embeddings=True, rms_norm_eps=c["normEpsilon"],
        )
    ).eval()
    ids = torch.randint(1, c["vocabSize"], (batch, prompt))

    def run():
        out = model.generate(ids, attention_mask=torch.ones_like(ids), max_new_tokens=tokens, min_new_tokens=tokens, do_sample=False, pad_token_id=0)
        return float(out.shape[1])

    return run


def other_process(port, megabytes):
    torch.set_num_threads(1)
    torch.distributed.init_process_group("gloo", init_method=f"tcp://127.0.0.1:{port}", rank=1, world_size=2)
    numbers = torch.ones(megabytes * 250_000)
    while True:
        torch.distributed.all_reduce(numbers)


def all_reduce_runner(megabytes):
    """Gloo's all-reduce between this process and another."""
    import socket

    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        port = s.getsockname()[1]
    torch.multiprocessing.get_context("spawn").Process(target=other_process, args=(port, megabytes), daemon=True).start()
    torch.distributed.init_process_group("gloo", init_method=f"tcp://127.0.0.1:{port}", rank=0, world_size=2)
    numbers = torch.ones(megabytes * 250_000)

    def run():
        torch.distributed.all_reduce(numbers)
        return float(numbers[0])

    return run


def matmul_runner(size, mode):
    a, b = torch.randn(size, size), torch.randn(size, size)
    if mode == "bf16":
        a, b = a.bfloat16(), b.bfloat16()
    return lambda: float((a @ b)[0, 0])


def runner(setup, mode):
    kind, c = setup["kind"], setup.get("config")
    if kind == "step":
        return step_runner(c, setup["batch"], setup["tokens"], mode)
    if kind == "value":
        return value_runner(c, setup["batch"], setup["tokens"], setup["candidates"], setup["blocks"], mode)
    if kind == "generate":
        return generate_runner(c, setup["batch"], setup["tokens"], setup["prompt"], mode)
    if kind == "allreduce":
        return all_reduce_runner(setup["megabytes"])
    return matmul_runner(setup["size"], mode)


if __name__ == "__main__":
    serve(runner)
