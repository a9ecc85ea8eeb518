"""MMLU zero-shot with transformers, compared with a record file of `vpt eval mmlu --out`.

    npx vpt eval mmlu --model smollm2 --data test.jsonl --limit 500 --out mmlu.jsonl
    pyref/bin/python tools/mmlu-against-transformers.py --model MODEL.gguf --data test.jsonl --limit 500 --record mmlu.jsonl

The prompt is written here a second time, from lm-evaluation-harness's template; the four continuations are scored one by one, by the
harness's rule. MODEL is a folder in Hugging Face's layout or SmolLM2's GGUF file (whose pre-tokenizer transformers does not set).
"""

import argparse
import functools
import json
import pathlib

import torch
import transformers
from tokenizers.pre_tokenizers import ByteLevel, Digits, Sequence

arguments = argparse.ArgumentParser()
arguments.add_argument("--model", type=pathlib.Path, required=True)
arguments.add_argument("--data", type=pathlib.Path, required=True)
arguments.add_argument("--record", type=pathlib.Path, required=True)
arguments.add_argument("--limit", type=int, default=500)
arguments.add_argument("--skip", type=int, default=0, help="rows to leave out at the start, to compare in pieces")
options = arguments.parse_args()

is_gguf = options.model.suffix == ".gguf"
source = dict(pretrained_model_name_or_path=str(options.model.parent), gguf_file=options.model.name) if is_gguf else dict(pretrained_model_name_or_path=str(options.model))
model = transformers.AutoModelForCausalLM.from_pretrained(**source, dtype=torch.float32).eval()
tokenizer = transformers.AutoTokenizer.from_pretrained(**source)
if is_gguf:
    tokenizer.backend_tokenizer.pre_tokenizer = Sequence([Digits(individual_digits=True), ByteLevel(add_prefix_space=False)])


def encode(text: str) -> list[int]:
    return tokenizer.encode(text, add_special_tokens=False)


@functools.lru_cache(maxsize=1)  # continuations of one token have the same inputs
@torch.no_grad()
def log_softmax(ids: tuple[int, ...]) -> torch.Tensor:
    return model(torch.tensor([ids])).logits[0].log_softmax(-1)


def log_likelihood(context: str, continuation: str) -> float:
    whole, start = encode(context + continuation), len(encode(context))
    log_probs = log_softmax(tuple(whole[:-1]))
    return sum(log_probs[i - 1, whole[i]].item() for i in range(start, len(whole)))


def prompt(row: dict) -> str:
    subject = (row.get("subject") or row["type"]).replace("_", " ")
    choices = "".join(f"{letter}. {choice}\n" for letter, choice in zip("ABCD", row["choices"]))
    return f"The following are multiple choice questions (with answers) about {subject}.\n\n{row['question'].strip()}\n{choices}Answer:"


rows = [json.loads(line) for line in options.data.read_text().splitlines()[: options.limit]]
ours = {r["id"]: r for r in map(json.loads, options.record.read_text().splitlines()) if r.get("kind") == "item"}
equal = right = 0
compared = list(enumerate(rows))[options.skip :]
for done, (i, row) in enumerate(compared):
    if done % 50 == 0:
        print(f"{done} rows, {equal} equal", flush=True)  # what was compared is not lost with a run that is cut
    context = prompt(row)
    scores = [log_likelihood(context, f" {letter}") for letter in "ABCD"]
    theirs = max(range(4), key=lambda choice: scores[choice])
    mine = ours[str(i)]["prediction"]
    mine = "ABCD".index(mine) if mine in list("ABCD") else int(mine)
    equal += theirs == mine
    right += theirs == row["answer"]
    if theirs != mine:
        ordered = sorted(scores)
        print(f"row {i}: transformers {theirs}, here {mine}; its two best differ by {ordered[-1] - ordered[-2]:.2e} nats")
print(json.dumps({"rows": len(compared), "equal": equal, "share": equal / len(compared), "transformersAccuracy": right / len(compared)}))
