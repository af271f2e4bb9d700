package androidx.camera.core;

import androidx.annotation.NonNull;
import java.util.Collections;
import java.util.List;

public final class FocusMeteringAction {
  private final MeteringPoint point;

  private FocusMeteringAction(MeteringPoint point) { this.point = point; }

  @NonNull public List<MeteringPoint> getMeteringPointsAf() { return Collections.singletonList(point); }

  public static class Builder {
    private final MeteringPoint point;
    public Builder(@NonNull MeteringPoint point) { this.point = point; }
    @NonNull public FocusMeteringAction build() { return new FocusMeteringAction(point); }
  }
}
