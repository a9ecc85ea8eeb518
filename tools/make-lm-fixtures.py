"""Golden values for the decoder: tiny random Qwen2 and LLaMA checkpoints in Hugging Face layout, with what transformers makes of them.

    python -m venv pyref && pyref/bin/pip install torch transformers safetensors
    pyref/bin/python tools/make-lm-fixtures.py            # writes packages/lang/src/__fixtures__/<model>/

Each folder holds config.json, model.safetensors, golden.safetensors (logits of each prompt) and golden.json (prompts, greedy
continuations, and the norm and first values of every gradient of the mean next-token loss of the first prompt).
"""

import json
import pathlib

import torch
from safetensors.torch import save_file
from transformers import LlamaConfig, LlamaForCausalLM, Qwen2Config, Qwen2ForCausalLM

SEED = 20261124
OUT = pathlib.Path(__file__).parent.parent / "packages" / "lang" / "src" / "__fixtures__"
PROMPTS = [[5, 17, 99, 3, 42, 64, 8], [1, 2, 3], [77, 101, 13, 13, 60, 11, 90, 4, 55, 120, 31]]
NEW_TOKENS = 16

COMMON = dict(
    vocab_size=128, hidden_size=32, intermediate_size=48, num_hidden_layers=2, num_attention_heads=4,
    max_position_embeddings=64, initializer_range=0.2, bos_token_id=None, eos_token_id=None, pad_token_id=None,
)
MODELS = {
    "qwen2-tied": (Qwen2Config, Qwen2ForCausalLM, dict(num_key_value_heads=4, tie_word_embeddings=True, rope_theta=1e6, rms_norm_eps=1e-6)),
    "qwen2-untied": (Qwen2Config, Qwen2ForCausalLM, dict(num_key_value_heads=2, tie_word_embeddings=False, rope_theta=5e6, rms_norm_eps=1e-6)),
    "llama-tied": (LlamaConfig, LlamaForCausalLM, dict(num_key_value_heads=1, tie_word_embeddings=True, rope_theta=1e5, rms_norm_eps=1e-5)),
    "llama-untied": (LlamaConfig, LlamaForCausalLM, dict(num_key_value_heads=2, tie_word_embeddings=False, rope_theta=1e4, rms_norm_eps=1e-5, head_dim=10)),
}


def make(name: str) -> None:
    config_class, model_class, special = MODELS[name]
    torch.manual_seed(SEED)
    config = config_class(**COMMON, **special)
    config._attn_implementation = "eager"
    model = model_class(config).eval()
    with torch.no_grad():  # norms and biases too, or a mistake in them would not show
        for parameter_name, parameter in model.named_parameters():
            if "norm" in parameter_name:
                parameter.copy_(1 + 0.3 * torch.randn_like(parameter))
            elif parameter_name.endswith("bias"):
                parameter.copy_(0.5 * torch.randn_like(parameter))
    folder = OUT / name
    model.save_pretrained(folder)
    (folder / "generation_config.json").unlink(missing_ok=True)

    logits, greedy = {}, []
    with torch.no_grad():
        for i, prompt in enumerate(PROMPTS):
            ids = torch.tensor([prompt])
            logits[f"logits_{i}"] = model(ids).logits[0].contiguous()
            for _ in range(NEW_TOKENS):
                ids = torch.cat([ids, model(ids).logits[:, -1:].argmax(-1)], 1)
            greedy.append(ids[0, len(prompt):].tolist())
    save_file(logits, folder / "golden.safetensors")

    ids = torch.tensor([PROMPTS[0]])
    loss = model(ids, labels=ids).loss
    loss.backward()
    gradients = {
        n: {"norm": p.grad.norm().item(), "first": p.grad.flatten()[:4].tolist()} for n, p in model.named_parameters()
    }
    golden = {"prompts": PROMPTS, "greedy": greedy, "loss": loss.item(), "gradients": gradients}
    (folder / "golden.json").write_text(json.dumps(golden) + "\n")


for name in MODELS:
    make(name)
