package androidx.camera.core;

public class MeteringPoint {
  private final float x, y;
  private final float size;

  MeteringPoint(float x, float y, float size) { this.x = x; this.y = y; this.size = size; }

  public float getSize() { return size; }

  /** Of the double only: the position in the view. */
  public float x() { return x; }
  public float y() { return y; }
}
