package io.ebmspark.spark;

import com.esotericsoftware.kryo.Kryo;
import com.esotericsoftware.kryo.serializers.JavaSerializer;
import io.ebmspark.core.data.RowBlock;
import org.apache.spark.serializer.KryoRegistrator;

/**
 * Teaches Spark's Kryo what shards hold: a record, whose final fields Spark's Kryo 4 cannot set by
 * itself. Its Java serialisation is already compact, an array of floats.
 */
public final class KryoRegistration implements KryoRegistrator {
  @Override
  public void registerClasses(Kryo kryo) {
    kryo.register(RowBlock.class, new JavaSerializer());
  }
}
