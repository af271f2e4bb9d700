import SwiftUI

/// What the detector looks at, with what was found, numbers and, where there is nothing to see, the reason.
struct PictureArea: View {
    let model: AppModel
    let preview: PreviewLayerView

    @Environment(\.accessibilityReduceMotion) private var reduceMotion

    var body: some View {
        ZStack {
            // Always there, behind a photo too: see PreviewSource.
            CameraPreview(
                view: preview, camera: model.camera.camera, aspect: model.settings.aspect,
                onTurn: { model.camera.setAngles($0) })
            if let photo = model.photos.photo as? Photo {
                PhotoView(photo: photo, aspect: model.settings.aspect)
            }
            DetectionOverlay(model: model)
            if let notice = model.notice {
                NoticePanel(notice: notice, model: model)
            }
        }
        .overlay(alignment: .topLeading) { StatsText(speed: model.results.speed) }
        .clipped()
        .animation(reduceMotion ? nil : .default, value: model.notice)
    }
}
