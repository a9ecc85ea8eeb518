"""Logits of token ids from a model in Hugging Face's layout, with a PEFT adapter if one is named; for the tests of saving.

    python tools/logits.py MODEL IDS_JSON [ADAPTER]      # prints {"logits": [[...]], "text": "..."}
"""

import json
import os
import sys

os.environ.setdefault("HF_HUB_OFFLINE", "1")

import torch
from transformers import AutoModelForCausalLM, AutoTokenizer

folder, ids, *adapter = sys.argv[1:]
model = AutoModelForCausalLM.from_pretrained(folder, attn_implementation="eager", dtype=torch.float32)
if adapter:
    from peft import PeftModel

    model = PeftModel.from_pretrained(model, adapter[0])
model.eval()
ids = json.loads(ids)
with torch.no_grad():
    logits = model(torch.tensor([ids])).logits[0].tolist()
text = encoded = None
if os.path.exists(os.path.join(folder, "tokenizer.json")):
    tokenizer = AutoTokenizer.from_pretrained(folder)
    text = tokenizer.decode(ids)
    encoded = tokenizer.encode(text, add_special_tokens=False)
print(json.dumps({"logits": logits, "text": text, "encoded": encoded}))
