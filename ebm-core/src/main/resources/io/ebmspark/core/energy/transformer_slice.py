# Energies of a transformer and their first two derivatives along v, and the way back to the
# parameters. A list of three is a tensor as x moves along v, and its first and second derivatives;
# that of a product is Leibniz's: f·g, f'·g + f·g', f''·g + 2f'·g' + f·g''.

def transformer_leibniz(self, a: List[Tensor], b: List[Tensor]) -> List[Tensor]:
  first = torch.addcmul_(torch.mul(a[1], b[0]), a[0], b[1])
  second = torch.addcmul_(torch.mul(a[2], b[0]), a[1], b[1], value=2)
  return [torch.mul(a[0], b[0]), first, torch.addcmul_(second, a[0], b[2])]

# The same for a matrix product of each head.
def transformer_leibniz_heads(self, a: List[Tensor], b: List[Tensor]) -> List[Tensor]:
  first = torch.baddbmm_(torch.bmm(a[1], b[0]), a[0], b[1])
  second = torch.baddbmm_(torch.bmm(a[2], b[0]), a[1], b[1], alpha=2)
  return [torch.bmm(a[0], b[0]), first, torch.baddbmm_(second, a[0], b[2])]

# The second derivative alone, of a matrix product with the second factor's transpose.
def transformer_leibniz_second(self, a: List[Tensor], b: List[Tensor]) -> Tensor:
  second = torch.addmm(torch.mm(a[2], torch.t(b[0])), a[1], torch.t(b[1]), alpha=2)
  return torch.addmm(second, a[0], torch.t(b[2]))

def transformer_each_transposed(self, a: List[Tensor]) -> List[Tensor]:
  return [torch.transpose(a[0], 1, 2), torch.transpose(a[1], 1, 2), torch.transpose(a[2], 1, 2)]

def transformer_each_times(self, weight: Tensor, a: List[Tensor]) -> List[Tensor]:
  return [torch.mm(weight, a[0]), torch.mm(weight, a[1]), torch.mm(weight, a[2])]

def transformer_each_layer(self, weight: Tensor, bias: Tensor, a: List[Tensor]) -> List[Tensor]:
  return [torch.addmm(bias, weight, a[0]), torch.mm(weight, a[1]), torch.mm(weight, a[2])]

def transformer_each_added(self, a: List[Tensor], b: List[Tensor]) -> List[Tensor]:
  return [torch.add(a[0], b[0]), torch.add(a[1], b[1]), torch.add(a[2], b[2])]

# Part k of what transformer_split makes: queries, keys or values.
def transformer_each_part(self, parts: List[Tensor], k: int) -> List[Tensor]:
  return [torch.select(parts[0], 0, k), torch.select(parts[1], 0, k), torch.select(parts[2], 0, k)]

def transformer_each_split(self, a: List[Tensor], count: int, heads: int, length: int) -> List[Tensor]:
  split = annotate(List[Tensor], [])
  for i in range(3):
    split.append((self).transformer_split(a[i], count, heads, length, ))
  return split

# x̂ of h, three tensors, then r, r'/r and r''/r.
def transformer_norms(self, h: List[Tensor]) -> List[Tensor]:
  normed, r = (self).transformer_norm(h[0], )
  h1 = torch.mul(h[1], r)
  h2 = torch.mul(h[2], r)
  r1 = torch.neg(torch.mean(torch.mul(normed, h1), [0], True))
  bend = torch.mean(torch.addcmul_(torch.square(h1), normed, h2), [0], True)
  r2 = torch.sub(torch.mul(torch.square(r1), 3), bend)
  normed2 = torch.addcmul_(torch.addcmul_(h2, h1, r1, value=2), normed, r2)
  return [normed, torch.addcmul_(h1, normed, r1), normed2, r, r1, r2]

# The way back of u through transformer_norms.
def transformer_norms_back(self, u: List[Tensor], norms: List[Tensor]) -> List[Tensor]:
  products = (self).transformer_leibniz(u, norms, )
  m = annotate(List[Tensor], [])
  for i in range(3):
    m.append(torch.mean(products[i], [0], True))
  along = (self).transformer_leibniz(norms, m, )
  rest = [torch.sub(u[0], along[0]), torch.sub(u[1], along[1]), torch.sub(u[2], along[2])]
  r = norms[3]
  r1 = torch.mul(r, norms[4])
  return (self).transformer_leibniz(rest, [r, r1, torch.mul(r, norms[5])], )

# The state after a block whose weights begin at i. Twenty-nine tensors are kept: six of
# transformer_norms; (queries, keys, values); attention p, p'/p and p''/p, p' and p''; what is taken
# from the values; six of the second half; its activations; and their derivative in their sums.
def transformer_slice_block(self, h: List[Tensor], weights: List[Tensor], i: int, heads: int, activation: str, kept: List[Tensor]) -> List[Tensor]:
  norms = (self).transformer_norms(h, )
  all = (self).transformer_each_layer(weights[i], weights[i + 1], norms, )
  parts = (self).transformer_each_split(all, 3, heads, torch.size(weights[1], 1), )
  keys = (self).transformer_each_transposed((self).transformer_each_part(parts, 1, ), )
  scores = (self).transformer_leibniz_heads(keys, (self).transformer_each_part(parts, 0, ), )
  p = torch.softmax(scores[0], 1)
  slope = (self).transformer_less_mean(scores[1], p, )
  bend = (self).transformer_less_mean(torch.addcmul_(scores[2], slope, slope), p, )
  attention = [p, torch.mul(p, slope), torch.mul(p, bend)]
  found = (self).transformer_leibniz_heads((self).transformer_each_part(parts, 2, ), attention, )
  taken = annotate(List[Tensor], [])
  for k in range(3):
    taken.append((self).transformer_join([found[k]], heads, ))
  h = (self).transformer_each_added(h, (self).transformer_each_layer(weights[i + 2], weights[i + 3], taken, ), )
  kept.extend(norms)
  kept.extend(parts)
  kept.extend([p, slope, bend, attention[1], attention[2]])
  kept.extend(taken)
  norms = (self).transformer_norms(h, )
  z = (self).transformer_each_layer(weights[i + 4], weights[i + 5], norms, )
  derivatives = (self).activation_derivatives(z[0], activation, True, )
  first = derivatives[1]
  cross = torch.mul(derivatives[2], z[1])
  curve = torch.addcmul_(torch.mul(cross, z[1]), first, z[2])
  turn = torch.addcmul_(torch.mul_(torch.mul(derivatives[3], z[1]), z[1]), derivatives[2], z[2])
  a = [derivatives[0], torch.mul(first, z[1]), curve]
  kept.extend(norms)
  kept.extend(a)
  kept.extend([first, cross, turn])
  return (self).transformer_each_added(h, (self).transformer_each_layer(weights[i + 6], weights[i + 7], a, ), )

# Energies, and their first and second derivatives along v, and what transformer_slice_pull_back needs:
# the tokens of x and v, 29 tensors a block, and six of the last transformer_norms.
def transformer_slice(self, x: Tensor, v: Tensor, weights: List[Tensor], heads: int, patch: int, activation: str) -> Tuple[Tensor, Tensor, Tensor, List[Tensor]]:
  tokens = (self).transformer_tokens(x, patch, )
  along = (self).transformer_tokens(v, patch, )
  kept = [tokens, along]
  h1 = torch.mm(weights[0], along)
  h = [(self).transformer_embedded(tokens, weights, ), h1, torch.zeros_like(h1)]
  for i in range(2, torch.len(weights) - 2, 8):
    h = (self).transformer_slice_block(h, weights, i, heads, activation, kept, )
  norms = (self).transformer_norms(h, )
  kept.extend(norms)
  offset = torch.flatten(weights[torch.len(weights) - 1])
  slopes = torch.sub((self).transformer_output(norms[1], weights, ), offset)
  curvatures = torch.sub((self).transformer_output(norms[2], weights, ), offset)
  return ((self).transformer_output(norms[0], weights, ), slopes, curvatures, kept)

# The way back through a block, from the derivatives in the state after it to those in the state before
# it; what transformer_slice_block kept begins at j. Those in the block's weights are added to
# gradients, the last first.
def transformer_slice_block_back(self, g: List[Tensor], weights: List[Tensor], i: int, kept: List[Tensor], j: int, heads: int, gradients: List[Tensor]) -> List[Tensor]:
  norms = torch.slice(kept, j, j + 6, 1)
  parts = torch.slice(kept, j + 6, j + 9, 1)
  p, slope, bend, p1, p2 = torch.slice(kept, j + 9, j + 14, 1)
  taken = torch.slice(kept, j + 14, j + 17, 1)
  norms2 = torch.slice(kept, j + 17, j + 23, 1)
  a = torch.slice(kept, j + 23, j + 26, 1)
  derivatives = torch.slice(kept, j + 26, j + 29, 1)
  gradients.extend([torch.sum(g[2], [1], True), (self).transformer_leibniz_second(g, a, )])
  ga = (self).transformer_each_times(torch.t(weights[i + 6]), g, )
  gz = (self).transformer_leibniz(ga, derivatives, )
  gradients.extend([torch.sum(gz[2], [1], True), (self).transformer_leibniz_second(gz, norms2, )])
  u = (self).transformer_each_times(torch.t(weights[i + 4]), gz, )
  g = (self).transformer_each_added(g, (self).transformer_norms_back(u, norms2, ), )
  gradients.extend([torch.sum(g[2], [1], True), (self).transformer_leibniz_second(g, taken, )])
  projected = (self).transformer_each_times(torch.t(weights[i + 2]), g, )
  gt = (self).transformer_each_part((self).transformer_each_split(projected, 1, heads, torch.size(weights[1], 1), ), 0, )
  values = (self).transformer_each_part(parts, 2, )
  gp = (self).transformer_leibniz_heads((self).transformer_each_transposed(values, ), gt, )
  rest = (self).transformer_less_mean(gp[0], p, )
  bent = torch.mul(slope, rest)
  rest1 = (self).transformer_less_mean(torch.add_(gp[1], bent), p, )
  rest2 = torch.addcmul_(torch.addcmul_(gp[2], bend, rest), slope, torch.sub(rest1, bent), value=2)
  gs = [torch.mul(p, rest), torch.mul(p, rest1), torch.mul(p, (self).transformer_less_mean(rest2, p, ))]
  queries = (self).transformer_leibniz_heads((self).transformer_each_part(parts, 1, ), gs, )
  keys = (self).transformer_leibniz_heads((self).transformer_each_part(parts, 0, ), (self).transformer_each_transposed(gs, ), )
  values = (self).transformer_leibniz_heads(gt, (self).transformer_each_transposed([p, p1, p2], ), )
  gparts = annotate(List[Tensor], [])
  for k in range(3):
    gparts.append((self).transformer_join([queries[k], keys[k], values[k]], heads, ))
  gradients.extend([torch.sum(gparts[2], [1], True), (self).transformer_leibniz_second(gparts, norms, )])
  u = (self).transformer_each_times(torch.t(weights[i]), gparts, )
  return (self).transformer_each_added(g, (self).transformer_norms_back(u, norms, ), )

# The gradient in the parameters, flat, of the sum of a times the first and b times the second
# derivatives: the second derivative of Σ (b + t·a/2)·E(x + t·v) at t = 0. kept is what transformer_slice
# kept.
def transformer_slice_pull_back(self, a: Tensor, b: Tensor, parameters: List[Tensor], weights: List[Tensor], kept: List[Tensor], heads: int) -> Tensor:
  length = torch.size(weights[1], 1)
  end = torch.len(weights) - 2
  each = annotate(List[Tensor], [])
  for c in [b, torch.mul(a, 0.5), torch.zeros_like(a)]:
    each.append(torch.reshape(torch.expand(torch.unsqueeze(torch.div(c, length), 1), [-1, length]), [1, -1]))
  last = torch.len(kept) - 6
  norms = torch.slice(kept, last, last + 6, 1)
  backwards = [torch.zeros_like(weights[end + 1]), (self).transformer_leibniz_second(each, norms, )]
  u = (self).transformer_each_times(torch.t(weights[end]), each, )
  g = (self).transformer_norms_back(u, norms, )
  blocks = torch.floordiv(end, 8)
  for k in range(blocks):
    c = blocks - 1 - k
    g = (self).transformer_slice_block_back(g, weights, 2 + 8 * c, kept, 2 + 29 * c, heads, backwards, )
  backwards.append((self).transformer_over_rows(g[2], length, ))
  backwards.append(torch.addmm(torch.mm(g[2], torch.t(kept[0])), g[1], torch.t(kept[1]), alpha=2))
  return (self).transformer_unfolded((self).transformer_reversed(backwards, ), parameters, heads, )
