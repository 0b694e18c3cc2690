"""The networks of TorchEBM's user guide, on the other side: weights are written for training to begin
with, and read again after it.

    pytorch.py write KIND FILE            fresh weights, as safetensors
    pytorch.py check KIND FILE TABLE      the largest relative difference from the energies in TABLE

KIND is mlp or conv. TABLE is JSON with rows, energies, offset and scale. Needs safetensors and numpy;
with torch, the modules are torch's and the state dict is loaded strictly.
"""

import json
import sys

import numpy as np

try:
    import torch
    from safetensors.torch import load_file, save_file
except ImportError:
    torch = None
    from safetensors.numpy import load_file, save_file

INPUTS, HIDDEN = 3, 16
SHAPES = {
    "mlp": {
        "network.0.weight": (HIDDEN, INPUTS), "network.0.bias": (HIDDEN,),
        "network.2.weight": (HIDDEN, HIDDEN), "network.2.bias": (HIDDEN,),
        "network.4.weight": (1, HIDDEN), "network.4.bias": (1,),
    },
    "conv": {
        "conv_net.0.weight": (4, 1, 3, 3), "conv_net.0.bias": (4,),
        "conv_net.2.weight": (5, 4, 3, 3), "conv_net.2.bias": (5,),
        "energy_head.1.weight": (HIDDEN, 20), "energy_head.1.bias": (HIDDEN,),
        "energy_head.3.weight": (1, HIDDEN), "energy_head.3.bias": (1,),
    },
}


def modules():
    class MLPModel(torch.nn.Module):
        def __init__(self):
            super().__init__()
            self.network = torch.nn.Sequential(
                torch.nn.Linear(INPUTS, HIDDEN), torch.nn.SiLU(),
                torch.nn.Linear(HIDDEN, HIDDEN), torch.nn.SiLU(), torch.nn.Linear(HIDDEN, 1))

        def forward(self, x):
            return self.network(x).squeeze(-1)

    class ConvolutionalModel(torch.nn.Module):
        def __init__(self):
            super().__init__()
            self.conv_net = torch.nn.Sequential(
                torch.nn.Conv2d(1, 4, 3, stride=1, padding=1), torch.nn.SiLU(),
                torch.nn.Conv2d(4, 5, 3, stride=2, padding=1), torch.nn.SiLU())
            self.energy_head = torch.nn.Sequential(
                torch.nn.Flatten(), torch.nn.Linear(20, HIDDEN), torch.nn.SiLU(), torch.nn.Linear(HIDDEN, 1))

        def forward(self, x):
            return self.energy_head(self.conv_net(x.reshape(-1, 1, 4, 4))).squeeze(-1)

    return {"mlp": MLPModel, "conv": ConvolutionalModel}


def silu(x):
    return x / (1 + np.exp(-x))


def convolution(x, weight, bias, stride):
    padded = np.pad(x, ((0, 0), (0, 0), (1, 1), (1, 1)))
    windows = np.lib.stride_tricks.sliding_window_view(padded, (3, 3), axis=(2, 3))[:, :, ::stride, ::stride]
    return np.einsum("bihwkl,oikl->bohw", windows, weight) + bias[:, None, None]


def by_hand(kind, weights, x):
    def linear(h, name):
        return h @ weights[name + ".weight"].T + weights[name + ".bias"]

    if kind == "mlp":
        return linear(silu(linear(silu(linear(x, "network.0")), "network.2")), "network.4")[:, 0]
    h = x.reshape(-1, 1, 4, 4)
    for name, stride in (("conv_net.0", 1), ("conv_net.2", 2)):
        h = silu(convolution(h, weights[name + ".weight"], weights[name + ".bias"], stride))
    return linear(silu(linear(h.reshape(len(h), -1), "energy_head.1")), "energy_head.3")[:, 0]


def write(kind, file):
    if torch is not None:
        torch.manual_seed(7)
        save_file(modules()[kind]().state_dict(), file)
        return
    random = np.random.default_rng(7)
    save_file({name: random.normal(0, 0.4, shape).astype(np.float32) for name, shape in SHAPES[kind].items()}, file)


def check(kind, file, table):
    with open(table, encoding="utf-8") as text:
        known = json.load(text)
    rows = (np.array(known["rows"]) - known["offset"]) / known["scale"]
    rows = rows.astype(np.float32)
    weights = load_file(file)
    if torch is None:
        found = by_hand(kind, weights, rows)
    else:
        model = modules()[kind]()
        model.load_state_dict(weights, strict=True)
        found = model(torch.from_numpy(rows)).detach().numpy()
    energies = np.array(known["energies"])
    print(np.max(np.abs(found - energies) / np.maximum(1, np.abs(energies))))


if __name__ == "__main__":
    {"write": write, "check": check}[sys.argv[1]](*sys.argv[2:])
