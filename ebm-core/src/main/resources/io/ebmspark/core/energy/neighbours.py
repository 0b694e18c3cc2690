# −log Σ exp(−½·precision·max(‖x − r‖², a²)) over rows r with their own a: x (batch, width), rows
# (count, width), apart (count). A few x at a time and in place, so that their exponents stay in the
# processor's cache; what is detached only shifts them.
def energy(self, x: Tensor, rows: Tensor, apart: Tensor, precision: float) -> Tensor:
  half = torch.mul(torch.sum(torch.square(rows), [1]), -0.5 * precision)
  across = torch.mul(torch.t(rows), precision)
  least = torch.mul(torch.square(apart), -0.5 * precision)
  found = annotate(List[Tensor], [])
  for part in torch.split(x, 64):
    own = torch.mul(torch.sum(torch.square(part), [1]), 0.5 * precision)
    at = torch.addmm(half, part, across)
    exponents = torch.minimum(at, torch.add(torch.unsqueeze(own, 1), least))
    largest = torch.amax(torch.detach(exponents), [1], True)
    # Exponentials that underflow take many times as long, and add nothing.
    terms = torch.exp_(torch.clamp_min_(torch.sub_(exponents, largest), -80.))
    all = torch.add(torch.log(torch.sum(terms, [1])), torch.squeeze(largest, 1))
    found.append(torch.sub(own, all))
  return torch.cat(found)
