package io.ebmspark.core.training;

import ai.djl.Device;
import ai.djl.ndarray.types.DataType;
import io.ebmspark.core.engine.LargeBlocks;
import io.ebmspark.core.engine.Tensor;
import io.ebmspark.core.engine.TensorScope;
import java.util.HashMap;
import java.util.Map;

/**
 * The parameters of the steps a process works on, in native memory once for all of its tasks: the
 * task that comes first uploads them, and the one that leaves last frees them.
 */
final class StepParameters {
  private final Map<Key, Uploaded> uploads = new HashMap<>();

  /** The same request is the same object in all tasks of a process. */
  private record Key(StepRequest request, Device device) {}

  private static final class Uploaded {
    private final TensorScope scope;
    private final Tensor values;
    private int holders;

    Uploaded(Key key) {
      float[] parameters = key.request.parameters();
      LargeBlocks.keep(parameters.length);
      scope = TensorScope.open(key.device, DataType.FLOAT32);
      values = scope.upload(parameters, parameters.length);
    }
  }

  /** What one task sees of them, in a scope of its own that it closes. */
  final class Held implements AutoCloseable {
    private final Key key;
    private final Uploaded uploaded;
    private final TensorScope scope;
    private final Tensor vector;

    private Held(Key key, Uploaded uploaded) {
      this.key = key;
      this.uploaded = uploaded;
      this.scope = uploaded.scope.child();
      this.vector = uploaded.values.sharedLeaf(scope);
    }

    /** The whole vector, which gradients can be taken with respect to. */
    Tensor vector() {
      return vector;
    }

    @Override
    public void close() {
      scope.close();
      release(key, uploaded);
    }
  }

  /** Takes hold of a request's parameters on a device. */
  synchronized Held hold(StepRequest request, Device device) {
    Key key = new Key(request, device);
    Uploaded uploaded = uploads.computeIfAbsent(key, Uploaded::new);
    uploaded.holders++;
    return new Held(key, uploaded);
  }

  private synchronized void release(Key key, Uploaded uploaded) {
    uploaded.holders--;
    if (uploaded.holders == 0) {
      uploads.remove(key);
      uploaded.scope.close();
    }
  }
}
