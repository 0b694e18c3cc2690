"""Writes what PyTorch and scikit-learn say of the methods here, for ParityTest to compare with.

    pip install torch scikit-learn
    python ebm-core/src/test/python/parity.py

Nothing is taken from this project but the addresses of its random numbers, which are computed here
once more: Philox4x32-10 counters, and the inverse normal distribution of Python's statistics module.
"""

import json
import math
import pathlib
from statistics import NormalDist

import numpy
import torch
from sklearn.metrics import average_precision_score, roc_curve

torch.set_default_dtype(torch.float64)
OUT = pathlib.Path(__file__).parent.parent / "resources/io/ebmspark/core"
SEED, STEP, INDICES = 11, 2, [3, 1, 4, 15, 9, 2]
CHAIN_NOISE, CHAIN_START, DATA_NOISE, PROBE, NOISE_LEVEL = 3, 4, 7, 8, 14
MASK = (1 << 64) - 1


# ---- random numbers by address ---------------------------------------------------------------------


def mix(z):
    z = ((z ^ (z >> 30)) * 0xBF58476D1CE4E5B9) & MASK
    z = ((z ^ (z >> 27)) * 0x94D049BB133111EB) & MASK
    return z ^ (z >> 31)


def philox(counter, key):
    c, (k0, k1) = list(counter), key
    for _ in range(10):
        p0, p1 = 0xD2511F53 * c[0], 0xCD9E8D57 * c[2]
        c = [(p1 >> 32) ^ c[1] ^ k0, p1 & 0xFFFFFFFF, (p0 >> 32) ^ c[3] ^ k1, p0 & 0xFFFFFFFF]
        k0, k1 = (k0 + 0x9E3779B9) & 0xFFFFFFFF, (k1 + 0xBB67AE85) & 0xFFFFFFFF
    return c


def words(purpose, index, block):
    key = mix((mix((SEED + 0x9E3779B97F4A7C15 * purpose) & MASK) + (STEP >> 32)) & MASK)
    counter = (block & 0xFFFFFFFF, index & 0xFFFFFFFF, index >> 32, STEP & 0xFFFFFFFF)
    return philox(counter, (key & 0xFFFFFFFF, key >> 32))


def normals(purpose, number, shape):
    """One row of standard normals for each index: draw `number` of the stream."""
    width = math.prod(shape)
    rows = []
    for index in INDICES:
        for i in range(number * width, (number + 1) * width):
            word = words(purpose, index, i >> 2)[i & 3]
            rows.append(numpy.float32(NormalDist().inv_cdf((word + 0.5) / 2**32)))
    return torch.tensor(numpy.array(rows, dtype=numpy.float64)).reshape(len(INDICES), *shape)


def uniforms(purpose, number):
    """One uniform with 52 bits for each index."""
    drawn = []
    for index in INDICES:
        w = words(purpose, index, number >> 1)
        lane = (number & 1) * 2
        drawn.append(((((w[lane] << 32) | w[lane + 1]) >> 12) + 0.5) / 2**52)
    return torch.tensor(drawn)


# ---- energies --------------------------------------------------------------------------------------


class Residual(torch.nn.Module):
    def __init__(self, inputs, width, blocks):
        super().__init__()
        self.input = torch.nn.Linear(inputs, width)
        self.blocks = torch.nn.ModuleList(
            torch.nn.ModuleList([torch.nn.Linear(width, width), torch.nn.Linear(width, width)])
            for _ in range(blocks)
        )
        self.output = torch.nn.Linear(width, 1)

    def forward(self, x):
        silu = torch.nn.functional.silu
        h = self.input(x)
        for inner, outer in self.blocks:
            h = h + outer(silu(inner(silu(h))))
        return self.output(silu(h)).squeeze(1)


class Attention(torch.nn.Module):
    """PyTorch's own encoder layers."""

    def __init__(self, tokens, features, width, heads, hidden, blocks, patch=None):
        super().__init__()
        self.patch = patch
        self.embedding = torch.nn.Linear(features, width)
        self.position = torch.nn.Parameter(torch.randn(tokens, width))
        self.layers = torch.nn.ModuleList(
            torch.nn.TransformerEncoderLayer(
                width, heads, hidden, dropout=0, activation="gelu", batch_first=True, norm_first=True
            )
            for _ in range(blocks)
        )
        self.norm = torch.nn.LayerNorm(width)
        self.output = torch.nn.Linear(width, 1)

    def ordered(self):
        yield from self.embedding.parameters()
        yield self.position
        for layer in self.layers:
            yield from layer.norm1.parameters()
            yield layer.self_attn.in_proj_weight
            yield layer.self_attn.in_proj_bias
            yield from layer.self_attn.out_proj.parameters()
            yield from layer.norm2.parameters()
            yield from layer.linear1.parameters()
            yield from layer.linear2.parameters()
        yield from self.norm.parameters()
        yield from self.output.parameters()

    def forward(self, x):
        if self.patch:
            # unfold lists patches row by row, each as (channel, y, x).
            x = torch.nn.functional.unfold(x, self.patch, stride=self.patch).transpose(1, 2)
        h = self.embedding(x) + self.position
        for layer in self.layers:
            h = layer(h)
        return self.output(self.norm(h).mean(1)).squeeze(1)


class Messages(torch.nn.Module):
    def __init__(self, features, width, rounds):
        super().__init__()
        linear = torch.nn.Linear
        self.features = features
        self.input = linear(features, width)
        self.rounds = torch.nn.ModuleList(
            torch.nn.ModuleList([linear(width, width), linear(width, width)]) for _ in range(rounds)
        )
        self.hidden = linear(width, width)
        self.output = linear(width, 1)

    def forward(self, x):
        silu = torch.nn.functional.silu
        nodes = x.shape[1]
        h = silu(self.input(x[:, :, : self.features]))
        for own, neighbours in self.rounds:
            gathered = torch.einsum("bij,bjk->bik", x[:, :, self.features :] / nodes, h)
            h = h + silu(own(h) + neighbours(gathered))
        return self.output(silu(self.hidden(h.mean(1)))).squeeze(1)


def stack(*layers):
    net = torch.nn.Sequential(*layers)
    net.register_forward_hook(lambda module, args, out: out.squeeze(1))
    return net


def mlp(*widths, activation=torch.nn.SiLU):
    layers = []
    for i in range(len(widths) - 1):
        layers += [torch.nn.Linear(widths[i], widths[i + 1]), activation()]
    return stack(*layers, torch.nn.Linear(widths[-1], 1))


class Lambda(torch.nn.Module):
    def __init__(self, function):
        super().__init__()
        self.function = function

    def forward(self, x):
        return self.function(x)


def normalised(net):
    """A copy's forward with every matrix divided by its largest singular value."""

    def forward(x):
        divided = {
            name: p / torch.linalg.matrix_norm(p.flatten(1), 2) if p.dim() > 1 else p
            for name, p in net.named_parameters()
        }
        return torch.func.functional_call(net, divided, (x,))

    return forward


def mixture(x):
    normal = torch.distributions.MultivariateNormal
    parts = torch.distributions.MixtureSameFamily(
        torch.distributions.Categorical(torch.tensor([0.25, 0.75])),
        normal(
            torch.tensor([[0.0, 1.0], [-1.0, 0.5]]),
            torch.tensor([[[1.0, 0.3], [0.3, 0.5]], [[0.2, 0.0], [0.0, 0.4]]]),
        ),
    )
    return -parts.log_prob(x)


def activation_case(name, kind):
    return {"kind": "mlp", "hidden": [6, 5], "activation": name}, [3], mlp(3, 6, 5, activation=kind)


def conv():
    layer = torch.nn.Conv2d
    return stack(
        layer(2, 3, 3, 1, 1), torch.nn.SELU(), layer(3, 4, 3, 2, 1), torch.nn.SELU(),
        torch.nn.Flatten(), torch.nn.Linear(4 * 3 * 4, 5), torch.nn.SELU(), torch.nn.Linear(5, 1),
    )  # fmt: skip


def energies():
    nn = torch.nn
    spectral = mlp(3, 4, 4)
    wrapped = Lambda(normalised(spectral))
    wrapped.parameters = spectral.parameters
    cases = [
        activation_case("silu", nn.SiLU), activation_case("selu", nn.SELU),
        activation_case("elu", nn.ELU), activation_case("gelu", nn.GELU),
        activation_case("tanh", nn.Tanh), activation_case("softplus", nn.Softplus),
        activation_case("relu", nn.ReLU),
        ({"kind": "residual-mlp", "width": 5, "blocks": 2}, [3], Residual(3, 5, 2)),
        ({"kind": "conv", "channels": [3, 4], "strides": [1, 2], "hidden": 5, "activation": "selu"},
         [2, 5, 7], conv()),
        ({"kind": "transformer", "width": 8, "heads": 2, "blocks": 2, "hidden": 6}, [5, 3],
         Attention(5, 3, 8, 2, 6, 2)),
        ({"kind": "transformer", "width": 4, "heads": 1, "blocks": 1, "hidden": 6, "patch": 2},
         [2, 4, 6], Attention(6, 8, 4, 1, 6, 1, patch=2)),
        ({"kind": "graph", "features": 2, "width": 4, "rounds": 2}, [5, 7], Messages(2, 4, 2)),
        ({"kind": "spectral-norm", "iterations": 400,
          "energy": {"kind": "mlp", "hidden": [4, 4]}}, [3], wrapped),
        ({"kind": "gaussian-mixture", "weights": [1, 3], "means": [[0, 1], [-1, 0.5]],
          "covariances": [[[1, 0.3], [0.3, 0.5]], [[0.2, 0], [0, 0.4]]]}, [2], Lambda(mixture)),
        ({"kind": "gaussian", "mean": [0.5, -1], "covariance": [[1, 0.3], [0.3, 0.5]]}, [2],
         Lambda(lambda x: -torch.distributions.MultivariateNormal(
             torch.tensor([0.5, -1.0]), torch.tensor([[1, 0.3], [0.3, 0.5]])).log_prob(x)
             - math.log(2 * math.pi) - 0.5 * math.log(0.41))),
        ({"kind": "double-well", "height": 1.5, "distance": 0.8}, [3],
         Lambda(lambda x: 1.5 * ((x**2 - 0.64) ** 2).sum(1))),
        ({"kind": "harmonic", "stiffness": 3}, [3], Lambda(lambda x: 1.5 * (x**2).sum(1))),
        ({"kind": "rosenbrock"}, [3], Lambda(lambda x: (
            100 * (x[:, 1:] - x[:, :-1] ** 2) ** 2 + (1 - x[:, :-1]) ** 2).sum(1))),
        ({"kind": "ackley"}, [3], Lambda(lambda x: (
            20 + math.e - 20 * torch.exp(-0.2 * (x**2).mean(1).sqrt())
            - torch.exp(torch.cos(2 * math.pi * x).mean(1))))),
        ({"kind": "rastrigin"}, [3], Lambda(lambda x: (
            30 + (x**2 - 10 * torch.cos(2 * math.pi * x)).sum(1)))),
        ({"kind": "scaled", "factor": 2.5, "energy": {"kind": "harmonic"}}, [2],
         Lambda(lambda x: 1.25 * (x**2).sum(1))),
    ]  # fmt: skip
    for settings, shape, net in cases:
        parameters = list(net.ordered() if hasattr(net, "ordered") else net.parameters())
        yield energy_case(settings, shape, net, parameters)


def rounded(parameters):
    """Values a float can hold, so that both sides start from the same."""
    with torch.no_grad():
        for p in parameters:
            p.copy_(p.float().double())


def energy_case(settings, shape, net, parameters):
    rounded(parameters)
    x = torch.randn(4, *shape).float().double().requires_grad_()
    energy = net(x)
    (gradient,) = torch.autograd.grad(energy.sum(), x, retain_graph=True)
    by_parameter = torch.autograd.grad(energy.sum(), parameters) if parameters else []
    return {
        "energy": settings, "shape": shape, "rows": flat([x]), "parameters": flat(parameters),
        "energies": flat([energy]), "gradient": flat([gradient]),
        "parameterGradient": flat(by_parameter),
    }  # fmt: skip


def flat(tensors):
    return [value for t in tensors for value in t.detach().flatten().tolist()]


# ---- objectives ------------------------------------------------------------------------------------


def grad(energy, x, graph=True):
    return torch.autograd.grad(energy(x).sum(), x, create_graph=graph)[0]


def langevin(energy, x, steps, eta, sigma, clip=None, clamp=None):
    for k in range(steps):
        x = x.detach().requires_grad_()
        g = grad(energy, x, False)
        if clip:
            g = g * (clip / g.flatten(1).norm(dim=1).clamp(min=clip)).reshape(-1, 1)
        x = x - eta * g + sigma * math.sqrt(2 * eta) * normals(CHAIN_NOISE, k, [2])
        x = x.clamp(*clamp) if clamp else x
    return x.detach()


def contrast(energy, x, ends, w):
    p, n = energy(x), energy(ends)
    return p - n + w * (p**2 + n**2)


def direction(kind, number):
    v = normals(PROBE, number, [2])
    if kind == "rademacher":
        return torch.where(v < 0, -1.0, 1.0)
    return v * (math.sqrt(2) / v.norm(dim=1, keepdim=True)) if kind == "sphere" else v


def denoise(energy, x, tau):
    n = normals(DATA_NOISE, 0, [2])
    noisy = (x + tau * n).requires_grad_()
    return 0.5 * ((grad(energy, noisy) - n / tau) ** 2).sum(1)


def hutchinson(energy, x, probes, kind):
    x = x.clone().requires_grad_()
    g = grad(energy, x)
    loss = 0.5 * (g**2).sum(1)
    for j in range(probes):
        v = direction(kind, j)
        hv = torch.autograd.grad((g * v).sum(), x, create_graph=True)[0]
        loss = loss - (hv * v).sum(1) / probes
    return loss


def exact(energy, x):
    hessian = torch.func.hessian(lambda row: energy(row.unsqueeze(0)).squeeze(0))
    trace = torch.stack([torch.trace(hessian(row)) for row in x])
    return 0.5 * (grad(energy, x.clone().requires_grad_()) ** 2).sum(1) - trace


def sliced(energy, x, n, kind):
    total = 0
    for j in range(n):
        v = direction(kind, j)
        x = x.clone().requires_grad_()
        projected = -(grad(energy, x) * v).sum(1)
        slope = torch.autograd.grad(projected.sum(), x, create_graph=True)[0]
        total = total + 0.5 * projected**2 + (slope * v).sum(1)
    return total / n


def contrastive_noise(energy, x, s):
    q = torch.distributions.MultivariateNormal(torch.zeros(2), s * s * torch.eye(2))
    y = s * normals(CHAIN_START, 0, [2])
    logistic = torch.nn.functional.logsigmoid
    return -logistic(-energy(x) - q.log_prob(x)) - logistic(energy(y) + q.log_prob(y))


def discrepancy(energy, x, t, m, w):
    centre = x + math.sqrt(t) * normals(DATA_NOISE, 0, [2])
    gaps = [energy(x) - energy(centre + math.sqrt(t) * normals(DATA_NOISE, j, [2]))
            for j in range(1, m + 1)]  # fmt: skip
    return torch.log(w / m + torch.exp(torch.stack(gaps)).mean(0))


def multi_scale(energy, x, smallest, largest, levels):
    level = torch.floor(levels * uniforms(NOISE_LEVEL, 0)) / (levels - 1)
    return denoise(energy, x, (smallest * (largest / smallest) ** level).reshape(-1, 1))


def penalised(energy, x, loss, w):
    g = grad(energy, x.clone().requires_grad_())
    return loss + w * (g**2).sum(1)


def objectives():
    net = mlp(2, 8, 7)
    parameters = list(net.parameters())
    rounded(parameters)
    x = torch.randn(len(INDICES), 2).float().double()
    sampler = {"kind": "langevin", "stepSize": 0.05, "noiseScale": 0.7}
    tame = dict(sampler, clamp=[-1.5, 1.5], gradientClip=0.1)
    starts = 1.3 * normals(CHAIN_START, 0, [2])
    cases = [
        ({"kind": "contrastive-divergence", "steps": 5, "sampler": sampler},
         contrast(net, x, langevin(net, x, 5, 0.05, 0.7), 1e-3)),
        ({"kind": "contrastive-divergence", "steps": 5, "sampler": tame, "energyPenalty": 0},
         contrast(net, x, langevin(net, x, 5, 0.05, 0.7, 0.1, (-1.5, 1.5)), 0)),
        ({"kind": "short-run", "steps": 4, "sampler": sampler, "startScale": 1.3},
         contrast(net, x, langevin(net, starts, 4, 0.05, 0.7), 1e-3)),
        ({"kind": "persistent-contrastive-divergence", "steps": 4, "sampler": sampler},
         contrast(net, x, langevin(net, 0.5 * x, 4, 0.05, 0.7), 1e-3)),
        ({"kind": "denoising-score-matching", "noise": 0.3}, denoise(net, x, 0.3)),
        ({"kind": "multi-scale-denoising", "smallest": 0.2, "largest": 1.1, "levels": 4},
         multi_scale(net, x, 0.2, 1.1, 4)),
        ({"kind": "exact-score-matching"}, exact(net, x)),
        ({"kind": "noise-contrastive-estimation", "noise": 1.4}, contrastive_noise(net, x, 1.4)),
        ({"kind": "energy-discrepancy", "time": 0.3, "negatives": 5, "stabiliser": 0.8},
         discrepancy(net, x, 0.3, 5, 0.8)),
        ({"kind": "gradient-penalty", "weight": 0.4,
          "objective": {"kind": "denoising-score-matching", "noise": 0.3}},
         penalised(net, x, denoise(net, x, 0.3), 0.4)),
    ]  # fmt: skip
    for kind in ["rademacher", "sphere", "gaussian"]:
        cases.append(({"kind": "hutchinson-score-matching", "probes": 3, "probe": kind},
                      hutchinson(net, x, 3, kind)))  # fmt: skip
        cases.append(({"kind": "sliced-score-matching", "projections": 2, "probe": kind},
                      sliced(net, x, 2, kind)))  # fmt: skip
    for settings, losses in cases:
        gradient = torch.autograd.grad(losses.sum(), parameters, allow_unused=True)
        filled = [torch.zeros_like(p) if g is None else g for g, p in zip(gradient, parameters)]
        yield {
            "objective": settings, "energy": {"kind": "mlp", "hidden": [8, 7]}, "shape": [2],
            "rows": flat([x]), "parameters": flat(parameters), "losses": flat([losses]),
            "parameterGradient": flat(filled),
        }  # fmt: skip


# ---- metrics ---------------------------------------------------------------------------------------


def metrics():
    generator = numpy.random.default_rng(5)
    first = generator.normal(size=(12, 2)).astype(numpy.float32)
    second = (generator.normal(size=(9, 2)) + 0.7).astype(numpy.float32)
    both = torch.tensor(numpy.concatenate([first, second])).double()
    distances = torch.cdist(both, both)
    i, j = numpy.tril_indices(21, -1)
    pairs = numpy.sort((distances[i, j] ** 2).float().numpy())
    h2 = float(pairs[len(pairs) // 2])
    k = torch.exp(-(distances**2) / (2 * h2))

    def unbiased(matrix, across):
        a, b, c = matrix[:12, :12], matrix[12:, 12:], matrix[:12, 12:]
        mean = lambda m: (m.sum() - m.diagonal().sum()) / (len(m) * (len(m) - 1))  # noqa: E731
        return float(across * 2 * c.mean() - across * mean(a) - across * mean(b))

    negatives = numpy.round(generator.normal(size=40), 1).astype(numpy.float32)
    positives = numpy.round(generator.normal(size=25) + 1, 1).astype(numpy.float32)
    labels = numpy.r_[numpy.zeros(40), numpy.ones(25)]
    scores = numpy.r_[negatives, positives]
    fpr, tpr, _ = roc_curve(labels, scores, drop_intermediate=False)
    return {
        "first": flat([torch.tensor(first)]), "second": flat([torch.tensor(second)]),
        "squaredMmd": unbiased(k, -1), "energyDistance": unbiased(distances, 1),
        "squaredStein": stein(torch.tensor(first).double()),
        "negatives": negatives.tolist(), "positives": positives.tolist(),
        "averagePrecision": float(average_precision_score(labels, scores)),
        "falsePositiveRate": float(fpr[numpy.argmax(tpr >= 0.95)]),
    }  # fmt: skip


def stein(rows):
    """Against N(0, I): scores −x; the kernel's derivatives by automatic differentiation."""

    def kernel(x, y):
        return (1 + ((x - y) ** 2).sum()) ** -0.5

    def u(x, y):
        by_x, by_y = torch.func.grad(kernel, 0), torch.func.grad(kernel, 1)
        trace = torch.trace(torch.func.jacrev(by_y, 0)(x, y))
        return x @ y * kernel(x, y) - x @ by_y(x, y) - y @ by_x(x, y) + trace

    n = len(rows)
    total = sum(u(rows[i], rows[j]) for i in range(n) for j in range(n) if i != j)
    return float(total / (n * (n - 1)))


# ---- a module to bring -----------------------------------------------------------------------------


class Brought(torch.nn.Module):
    """Nested, with a frozen parameter, a buffer and an unsqueezed output."""

    def __init__(self):
        super().__init__()
        self.net = torch.nn.Sequential(torch.nn.Linear(3, 4), torch.nn.SiLU(), torch.nn.Linear(4, 1))
        self.stiffness = torch.nn.Parameter(torch.tensor(0.5))
        self.frozen = torch.nn.Parameter(torch.tensor([0.1, 0.2, 0.3]), requires_grad=False)
        self.register_buffer("offset", torch.tensor([1.0, -1.0, 0.5]))

    def forward(self, x):
        h = (x - self.offset) * self.frozen
        return self.net(h) + self.stiffness * (x**2).sum(1, keepdim=True)


class Tied(torch.nn.Module):
    """One weight under two names, in layers with biases of their own."""

    def __init__(self):
        super().__init__()
        self.inner = torch.nn.Linear(3, 3)
        self.outer = torch.nn.Linear(3, 3)
        self.outer.weight = self.inner.weight

    def forward(self, x):
        return self.outer(torch.tanh(self.inner(x))).square().sum(1)


class Listed(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.centres = torch.nn.ParameterList([torch.nn.Parameter(torch.ones(3))])

    def forward(self, x):
        energy = torch.zeros(x.size(0))
        for centre in self.centres:
            energy = energy + (x - centre).square().sum(1)
        return energy


def brought():
    torch.set_default_dtype(torch.float32)
    module = Brought()
    torch.jit.script(module).save(str(OUT / "brought.pt"))
    refused = torch.nn.Sequential(torch.nn.Linear(3, 4), torch.nn.BatchNorm1d(4), torch.nn.Linear(4, 1))
    torch.jit.script(refused).save(str(OUT / "batch-norm.pt"))
    torch.jit.script(Tied()).save(str(OUT / "tied.pt"))
    torch.jit.script(Listed()).save(str(OUT / "listed.pt"))
    torch.set_default_dtype(torch.float64)
    module = module.double()
    trained = [p for p in module.parameters() if p.requires_grad]
    case = energy_case({}, [3], lambda x: module(x).squeeze(1), trained)
    case["names"] = [name for name, p in module.named_parameters() if p.requires_grad]
    return case


def main():
    torch.manual_seed(7)
    OUT.mkdir(parents=True, exist_ok=True)
    found = {
        "seed": SEED, "step": STEP, "indices": INDICES, "energies": list(energies()),
        "objectives": list(objectives()), "metrics": metrics(), "brought": brought(),
    }  # fmt: skip
    (OUT / "parity.json").write_text(json.dumps(found))


main()
