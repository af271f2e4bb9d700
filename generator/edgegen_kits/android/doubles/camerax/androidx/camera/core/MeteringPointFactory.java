package androidx.camera.core;

import androidx.annotation.NonNull;

public abstract class MeteringPointFactory {
  public static float getDefaultPointSize() { return 0.15f; }
  @NonNull public final MeteringPoint createPoint(float x, float y) { return createPoint(x, y, getDefaultPointSize()); }
  @NonNull public final MeteringPoint createPoint(float x, float y, float size) { return new MeteringPoint(x, y, size); }
}
