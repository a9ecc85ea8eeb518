"""The side of PyTorch: what to run comes in on stdin, its time goes out on stdout.

Reads one JSON object a line and answers each with one: {"setup": {...}}, then {"run": MODE} as often as wanted.
"""

import json
import resource
import sys
import time

import torch


def serve(runner):
    """`runner(setup, mode)` makes what is timed: a function without arguments that returns a number. It is called once a mode."""
    answer = lambda message: print(json.dumps(message), flush=True)
    setup, runners = {}, {}
    for line in sys.stdin:
        request = json.loads(line)
        try:
            if "setup" in request:
                setup, runners = request["setup"], {}
                torch.set_num_threads(setup["threads"])
                answer({"torch": torch.__version__, "threads": torch.get_num_threads()})
                continue
            mode = request["run"]
            if mode not in runners:
                runners[mode] = runner(setup, mode)
            start = time.perf_counter()
            result = runners[mode]()
            seconds = time.perf_counter() - start
            peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
            answer({"seconds": seconds, "result": result, "peakBytes": peak})
        except Exception as error:  # the other side says what to do
            answer({"error": f"{type(error).__name__}: {error}"})
