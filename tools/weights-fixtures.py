"""Makes the golden files of packages/weights and packages/lang/src/tokenizer with the Python references.

    pip install numpy torch safetensors gguf tokenizers transformers
    python tools/weights-fixtures.py [SmolLM2-135M-Instruct.Q4_1.gguf]

Everything is seeded: a second run writes the same bytes. The last argument is needed for smollm2-golden.json only.
"""

import base64
import json
import pathlib
import random
import sys

import gguf
import numpy as np
import torch
from safetensors.torch import save_file
from tokenizers import Regex, Tokenizer, decoders, models, normalizers, pre_tokenizers, trainers

root = pathlib.Path(__file__).resolve().parent.parent / "packages"
weights = root / "weights" / "src" / "__fixtures__"
tokenizers_folder = root / "lang" / "src" / "tokenizer" / "__fixtures__"


def write_json(path, value):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(value, ensure_ascii=True, separators=(",", ":")) + "\n")


def blocks():
    """Random blocks of every type, with finite scales, and what gguf.dequantize makes of them."""
    rng = np.random.default_rng(0)
    half_offsets = {"Q4_0": [0], "Q4_1": [0, 2], "Q5_0": [0], "Q5_1": [0, 2], "Q8_0": [0], "Q4_K": [0, 2], "Q6_K": [208]}
    golden = {}
    for name in ["F32", "F16", "BF16", *half_offsets]:
        kind = gguf.GGMLQuantizationType[name]
        size = gguf.GGML_QUANT_SIZES[kind][1]
        if name in half_offsets:
            data = rng.integers(0, 256, (3, size), dtype=np.uint8)
            for offset in half_offsets[name]:
                data[:, offset : offset + 2] = rng.normal(0, 0.1, (3, 1)).astype(np.float16).view(np.uint8)
        else:
            values = np.array([0, -0.0, 1, -1, 1e-7, 65504, 0.1, -3.1415927, 5.9e-8, 1e-5], np.float32)
            data = {
                "F32": lambda: values.view(np.uint8),
                "F16": lambda: values.astype(np.float16).view(np.uint8),
                "BF16": lambda: (values.view(np.uint32) >> 16).astype(np.uint16).view(np.uint8),
            }[name]().reshape(1, -1)
        out = gguf.dequantize(data if name != "F32" else data.view(np.float32), kind).astype(np.float32)
        golden[name] = {
            "bytes": base64.b64encode(data.tobytes()).decode(),
            "values": base64.b64encode(out.tobytes()).decode(),
        }
    write_json(weights / "gguf-blocks.json", golden)


CONFIG = {
    "architectures": ["LlamaForCausalLM"],
    "model_type": "llama",
    "hidden_size": 32,
    "num_hidden_layers": 1,
    "num_attention_heads": 4,
    "num_key_value_heads": 2,
    "head_dim": 8,
    "intermediate_size": 32,
    "vocab_size": 40,
    "max_position_embeddings": 64,
    "rms_norm_eps": 1e-5,
    "rope_theta": 10000.0,
    "tie_word_embeddings": True,
}


def interleave(rows, heads):
    """Hugging Face's rows of q or k in GGUF's order, as llama.cpp's converter permutes them."""
    return rows.reshape(heads, 2, rows.shape[0] // heads // 2, -1).swapaxes(1, 2).reshape(rows.shape)


def tiny_model():
    """One tiny llama as a Hugging Face folder (bf16) and as GGUF (F16); values are exact in both."""
    rng = np.random.default_rng(1)
    shapes = {
        "model.embed_tokens.weight": (40, 32),
        "model.norm.weight": (32,),
        "model.layers.0.input_layernorm.weight": (32,),
        "model.layers.0.post_attention_layernorm.weight": (32,),
        "model.layers.0.self_attn.q_proj.weight": (32, 32),
        "model.layers.0.self_attn.k_proj.weight": (16, 32),
        "model.layers.0.self_attn.v_proj.weight": (16, 32),
        "model.layers.0.self_attn.o_proj.weight": (32, 32),
        "model.layers.0.mlp.gate_proj.weight": (32, 32),
        "model.layers.0.mlp.up_proj.weight": (32, 32),
        "model.layers.0.mlp.down_proj.weight": (32, 32),
    }
    params = {name: (rng.integers(-64, 65, shape) / 128).astype(np.float32) for name, shape in shapes.items()}
    folder = weights / "tiny-llama"
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "config.json").write_text(json.dumps(CONFIG, indent=2) + "\n")
    tensors = {name: torch.from_numpy(value).to(torch.bfloat16) for name, value in params.items()}
    save_file(tensors, folder / "model.safetensors", metadata={"format": "pt"})

    writer = gguf.GGUFWriter(weights / "tiny-llama.gguf", "llama")
    writer.add_block_count(1)
    writer.add_context_length(64)
    writer.add_embedding_length(32)
    writer.add_feed_forward_length(32)
    writer.add_head_count(4)
    writer.add_head_count_kv(2)
    writer.add_rope_freq_base(10000.0)
    writer.add_rope_dimension_count(8)
    writer.add_layer_norm_rms_eps(1e-5)
    parts = {
        "input_layernorm": "attn_norm", "post_attention_layernorm": "ffn_norm", "self_attn.q_proj": "attn_q",
        "self_attn.k_proj": "attn_k", "self_attn.v_proj": "attn_v", "self_attn.o_proj": "attn_output",
        "mlp.gate_proj": "ffn_gate", "mlp.up_proj": "ffn_up", "mlp.down_proj": "ffn_down",
    }  # fmt: skip
    for name, value in params.items():
        short = {"model.embed_tokens.weight": "token_embd.weight", "model.norm.weight": "output_norm.weight"}.get(name)
        if short is None:
            short = f"blk.0.{parts[name.removeprefix('model.layers.0.').removesuffix('.weight')]}.weight"
        if "q_proj" in name or "k_proj" in name:
            value = interleave(value, 4 if "q_proj" in name else 2)
        writer.add_tensor(short, value if value.ndim == 1 else value.astype(np.float16))
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()


def every_dtype():
    """One tensor of each safetensors type we read."""
    x = torch.tensor([[0.0, 1.0, -2.5], [3.25, -0.125, 100.0]])
    tensors = {
        "f64": x.double(), "f32": x, "f16": x.half(), "bf16": x.bfloat16(), "i64": x.long(), "i32": x.int(), "i16": x.short(),
        "i8": x.char(), "u8": x.abs().byte(), "bool": x != 0, "scalar": torch.tensor(7.0), "empty": torch.zeros(0, 3),
    }  # fmt: skip
    save_file(tensors, weights / "every-dtype.safetensors", metadata={"format": "pt", "note": "caf\u00e9"})


QWEN2 = (
    r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+"
)


def smollm_rule():
    return pre_tokenizers.Sequence([pre_tokenizers.Digits(True), pre_tokenizers.ByteLevel(add_prefix_space=False)])


def qwen2_rule():
    split = pre_tokenizers.Split(Regex(QWEN2), "isolated")
    return pre_tokenizers.Sequence([split, pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False)])


def texts(count):
    """Strings that pull tokenizers apart: spaces, digits, contractions, scripts, controls, special tokens."""
    rng = random.Random(0)
    fixed = [
        "", " ", "  ", "\n", "\n\n  x", "a  1", "Hello 123 world 4.5", "it's I'LL we've 'S", "x = 3.14159; y=-2e10", "1,234,567.89",
        "#### 42", "<<48/2=24>>24", "$18", "50% of 80", "Question: How many?\n Answer: ", "tab\there", "trailing  ", " leading",
        "½ ² ٣٤ Ⅷ ४५", "\u0085 a\u0085b \ufeffc", "a\u00a0b\u2003c", "日本語のテキスト", "Привет, мир!", "مرحبا", "e\u0301 vs \u00e9", "👩‍👩‍👧 🎉🎉",
        "<|im_start|>user\nHi<|im_end|>\n", "<|endoftext|>", "<|im_start |>", "def f(x):\n    return x ** 2\n", "\\frac{1}{2} + \\sqrt{3}",
        "\r\n\r\n", "a\x00b", "camelCaseAndHTTPServer", "don't can't won't", "“quoted” — dash…", "ſ K Å", "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
        "    indented", "9" * 40, "_underscore__double", "http://a.b/c?d=e&f=g#h", "'tis 'Twas", "ﬁ ﬂ", "\u200b zero width", "ǅ ǈ", "!?!?...",
    ]  # fmt: skip
    pieces = [" ", "  ", "\n", "\t", "the", "cat", " ran", "ning", "7", "42", "1000", "'s", "'LL", ".", ", ", "?", "é", "ü", "ß", "漢", "字", "²", "½",
              "\u00a0", "\u0085", "\ufeff", "🎉", "<|im_end|>", "(", ")", "+", "=", "Ω", "ж", "ك", "٣", "A", "Bc", "_", "-", "—", "\\", "\r\n"]  # fmt: skip
    made = ["".join(rng.choice(pieces) for _ in range(rng.randint(1, 14))) for _ in range(count - len(fixed))]
    return fixed + made


def tiny_tokenizer():
    """A byte-level BPE of 400 tokens, and its ids under two pre-tokenizers."""
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = smollm_rule()
    tokenizer.decoder = decoders.ByteLevel()
    special = ["<|endoftext|>", "<|im_start|>", "<|im_end|>"]
    trainer = trainers.BpeTrainer(vocab_size=400, special_tokens=special, initial_alphabet=pre_tokenizers.ByteLevel.alphabet(), show_progress=False)
    corpus = [f"The cat ran to the running water and it's {i} times   faster than the other.\n\nIt'll run.  The end" for i in range(50)]
    tokenizer.train_from_iterator(corpus, trainer)
    golden = texts(120)
    write_json(tokenizers_folder / "tiny-tokenizer.json", json.loads(tokenizer.to_str()))
    smollm = [tokenizer.encode(text, add_special_tokens=False).ids for text in golden]
    tokenizer.pre_tokenizer = qwen2_rule()
    tokenizer.normalizer = normalizers.NFC()
    qwen2 = [tokenizer.encode(text, add_special_tokens=False).ids for text in golden]
    write_json(tokenizers_folder / "tiny-golden.json", {"texts": golden, "smollm": smollm, "qwen2": qwen2})


def smollm2(path):
    """The tokenizer transformers builds from the GGUF file, with the digit rule of SmolLM2's own tokenizer.json, which it leaves out."""
    from transformers import AutoTokenizer

    path = pathlib.Path(path)
    tokenizer = AutoTokenizer.from_pretrained(path.parent, gguf_file=path.name).backend_tokenizer
    tokenizer.pre_tokenizer = smollm_rule()
    golden = texts(240)
    ids = [tokenizer.encode(text, add_special_tokens=False).ids for text in golden]
    write_json(tokenizers_folder / "smollm2-golden.json", {"texts": golden, "ids": ids})


if __name__ == "__main__":
    weights.mkdir(parents=True, exist_ok=True)
    blocks()
    tiny_model()
    every_dtype()
    tiny_tokenizer()
    if len(sys.argv) > 1:
        smollm2(sys.argv[1])
