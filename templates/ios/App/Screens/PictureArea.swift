import SwiftUI

/// What the detector looks at, with boxes, numbers and, where there is nothing to see, the reason.
struct PictureArea: View {
    let model: AppModel

    @Environment(\.accessibilityReduceMotion) private var reduceMotion

    var body: some View {
        ZStack {
            // Always there, behind a photo too: see PreviewSource.
            CameraPreview(
                view: model.preview, camera: model.camera.camera, aspect: model.settings.aspect,
                onTurn: { model.camera.setAngles($0) })
            if let photo = model.photos.photo {
                PhotoView(photo: photo, aspect: model.settings.aspect)
            }
            DetectionOverlay(model: model)
            if let notice = model.notice {
                NoticePanel(notice: notice, model: model)
            }
        }
        .overlay(alignment: .topLeading) { StatsText(results: model.results) }
        .clipped()
        .animation(reduceMotion ? nil : .default, value: model.notice)
    }
}
