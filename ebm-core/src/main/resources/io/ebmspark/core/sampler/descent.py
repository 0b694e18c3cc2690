# x' = clamp(x − η·clip(g) + n): g (batch, …) is the gradient, n the noise and empty where there is
# none. Rows of g longer than `longest` are scaled down to it, elements of x' held in [lowest, highest].
def move(self, x: Tensor, g: Tensor, eta: Tensor, n: Tensor, clipped: bool, longest: float, clamped: bool, lowest: float, highest: float) -> Tensor:
  if clipped:
    rows = torch.flatten(g, 1)
    norm = torch.sqrt(torch.sum(torch.square(rows), [1]))
    factor = torch.reciprocal(torch.clamp(torch.div(norm, longest), 1.))
    h = torch.view_as(torch.mul(rows, torch.unsqueeze(factor, 1)), g)
  else:
    h = g
  y = torch.sub(x, torch.mul(h, eta))
  if torch.gt(torch.numel(n), 0):
    z = torch.add(y, n)
  else:
    z = y
  if clamped:
    w = torch.clamp(z, lowest, highest)
  else:
    w = z
  return w
