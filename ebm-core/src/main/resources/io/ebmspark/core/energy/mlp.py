# A fully connected network E(x): x (batch, in); `parameters` are weight and bias of each layer in
# turn, weight (out, in), bias (out). The last layer is linear and answers one number a row.

def mlp_activate(self, z: Tensor, activation: str) -> Tensor:
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
    ops.prim.RaiseException(torch.add("mlp.py knows no activation named ", activation))
    a = z
  return a

# g · activation'(z), where a = activation(z).
def mlp_activation_backward(self, g: Tensor, z: Tensor, a: Tensor, activation: str) -> Tensor:
  if activation == "silu":
    d = torch.silu_backward(g, z)
  elif activation == "selu":
    d = torch.elu_backward(g, 1.6732632423543772, 1.0507009873554805, 1., True, a)
  elif activation == "elu":
    d = torch.elu_backward(g, 1., 1., 1., True, a)
  elif activation == "tanh":
    d = torch.tanh_backward(g, a)
  elif activation == "softplus":
    d = torch.softplus_backward(g, z, 1., 20.)
  elif activation == "gelu":
    d = torch.gelu_backward(g, z)
  elif activation == "relu":
    d = torch.threshold_backward(g, a, 0.)
  else:
    ops.prim.RaiseException(torch.add("mlp.py knows no activation named ", activation))
    d = g
  return d

def mlp_energy(self, x: Tensor, parameters: List[Tensor], activation: str) -> Tensor:
  last = torch.len(parameters) - 2
  h = x
  for i in range(0, last, 2):
    h = (self).mlp_activate(torch.linear(h, parameters[i], parameters[i + 1]), activation, )
  return torch.squeeze(torch.linear(h, parameters[last], parameters[last + 1]), 1)

# dE/dx of each row, by the chain rule written out: no graph is recorded.
def mlp_gradient(self, x: Tensor, parameters: List[Tensor], activation: str) -> Tensor:
  last = torch.len(parameters) - 2
  zs = annotate(List[Tensor], [])
  hs = annotate(List[Tensor], [])
  h = x
  for i in range(0, last, 2):
    z = torch.linear(h, parameters[i], parameters[i + 1])
    h = (self).mlp_activate(z, activation, )
    zs.append(z)
    hs.append(h)
  g = torch.expand(parameters[last], [torch.size(x, 0), -1])
  for j in range(torch.len(zs)):
    k = torch.len(zs) - 1 - j
    g = torch.mm((self).mlp_activation_backward(g, zs[k], hs[k], activation, ), parameters[2 * k])
  return g
