"""Small parquet files of every codec, in the layout of NuminaMath-CoT, for @vpt/data.

    python tools/make-parquet-fixtures.py packages/data/src/__fixtures__      (needs pyarrow)
"""

import sys
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

out = Path(sys.argv[1])
out.mkdir(parents=True, exist_ok=True)
problems = [f"What is {i} + 1? ±∑" for i in range(10)]
table = pa.table(
    {
        "source": ["gsm8k" if i % 2 == 0 else None for i in range(10)],
        "problem": problems,
        "solution": [f"It is $\\boxed{{{i + 1}}}$." for i in range(10)],
        "messages": [[{"content": problem, "role": "user"}] for problem in problems],
        "choices": [["a", str(i)] for i in range(10)],
        "answer": pa.array([*range(9), 2**53 + 1], pa.int64()),
    }
)
for codec in ["none", "snappy", "gzip", "brotli", "zstd", "lz4"]:
    pq.write_table(table, out / f"problems-{codec}.parquet", compression=codec, row_group_size=4)
