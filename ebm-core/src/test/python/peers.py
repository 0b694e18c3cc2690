"""Times PyTorch and JAX on the workloads of PeerBenchmark, on one core: medians in milliseconds.

PyTorch is written the way TorchEBM writes it, with automatic differentiation at every Langevin step;
JAX as one compiled function a training step, the fastest form known for a CPU.

    python peers.py SECONDS_A_WORKLOAD
"""

import os
import statistics
import sys
import time

os.environ["OMP_NUM_THREADS"] = os.environ["MKL_NUM_THREADS"] = "1"
os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})  # JAX takes every core it may

import jax
import jax.numpy as jnp
import optax
import torch

SECONDS = float(sys.argv[1]) if len(sys.argv) > 1 else 3.0
ETA, SIGMA, TAU = 0.01, 0.2, 0.1
CONV = (32, 1), (32, 2), (64, 1), (64, 2), (128, 1), (128, 2)
WIDTH, HEADS, HIDDEN = 32, 4, 64  # of the transformer


def report(workload, peer, call, scale=1.0):
    warm = time.perf_counter() + SECONDS / 2
    for _ in range(3):
        call()
        if time.perf_counter() > warm:
            break
    times, end = [], time.perf_counter() + SECONDS
    while time.perf_counter() < end or len(times) < 3:
        started = time.perf_counter()
        call()
        times.append(time.perf_counter() - started)
    print(f"BENCHMARK\t{workload}\t{peer}\t{1e3 * scale * statistics.median(times):.3f}", flush=True)


def with_torch():
    from torch import nn

    torch.set_num_threads(1)

    def mlp(*sizes, activation=nn.SELU):
        layers = []
        for i, (n, m) in enumerate(zip(sizes, sizes[1:])):
            layers += [nn.Linear(n, m)] + ([activation()] if i < len(sizes) - 2 else [])
        return nn.Sequential(*layers)

    def conv(activation=nn.SELU):
        layers, n = [], 1
        for m, stride in CONV:
            layers += [nn.Conv2d(n, m, 3, stride, 1), activation()]
            n = m
        return nn.Sequential(*layers, nn.Flatten(), *mlp(128 * 16, 128, 1, activation=activation))

    class Block(nn.Module):
        def __init__(self):
            super().__init__()
            self.norms = nn.ModuleList([nn.LayerNorm(WIDTH), nn.LayerNorm(WIDTH)])
            self.all, self.out = nn.Linear(WIDTH, 3 * WIDTH), nn.Linear(WIDTH, WIDTH)
            self.inner = nn.Sequential(nn.Linear(WIDTH, HIDDEN), nn.GELU(), nn.Linear(HIDDEN, WIDTH))

        def forward(self, h):
            parts = self.all(self.norms[0](h)).chunk(3, -1)
            q, k, v = (part.unflatten(-1, (HEADS, -1)).transpose(1, 2) for part in parts)
            attended = (q @ k.mT / (WIDTH / HEADS) ** 0.5).softmax(-1) @ v
            h = h + self.out(attended.transpose(1, 2).flatten(2))
            return h + self.inner(self.norms[1](h))

    class Transformer(nn.Module):
        def __init__(self):
            super().__init__()
            self.embedding, self.position = nn.Linear(8, WIDTH), nn.Parameter(0.02 * torch.randn(16, WIDTH))
            self.blocks = nn.Sequential(Block(), Block(), nn.LayerNorm(WIDTH))
            self.output = nn.Linear(WIDTH, 1)

        def forward(self, x):
            return self.output(self.blocks(self.embedding(x) + self.position).mean(1)).squeeze(-1)

    def gradient(energy, x, **options):
        return torch.autograd.grad(energy(x).sum(), x, **options)[0]

    def langevin(energy, x, steps):
        for _ in range(steps):
            x = x.detach().requires_grad_()
            x = x - ETA * gradient(energy, x) + SIGMA * (2 * ETA) ** 0.5 * torch.randn_like(x)
        return x.detach()

    def cd(energy, x, k):
        end = langevin(energy, x, k)
        data, sample = energy(x), energy(end)
        return data.mean() - sample.mean() + 1e-3 * (data.square().mean() + sample.square().mean())

    def dsm(energy, x):
        noise = TAU * torch.randn_like(x)
        slope = gradient(energy, (x + noise).requires_grad_(), create_graph=True)
        return 0.5 * (slope - noise / TAU**2).square().flatten(1).sum(-1).mean()

    def ssm(energy, x):
        x, v = x.detach().requires_grad_(), torch.randn_like(x).sign()
        vs = -(v * gradient(energy, x, create_graph=True)).flatten(1).sum(-1)
        vhv = (v * torch.autograd.grad(vs.sum(), x, create_graph=True)[0]).flatten(1).sum(-1)
        return (0.5 * vs.square() + vhv).mean()

    def step(energy, loss):
        optimizer = torch.optim.Adam(energy.parameters(), 1e-4)

        def run():
            optimizer.zero_grad()
            loss(energy).backward()
            optimizer.step()

        return run

    for batch in 128, 4096:
        rows = torch.randn(batch, 2)
        report(f"CD-10, MLP, batch {batch}", "pytorch", step(mlp(2, 64, 64, 1), lambda e: cd(e, rows, 10)))
    rows = torch.randn(512, 2)
    report("denoising SM, MLP, batch 512", "pytorch", step(mlp(2, 64, 64, 1), lambda e: dsm(e, rows)))
    report("sliced SM, MLP, batch 512", "pytorch", step(mlp(2, 64, 64, 1), lambda e: ssm(e, rows)))
    for batch in 512, 4096:
        rows = torch.randn(batch, 32)
        for name, loss in ("denoising SM", dsm), ("sliced SM", ssm), ("CD-10", lambda e, x: cd(e, x, 10)):
            network = mlp(32, 256, 256, 1, activation=nn.SiLU)
            report(f"{name}, MLP 32-256-256-1 SiLU, batch {batch}", "pytorch", step(network, lambda e: loss(e, rows)))
    images = torch.randn(64, 1, 28, 28)
    report("CD-20, conv 28×28, batch 64", "pytorch", step(conv(), lambda e: cd(e, images, 20)))
    report("denoising SM, conv 28×28 SiLU, batch 64", "pytorch", step(conv(nn.SiLU), lambda e: dsm(e, images)))
    tokens = torch.randn(128, 16, 8)
    for name, loss in ("denoising SM", dsm), ("sliced SM", ssm), ("CD-10", lambda e, x: cd(e, x, 10)):
        what = f"{name}, transformer, 16 tokens of 8, batch 128"
        report(what, "pytorch", step(Transformer(), lambda e: loss(e, tokens)))
    small, chains = mlp(2, 64, 64, 1), torch.randn(10_000, 2)
    report("Langevin step, 10 000 chains", "pytorch", lambda: langevin(small, chains, 10), 0.1)
    wide, table = mlp(64, 256, 256, 1), torch.randn(4096, 64)
    with torch.inference_mode():
        report("scoring 4 096 rows, MLP 64-256-256-1", "pytorch", lambda: wide(table))


def with_jax():
    def mlp(key, *sizes):
        keys = jax.random.split(key, len(sizes))
        return [(jax.random.normal(k, (n, m)) / n**0.5, jnp.zeros(m)) for k, n, m in zip(keys, sizes, sizes[1:])]

    def energy(layers, x, activation=jax.nn.selu):
        for w, b in layers[:-1]:
            x = activation(x @ w + b)
        return (x @ layers[-1][0] + layers[-1][1])[:, 0]

    def conv(key):
        kernels, n = [], 1
        for m, _ in CONV:
            key, k = jax.random.split(key)
            kernels.append((jax.random.normal(k, (m, n, 3, 3)) / (9 * n) ** 0.5, jnp.zeros((m, 1, 1))))
            n = m
        return kernels, mlp(key, 128 * 16, 128, 1)

    def conv_energy(parameters, x, activation=jax.nn.selu):
        for (w, b), (_, stride) in zip(parameters[0], CONV):
            x = activation(jax.lax.conv_general_dilated(x, w, (stride, stride), [(1, 1), (1, 1)]) + b)
        return energy(parameters[1], x.reshape(len(x), -1), activation)

    def transformer(key):
        def linear(n, m):
            return mlp(jax.random.fold_in(key, 100 * n + m), n, m)[0]

        def norm():
            return jnp.ones(WIDTH), jnp.zeros(WIDTH)

        blocks = [
            (norm(), linear(WIDTH, 3 * WIDTH), linear(WIDTH, WIDTH), norm(), linear(WIDTH, HIDDEN), linear(HIDDEN, WIDTH))
            for _ in range(2)
        ]
        position = 0.02 * jax.random.normal(key, (16, WIDTH))
        return linear(8, WIDTH), position, blocks, norm(), linear(WIDTH, 1)

    def transformer_energy(parameters, x):
        def linear(h, wb):
            return h @ wb[0] + wb[1]

        def norm(h, gain_bias):
            centred = h - h.mean(-1, keepdims=True)
            scaled = centred * jax.lax.rsqrt((centred**2).mean(-1, keepdims=True) + 1e-5)
            return scaled * gain_bias[0] + gain_bias[1]

        embedding, position, blocks, last, output = parameters
        h = linear(x, embedding) + position
        for norm1, every, out, norm2, inner, outer in blocks:
            parts = jnp.split(linear(norm(h, norm1), every), 3, -1)
            q, k, v = (part.reshape(*h.shape[:2], HEADS, -1).swapaxes(1, 2) for part in parts)
            attended = jax.nn.softmax(q @ k.mT / (WIDTH / HEADS) ** 0.5) @ v
            h = h + linear(attended.swapaxes(1, 2).reshape(h.shape), out)
            h = h + linear(jax.nn.gelu(linear(norm(h, norm2), inner), approximate=False), outer)
        return linear(norm(h, last).mean(1), output)[:, 0]

    def langevin(e, p, x, key, steps):
        gradient = jax.grad(lambda y: e(p, y).sum())

        def move(i, x):
            noise = jax.random.normal(jax.random.fold_in(key, i), x.shape)
            return x - ETA * gradient(x) + SIGMA * (2 * ETA) ** 0.5 * noise

        return jax.lax.fori_loop(0, steps, move, x)

    def cd(e, p, x, key, k):
        end = jax.lax.stop_gradient(langevin(e, p, x, key, k))
        data, sample = e(p, x), e(p, end)
        return data.mean() - sample.mean() + 1e-3 * ((data**2).mean() + (sample**2).mean())

    def dsm(e, p, x, key):
        noise = TAU * jax.random.normal(key, x.shape)
        slope = jax.grad(lambda y: e(p, y).sum())(x + noise)
        return 0.5 * ((slope - noise / TAU**2) ** 2).sum(range(1, x.ndim)).mean()

    def ssm(e, p, x, key):
        v = jax.random.rademacher(key, x.shape).astype(x.dtype)
        s, hv = jax.jvp(lambda y: -jax.grad(lambda z: e(p, z).sum())(y), (x,), (v,))
        axes = range(1, x.ndim)
        return (0.5 * (v * s).sum(axes) ** 2 + (v * hv).sum(axes)).mean()

    def step(parameters, loss):
        optimizer = optax.adam(1e-4)

        @jax.jit
        def update(p, o, key):
            key, now = jax.random.split(key)
            change, o = optimizer.update(jax.grad(loss)(p, now), o, p)
            return optax.apply_updates(p, change), o, key

        state = [parameters, optimizer.init(parameters), jax.random.key(0)]

        def run():
            state[:] = jax.block_until_ready(update(*state))

        return run

    key = jax.random.key(1)
    small = mlp(key, 2, 64, 64, 1)
    for batch in 128, 4096:
        rows = jax.random.normal(key, (batch, 2))
        report(f"CD-10, MLP, batch {batch}", "jax", step(small, lambda p, k, x=rows: cd(energy, p, x, k, 10)))
    rows = jax.random.normal(key, (512, 2))
    report("denoising SM, MLP, batch 512", "jax", step(small, lambda p, k: dsm(energy, p, rows, k)))
    report("sliced SM, MLP, batch 512", "jax", step(small, lambda p, k: ssm(energy, p, rows, k)))
    table, smooth = mlp(key, 32, 256, 256, 1), lambda p, x: energy(p, x, jax.nn.silu)
    losses = ("denoising SM", dsm), ("sliced SM", ssm), ("CD-10", lambda e, p, x, k: cd(e, p, x, k, 10))
    for batch in 512, 4096:
        rows = jax.random.normal(key, (batch, 32))
        for name, loss in losses:
            call = step(table, lambda p, k, x=rows, loss=loss: loss(smooth, p, x, k))
            report(f"{name}, MLP 32-256-256-1 SiLU, batch {batch}", "jax", call)
    images = jax.random.normal(key, (64, 1, 28, 28))
    report("CD-20, conv 28×28, batch 64", "jax", step(conv(key), lambda p, k: cd(conv_energy, p, images, k, 20)))
    smooth = lambda p, x: conv_energy(p, x, jax.nn.silu)
    what = "denoising SM, conv 28×28 SiLU, batch 64"
    report(what, "jax", step(conv(key), lambda p, k: dsm(smooth, p, images, k)))
    tokens = jax.random.normal(key, (128, 16, 8))
    for name, loss in losses:
        what = f"{name}, transformer, 16 tokens of 8, batch 128"
        call = step(transformer(key), lambda p, k, loss=loss: loss(transformer_energy, p, tokens, k))
        report(what, "jax", call)
    chains = jax.random.normal(key, (10_000, 2))
    sample = jax.jit(lambda x: langevin(energy, small, x, key, 10))
    report("Langevin step, 10 000 chains", "jax", lambda: jax.block_until_ready(sample(chains)), 0.1)
    wide, table = mlp(key, 64, 256, 256, 1), jax.random.normal(key, (4096, 64))
    score = jax.jit(lambda x: energy(wide, x))
    report("scoring 4 096 rows, MLP 64-256-256-1", "jax", lambda: jax.block_until_ready(score(table)))


with_torch()
with_jax()
