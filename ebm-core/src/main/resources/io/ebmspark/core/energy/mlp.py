# A fully connected network E(x): x (batch, in); `parameters` are weight and bias of each layer in
# turn, weight (out, in), bias (out). The last layer is linear and answers one number a row.

def mlp_energy(self, x: Tensor, parameters: List[Tensor], activation: str) -> Tensor:
  last = torch.len(parameters) - 2
  h = x
  for i in range(0, last, 2):
    h = (self).activate(torch.linear(h, parameters[i], parameters[i + 1]), activation, )
  return torch.squeeze(torch.linear(h, parameters[last], parameters[last + 1]), 1)

# Of each hidden layer its sum z and its output h; of the last z alone where no more is needed for the
# way back, and no output is wanted.
def mlp_layers(self, x: Tensor, parameters: List[Tensor], activation: str, output: bool) -> List[Tensor]:
  kept = annotate(List[Tensor], [])
  last = torch.len(parameters) - 4
  z_suffices = (self).activation_derived_from_z(activation, )
  h = x
  for i in range(0, last + 2, 2):
    z = torch.linear(h, parameters[i], parameters[i + 1])
    if i == last and z_suffices and not output:
      h = z
    else:
      h = (self).activate(z, activation, )
    kept.append(z)
    kept.append(h)
  return kept

def mlp_output(self, parameters: List[Tensor], kept: List[Tensor]) -> Tensor:
  last = torch.len(parameters) - 2
  return torch.squeeze(torch.linear(kept[torch.len(kept) - 1], parameters[last], parameters[last + 1]), 1)

# Energies, and what mlp_energies_pull_back needs.
def mlp_energies(self, x: Tensor, parameters: List[Tensor], activation: str) -> Tuple[Tensor, List[Tensor]]:
  kept = (self).mlp_layers(x, parameters, activation, True, )
  return ((self).mlp_output(parameters, kept, ), kept)

# The gradient in the parameters, flat, of Σ c·E(x), by the chain rule. kept is what mlp_energies
# kept.
def mlp_energies_pull_back(self, x: Tensor, c: Tensor, parameters: List[Tensor], kept: List[Tensor], activation: str) -> Tensor:
  last = torch.len(parameters) - 2
  layers = torch.floordiv(last, 2)
  backwards = [torch.reshape(torch.sum(c), [1]), torch.flatten(torch.mm(torch.unsqueeze(c, 0), kept[2 * layers - 1]))]
  g = torch.mul(torch.unsqueeze(c, 1), parameters[last])
  for j in range(layers):
    k = layers - 1 - j
    d = (self).activation_backward(g, kept[2 * k], kept[2 * k + 1], g, activation, )
    if k > 0:
      h = kept[2 * k - 1]
      g = torch.mm(d, parameters[2 * k])
    else:
      h = x
    backwards.append(torch.sum(d, [0]))
    backwards.append(torch.flatten(torch.mm(torch.t(d), h)))
  flat = annotate(List[Tensor], [])
  for j in range(torch.len(backwards)):
    flat.append(backwards[torch.len(backwards) - 1 - j])
  return torch.cat(flat)

# The way back from the last layer to x, dE/dx of each row. kept is overwritten: new memory costs more
# than what is computed in it.
def mlp_slope(self, x: Tensor, parameters: List[Tensor], kept: List[Tensor], activation: str) -> Tensor:
  last = torch.len(parameters) - 2
  layers = torch.floordiv(last, 2)
  g = torch.expand(parameters[last], [torch.size(x, 0), -1])
  for j in range(layers):
    k = layers - 1 - j
    d = (self).activation_backward(g, kept[2 * k], kept[2 * k + 1], kept[2 * k], activation, )
    g = torch.mm(d, parameters[2 * k])
  return g

# dE/dx of each row, by the chain rule written out: no graph is recorded.
def mlp_gradient(self, x: Tensor, parameters: List[Tensor], activation: str) -> Tensor:
  return (self).mlp_slope(x, parameters, (self).mlp_layers(x, parameters, activation, False, ), activation, )

# Energies and dE/dx by one way forward.
def mlp_both(self, x: Tensor, parameters: List[Tensor], activation: str) -> Tuple[Tensor, Tensor]:
  kept = (self).mlp_layers(x, parameters, activation, True, )
  e = (self).mlp_output(parameters, kept, )
  return (e, (self).mlp_slope(x, parameters, kept, activation, ))

# Of several networks, each part once: weights (networks, out, in), biases (networks, 1, out).
def mlp_stacked(self, parameters: List[Tensor], networks: int) -> List[Tensor]:
  each = torch.floordiv(torch.len(parameters), networks)
  stacked = annotate(List[Tensor], [])
  for i in range(each):
    part = torch.stack(torch.slice(parameters, i, torch.len(parameters), each))
    if torch.remainder(i, 2) == 1:
      part = torch.unsqueeze(part, 1)
    stacked.append(part)
  return stacked

# Energies and their gradients in x of several networks, each of its own rows, x (networks, batch, in),
# and what mlp_pull_back needs: the stacked parameters, and of each hidden layer, the last first, its
# output h, both derivatives of its activation, and dE/dh and dE/dz. Few rows cost little more for
# several networks than for one.
def mlp_score(self, x: Tensor, parameters: List[Tensor], networks: int, activation: str) -> Tuple[Tensor, Tensor, List[Tensor]]:
  kept = (self).mlp_stacked(parameters, networks, )
  last = torch.len(kept) - 2
  hs = annotate(List[Tensor], [])
  firsts = annotate(List[Tensor], [])
  seconds = annotate(List[Tensor], [])
  h = x
  for i in range(0, last, 2):
    z = torch.baddbmm(kept[i + 1], h, torch.transpose(kept[i], 1, 2))
    derivatives = (self).activation_derivatives(z, activation, False, )
    h = derivatives[0]
    hs.append(h)
    firsts.append(derivatives[1])
    seconds.append(derivatives[2])
  e = torch.squeeze(torch.baddbmm(kept[last + 1], h, torch.transpose(kept[last], 1, 2)), 2)
  g = torch.expand(kept[last], [-1, torch.size(x, 1), -1])
  for j in range(torch.len(hs)):
    k = torch.len(hs) - 1 - j
    b = torch.mul(g, firsts[k])
    kept.extend([hs[k], firsts[k], seconds[k], g, b])
    g = torch.bmm(b, kept[2 * k])
  return (e, g, kept)

# The gradient in the networks' parameters, flat, of Σ v·∇E(x): the tangent of E along v goes forward
# through the layers, and its derivative back. kept is what mlp_score kept.
def mlp_pull_back(self, x: Tensor, v: Tensor, layers: int, kept: List[Tensor]) -> Tensor:
  first = 2 * layers + 2
  tangents = [v]
  slopes = annotate(List[Tensor], [])
  for i in range(layers):
    slope = torch.bmm(tangents[i], torch.transpose(kept[2 * i], 1, 2))
    slopes.append(slope)
    tangents.append(torch.mul(slope, kept[first + 5 * (layers - 1 - i) + 1]))
  backwards = [torch.flatten(torch.zeros_like(kept[2 * layers + 1]), 1), torch.sum(tangents[layers], [1])]
  g = v
  for j in range(layers):
    k = layers - 1 - j
    h, d1, d2, dh, dz = torch.slice(kept, first + 5 * j, first + 5 * j + 5, 1)
    c = torch.mul_(torch.mul(slopes[k], d2), dh)
    if j > 0:
      _0 = torch.addcmul_(c, g, d1)
    if k > 0:
      below = kept[first + 5 * (j + 1)]
      g = torch.bmm(c, kept[2 * k])
    else:
      below = x
    w = torch.bmm(torch.transpose(c, 1, 2), below)
    _1 = torch.baddbmm_(w, torch.transpose(dz, 1, 2), tangents[k])
    backwards.append(torch.sum(c, [1]))
    backwards.append(torch.flatten(w, 1))
  flat = annotate(List[Tensor], [])
  for j in range(torch.len(backwards)):
    flat.append(backwards[torch.len(backwards) - 1 - j])
  return torch.flatten(torch.cat(flat, 1))

# Energies, and their first and second derivatives along v: the Taylor coefficients of a layer's
# output along v follow from those of its input. Three streams a row, stacked, share one product a
# layer; kept for mlp_slice_pull_back are, of each layer, its input, and what multiplies the
# derivatives on their way back.
def mlp_slice(self, x: Tensor, v: Tensor, parameters: List[Tensor], activation: str) -> Tuple[Tensor, Tensor, Tensor, List[Tensor]]:
  n = torch.size(x, 0)
  last = torch.len(parameters) - 2
  kept = annotate(List[Tensor], [])
  h = torch.cat([x, v])
  for i in range(0, last, 2):
    streams = torch.mm(h, torch.t(parameters[i]))
    z = torch.add_(torch.narrow(streams, 0, 0, n), parameters[i + 1])
    z1 = torch.narrow(streams, 0, n, n)
    derivatives = (self).activation_derivatives(z, activation, True, )
    a = derivatives[0]
    first = derivatives[1]
    second = derivatives[2]
    cross = torch.mul(second, z1)
    bend = torch.mul_(torch.mul(derivatives[3], z1), z1)
    curve = torch.mul(cross, z1)
    if i > 0:
      z2 = torch.narrow(streams, 0, 2 * n, n)
      _0 = torch.addcmul_(bend, second, z2)
      _1 = torch.addcmul_(curve, first, z2)
    kept.append(h)
    kept.append(first)
    kept.append(cross)
    kept.append(bend)
    h = torch.cat([a, torch.mul(first, z1), curve])
  kept.append(h)
  e = torch.squeeze(torch.mm(h, torch.t(parameters[last])), 1)
  energies = torch.add(torch.narrow(e, 0, 0, n), parameters[last + 1])
  return (energies, torch.narrow(e, 0, n, n), torch.narrow(e, 0, 2 * n, n), kept)

# The gradient in the parameters, flat, of the sum of a times the first and b times the second
# derivatives.
def mlp_slice_pull_back(self, a: Tensor, b: Tensor, parameters: List[Tensor], kept: List[Tensor]) -> Tensor:
  n = torch.size(a, 0)
  last = torch.len(parameters) - 2
  layers = torch.floordiv(last, 2)
  ab = torch.unsqueeze(torch.cat([a, b]), 0)
  output = torch.narrow(kept[4 * layers], 0, n, 2 * n)
  backwards = [torch.zeros_like(parameters[last + 1]), torch.flatten(torch.mm(ab, output))]
  g = torch.mm(torch.t(ab), parameters[last])
  g1 = torch.narrow(g, 0, 0, n)
  g2 = torch.narrow(g, 0, n, n)
  g0 = g1
  for j in range(layers):
    k = layers - 1 - j
    first = kept[4 * k + 1]
    cross = kept[4 * k + 2]
    c0 = torch.addcmul_(torch.mul(g1, cross), g2, kept[4 * k + 3])
    if j > 0:
      _0 = torch.addcmul_(c0, g0, first)
    c1 = torch.addcmul_(torch.mul(g1, first), g2, cross, value=2)
    if k > 0:
      c = torch.cat([c0, c1, torch.mul(g2, first)])
    else:
      c = torch.cat([c0, c1])
    backwards.append(torch.sum(c0, [0]))
    backwards.append(torch.flatten(torch.mm(torch.t(c), kept[4 * k])))
    if k > 0:
      g = torch.mm(c, parameters[2 * k])
      g0 = torch.narrow(g, 0, 0, n)
      g1 = torch.narrow(g, 0, n, n)
      g2 = torch.narrow(g, 0, 2 * n, n)
  flat = annotate(List[Tensor], [])
  for j in range(torch.len(backwards)):
    flat.append(backwards[torch.len(backwards) - 1 - j])
  return torch.cat(flat)
