"""Golden values for scaled rotary positions and sliding windows: the tiny checkpoints of make-lm-fixtures.py under other configs.

    pyref/bin/python tools/make-rope-fixtures.py     # writes packages/lang/src/__fixtures__/rope/

golden.json holds, for each case, the config.json, the prompt, 12 greedy tokens and the logits of the prompt's last two positions.
"""

import json
import pathlib

import torch
from transformers import AutoConfig, AutoModelForCausalLM

OUT = pathlib.Path(__file__).parent.parent / "packages" / "lang" / "src" / "__fixtures__"
CASES = {
    "linear": ("llama-untied", dict(rope_scaling={"rope_type": "linear", "factor": 2.5})),
    "dynamic": ("llama-untied", dict(max_position_embeddings=16, rope_scaling={"rope_type": "dynamic", "factor": 2.0})),
    "llama3": ("llama-tied", dict(rope_scaling={"rope_type": "llama3", "factor": 8.0, "low_freq_factor": 1.0, "high_freq_factor": 4.0, "original_max_position_embeddings": 16})),
    "yarn": ("qwen2-untied", dict(rope_scaling={"rope_type": "yarn", "factor": 4.0, "original_max_position_embeddings": 16})),
    "sliding": ("qwen2-tied", dict(use_sliding_window=True, sliding_window=5, max_window_layers=1)),
}

golden = {}
for name, (base, change) in CASES.items():
    given = json.loads((OUT / base / "config.json").read_text())
    theta = (given.pop("rope_parameters", None) or {}).get("rope_theta", given.get("rope_theta"))
    given.pop("layer_types", None)
    given |= {"rope_theta": theta} | change
    if "rope_scaling" in change:
        given["rope_scaling"] = dict(change["rope_scaling"])
    config = AutoConfig.for_model(**json.loads(json.dumps(given)))
    config._attn_implementation = "eager"
    model = AutoModelForCausalLM.from_pretrained(OUT / base, config=config, dtype=torch.float32).eval()
    ids = torch.randint(0, 128, (1, 40), generator=torch.Generator().manual_seed(7))
    with torch.no_grad():
        logits = model(ids).logits[0, -2:]
        text = ids
        for _ in range(12):
            text = torch.cat([text, model(text).logits[:, -1:].argmax(-1)], 1)
        plain = AutoModelForCausalLM.from_pretrained(OUT / base, attn_implementation="eager", dtype=torch.float32)(ids).logits[0, -2:]
    print(name, "differs from the plain model by", (plain - logits).abs().max().item())
    golden[name] = {
        "base": base,
        "config": given,
        "ids": ids[0].tolist(),
        "greedy": text[0, ids.shape[1] :].tolist(),
        "logits": [[float(f"{x:.7g}") for x in row] for row in logits.tolist()],
    }
(OUT / "rope").mkdir(exist_ok=True)
(OUT / "rope" / "golden.json").write_text(json.dumps(golden) + "\n")
