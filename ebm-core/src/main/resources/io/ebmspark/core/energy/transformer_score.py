# The way back from the gradient of a transformer's energy to the parameters.

# Energies and their gradients in x, and what transformer_pull_back needs: what the ways forward and
# back kept.
def transformer_score(self, x: Tensor, weights: List[Tensor], heads: int, patch: int, activation: str) -> List[Tensor]:
  kept = (self).transformer_layers(x, weights, heads, patch, activation, True, )
  e = (self).transformer_output(kept[torch.len(kept) - 2], weights, )
  slopes = annotate(List[Tensor], [])
  g = (self).transformer_back((self).transformer_top(weights, kept, ), weights, kept, heads, activation, True, slopes, )
  gradient = (self).transformer_rows(torch.mm(torch.t(weights[0]), g), x, patch, )
  return torch.add(torch.add([e, gradient], kept), slopes)

# The tangent of the state after a block, from that before it. Ten tensors are kept: the tangents of x̂,
# of (queries, keys, values), of scores (less their mean), attention, what is taken from the values, x̂
# of the second half, sums and activations; and −r'/r of both halves.
def transformer_block_tangent(self, h: Tensor, weights: List[Tensor], i: int, kept: List[Tensor], j: int, heads: int, tangents: List[Tensor]) -> Tensor:
  parts = kept[j + 2]
  p = kept[j + 3]
  normed1, m = (self).transformer_norm_derivative(h, kept[j], kept[j + 1], )
  parts1 = (self).transformer_split(torch.mm(weights[i], normed1), 3, heads, torch.size(weights[1], 1), )
  scores1 = torch.bmm(torch.transpose(parts1[1], 1, 2), parts[0])
  scores1 = torch.baddbmm_(scores1, torch.transpose(parts[1], 1, 2), parts1[0])
  rest1 = (self).transformer_less_mean(scores1, p, )
  p1 = torch.mul(rest1, p)
  taken1 = (self).transformer_join([torch.baddbmm_(torch.bmm(parts1[2], p), parts[2], p1)], heads, )
  h = torch.addmm(h, weights[i + 2], taken1)
  tangents.extend([normed1, torch.mul(m, kept[j + 1]), parts1, rest1, p1, taken1])
  normed1, m = (self).transformer_norm_derivative(h, kept[j + 5], kept[j + 6], )
  z1 = torch.mm(weights[i + 4], normed1)
  a1 = torch.mul(z1, kept[j + 8])
  tangents.extend([normed1, torch.mul(m, kept[j + 6]), z1, a1])
  return torch.addmm(h, weights[i + 6], a1)

# The tangent of transformer_block_back: c is that of dE/dh. Added to gradients are those in the
# block's weights, whose tangents they are: of Σ c·E they would be g times a layer's input.
def transformer_block_second(self, c: Tensor, weights: List[Tensor], i: int, kept: List[Tensor], j: int, slopes: List[Tensor], s: int, tangents: List[Tensor], t: int, heads: int, gradients: List[Tensor]) -> Tensor:
  length = torch.size(weights[1], 1)
  outer = torch.addmm(torch.mm(c, torch.t(kept[j + 7])), slopes[s], torch.t(tangents[t + 9]))
  outer_bias = torch.sum(c, [1], True)
  cz = torch.mul_(torch.mul(tangents[t + 8], kept[j + 9]), slopes[s + 1])
  cz = torch.addcmul_(cz, torch.mm(torch.t(weights[i + 6]), c), kept[j + 8])
  inner = torch.addmm(torch.mm(cz, torch.t(kept[j + 5])), slopes[s + 2], torch.t(tangents[t + 6]))
  u1 = torch.mm(torch.t(weights[i + 4]), cz)
  c = torch.add_((self).transformer_norm_second(slopes[s + 3], u1, kept[j + 5], tangents[t + 6], kept[j + 6], slopes[s + 4], tangents[t + 7], ), c)
  projection = torch.addmm(torch.mm(c, torch.t(kept[j + 4])), slopes[s + 5], torch.t(tangents[t + 5]))
  projection_bias = torch.sum(c, [1], True)
  parts = kept[j + 2]
  parts1 = tangents[t + 2]
  p = kept[j + 3]
  p1 = tangents[t + 4]
  taken = slopes[s + 6]
  scores = slopes[s + 8]
  taken1 = torch.select((self).transformer_split(torch.mm(torch.t(weights[i + 2]), c), 1, heads, length, ), 0, 0)
  rest1 = torch.baddbmm_(torch.mul(slopes[s + 7], tangents[t + 3]), torch.transpose(parts1[2], 1, 2), taken)
  rest1 = torch.baddbmm_(rest1, torch.transpose(parts[2], 1, 2), taken1)
  scores1 = torch.mul((self).transformer_less_mean(rest1, p, ), p)
  queries = torch.baddbmm_(torch.bmm(parts1[1], scores), parts[1], scores1)
  keys = torch.baddbmm_(torch.bmm(parts1[0], torch.transpose(scores, 1, 2)), parts[0], torch.transpose(scores1, 1, 2))
  values = torch.baddbmm_(torch.bmm(taken, torch.transpose(p1, 1, 2)), taken1, torch.transpose(p, 1, 2))
  all = (self).transformer_join([queries, keys, values], heads, )
  attention = torch.addmm(torch.mm(all, torch.t(kept[j])), slopes[s + 9], torch.t(tangents[t]))
  gradients.extend([outer_bias, outer, torch.sum(cz, [1], True), inner, projection_bias, projection, torch.sum(all, [1], True), attention])
  u1 = torch.mm(torch.t(weights[i]), all)
  return torch.add_((self).transformer_norm_second(slopes[s + 10], u1, kept[j], tangents[t], kept[j + 1], slopes[s + 11], tangents[t + 1], ), c)

# The gradient in the parameters, flat, of Σ v·∇E(x): the tangent, as x moves along v, of the gradient of
# Σ E(x). So tangents follow the way forward, and then the way back. found is what transformer_score
# answered but energies and gradients.
def transformer_pull_back(self, v: Tensor, parameters: List[Tensor], weights: List[Tensor], found: List[Tensor], heads: int, patch: int) -> Tensor:
  width, length = torch.size(weights[1])
  end = torch.len(weights) - 2
  blocks = torch.floordiv(end, 8)
  kept = torch.slice(found, 0, 3 + 10 * blocks, 1)
  slopes = torch.slice(found, 3 + 10 * blocks, torch.len(found), 1)
  tokens1 = (self).transformer_tokens(v, patch, )
  tangents = annotate(List[Tensor], [])
  h = torch.mm(weights[0], tokens1)
  for b in range(blocks):
    h = (self).transformer_block_tangent(h, weights, 2 + 8 * b, kept, 1 + 10 * b, heads, tangents, )
  last = torch.len(kept) - 2
  normed = kept[last]
  r = kept[last + 1]
  normed1, m = (self).transformer_norm_derivative(h, normed, r, )
  backwards = [torch.zeros_like(weights[end + 1]), torch.div(torch.t(torch.sum(normed1, [1], True)), length)]
  c = (self).transformer_norm_second(slopes[0], torch.zeros_like(h), normed, normed1, r, slopes[1], torch.mul(m, r), )
  for k in range(blocks):
    b = blocks - 1 - k
    c = (self).transformer_block_second(c, weights, 2 + 8 * b, kept, 1 + 10 * b, slopes, 2 + 12 * k, tangents, 10 * b, heads, backwards, )
  backwards.append(torch.sum(torch.view(c, [width, -1, length]), [1]))
  backwards.append(torch.addmm(torch.mm(c, torch.t(kept[0])), slopes[torch.len(slopes) - 1], torch.t(tokens1)))
  return (self).transformer_unfolded((self).transformer_reversed(backwards, ), parameters, heads, )
