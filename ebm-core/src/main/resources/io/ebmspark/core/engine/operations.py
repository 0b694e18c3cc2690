# Operations that DJL has no call for, one method each.
def silu(self, x: Tensor) -> Tensor:
  return torch.silu(x)
