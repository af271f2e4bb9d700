import SwiftUI

/// What the detector looks at, with boxes, numbers and, where there is nothing to see, the reason.
struct PictureArea: View {
    let model: AppModel

    @Environment(\.accessibilityReduceMotion) private var reduceMotion

    var body: some View {
        ZStack {
            Color.black
            picture
            DetectionOverlay(
                results: model.results, titleKey: model.photos.isNone ? "preview" : "picture",
                quarterTurns: quarterTurns, isMirrored: isMirrored, aspect: model.settings.aspect)
            if let notice = model.notice {
                NoticePanel(notice: notice, model: model)
            }
        }
        .overlay(alignment: .topLeading) { StatsText(text: model.results.stats) }
        .clipped()
        .animation(reduceMotion ? nil : .default, value: model.notice)
    }

    @ViewBuilder private var picture: some View {
        if let photo = model.photos.photo {
            PhotoView(photo: photo, aspect: model.settings.aspect)
        } else {
            CameraPreview(
                source: model.vision.preview, camera: model.camera.camera, aspect: model.settings.aspect,
                onTurn: { model.camera.setAngles($0) })
        }
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
