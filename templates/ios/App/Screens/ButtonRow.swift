import PhotosUI
import SwiftUI

/// What can be done with the camera and the picture.
struct ButtonRow: View {
    let model: AppModel

    var body: some View {
        HStack {
            if model.photos.isNone { cameraButtons } else { closeButton }
            Spacer()
            aspectButton
            PhotosPicker(selection: item, matching: .images, preferredItemEncoding: .current) {
                Label("pick_photo", systemImage: "photo")
            }
            shareButton
        }
        .labelStyle(.iconOnly)
        .buttonStyle(.bordered)
        .font(.title3)
        // Larger icons would find no place in a row; held down, each shows itself large, with its name.
        .dynamicTypeSize(...DynamicTypeSize.accessibility1)
        .accessibilityShowsLargeContentViewer()
    }

    @ViewBuilder private var cameraButtons: some View {
        if model.camera.canSwitch {
            Button("switch_camera", systemImage: "arrow.triangle.2.circlepath.camera") { model.camera.switchCamera() }
        }
        if model.camera.camera?.hasTorch == true {
            Button(
                model.camera.isTorchOn ? "torch_off" : "torch_on",
                systemImage: model.camera.isTorchOn ? "flashlight.on.fill" : "flashlight.off.fill"
            ) {
                model.camera.switchTorch()
            }
        }
    }

    private var closeButton: some View {
        Button("back_to_camera", systemImage: "camera") { model.photos.close() }
    }

    private var aspectButton: some View {
        let isFit = model.settings.aspect == .fit
        return Button(
            isFit ? "fill_view" : "fit_view",
            systemImage: isFit ? "arrow.up.left.and.arrow.down.right" : "arrow.down.right.and.arrow.up.left"
        ) {
            model.settings.aspect = isFit ? .fill : .fit
        }
    }

    private var shareButton: some View {
        Button("share_picture", systemImage: "square.and.arrow.up") {
            Task { await model.share() }
        }
        .disabled(model.results.seen == nil || model.isSharing)
    }

    private var item: Binding<PhotosPickerItem?> {
        Binding {
            model.photos.item
        } set: {
            model.photos.item = $0
        }
    }
}
