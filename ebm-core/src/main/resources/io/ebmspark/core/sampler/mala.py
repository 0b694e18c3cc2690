# As many steps as there are step sizes, each a proposal and its acceptance; e and g are energy and
# gradient of x, kept until a chain moves. Answers x, e and g in the end, and how often each chain
# moved. noise is (batch, steps, …), that of the proposals; chances is (batch, steps), the
# logarithms of uniforms. What is not finite, or outside the range, is refused.
def chain(self, x: Tensor, e: Tensor, g: Tensor, p: List[Tensor], etas: Tensor, temperatures: Tensor, noise: Tensor, chances: Tensor, clamped: bool, lowest: float, highest: float) -> Tuple[Tensor, Tensor, Tensor, Tensor]:
  s = x
  moved = torch.zeros_like(e)
  for i in range(torch.size(etas, 0)):
    eta = torch.select(etas, 0, i)
    temperature = torch.select(temperatures, 0, i)
    n = torch.select(noise, 1, i)
    y = torch.add(torch.sub(s, torch.mul(g, eta)), n)
    f, h = (self).both(y, p, )
    back = torch.add(torch.sub(s, y), torch.mul(h, eta))
    there = torch.sum(torch.square(torch.flatten(n, 1)), [1])
    andback = torch.sum(torch.square(torch.flatten(back, 1)), [1])
    moves = torch.div(torch.sub(there, andback), torch.mul(torch.mul(eta, temperature), 4))
    ratio = torch.add(torch.div(torch.sub(e, f), temperature), moves)
    rows = torch.flatten(y, 1)
    accepted = torch.logical_and(torch.lt(torch.select(chances, 1, i), ratio), torch.all(torch.isfinite(rows), 1))
    if clamped:
      inside = torch.logical_and(torch.all(torch.ge(rows, lowest), 1), torch.all(torch.le(rows, highest), 1))
      a = torch.logical_and(accepted, inside)
    else:
      a = accepted
    mask = torch.unsqueeze(a, 1)
    g = torch.view_as(torch.where(mask, torch.flatten(h, 1), torch.flatten(g, 1)), x)
    s = torch.view_as(torch.where(mask, rows, torch.flatten(s, 1)), x)
    e = torch.where(a, f, e)
    moved = torch.add(moved, a)
  return (s, e, g, moved)
