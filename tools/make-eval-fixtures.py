"""Golden values for packages/eval from other people's code or from NumPy, written to packages/eval/src/__fixtures__.

    python -m venv V && V/bin/pip install numpy scipy datasketch && V/bin/pip install --no-deps lm-eval==0.4.9
    V/bin/python tools/make-eval-fixtures.py [--fuzz N]

Origins: strings.json runs the scorers inside the lm-eval wheel on templates and on seeded random strings; statistics come from
SciPy, band choices from datasketch, and the vision metrics are written again here with NumPy, from the published definitions.
--fuzz N makes N random strings a scorer instead of the committed few; nothing else changes.
"""

import argparse
import ast
import importlib.util
import json
import math
import pathlib
import random
import re

import numpy as np
from datasketch.lsh import _optimal_param
from scipy import stats

OUT = pathlib.Path(__file__).resolve().parent.parent / "packages/eval/src/__fixtures__"


def functions_of(path, names):
    """Compiles only the named top-level functions and constants of an lm-eval file, so that its imports are not needed."""
    root = pathlib.Path(importlib.util.find_spec("lm_eval").origin).parent
    keep = []
    for node in ast.parse((root / path).read_text()).body:
        name = getattr(node, "name", None) or getattr(getattr(node, "targets", [None])[0], "id", None)
        if name in names:
            keep.append(node)
    scope = {"re": re}
    exec("from typing import *", scope)
    exec(compile(ast.Module(keep, []), path, "exec"), scope)
    return scope


# Strings ---------------------------------------------------------------------------------------------------------------

PIECES = (
    "0 1 2 12 -3 0.5 .5 1,000 10000 x y k = / - + , . $ { } ( ) [ ] \\{ \\} \\frac \\dfrac \\tfrac \\sqrt \\frac12 \\frac{1}{2}"
    " \\frac1{72} \\sqrt3 \\sqrt{3} \\left \\right \\! \\\\ \\$ \\% % ^\\circ ^{\\circ} \\text{ \\text{m} \\text{ cm} \\text{cm}"
    " \\mbox{in} \\textbf{a} \\overline{AB} \\boxed{ \\boxed{7} \\fbox{1} \\pi \\ldots \\dots \\; ,\\! {,} \" \\mathrm{th} an a"
    " and ,\\text{and} dollars units degrees feet square hours #### Answer: -5 3-5 ... 18. $18 18,000.50 𝑥 é ^2 ^{-1}"
).split(" ") + [" ", " ", "\n", "\\ ", "#### ", "\\boxed "]

ANSWERS = (
    "\\frac{1}{2}|\\dfrac12|0.5|1/2|-1/2|1/-2|+1/2|01/2|-0/3|a/b|1/2/3|\\frac{a}{b}|x=5|xy=5|xyz=5|x=y=5|k = .5|.5|{.5}|5 .5"
    "|\\sqrt3|\\sqrt{3}|\\sqrt|2\\sqrt2\\sqrt|\\frac|\\frac1|\\frac12|\\frac1{72}|\\frac{72}1|\\frac123|5\\text{ cm}"
    "|5\\text{ cm}\\text{ wide}|\\text{ }|5\\text{cm}|50\\%|50%|\\$5|90^\\circ|90^{\\circ}|\\left(1,2\\right)|1,\\!000|1{,}000"
    "|1,000|10,00,0|,|(1,2]|\\{1,2\\}|\\boxed{5}|\\text{even}|\\mbox{even}|an apple|a banana|5 meters|3 square units"
    "|$5$|$a$ and $b$|x = $\\frac34$ dollars|\\begin{pmatrix}1\\\\2\\end{pmatrix}|\\frac{\\sqrt3}{2}|\\sqrt\\frac12| |tfrac|\\tfrac 1 2"
).split("|") + ["", "5\n", "\\text{\ns}", "0.5\\!"]


def random_text(rng):
    return "".join(rng.choice(PIECES) for _ in range(rng.randint(1, 9)))


def strings(count):
    rng = random.Random(0)
    texts = ANSWERS + [random_text(rng) for _ in range(count)]
    h = functions_of("tasks/hendrycks_math/utils.py", {
        "strip_string", "fix_fracs", "fix_a_slash_b", "remove_right_units", "fix_sqrt", "last_boxed_only_string", "remove_boxed"})
    inner = h["fix_a_slash_b"]

    def fix_a_slash_b(text):  # hendrycks/math catches every exception here, lm-eval's copy only AssertionError
        try:
            return inner(text)
        except ValueError:
            return text

    h["fix_a_slash_b"] = fix_a_slash_b
    m = functions_of("tasks/minerva_math/utils.py", {
        "SUBSTITUTIONS", "REMOVED_EXPRESSIONS", "normalize_final_answer", "get_unnormalized_answer"})

    def or_null(f, *args):
        try:
            return f(*args)
        except Exception:
            return None

    outputs = [
        "Final Answer: The final answer is $[2,5)$. I hope it is correct.",
        "Final Answer: The final answer is $24$. I hope it is correct.\n\nProblem: Final Answer: The final answer is 3. I hope it is correct.",
        "Final Answer: The final answer is 7. ", "Final Answer: The final answer is 7", "The final answer is 7.",
        "Final Answer: The final answer is\n7. I hope it is correct.", "",
    ]
    return {
        "hendrycks": [[t, or_null(h["strip_string"], t)] for t in texts],
        "lastBoxed": [[t, h["last_boxed_only_string"](t), or_null(h["remove_boxed"], h["last_boxed_only_string"](t) or "")]
                      for t in texts if "box" in t],
        "minerva": [[t, m["normalize_final_answer"](t)] for t in texts if not digits_beyond_ascii(t)],
        "minervaAnswer": [[t, m["get_unnormalized_answer"](t)] for t in outputs],
        "gsm8k": [gsm8k(t) for t in gsm8k_texts(rng, count)],
    }


def digits_beyond_ascii(text):
    return any(c.isdigit() and not c.isascii() for c in text)


def gsm8k_texts(rng, count):
    pieces = ["#### ", "####", "####  ", "18", "-3", "1,234", "$5", "5.", "...", "-", ".", ",", "$", " ", "\n", "3-5", "18.0", "The answer is ",
              "Answer", "Answer: ", "x", "٣", "7%", "-$5", "--2", "."]
    fixed = ["", "#### 18", "#### -18", "#### 1,234", "#### 18.", "#### $18", "####18", "#### 18\n#### 19", "#### .", "5.\n", "5.\n\n",
             "a #### 1\nb #### 2.", "She pays $1,800.", "3-5", "so 18...", "18.0", "Answer: 5 Answer: 6.50.", "answer 5"]
    return fixed + ["".join(rng.choice(pieces) for _ in range(rng.randint(1, 8))) for _ in range(count)]


def gsm8k(text):
    """[text, strict, flexible, normalised, simple-evals], with the patterns of lm-eval's yaml and Python's own re."""
    strict = re.findall(r"#### (\-?[0-9\.\,]+)", text)
    flexible = re.findall(r"(-?[$0-9.,]{2,})|(-?[0-9]+)", text)
    last = [g for g in flexible[-1] if g][0].strip() if flexible else "[invalid]"
    normal = text
    for pattern in (",", r"\$", "(?s).*#### ", r"\.$"):
        normal = re.sub(pattern, "", normal)
    tail = text.split("Answer")[-1].strip() if "Answer" in text else ""
    numbers = re.findall(r"[0-9]+\.?[0-9]*", tail.replace(",", ""))
    return [text, strict[0].strip() if strict else "[invalid]", last, normal.lower(), numbers[-1].rstrip(".") if numbers else ""]


# Numbers ---------------------------------------------------------------------------------------------------------------

def pass_at_k():
    def estimate(n, c, k):
        return 1.0 if n - c < k else 1.0 - float(np.prod(1.0 - k / np.arange(n - c + 1, n + 1)))

    return [[n, c, k, estimate(n, c, k)] for n in (1, 2, 5, 16, 32, 200) for c in (0, 1, 2, n // 2, n - 1, n) if 0 <= c <= n
            for k in (1, 2, 8, 16, 32, 100) if k <= n]


def statistics(rng):
    a, b = rng.normal(0.5, 1, 12), rng.normal(0, 1, 12)
    short = np.round(a[:8] - b[:8], 3)
    t = stats.ttest_rel(a, b)
    low, high = t.confidence_interval(0.95)
    flip = stats.permutation_test((short,), np.mean, permutation_type="samples", n_resamples=np.inf)
    integers = np.array([1.0, -2, 3, 1, 0, 2, -1])
    ties = stats.permutation_test((integers,), np.mean, permutation_type="samples", n_resamples=np.inf)
    wilson = []
    for k, n in ((290, 1319), (0, 10), (10, 10), (1, 2), (657, 1319)):
        interval = stats.binomtest(k, n).proportion_ci(0.95, "wilson")
        wilson.append([k, n, interval.low, interval.high])
    return {
        "student": [[p, df, stats.t.ppf(p, df)] for p in (0.975, 0.995, 0.9, 0.025, 0.6, 1e-6) for df in (1, 2, 3, 4, 9, 30, 1318, 2.5)],
        "normal": [[p, stats.norm.ppf(p)] for p in (0.975, 0.995, 0.9, 0.05, 0.9995)],
        "wilson": wilson,
        "mcNemar": [[x, y, stats.binomtest(min(x, y), x + y).pvalue if x + y else 1.0]
                    for x, y in ((8, 2), (0, 0), (5, 5), (40, 60), (0, 12), (1, 0), (500, 600), (3, 2))],
        "paired": {"a": a.tolist(), "b": b.tolist(), "t": t.statistic, "p": t.pvalue, "low": low, "high": high},
        "signFlip": [[short.tolist(), flip.pvalue], [integers.tolist(), ties.pvalue]],
        "bootstrap": {"values": a.tolist(), "stderr": float(np.std(a, ddof=0) / np.sqrt(len(a)))},
    }


def segmentation(rng):
    cases = []
    for classes, reduce_zero in ((3, False), (5, True), (150, True)):
        images = []
        for _ in range(3):
            size = 60
            label = rng.integers(0, classes + 2, size)
            label[rng.random(size) < 0.1] = 255
            pred = np.where(rng.random(size) < 0.6, np.clip(label - int(reduce_zero), 0, None), rng.integers(0, classes + 1, size))
            images.append([pred.tolist(), label.tolist()])
        inter, area_p, area_l = np.zeros(classes), np.zeros(classes), np.zeros(classes)
        for pred, label in images:
            pred, label = np.array(pred), np.array(label)
            if reduce_zero:
                label = np.where((label == 0) | (label == 255), 255, label - 1)
            pred, label = pred[label != 255], label[label != 255]
            count = lambda x: np.array([(x == c).sum() for c in range(classes)], dtype=float)
            inter, area_p, area_l = inter + count(label[pred == label]), area_p + count(pred), area_l + count(label)
        with np.errstate(invalid="ignore"):
            iou, acc, dice = inter / (area_p + area_l - inter), inter / area_l, 2 * inter / (area_p + area_l)
        cases.append({"classes": classes, "reduceZeroLabel": reduce_zero, "images": images, "iou": nulls(iou),
                      "mIoU": np.nanmean(iou), "mAcc": np.nanmean(acc), "mDice": np.nanmean(dice), "aAcc": inter.sum() / area_l.sum()})
    return cases


def nulls(values):
    return [None if math.isnan(v) else v for v in values.tolist()]


def depth(rng):
    cases = []
    for width, height, crop in ((8, 6, "none"), (32, 24, "eigen"), (20, 30, "eigen")):
        truth = np.round(rng.uniform(-0.5, 11, (height, width)), 4)
        pred = np.round(np.clip(truth, 0.2, 9) * rng.uniform(0.7, 1.6, (height, width)), 4)
        pred[1, 1], pred[2, 2] = 0, 12
        p, g = np.clip(pred, 0.001, 10), truth
        valid = (g > 0.001) & (g < 10)
        if crop == "eigen":
            box = np.zeros_like(valid)
            box[int(45 * height / 480):int(471 * height / 480), int(41 * width / 640):int(601 * width / 640)] = True
            valid &= box
        p, g = p[valid], g[valid]
        d = np.log(p) - np.log(g)
        ratio = np.maximum(g / p, p / g)
        cases.append({"width": width, "crop": crop, "prediction": pred.ravel().tolist(), "truth": truth.ravel().tolist(), "errors": {
            "rmse": np.sqrt(((g - p) ** 2).mean()), "mae": np.abs(g - p).mean(), "absRel": (np.abs(g - p) / g).mean(),
            "sqRel": ((g - p) ** 2 / g).mean(), "rmseLog": np.sqrt((d ** 2).mean()), "log10": np.abs(np.log10(g) - np.log10(p)).mean(),
            "silog": 100 * np.sqrt(max(0, (d ** 2).mean() - d.mean() ** 2)), "delta1": (ratio < 1.25).mean(),
            "delta2": (ratio < 1.25 ** 2).mean(), "delta3": (ratio < 1.25 ** 3).mean(), "validPixels": int(valid.sum())}})
    return cases


def retrieval(rng):
    """Average precision by cutting junk out of the list first, then reading off precision before and after each positive."""
    size, ks = 40, [1, 5, 10]
    ranks = [rng.permutation(size).tolist() for _ in range(6)]
    truth = []
    for q in range(6):
        ids = rng.permutation(size).tolist()
        truth.append({"easy": [] if q == 2 else ids[:3], "hard": ids[3:8], "junk": ids[8:14]})
    scores = {}
    for protocol, good, bad in (("easy", ["easy"], ["junk", "hard"]), ("medium", ["easy", "hard"], ["junk"]), ("hard", ["hard"], ["junk", "easy"])):
        aps, precisions = [], []
        for ranking, gt in zip(ranks, truth):
            positives, junk = sum((gt[x] for x in good), []), sum((gt[x] for x in bad), [])
            if not positives:
                aps.append(None)
                continue
            hits = np.array([i in positives for i in ranking if i not in junk])
            at = np.flatnonzero(hits)
            before = [1.0 if r == 0 else hits[:r].mean() for r in at]
            after = [hits[:r + 1].mean() for r in at]
            aps.append(float((np.array(before) + after).sum() / 2 / len(positives)))
            precisions.append([hits[:min(at.max() + 1, k)].mean() for k in ks])
        scores[protocol] = {"mAP": np.mean([a for a in aps if a is not None]), "apPerQuery": aps, "mPrecisionAtK": np.mean(precisions, axis=0).tolist()}
    return {"ranks": ranks, "groundTruth": truth, "ks": ks, "scores": scores}


def knn(rng):
    train, queries = np.round(rng.normal(size=(30, 4)), 3), np.round(rng.normal(size=(8, 4)), 3)
    labels = rng.integers(0, 5, 30)
    unit = lambda x: x / np.linalg.norm(x, axis=1, keepdims=True)
    sim = unit(queries) @ unit(train).T
    ranked = []
    for row in sim:
        near = np.argsort(-row, kind="stable")[:7]
        votes = np.zeros(5)
        np.add.at(votes, labels[near], np.exp(row[near] / 0.07))
        ranked.append(np.argsort(-votes, kind="stable").tolist())
    return {"train": train.ravel().tolist(), "labels": labels.tolist(), "queries": queries.tolist(), "k": 7, "ranked": ranked}


def rolling():
    scope = functions_of("utils.py", {"get_rolling_token_windows"})
    cases = []
    for tokens, context, overlap in ((0, 4, 1), (1, 4, 1), (4, 4, 1), (9, 4, 1), (10, 4, 3), (10, 4, 4), (23, 7, 2)):
        windows = scope["get_rolling_token_windows"](list(range(tokens)), -1, context, overlap)
        cases.append({"tokens": tokens, "context": context, "overlap": overlap, "windows": [list(w) for w in windows]})
    return cases


def bands():
    cases = []
    for threshold in (0.3, 0.5, 0.7, 0.8, 0.9):
        for m in (16, 64, 128):
            for weights in ((0.5, 0.5), (0.1, 0.9)):
                cases.append([threshold, m, *weights, *_optimal_param(threshold, m, *weights)])
    return cases


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--fuzz", type=int, default=120)
    parser.add_argument("--out", type=pathlib.Path, default=OUT)
    options = parser.parse_args()
    options.out.mkdir(parents=True, exist_ok=True)
    write = lambda name, value: (options.out / name).write_text(json.dumps(value, ensure_ascii=True, separators=(",", ":")) + "\n")
    write("strings.json", strings(options.fuzz))
    rng = np.random.default_rng(0)
    write("numbers.json", {"passAtK": pass_at_k(), "statistics": statistics(rng), "segmentation": segmentation(rng), "depth": depth(rng),
                           "retrieval": retrieval(rng), "knn": knn(rng), "rolling": rolling(), "bands": bands()})


if __name__ == "__main__":
    main()
