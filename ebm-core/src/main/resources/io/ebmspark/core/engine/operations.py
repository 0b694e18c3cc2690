# Operations that DJL has no call for, one method each.
def silu(self, x: Tensor) -> Tensor:
  return torch.silu(x)

# Over the last axis.
def layer_norm(self, x: Tensor, gain: Tensor, bias: Tensor) -> Tensor:
  return torch.layer_norm(x, [torch.size(x, -1)], gain, bias, 1.0000000000000001e-05, False)
