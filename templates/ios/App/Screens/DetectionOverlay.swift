import SwiftUI

/// What was found, over a picture of the same place and size.
struct DetectionOverlay: View {
    let model: AppModel

    @ScaledMetric(relativeTo: .caption) private var textSize = 13.0
    @State private var painters = Painters()

    var body: some View {
        // Read here: what only the canvas reads does not make it draw anew.
        let (result, aspect) = (model.results.result, model.settings.aspect)
        let (quarterTurns, isMirrored) = (self.quarterTurns, self.isMirrored)
        let live = model.models.live
        Canvas { context, size in
            guard let result else { return }
            let mapping = PictureMapping(
                picture: result.size, quarterTurns: quarterTurns, isMirrored: isMirrored, view: size, aspect: aspect)
            let painter = painters.painter(model: live, textSize: textSize)
            painter.draw(result, mapping: mapping, in: context)
        }
        // A picture has no reading direction.
        .environment(\.layoutDirection, .leftToRight)
        .allowsHitTesting(false)
        .accessibilityElement()
        .accessibilityLabel(titleKey)
        .accessibilityValue(summary)
        .accessibilityAddTraits([.isImage, .updatesFrequently])
    }

    private var titleKey: LocalizedStringKey { model.photos.isNone ? "preview" : "picture" }

    private var summary: Text {
        let results = model.results
        return results.hasResult && results.summary.isEmpty ? Text("nothing_found") : Text(verbatim: results.summary)
    }

    /// From the frame as the detector saw it, level by gravity, to the preview, which turns with the screen.
    private var quarterTurns: Int {
        guard model.photos.isNone else { return 0 }
        return QuarterTurns.count(from: model.results.rotationAngle, to: model.camera.angles.preview)
    }

    private var isMirrored: Bool {
        model.photos.isNone && model.camera.camera?.isMirrored == true
    }
}

/// The painter for the size of letters that is asked for now; with it, the labels that it has measured.
@MainActor
private final class Painters {
    private static let lineWidth = 2.0

    private var textSize = 0.0
    private var model: Model?
    private var painter: ScreenPainter?

    func painter(model: Model, textSize: Double) -> ScreenPainter {
        if let painter, textSize == self.textSize, model == self.model { return painter }
        let painter = ScreenPainter(model: model, textSize: textSize, lineWidth: Painters.lineWidth)
        (self.painter, self.textSize, self.model) = (painter, textSize, model)
        return painter
    }
}
