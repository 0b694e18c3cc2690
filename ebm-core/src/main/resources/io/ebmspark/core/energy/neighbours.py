# −log Σ exp(−½·precision·‖x − r‖²) over all rows r but the nearest to x: x (batch, width), rows
# (count, width). A few x at a time and in place, so that their exponents stay in the processor's
# cache; what is detached only shifts them.
def energy(self, x: Tensor, rows: Tensor, precision: float) -> Tensor:
  half = torch.mul(torch.sum(torch.square(rows), [1]), -0.5 * precision)
  across = torch.mul(torch.t(rows), precision)
  found = annotate(List[Tensor], [])
  for part in torch.split(x, 64):
    exponents = torch.addmm(half, part, across)
    _0, nearest = torch.max(torch.detach(exponents), 1, True)
    exponents = torch.scatter_(exponents, 1, nearest, -1e38)
    largest = torch.amax(torch.detach(exponents), [1], True)
    # Exponentials that underflow take many times as long, and add nothing.
    terms = torch.exp_(torch.clamp_min_(torch.sub_(exponents, largest), -80.))
    others = torch.add(torch.log(torch.sum(terms, [1])), torch.squeeze(largest, 1))
    own = torch.mul(torch.sum(torch.square(part), [1]), 0.5 * precision)
    found.append(torch.sub(own, others))
  return torch.cat(found)
