package io.ebmspark.spark;

import com.esotericsoftware.kryo.Kryo;
import com.esotericsoftware.kryo.serializers.JavaSerializer;
import io.ebmspark.core.data.RowBlock;
import io.ebmspark.core.training.StepRequest;
import io.ebmspark.core.training.StepTotal;
import org.apache.spark.serializer.KryoRegistrator;

/**
 * Teaches Spark's Kryo the classes that steps send and shards hold. They are records, whose final
 * fields Spark's Kryo 4 cannot set by itself; their Java serialisation is already compact, arrays
 * of floats.
 */
public final class KryoRegistration implements KryoRegistrator {
  @Override
  public void registerClasses(Kryo kryo) {
    kryo.register(RowBlock.class, new JavaSerializer());
    kryo.register(StepRequest.class, new JavaSerializer());
    kryo.register(StepTotal.class, new JavaSerializer());
  }
}
