# A transformer E(x). Numbers lie feature by feature: the state h of all tokens is (width, batch · length),
# so that a layer is one product from the left, and no copy is made for a head but of what it attends to.
#
# `weights` are what transformer_folded makes of the parameters: 2 of the embedding, 8 of each block
# and 2 of the output, a weight (out, in) and a bias (out, 1) in turn.

# x̂ of each token, and r: x̂ = r·h, r = 1/√(mean h² + ε).
def transformer_norm(self, h: Tensor) -> Tuple[Tensor, Tensor]:
  r = torch.rsqrt(torch.add(torch.mean(torch.square(h), [0], True), 1.0000000000000001e-05))
  return (torch.mul(h, r), r)

# The derivative of x̂ in h times u, r·(u − x̂·m), and m = mean(x̂·u). It is symmetric: the way back of
# u, and the tangent where h moves along u.
def transformer_norm_derivative(self, u: Tensor, normed: Tensor, r: Tensor) -> Tuple[Tensor, Tensor]:
  m = torch.mean(torch.mul(u, normed), [0], True)
  return (torch.mul_(torch.addcmul(u, normed, m, value=-1), r), m)

# g, in its own memory, less its mean under the weights p of each query: times p, the derivative of a softmax, which is
# symmetric too.
def transformer_less_mean(self, g: Tensor, p: Tensor) -> Tensor:
  return torch.sub_(g, torch.sum(torch.mul(g, p), [1], True))

# (count · width, batch · length) to (count, heads · batch, width of a head, length).
def transformer_split(self, a: Tensor, count: int, heads: int, length: int) -> Tensor:
  width = torch.floordiv(torch.size(a, 0), count * heads)
  batch = torch.floordiv(torch.size(a, 1), length)
  split = torch.transpose(torch.view(a, [count, heads, width, batch, length]), 2, 3)
  return torch.reshape(split, [count, heads * batch, width, length])

# Back again.
def transformer_join(self, parts: List[Tensor], heads: int) -> Tensor:
  batch = torch.floordiv(torch.size(parts[0], 0), heads)
  width = torch.size(parts[0], 1)
  length = torch.size(parts[0], 2)
  joined = annotate(List[Tensor], [])
  for part in parts:
    joined.append(torch.transpose(torch.view(part, [heads, batch, width, length]), 1, 2))
  return torch.reshape(torch.cat(joined), [torch.len(parts) * heads * width, batch * length])

# The tokens of rows, (features, batch · length): x is (batch, length, features), or images, (batch,
# channels, height, width), whose tokens are square patches.
def transformer_tokens(self, x: Tensor, patch: int) -> Tensor:
  if torch.dim(x) == 4:
    channels = torch.size(x, 1)
    down = torch.floordiv(torch.size(x, 2), patch)
    across = torch.floordiv(torch.size(x, 3), patch)
    pieces = torch.reshape(x, [torch.size(x, 0), channels, down, patch, across, patch])
    moved = torch.permute(pieces, [1, 3, 5, 0, 2, 4])
    tokens = torch.reshape(moved, [channels * patch * patch, torch.size(x, 0) * down * across])
  else:
    tokens = torch.reshape(torch.permute(x, [2, 0, 1]), [torch.size(x, 2), torch.size(x, 0) * torch.size(x, 1)])
  return tokens

# Tokens as rows of x's shape.
def transformer_rows(self, tokens: Tensor, x: Tensor, patch: int) -> Tensor:
  if torch.dim(x) == 4:
    down = torch.floordiv(torch.size(x, 2), patch)
    across = torch.floordiv(torch.size(x, 3), patch)
    pieces = torch.view(tokens, [torch.size(x, 1), patch, patch, torch.size(x, 0), down, across])
    rows = torch.reshape(torch.permute(pieces, [3, 0, 4, 1, 5, 2]), torch.size(x))
  else:
    rows = torch.contiguous(torch.permute(torch.view(tokens, [torch.size(x, 2), torch.size(x, 0), torch.size(x, 1)]), [1, 2, 0]))
  return rows

def transformer_centred(self, w: Tensor) -> Tensor:
  return torch.sub(w, torch.mean(w, [0], True))

# A normalisation's gain and offset, and the layer after it, in one.
def transformer_absorbed(self, gain: Tensor, offset: Tensor, weight: Tensor, bias: Tensor) -> List[Tensor]:
  shift = torch.mm(weight, torch.unsqueeze(offset, 1))
  return [torch.mul(weight, gain), torch.add(shift, torch.unsqueeze(bias, 1))]

# The gradients of those four, flat, from the gradients of that layer.
def transformer_absorbed_back(self, gain: Tensor, offset: Tensor, weight: Tensor, g: Tensor, b: Tensor) -> List[Tensor]:
  w = torch.addmm(torch.mul(g, gain), b, torch.unsqueeze(offset, 0))
  return [torch.sum(torch.mul(g, weight), [0]), torch.flatten(torch.mm(torch.t(weight), b)), torch.flatten(w), torch.flatten(b)]

# What multiplies queries, keys and values: scores are products of the first two over √(width of a head).
def transformer_scales(self, gain: Tensor, heads: int) -> Tensor:
  ones = torch.unsqueeze(torch.ones_like(gain), 1)
  return torch.cat([torch.mul(ones, torch.pow(torch.div(torch.size(gain, 0), heads), -0.5)), ones, ones])

# The weights that layers multiply with. Nothing but normalisations reads h, and they take its mean
# away: so the layers that add to h leave it out, and h has none (Jiang et al. 2023). Gains, offsets
# and the scale of scores go into the layers after them.
def transformer_folded(self, parameters: List[Tensor], heads: int) -> List[Tensor]:
  last = torch.len(parameters) - 4
  scales = (self).transformer_scales(parameters[last], heads, )
  positions = torch.add(torch.t(parameters[2]), torch.unsqueeze(parameters[1], 1))
  weights = [(self).transformer_centred(parameters[0], ), (self).transformer_centred(positions, )]
  for i in range(3, last, 12):
    attention = (self).transformer_absorbed(parameters[i], parameters[i + 1], parameters[i + 2], parameters[i + 3], )
    weights.append(torch.mul(attention[0], scales))
    weights.append(torch.mul(attention[1], scales))
    weights.append((self).transformer_centred(parameters[i + 4], ))
    weights.append((self).transformer_centred(torch.unsqueeze(parameters[i + 5], 1), ))
    weights.extend((self).transformer_absorbed(parameters[i + 6], parameters[i + 7], parameters[i + 8], parameters[i + 9], ))
    weights.append((self).transformer_centred(parameters[i + 10], ))
    weights.append((self).transformer_centred(torch.unsqueeze(parameters[i + 11], 1), ))
  weights.extend((self).transformer_absorbed(parameters[last], parameters[last + 1], parameters[last + 2], parameters[last + 3], ))
  return weights

# The gradient in the parameters, flat, from those in the weights.
def transformer_unfolded(self, gradients: List[Tensor], parameters: List[Tensor], heads: int) -> Tensor:
  last = torch.len(parameters) - 4
  scales = (self).transformer_scales(parameters[last], heads, )
  positions = (self).transformer_centred(gradients[1], )
  flat = [torch.flatten((self).transformer_centred(gradients[0], )), torch.sum(positions, [1]), torch.flatten(torch.t(positions))]
  for i in range(3, last, 12):
    j = 2 + 8 * torch.floordiv(i, 12)
    flat.extend((self).transformer_absorbed_back(parameters[i], parameters[i + 1], parameters[i + 2], torch.mul(gradients[j], scales), torch.mul(gradients[j + 1], scales), ))
    flat.append(torch.flatten((self).transformer_centred(gradients[j + 2], )))
    flat.append(torch.flatten((self).transformer_centred(gradients[j + 3], )))
    flat.extend((self).transformer_absorbed_back(parameters[i + 6], parameters[i + 7], parameters[i + 8], gradients[j + 4], gradients[j + 5], ))
    flat.append(torch.flatten((self).transformer_centred(gradients[j + 6], )))
    flat.append(torch.flatten((self).transformer_centred(gradients[j + 7], )))
  end = torch.len(gradients) - 2
  flat.extend((self).transformer_absorbed_back(parameters[last], parameters[last + 1], parameters[last + 2], gradients[end], gradients[end + 1], ))
  return torch.cat(flat)

def transformer_reversed(self, backwards: List[Tensor]) -> List[Tensor]:
  forwards = annotate(List[Tensor], [])
  for i in range(torch.len(backwards)):
    forwards.append(backwards[torch.len(backwards) - 1 - i])
  return forwards

# The state of tokens before the first block.
def transformer_embedded(self, tokens: Tensor, weights: List[Tensor]) -> Tensor:
  width, length = torch.size(weights[1])
  batch = torch.floordiv(torch.size(tokens, 1), length)
  h = torch.view(torch.mm(weights[0], tokens), [width, batch, length])
  return torch.flatten(torch.add(h, torch.unsqueeze(weights[1], 1)), 1)

# The state after a block whose weights begin at i. Ten tensors are kept: x̂, r, (queries, keys, values),
# attention (heads · batch, key, query), what it takes from the values; x̂ and r of the second half, its
# activations, and their two derivatives, or their sums instead where one derivative is enough.
def transformer_block(self, h: Tensor, weights: List[Tensor], i: int, heads: int, activation: str, twice: bool, kept: List[Tensor]) -> Tensor:
  normed, r = (self).transformer_norm(h, )
  parts = (self).transformer_split(torch.addmm(weights[i + 1], weights[i], normed), 3, heads, torch.size(weights[1], 1), )
  p = torch.softmax(torch.bmm(torch.transpose(parts[1], 1, 2), parts[0]), 1)
  taken = (self).transformer_join([torch.bmm(parts[2], p)], heads, )
  h = torch.add_(torch.addmm(h, weights[i + 2], taken), weights[i + 3])
  kept.extend([normed, r, parts, p, taken])
  normed, r = (self).transformer_norm(h, )
  z = torch.addmm(weights[i + 5], weights[i + 4], normed)
  if twice:
    derivatives = (self).activation_derivatives(z, activation, False, )
    a = derivatives[0]
    kept.extend([normed, r, a, derivatives[1], derivatives[2]])
  else:
    a = (self).activate(z, activation, )
    kept.extend([normed, r, a, z, z])
  return torch.add_(torch.addmm(h, weights[i + 6], a), weights[i + 7])

# Energies from x̂ of the last state.
def transformer_output(self, normed: Tensor, weights: List[Tensor]) -> Tensor:
  last = torch.len(weights) - 2
  length = torch.size(weights[1], 1)
  each = torch.view(torch.mm(weights[last], normed), [torch.floordiv(torch.size(normed, 1), length), length])
  return torch.add(torch.mean(each, [1]), torch.flatten(weights[last + 1]))

# Differentiable, if need be, to any order: of what is used again, nothing is changed in place.
def transformer_energy(self, x: Tensor, weights: List[Tensor], heads: int, patch: int, activation: str) -> Tensor:
  h = (self).transformer_embedded((self).transformer_tokens(x, patch, ), weights, )
  for i in range(2, torch.len(weights) - 2, 8):
    h = (self).transformer_block(h, weights, i, heads, activation, False, annotate(List[Tensor], []), )
  normed, r = (self).transformer_norm(h, )
  return (self).transformer_output(normed, weights, )

# (width, batch · length), summed over the rows of the batch: the derivative in the positions.
def transformer_over_rows(self, g: Tensor, length: int) -> Tensor:
  width, tokens = torch.size(g)
  return torch.sum(torch.view(g, [width, torch.floordiv(tokens, length), length]), [1])

# What the way back needs: the tokens, ten tensors a block, x̂ and r of the last state.
def transformer_layers(self, x: Tensor, weights: List[Tensor], heads: int, patch: int, activation: str, twice: bool) -> List[Tensor]:
  tokens = (self).transformer_tokens(x, patch, )
  kept = [tokens]
  h = (self).transformer_embedded(tokens, weights, )
  for i in range(2, torch.len(weights) - 2, 8):
    h = (self).transformer_block(h, weights, i, heads, activation, twice, kept, )
  normed, r = (self).transformer_norm(h, )
  kept.extend([normed, r])
  return kept

# The way back through a block, from dE/dh after it to dE/dh before it; what transformer_block kept
# begins at j. Twelve tensors are kept: the derivatives of E in the state after the block, the
# activations, their sums, and x̂; its m; in the state between the halves, what is taken from the
# values, attention (less its mean), the scores, (queries, keys, values), and x̂; its m.
def transformer_block_back(self, g: Tensor, weights: List[Tensor], i: int, kept: List[Tensor], j: int, heads: int, activation: str, twice: bool, slopes: List[Tensor]) -> Tensor:
  normed, r, parts, p, taken, normed2, r2, a, first, second = torch.slice(kept, j, j + 10, 1)
  ga = torch.mm(torch.t(weights[i + 6]), g)
  if twice:
    gz = torch.mul(ga, first)
  else:
    gz = (self).activation_backward(ga, first, a, ga, activation, )
  u2 = torch.mm(torch.t(weights[i + 4]), gz)
  back, m2 = (self).transformer_norm_derivative(u2, normed2, r2, )
  slopes.extend([g, ga, gz, u2, m2])
  g = torch.add_(back, g)
  projected = torch.mm(torch.t(weights[i + 2]), g)
  gt = torch.select((self).transformer_split(projected, 1, heads, torch.size(weights[1], 1), ), 0, 0)
  gp = (self).transformer_less_mean(torch.bmm(torch.transpose(parts[2], 1, 2), gt), p, )
  gs = torch.mul(gp, p)
  queries = torch.bmm(parts[1], gs)
  keys = torch.bmm(parts[0], torch.transpose(gs, 1, 2))
  values = torch.bmm(gt, torch.transpose(p, 1, 2))
  gparts = (self).transformer_join([queries, keys, values], heads, )
  u = torch.mm(torch.t(weights[i]), gparts)
  back, m = (self).transformer_norm_derivative(u, normed, r, )
  slopes.extend([g, gt, gp, gs, gparts, u, m])
  return torch.add_(back, g)

# The way back from x̂ of the last state to the first state, dE/dh of which is answered; u is the
# derivative in that x̂.
def transformer_back(self, u: Tensor, weights: List[Tensor], kept: List[Tensor], heads: int, activation: str, twice: bool, slopes: List[Tensor]) -> Tensor:
  last = torch.len(kept) - 2
  g, m = (self).transformer_norm_derivative(u, kept[last], kept[last + 1], )
  slopes.extend([u, m])
  blocks = torch.floordiv(last, 10)
  for k in range(blocks):
    b = blocks - 1 - k
    g = (self).transformer_block_back(g, weights, 2 + 8 * b, kept, 1 + 10 * b, heads, activation, twice, slopes, )
  slopes.append(g)
  return g

# dE/dx̂ of the last state, where each energy counts 1.
def transformer_top(self, weights: List[Tensor], kept: List[Tensor]) -> Tensor:
  u = torch.div(torch.t(weights[torch.len(weights) - 2]), torch.size(weights[1], 1))
  return torch.expand(u, [-1, torch.size(kept[0], 1)])

def transformer_slope(self, x: Tensor, weights: List[Tensor], kept: List[Tensor], heads: int, patch: int, activation: str) -> Tensor:
  g = (self).transformer_back((self).transformer_top(weights, kept, ), weights, kept, heads, activation, False, annotate(List[Tensor], []), )
  return (self).transformer_rows(torch.mm(torch.t(weights[0]), g), x, patch, )

# dE/dx of each row, by the chain rule written out: no graph is recorded.
def transformer_gradient(self, x: Tensor, weights: List[Tensor], heads: int, patch: int, activation: str) -> Tensor:
  kept = (self).transformer_layers(x, weights, heads, patch, activation, False, )
  return (self).transformer_slope(x, weights, kept, heads, patch, activation, )

# Energies and dE/dx by one way forward.
def transformer_both(self, x: Tensor, weights: List[Tensor], heads: int, patch: int, activation: str) -> Tuple[Tensor, Tensor]:
  kept = (self).transformer_layers(x, weights, heads, patch, activation, False, )
  e = (self).transformer_output(kept[torch.len(kept) - 2], weights, )
  return (e, (self).transformer_slope(x, weights, kept, heads, patch, activation, ))

# Energies, and what transformer_energies_pull_back needs.
def transformer_energies(self, x: Tensor, weights: List[Tensor], heads: int, patch: int, activation: str) -> Tuple[Tensor, List[Tensor]]:
  kept = (self).transformer_layers(x, weights, heads, patch, activation, False, )
  return ((self).transformer_output(kept[torch.len(kept) - 2], weights, ), kept)

# The gradient in the parameters, flat, of Σ c·E(x). kept is what transformer_energies
# kept.
def transformer_energies_pull_back(self, c: Tensor, parameters: List[Tensor], weights: List[Tensor], kept: List[Tensor], heads: int, activation: str) -> Tensor:
  length = torch.size(weights[1], 1)
  end = torch.len(weights) - 2
  each = torch.reshape(torch.expand(torch.unsqueeze(torch.div(c, length), 1), [-1, length]), [1, -1])
  slopes = annotate(List[Tensor], [])
  g = (self).transformer_back(torch.mul(torch.t(weights[end]), each), weights, kept, heads, activation, False, slopes, )
  gradients = [torch.mm(g, torch.t(kept[0])), (self).transformer_over_rows(g, length, )]
  blocks = torch.floordiv(end, 8)
  for b in range(blocks):
    j = 1 + 10 * b
    k = 2 + 12 * (blocks - 1 - b)
    normed, r, parts, p, taken, normed2, r2, a, first, second = torch.slice(kept, j, j + 10, 1)
    g2, ga, gz, u2, m2, g1, gt, gp, gs, gparts, u1, m1 = torch.slice(slopes, k, k + 12, 1)
    gradients.extend([torch.mm(gparts, torch.t(normed)), torch.sum(gparts, [1], True)])
    gradients.extend([torch.mm(g1, torch.t(taken)), torch.sum(g1, [1], True)])
    gradients.extend([torch.mm(gz, torch.t(normed2)), torch.sum(gz, [1], True)])
    gradients.extend([torch.mm(g2, torch.t(a)), torch.sum(g2, [1], True)])
  gradients.extend([torch.mm(each, torch.t(kept[torch.len(kept) - 2])), torch.reshape(torch.sum(c), [1, 1])])
  return (self).transformer_unfolded(gradients, parameters, heads, )
