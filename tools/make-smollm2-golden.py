"""What transformers makes of SmolLM2-135M-Instruct (Q4_1 GGUF, dequantised to float32): answer NLL and greedy continuations.

    python -m venv pyref && pyref/bin/pip install torch transformers gguf accelerate
    pyref/bin/python tools/make-smollm2-golden.py --gguf SmolLM2-135M-Instruct.Q4_1.gguf --data gsm8k/test.jsonl

Writes packages/lang/src/__fixtures__/smollm2-golden.json. transformers builds a GGUF file's tokenizer without the pre-tokenizer
"smollm" asks for (digits one by one, then byte level), so this script puts it back: that is the tokenizer.json of the model.
"""

import argparse
import json
import pathlib

import tokenizers
import torch
import transformers
from tokenizers.pre_tokenizers import ByteLevel, Digits, Sequence

ROWS = 64
NEW_TOKENS = 32
PROMPTS = [
    "The capital of France is",
    "Water boils at a temperature of",
    "Once upon a time, in a village by the sea,",
    "def add(a, b):\n    ",
    "Question: Mia has 3 red and 4 blue marbles. How many marbles has she?\n Answer: ",
    "To bake bread you need",
    "1, 2, 3, 5, 8,",
    "The three primary colours are",
    "Dear Mr. Jensen,\n\nThank you for your letter about",
    "Photosynthesis is the process by which",
]

arguments = argparse.ArgumentParser()
arguments.add_argument("--gguf", type=pathlib.Path, required=True)
arguments.add_argument("--data", type=pathlib.Path, required=True)
options = arguments.parse_args()

source = dict(pretrained_model_name_or_path=str(options.gguf.parent), gguf_file=options.gguf.name)
model = transformers.AutoModelForCausalLM.from_pretrained(**source, dtype=torch.float32).eval()
tokenizer = transformers.AutoTokenizer.from_pretrained(**source)


def encode(text: str) -> list[int]:
    return tokenizer.encode(text, add_special_tokens=False)


rows = [json.loads(line) for line in options.data.read_text().splitlines()[:ROWS]]
texts = [(f"Question: {row['question']}\n Answer: ", row["answer"]) for row in rows]
as_loaded = [(encode(prompt), encode(answer)) for prompt, answer in texts]
tokenizer.backend_tokenizer.pre_tokenizer = Sequence([Digits(individual_digits=True), ByteLevel(add_prefix_space=False)])
pairs = [(encode(prompt), encode(answer)) for prompt, answer in texts]


@torch.no_grad()
def nll(prompt: list[int], answer: list[int]) -> float:
    logits = model(torch.tensor([prompt + answer])).logits[0, len(prompt) - 1 : -1].double()
    return torch.nn.functional.cross_entropy(logits, torch.tensor(answer), reduction="sum").item()


@torch.no_grad()
def continuation(text: str) -> list[int]:
    prompt = torch.tensor([encode(text)])
    output = model.generate(
        prompt, attention_mask=torch.ones_like(prompt), max_new_tokens=NEW_TOKENS, do_sample=False, eos_token_id=2, pad_token_id=2
    )
    ids = output[0, prompt.shape[1] :].tolist()
    return ids[: ids.index(2)] if 2 in ids else ids


def mean_nll(pairs: list[tuple[list[int], list[int]]]) -> dict:
    sums = [nll(*pair) for pair in pairs]
    tokens = [len(answer) for _, answer in pairs]
    return {
        "nllPerToken": sum(sums) / sum(tokens),
        "tokens": sum(tokens),
        "perRow": [{"nll": round(s, 6), "tokens": n} for s, n in zip(sums, tokens)],
    }


answers = mean_nll(pairs)
loaded = mean_nll(as_loaded)
golden = {
    "origin": {
        "model": options.gguf.name,
        "data": f"openai/gsm8k, test split, first {ROWS} rows",
        "torch": torch.__version__,
        "transformers": transformers.__version__,
        "tokenizers": tokenizers.__version__,
        "dtype": "float32",
    },
    "answerNll": answers,
    "asLoadedByTransformers": {
        "nllPerToken": loaded["nllPerToken"],
        "tokens": loaded["tokens"],
        "rowsWithOtherIds": sum(a != b for a, b in zip(pairs, as_loaded)),
    },
    "continuations": [
        {"prompt": text, "ids": (ids := continuation(text)), "text": tokenizer.decode(ids)} for text in PROMPTS
    ],
}
out = pathlib.Path(__file__).parent.parent / "packages" / "lang" / "src" / "__fixtures__" / "smollm2-golden.json"
out.write_text(json.dumps(golden, indent=1, ensure_ascii=False) + "\n")
print(json.dumps({key: golden[key] for key in ("origin", "asLoadedByTransformers")} | {"nllPerToken": answers["nllPerToken"], "tokens": answers["tokens"]}))
