# As many moves as there are step sizes: `gradient` is an energy's, made of its weights p. noise is
# (batch, steps, …), or empty.
def chain(self, x: Tensor, p: List[Tensor], etas: Tensor, noise: Tensor, clipped: bool, longest: float, clamped: bool, lowest: float, highest: float) -> Tensor:
  s = x
  for i in range(torch.size(etas, 0)):
    if torch.gt(torch.numel(noise), 0):
      n = torch.select(noise, 1, i)
    else:
      n = noise
    s = (self).move(s, (self).gradient(s, p, ), torch.select(etas, 0, i), n, clipped, longest, clamped, lowest, highest, )
  return s
