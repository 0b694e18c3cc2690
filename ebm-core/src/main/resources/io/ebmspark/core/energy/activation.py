# The nonlinearities between a network's layers, by name: what programs of several networks share.

def activate(self, z: Tensor, activation: str) -> Tensor:
  if activation == "silu":
    a = torch.silu(z)
  elif activation == "selu":
    a = torch.selu(z)
  elif activation == "elu":
    a = torch.elu(z)
  elif activation == "tanh":
    a = torch.tanh(z)
  elif activation == "softplus":
    a = torch.softplus(z)
  elif activation == "gelu":
    a = torch.gelu(z)
  elif activation == "relu":
    a = torch.relu(z)
  else:
    ops.prim.RaiseException(torch.add("activation.py knows no activation named ", activation))
    a = z
  return a

# g · activation'(z), where a = activation(z), in the memory of out, which may be one of them.
def activation_backward(self, g: Tensor, z: Tensor, a: Tensor, out: Tensor, activation: str) -> Tensor:
  if activation == "silu":
    d = torch.silu_backward(g, z, grad_input=out)
  elif activation == "selu":
    d = torch.elu_backward(g, 1.6732632423543772, 1.0507009873554805, 1., True, a, grad_input=out)
  elif activation == "elu":
    d = torch.elu_backward(g, 1., 1., 1., True, a, grad_input=out)
  elif activation == "tanh":
    d = torch.tanh_backward(g, a, grad_input=out)
  elif activation == "softplus":
    d = torch.softplus_backward(g, z, 1., 20., grad_input=out)
  elif activation == "gelu":
    d = torch.gelu_backward(g, z, grad_input=out)
  elif activation == "relu":
    d = torch.threshold_backward(g, a, 0., grad_input=out)
  else:
    ops.prim.RaiseException(torch.add("activation.py knows no activation named ", activation))
    d = g
  return d

# Whether the activation's derivative is made of z rather than of its output.
def activation_derived_from_z(self, activation: str) -> bool:
  if activation == "silu":
    answer = True
  elif activation == "softplus":
    answer = True
  else:
    answer = activation == "gelu"
  return answer

# The activation at z and its first two derivatives, or three: what they share is computed once. Where
# the derivative is one thing below zero and another above, libtorch's own ways back, of a gradient of
# one, are a third of the cost of masks, which have to become numbers first.
def activation_derivatives(self, z: Tensor, activation: str, third: bool) -> List[Tensor]:
  if activation == "silu":
    s = torch.sigmoid(z)
    q = torch.addcmul(s, s, s, value=-1)
    a = torch.mul(z, s)
    d1 = torch.addcmul(s, z, q)
    d2 = torch.mul_(torch.add_(torch.sub(z, a, alpha=2), 2), q)
    if third:
      inner = torch.mul_(torch.add_(torch.mul(q, -6.), 1.), z)
      d3 = torch.mul_(torch.add_(torch.add_(inner, s, alpha=-6.), 3.), q)
    else:
      d3 = d2
  elif activation == "selu":
    a = torch.selu(z)
    d1 = torch.elu_backward(torch.ones_like(torch.narrow(torch.flatten(a), 0, 0, 1)), 1.6732632423543772, 1.0507009873554805, 1., True, a)
    d2 = torch.hardtanh_backward(d1, a, -10., 0.)
    d3 = d2
  elif activation == "elu":
    a = torch.elu(z)
    d1 = torch.elu_backward(torch.ones_like(torch.narrow(torch.flatten(a), 0, 0, 1)), 1., 1., 1., True, a)
    d2 = torch.hardtanh_backward(d1, a, -10., 0.)
    d3 = d2
  elif activation == "tanh":
    a = torch.tanh(z)
    squares = torch.square(a)
    d1 = torch.rsub(squares, 1.)
    d2 = torch.mul_(torch.mul(a, -2.), d1)
    if third:
      d3 = torch.mul_(torch.sub_(torch.mul(squares, 6.), 2.), d1)
    else:
      d3 = d2
  elif activation == "softplus":
    a = torch.softplus(z)
    d1 = torch.sigmoid(z)
    d2 = torch.addcmul(d1, d1, d1, value=-1)
    if third:
      d3 = torch.mul_(torch.rsub(torch.mul(d1, 2.), 1.), d2)
    else:
      d3 = d2
  elif activation == "gelu":
    squares = torch.square(z)
    density = torch.mul_(torch.exp(torch.mul(squares, -0.5)), 0.3989422804014327)
    below = torch.mul_(torch.add_(torch.erf(torch.mul(z, 0.7071067811865476)), 1.), 0.5)
    a = torch.mul(z, below)
    d1 = torch.addcmul(below, z, density)
    d2 = torch.mul_(torch.rsub(squares, 2.), density)
    if third:
      d3 = torch.mul_(torch.mul_(torch.sub_(squares, 4.), z), density)
    else:
      d3 = d2
  elif activation == "relu":
    a = torch.relu(z)
    d1 = torch.threshold_backward(torch.ones_like(torch.narrow(torch.flatten(a), 0, 0, 1)), a, 0.)
    d2 = torch.zeros_like(z)
    d3 = d2
  else:
    ops.prim.RaiseException(torch.add("activation.py knows no activation named ", activation))
    a = z
    d1 = z
    d2 = z
    d3 = z
  return [a, d1, d2, d3]
