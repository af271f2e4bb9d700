package androidx.camera.core;

public final class FocusMeteringResult {
  private final boolean successful;

  /** Of the double only. */
  public FocusMeteringResult(boolean successful) { this.successful = successful; }

  public boolean isFocusSuccessful() { return successful; }
}
