"""Golden values for adapters: what PEFT makes of adapters on the tiny checkpoints of make-lm-fixtures.py.

    python -m venv peftenv && peftenv/bin/pip install torch transformers peft
    peftenv/bin/python tools/make-lora-fixtures.py     # writes packages/lang/src/__fixtures__/<model>/adapter/

Each folder holds adapter_config.json, adapter_model.safetensors (by PEFT's save_pretrained) and golden.safetensors: the logits of the
first prompt with the adapter, and with the adapter merged.
"""

import json
import pathlib

import torch
from peft import LoraConfig, get_peft_model
from safetensors.torch import save_file
from transformers import AutoModelForCausalLM

OUT = pathlib.Path(__file__).parent.parent / "packages" / "lang" / "src" / "__fixtures__"
ALL = ["q_proj", "k_proj", "v_proj", "o_proj", "gate_proj", "up_proj", "down_proj"]
ADAPTERS = {
    "qwen2-tied": dict(r=4, lora_alpha=8, target_modules=ALL),
    "llama-untied": dict(r=2, lora_alpha=3, target_modules=["q_proj", "v_proj", "down_proj"], layers_to_transform=[1], use_rslora=True),
}

for name, special in ADAPTERS.items():
    torch.manual_seed(20261124)
    base = AutoModelForCausalLM.from_pretrained(OUT / name, attn_implementation="eager", dtype=torch.float32)
    model = get_peft_model(base, LoraConfig(task_type="CAUSAL_LM", lora_dropout=0.05, **special)).eval()
    with torch.no_grad():
        for parameter_name, parameter in model.named_parameters():
            if "lora_B" in parameter_name:  # PEFT starts with zeros, which would hide mistakes
                parameter.copy_(0.3 * torch.randn_like(parameter))
    folder = OUT / name / "adapter"
    model.save_pretrained(folder)
    (folder / "README.md").unlink(missing_ok=True)
    config = json.loads((folder / "adapter_config.json").read_text())
    config["base_model_name_or_path"] = None  # a path of the machine it was made on
    (folder / "adapter_config.json").write_text(json.dumps(config, indent=2, sort_keys=True) + "\n")
    ids = torch.tensor([json.loads((OUT / name / "golden.json").read_text())["prompts"][0]])
    with torch.no_grad():
        adapted = model(ids).logits[0].contiguous()
        merged = model.merge_and_unload()(ids).logits[0].contiguous()
    save_file({"adapted": adapted, "merged": merged}, folder / "golden.safetensors")
