"""Golden values for vision: tiny random DINOv3 and DINOv2 checkpoints with what transformers makes of them, layers against PyTorch,
and ten steps of DINO (loss, gradient, centre, teacher) from a plain PyTorch implementation.

    python -m venv pyref && pyref/bin/pip install torch transformers safetensors
    pyref/bin/python tools/make-vision-fixtures.py    # writes packages/vision/src/__fixtures__ and packages/nn/src/__fixtures__
"""

import json
import pathlib

import torch
import torch.nn.functional as F
from safetensors.torch import save_file
from transformers import Dinov2Config, Dinov2Model, DINOv3ViTConfig, DINOv3ViTModel

ROOT = pathlib.Path(__file__).parent.parent / "packages"
OUT = ROOT / "vision" / "src" / "__fixtures__"
SEED = 20261124

COMMON = dict(hidden_size=32, num_hidden_layers=2, num_attention_heads=2, patch_size=4, image_size=16)
MODELS = {
    "dinov3": (DINOv3ViTConfig, DINOv3ViTModel, dict(intermediate_size=64, num_register_tokens=2)),
    "dinov3-gated": (DINOv3ViTConfig, DINOv3ViTModel, dict(hidden_size=16, intermediate_size=48, num_register_tokens=1, use_gated_mlp=True, hidden_act="silu", num_hidden_layers=1)),
    "dinov2": (Dinov2Config, Dinov2Model, dict(hidden_size=16, mlp_ratio=2, num_hidden_layers=1)),
}
SIZES = [(16, 16), (24, 12)]


def hub_name(model: str, name: str) -> str:
    """transformers renames parameters as it loads; files keep the names of the hub."""
    if model != "dinov2":
        return name.removeprefix("model.")
    for new, old in (("q_proj", "attention.query"), ("k_proj", "attention.key"), ("v_proj", "attention.value"), ("o_proj", "output.dense")):
        name = name.replace(f"attention.{new}", f"attention.{old}")
    return name


def make_model(name: str) -> None:
    config_class, model_class, special = MODELS[name]
    torch.manual_seed(SEED)
    config = config_class(**{**COMMON, **special})
    config._attn_implementation = "eager"
    model = model_class(config).eval()
    with torch.no_grad():  # norms, biases and scales too, or a mistake in them would not show
        for parameter_name, parameter in model.named_parameters():
            if "norm" in parameter_name and parameter_name.endswith("weight") or "lambda" in parameter_name:
                parameter.copy_(1 + 0.3 * torch.randn_like(parameter))
            elif parameter.ndim <= 1 or "token" in parameter_name or "position" in parameter_name:
                parameter.copy_(0.5 * torch.randn_like(parameter))
            else:
                parameter.copy_(0.2 * torch.randn_like(parameter))
    folder = OUT / name
    model.save_pretrained(folder)
    golden, gradients = {}, {}
    for i, (height, width) in enumerate(SIZES):
        pixels = torch.randn(1, 3, height, width)
        out = model(pixels)
        golden[f"pixels_{i}"] = pixels.permute(0, 2, 3, 1).contiguous()
        golden[f"tokens_{i}"] = out.last_hidden_state.detach().clone()
        golden[f"pooled_{i}"] = out.pooler_output.detach().clone()
        model.zero_grad()
        out.last_hidden_state.square().mean().backward()
        gradients[f"loss_{i}"] = out.last_hidden_state.square().mean().item()
        gradients[f"norms_{i}"] = {hub_name(name, n): p.grad.norm().item() for n, p in model.named_parameters() if p.grad is not None}
    save_file(golden, folder / "golden.safetensors")
    (folder / "golden.json").write_text(json.dumps(gradients))


def make_layers() -> None:
    torch.manual_seed(SEED)
    x = torch.randn(2, 6, 7, 5)  # B C H W
    weight, bias = torch.randn(4, 6, 3, 3), torch.randn(4)
    conv = F.conv2d(F.pad(x, (1, 1, 1, 1), mode="reflect"), weight, bias, stride=2)
    zero = F.conv2d(x, weight, bias, padding=1)
    gamma, beta = torch.randn(6), torch.randn(6)
    nhwc = lambda t: t.permute(0, 2, 3, 1).contiguous()
    tensors = {"x": nhwc(x), "weight": weight, "bias": bias, "conv_reflect_stride2": nhwc(conv), "conv_zero": nhwc(zero),
               "gamma": gamma, "beta": beta, "group_norm": nhwc(F.group_norm(x, 3, gamma, beta))}
    for kind in ("bilinear", "bicubic"):
        tensors[f"{kind}_up"] = nhwc(F.interpolate(x, size=(13, 11), mode=kind, align_corners=False))
        tensors[f"{kind}_down"] = nhwc(F.interpolate(x, size=(3, 4), mode=kind, align_corners=False))
        tensors[f"{kind}_antialias"] = nhwc(F.interpolate(x, size=(3, 4), mode=kind, align_corners=False, antialias=True))
    folder = ROOT / "nn" / "src" / "__fixtures__"
    folder.mkdir(parents=True, exist_ok=True)
    save_file(tensors, folder / "images.safetensors")


class Student(torch.nn.Module):
    """A linear backbone on flattened crops and the DINO head: enough for the loss, the centre and the teacher."""

    def __init__(self):
        super().__init__()
        self.backbone = torch.nn.Linear(12, 8)
        self.one, self.two, self.three = torch.nn.Linear(8, 16), torch.nn.Linear(16, 16), torch.nn.Linear(16, 6)
        self.last = torch.nn.Parameter(torch.randn(10, 6))

    def forward(self, x):
        h = F.gelu(self.two(F.gelu(self.one(torch.tanh(self.backbone(x))))))
        return F.normalize(self.three(h), dim=-1, eps=1e-12) @ F.normalize(self.last, dim=-1).T


def make_dino() -> None:
    torch.manual_seed(SEED)
    student, teacher = Student(), Student()
    teacher.load_state_dict(student.state_dict())
    names = {"backbone": "backbone", "one": "head.mlp.0", "two": "head.mlp.2", "three": "head.mlp.4"}
    rename = lambda n: "head.last_layer.weight_v" if n == "last" else names[n.split(".")[0]] + "." + n.split(".")[1]
    tensors = {f"start.{rename(n)}": p.detach().clone() for n, p in student.named_parameters()}
    centre, record = torch.zeros(1, 10), []
    optimizer = torch.optim.SGD(student.parameters(), lr=0.1)
    views = torch.randn(10, 5, 4, 12)  # step, view (2 global, 3 local), image, pixels
    for step in range(10):
        outputs = [student(v) for v in views[step]]
        with torch.no_grad():
            targets = [teacher(v) for v in views[step][:2]]
        total, pairs = 0.0, 0
        for t, target in enumerate(targets):
            q = F.softmax((target - centre) / 0.04, dim=-1)
            for s, output in enumerate(outputs):
                if s == t:
                    continue
                total = total + torch.sum(-q * F.log_softmax(output / 0.1, dim=-1), dim=-1).mean()
                pairs += 1
        loss = total / pairs
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        centre = 0.9 * centre + 0.1 * torch.cat(targets).mean(0, keepdim=True)
        momentum = 1 - (1 - 0.996) * (torch.cos(torch.tensor(torch.pi * step / 10)).item() + 1) / 2
        with torch.no_grad():
            for a, b in zip(teacher.parameters(), student.parameters()):
                a.mul_(momentum).add_(b, alpha=1 - momentum)
        record.append(loss.item())
    tensors |= {"views": views, "centre": centre}
    tensors |= {f"student.{rename(n)}": p.detach().clone() for n, p in student.named_parameters()}
    tensors |= {f"teacher.{rename(n)}": p.detach().clone() for n, p in teacher.named_parameters()}
    save_file(tensors, OUT / "dino.safetensors")
    (OUT / "dino.json").write_text(json.dumps({"losses": record}))


def make_losses() -> None:
    """Losses of the dense heads, each with its gradient in the map: cross-entropy with void pixels, depth errors with holes."""
    torch.manual_seed(SEED)
    nhwc = lambda t: t.permute(0, 2, 3, 1).contiguous()
    logits = torch.randn(2, 5, 3, 4, requires_grad=True)
    labels = torch.randint(0, 5, (2, 7, 9))
    labels[0, :2] = 255
    grown = F.interpolate(logits, size=(7, 9), mode="bilinear", align_corners=False)
    each = F.cross_entropy(grown, labels, ignore_index=255, reduction="none")
    raw = torch.randn(2, 1, 3, 4, requires_grad=True)
    depth = 5 * torch.rand(2, 7, 9)
    depth[1, :, :3], depth[0, 0, 0], depth[0, 1, 1] = 0, float("nan"), float("inf")
    valid = torch.isfinite(depth) & (depth > 0)
    metres = F.interpolate(F.softplus(raw), size=(7, 9), mode="bilinear", align_corners=False)[:, 0]
    error = (metres - depth)[valid]
    losses = {"segmentation_valid": each.sum() / (labels != 255).sum(), "segmentation_all": each.mean(), "depth_1": error.abs().mean(), "depth_2": error.square().mean()}
    tensors = {"logits": nhwc(logits.detach()), "labels": labels.float(), "raw": nhwc(raw.detach()), "depth": depth}
    for name, loss in losses.items():
        (gradient,) = torch.autograd.grad(loss, logits if name.startswith("seg") else raw, retain_graph=True)
        tensors |= {name: loss.detach().reshape(1), f"{name}_gradient": nhwc(gradient)}
    save_file(tensors, OUT / "losses.safetensors")


if __name__ == "__main__":
    OUT.mkdir(parents=True, exist_ok=True)
    for model_name in MODELS:
        make_model(model_name)
    make_layers()
    make_dino()
    make_losses()
