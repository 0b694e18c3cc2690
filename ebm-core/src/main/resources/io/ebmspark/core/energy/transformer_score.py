# The way back from the gradient of a transformer's energy to the parameters. In names, g is a
# derivative of E, t the tangent of a value as x moves along v, and c the tangent of g.

# Energies and their gradients in x, and what transformer_pull_back needs: what the ways forward and
# back kept.
def transformer_score(self, x: Tensor, weights: List[Tensor], heads: int, patch: int, activation: str) -> Tuple[Tensor, Tensor, List[Tensor]]:
  kept = (self).transformer_layers(x, weights, heads, patch, activation, True, )
  e = (self).transformer_output(kept[torch.len(kept) - 2], weights, )
  slopes = annotate(List[Tensor], [])
  g = (self).transformer_back((self).transformer_top(weights, kept, ), weights, kept, heads, activation, True, slopes, )
  gradient = (self).transformer_rows(torch.mm(torch.t(weights[0]), g), x, patch, )
  return (e, gradient, torch.add(kept, slopes))

# The tangent of transformer_norm_derivative, where u and x̂ have cu and tnormed; k is −r'/r, r times the mean of x̂
# times the tangent of h.
def transformer_norm_second(self, u: Tensor, cu: Tensor, normed: Tensor, tnormed: Tensor, r: Tensor, m: Tensor, k: Tensor) -> Tensor:
  cm = torch.mean(torch.addcmul(torch.mul(u, tnormed), cu, normed), [0], True)
  d = torch.addcmul(cu, u, k, value=-1)
  d = torch.addcmul_(d, tnormed, m, value=-1)
  d = torch.addcmul_(d, normed, torch.sub(cm, torch.mul(m, k)), value=-1)
  return torch.mul_(d, r)

# The tangent of the state after a block, from that before it. Ten tensors are kept: the tangents of x̂,
# of (queries, keys, values), of scores (less their mean), attention, what is taken from the values, x̂
# of the second half, sums and activations; and −r'/r of both halves.
def transformer_block_tangent(self, h: Tensor, weights: List[Tensor], i: int, kept: List[Tensor], j: int, heads: int, tangents: List[Tensor]) -> Tensor:
  normed, r, parts, p, taken, normed2, r2, a, first, second = torch.slice(kept, j, j + 10, 1)
  tnormed, m = (self).transformer_norm_derivative(h, normed, r, )
  tparts = (self).transformer_split(torch.mm(weights[i], tnormed), 3, heads, torch.size(weights[1], 1), )
  ts = torch.bmm(torch.transpose(tparts[1], 1, 2), parts[0])
  ts = torch.baddbmm_(ts, torch.transpose(parts[1], 1, 2), tparts[0])
  ts = (self).transformer_less_mean(ts, p, )
  tp = torch.mul(ts, p)
  ttaken = (self).transformer_join([torch.baddbmm_(torch.bmm(tparts[2], p), parts[2], tp)], heads, )
  h = torch.addmm(h, weights[i + 2], ttaken)
  tnormed2, m2 = (self).transformer_norm_derivative(h, normed2, r2, )
  tz = torch.mm(weights[i + 4], tnormed2)
  ta = torch.mul(tz, first)
  tangents.extend([tnormed, torch.mul(m, r), tparts, ts, tp, ttaken, tnormed2, torch.mul(m2, r2), tz, ta])
  return torch.addmm(h, weights[i + 6], ta)

# The tangent of transformer_block_back, from that of dE/dh after the block to that before it. Those in
# the block's weights are added to gradients, the last first: where a layer's was its slope times its
# input, the tangent of that product.
def transformer_block_second(self, c: Tensor, weights: List[Tensor], i: int, kept: List[Tensor], j: int, slopes: List[Tensor], k: int, tangents: List[Tensor], l: int, heads: int, gradients: List[Tensor]) -> Tensor:
  normed, r, parts, p, taken, normed2, r2, a, first, second = torch.slice(kept, j, j + 10, 1)
  g2, ga, gz, u2, m2, g1, gt, gp, gs, gparts, u1, m1 = torch.slice(slopes, k, k + 12, 1)
  tnormed, k1, tparts, ts, tp, ttaken, tnormed2, k2, tz, ta = torch.slice(tangents, l, l + 10, 1)
  outer = torch.addmm(torch.mm(c, torch.t(a)), g2, torch.t(ta))
  gradients.extend([torch.sum(c, [1], True), outer])
  cz = torch.mul_(torch.mul(tz, second), ga)
  cz = torch.addcmul_(cz, torch.mm(torch.t(weights[i + 6]), c), first)
  inner = torch.addmm(torch.mm(cz, torch.t(normed2)), gz, torch.t(tnormed2))
  gradients.extend([torch.sum(cz, [1], True), inner])
  cu2 = torch.mm(torch.t(weights[i + 4]), cz)
  c = torch.add_((self).transformer_norm_second(u2, cu2, normed2, tnormed2, r2, m2, k2, ), c)
  projection = torch.addmm(torch.mm(c, torch.t(taken)), g1, torch.t(ttaken))
  gradients.extend([torch.sum(c, [1], True), projection])
  projected = torch.mm(torch.t(weights[i + 2]), c)
  ct = torch.select((self).transformer_split(projected, 1, heads, torch.size(weights[1], 1), ), 0, 0)
  cp = torch.baddbmm_(torch.mul(gp, ts), torch.transpose(tparts[2], 1, 2), gt)
  cp = torch.baddbmm_(cp, torch.transpose(parts[2], 1, 2), ct)
  cs = torch.mul((self).transformer_less_mean(cp, p, ), p)
  queries = torch.baddbmm_(torch.bmm(tparts[1], gs), parts[1], cs)
  keys = torch.baddbmm_(torch.bmm(tparts[0], torch.transpose(gs, 1, 2)), parts[0], torch.transpose(cs, 1, 2))
  values = torch.baddbmm_(torch.bmm(gt, torch.transpose(tp, 1, 2)), ct, torch.transpose(p, 1, 2))
  cparts = (self).transformer_join([queries, keys, values], heads, )
  attention = torch.addmm(torch.mm(cparts, torch.t(normed)), gparts, torch.t(tnormed))
  gradients.extend([torch.sum(cparts, [1], True), attention])
  cu1 = torch.mm(torch.t(weights[i]), cparts)
  return torch.add_((self).transformer_norm_second(u1, cu1, normed, tnormed, r, m1, k1, ), c)

# The gradient in the parameters, flat, of Σ v·∇E(x): the tangent, as x moves along v, of the gradient of
# Σ E(x). So tangents follow the way forward, and then the way back. found is what transformer_score
# kept.
def transformer_pull_back(self, v: Tensor, parameters: List[Tensor], weights: List[Tensor], found: List[Tensor], heads: int, patch: int) -> Tensor:
  length = torch.size(weights[1], 1)
  end = torch.len(weights) - 2
  blocks = torch.floordiv(end, 8)
  kept = torch.slice(found, 0, 3 + 10 * blocks, 1)
  slopes = torch.slice(found, 3 + 10 * blocks, torch.len(found), 1)
  ttokens = (self).transformer_tokens(v, patch, )
  tangents = annotate(List[Tensor], [])
  h = torch.mm(weights[0], ttokens)
  for b in range(blocks):
    h = (self).transformer_block_tangent(h, weights, 2 + 8 * b, kept, 1 + 10 * b, heads, tangents, )
  last = torch.len(kept) - 2
  normed = kept[last]
  r = kept[last + 1]
  tnormed, m = (self).transformer_norm_derivative(h, normed, r, )
  backwards = [torch.zeros_like(weights[end + 1]), torch.div(torch.t(torch.sum(tnormed, [1], True)), length)]
  c = (self).transformer_norm_second(slopes[0], torch.zeros_like(h), normed, tnormed, r, slopes[1], torch.mul(m, r), )
  for k in range(blocks):
    b = blocks - 1 - k
    c = (self).transformer_block_second(c, weights, 2 + 8 * b, kept, 1 + 10 * b, slopes, 2 + 12 * k, tangents, 10 * b, heads, backwards, )
  backwards.append((self).transformer_over_rows(c, length, ))
  backwards.append(torch.addmm(torch.mm(c, torch.t(kept[0])), slopes[torch.len(slopes) - 1], torch.t(ttokens)))
  return (self).transformer_unfolded((self).transformer_reversed(backwards, ), parameters, heads, )
