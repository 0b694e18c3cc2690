# The gradient of the sum of `output` with respect to each of `inputs`: zeros for an input it does not
# depend on, and no gradients at all where it has no differentiable history.
def gradients(self, output: Tensor, inputs: List[Tensor], create_graph: bool) -> List[Tensor]:
  gradients = annotate(List[Tensor], [])
  if ops.prim.requires_grad(output):
    found = torch.autograd.grad([torch.sum(output)], inputs, None, True, create_graph, True)
    for i in range(torch.len(found)):
      gradient = found[i]
      if torch.__is__(gradient, None):
        _0 = torch.append(gradients, torch.zeros_like(inputs[i]))
      else:
        _1 = torch.append(gradients, unchecked_cast(Tensor, gradient))
  return gradients
