"""The same DINO step in PyTorch, eager, timed one run at a time; the protocol is peer.py's.

Needs torch alone: pip install torch==2.9.1
"""

import copy
import math

import torch
import torch.nn.functional as F
from torch import nn

from peer import serve


def axial_rotary(rows, width, theta, prefix):
    """cos and sin [tokens, width]; tokens before the patches are not turned."""
    centre = 2 * (torch.arange(rows) + 0.5) / rows - 1
    y, x = (c.flatten() for c in torch.meshgrid(centre, centre, indexing="ij"))
    periods = theta ** (torch.arange(width // 4) * 4 / width)
    angle = 2 * math.pi * torch.cat([y[:, None] / periods, x[:, None] / periods], 1).tile(2)
    angle = torch.cat([torch.zeros(prefix, width), angle])
    return angle.cos(), angle.sin()


def rotate(x, cos, sin):
    a, b = x.chunk(2, -1)
    return x * cos + torch.cat([-b, a], -1) * sin


class Block(nn.Module):
    """Pre-norm with LayerScale; the key has no bias."""

    def __init__(self, c):
        super().__init__()
        width, inner, self.heads = c["hiddenSize"], c["intermediateSize"], c["heads"]
        self.norm1, self.norm2 = (nn.LayerNorm(width, eps=c["normEpsilon"]) for _ in range(2))
        self.q, self.v, self.o = (nn.Linear(width, width) for _ in range(3))
        self.k = nn.Linear(width, width, bias=False)
        self.up, self.down = nn.Linear(width, inner), nn.Linear(inner, width)
        self.scale1, self.scale2 = (nn.Parameter(torch.full((width,), float(c["layerScale"]))) for _ in range(2))

    def forward(self, x, cos, sin):
        B, T, D = x.shape
        split = lambda y: y.view(B, T, self.heads, -1).transpose(1, 2)
        h = self.norm1(x)
        q, k = rotate(split(self.q(h)), cos, sin), rotate(split(self.k(h)), cos, sin)
        y = F.scaled_dot_product_attention(q, k, split(self.v(h)))
        x = x + self.scale1 * self.o(y.transpose(1, 2).reshape(B, T, D))
        return x + self.scale2 * self.down(F.gelu(self.up(self.norm2(x))))


class ViT(nn.Module):
    def __init__(self, c):
        super().__init__()
        self.c, width, side = c, c["hiddenSize"], c["patchSize"]
        self.patches = nn.Conv2d(3, width, side, stride=side)
        self.cls, self.registers = nn.Parameter(torch.zeros(1, 1, width)), nn.Parameter(torch.zeros(1, c["registers"], width))
        self.blocks = nn.ModuleList(Block(c) for _ in range(c["layers"]))
        self.norm = nn.LayerNorm(width, eps=c["normEpsilon"])

    def forward(self, images):
        c = self.c
        patches = self.patches(images)
        B, rows = len(images), patches.shape[2]
        x = torch.cat([self.cls.expand(B, -1, -1), self.registers.expand(B, -1, -1), patches.flatten(2).transpose(1, 2)], 1)
        cos, sin = axial_rotary(rows, c["hiddenSize"] // c["heads"], c["ropeTheta"], 1 + c["registers"])
        for block in self.blocks:
            x = block(x, cos, sin)
        return self.norm(x[:, 0])


class Head(nn.Module):
    def __init__(self, width, c):
        super().__init__()
        hidden, bottleneck = c["hiddenSize"], c["bottleneckSize"]
        self.mlp = nn.Sequential(
            nn.Linear(width, hidden), nn.GELU(), nn.Linear(hidden, hidden), nn.GELU(), nn.Linear(hidden, bottleneck)
        )
        self.last = nn.Parameter(torch.empty(c["outputSize"], bottleneck))

    def forward(self, x):
        return F.normalize(self.mlp(x), eps=1e-12) @ F.normalize(self.last, eps=1e-12).T


class Student(nn.Module):
    def __init__(self, setup):
        super().__init__()
        self.backbone, self.head = ViT(setup["config"]), Head(setup["config"]["hiddenSize"], setup["head"])

    def forward(self, groups):  # crops of one size in one pass, one head for all
        return self.head(torch.cat([self.backbone(images) for images in groups]))


def dino_runner(setup):
    torch.manual_seed(0)
    B, locals_ = setup["batch"], setup["locals"]
    student = Student(setup)
    for p in student.parameters():
        if p.dim() > 1:
            nn.init.trunc_normal_(p, std=0.02)
    teacher = copy.deepcopy(student).requires_grad_(False)
    centre = torch.zeros(1, setup["head"]["outputSize"])
    optimizer = torch.optim.AdamW(student.parameters(), lr=1e-5, weight_decay=0.04, fused=True)
    globals_ = torch.randn(2 * B, 3, setup["globalSize"], setup["globalSize"])
    small = torch.randn(locals_ * B, 3, setup["localSize"], setup["localSize"])
    mine, theirs = list(student.parameters()), list(teacher.parameters())

    def run():
        nonlocal centre
        with torch.no_grad():
            logits_t = teacher([globals_])
            target = torch.softmax((logits_t - centre) / 0.04, -1).chunk(2)
        log_p = torch.log_softmax(student([globals_, small]) / 0.1, -1).chunk(2 + locals_)
        pairs = [(t, s) for t in range(2) for s in range(2 + locals_) if s != t]
        loss = sum(-(target[t] * log_p[s]).sum(-1).mean() for t, s in pairs) / len(pairs)
        loss.backward()
        nn.utils.clip_grad_norm_(mine, 1.0)
        optimizer.step()
        optimizer.zero_grad()
        with torch.no_grad():
            centre = 0.9 * centre + 0.1 * logits_t.mean(0, keepdim=True)
            torch._foreach_lerp_(theirs, mine, 0.004)
        return loss.item()

    return run


if __name__ == "__main__":
    serve(lambda setup, _mode: dino_runner(setup))
