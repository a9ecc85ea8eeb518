"""HDF5 and MATLAB files for packages/data, written to packages/data/src/hdf5/__fixtures__ by h5py and SciPy.

    python -m venv V && V/bin/pip install numpy scipy h5py
    V/bin/python tools/make-hdf5-fixtures.py

nyu.mat has the layout of nyu_depth_v2_labeled.mat (user block, MATLAB's axes reversed) with three images of 8 x 6; expected.json holds
image 1 and its depth as NumPy sees them the right way round. hostile.h5 leads out of itself in every way that HDF5 knows.
"""

import json
import pathlib

import h5py
import numpy as np
from scipy.io import savemat

OUT = pathlib.Path(__file__).resolve().parent.parent / "packages/data/src/hdf5/__fixtures__"
OUT.mkdir(exist_ok=True)
rng = np.random.default_rng(0)
width, height, count = 8, 6, 3

images = rng.integers(0, 256, (count, 3, width, height), dtype=np.uint8)
depths = np.round(rng.uniform(0.5, 9.5, (count, width, height)), 3).astype(np.float32)
raw = np.where(rng.random(depths.shape) < 0.2, 0, depths).astype(np.float32)
raw[1, 0, 0] = np.nan
labels = np.random.default_rng(1).integers(0, 895, (count, width, height), dtype=np.uint16)
with h5py.File(OUT / "nyu.mat", "w", userblock_size=512) as f:
    f["images"] = images
    f.create_dataset("depths", data=depths, chunks=(1, width, height), compression="gzip")
    f["rawDepths"] = raw
    f["labels"] = labels
(OUT / "expected.json").write_text(json.dumps({
    "image": images[1].transpose(2, 1, 0).ravel().tolist(),
    "depths": [float(x) for x in depths[1].T.ravel()],
    "rawDepths": [None if np.isnan(x) else float(x) for x in raw[1].T.ravel()],
    "labels": labels[1].T.ravel().tolist(),
}) + "\n")

with h5py.File(OUT / "hostile.h5", "w") as f:
    f["here"] = np.arange(4)
    f["link"] = h5py.ExternalLink("nyu.mat", "/depths")
    f["gone"] = h5py.ExternalLink("nowhere.h5", "/depths")
    f["soft"] = h5py.SoftLink("/link")
    f["images"] = h5py.ExternalLink("nyu.mat", "/images")
    f.create_dataset("raw", (16,), dtype="u1", external=[("/etc/passwd", 0, 16)])
    layout = h5py.VirtualLayout((3, width, height), dtype="f4")
    layout[:] = h5py.VirtualSource("nyu.mat", "depths", (3, width, height))
    f.create_virtual_dataset("virtual", layout)
    f.create_group("group")["deeper"] = h5py.ExternalLink("nyu.mat", "/")

for compress in (False, True):
    name = "splits-compressed.mat" if compress else "splits.mat"
    indices = {"trainNdxs": np.array([[3], [1]], dtype=np.float64), "testNdxs": np.array([[2], [300]], dtype=np.uint16)}
    savemat(OUT / name, {**indices, "names": "left out", "z": np.array([1j])}, do_compression=compress)

# As classMapping40.mat of Gupta et al.: a class of 1 to 40 for each of the 894
savemat(OUT / "mapping.mat", {"mapClass": (np.arange(894) % 40 + 1).astype(np.uint8)[None]})
