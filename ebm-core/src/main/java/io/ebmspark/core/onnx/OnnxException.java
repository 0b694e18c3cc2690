package io.ebmspark.core.onnx;

import io.ebmspark.core.failure.Category;
import io.ebmspark.core.failure.EbmException;

/** An energy that cannot be exported; the message says in one sentence why. */
public final class OnnxException extends EbmException {
  private static final long serialVersionUID = 1;

  OnnxException(String message) {
    super(Category.SETTINGS, message);
  }

  /**
   * For an energy that has no ONNX form.
   *
   * @param energy what it is called, such as {@code kind transformer}
   */
  public static OnnxException noForm(String energy) {
    return new OnnxException(
        "an energy of "
            + energy
            + " cannot be exported, since it does not say how it is written in ONNX; its weights are"
            + " in model.safetensors, which PyTorch opens as it is");
  }

  /**
   * For an energy whose ONNX form is another energy.
   *
   * @param energy what it is called
   */
  public static OnnxException differs(String energy, double form, double expected) {
    return new OnnxException(
        "an energy of "
            + energy
            + " is "
            + expected
            + " where its form in ONNX is "
            + form
            + "; correct its method onnx");
  }
}
