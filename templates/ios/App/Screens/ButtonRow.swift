import SwiftUI

/// What can be done with the camera and the picture.
struct ButtonRow: View {
    let model: AppModel
    let sharing: Sharing
    /// In two rows.
    let isNarrow: Bool
    let onPick: @MainActor () -> Void

    var body: some View {
        layout {
            HStack {
                if model.photos.isNone {
                    CameraButtons(model: model)
                } else {
                    IconButton(titleKey: "back_to_camera", image: "camera") { model.photos.close() }
                }
            }
            Spacer()
            HStack {
                IconButton(titleKey: "show_sample", image: "photo.on.rectangle") { model.showSample() }
                IconButton(titleKey: "pick_photo", image: "photo", action: onPick)
                IconButton(titleKey: "share_picture", image: "square.and.arrow.up") {
                    Task { await sharing.share() }
                }
                .disabled(!model.results.hasResult || sharing.state.isAtWork)
            }
        }
        .labelStyle(.iconOnly)
        .buttonStyle(.bordered)
        .font(.title3)
        // Larger icons would find no place in a row: held down, each shows itself large, with its name.
        .dynamicTypeSize(...DynamicTypeSize.accessibility1)
    }

    private var layout: AnyLayout {
        isNarrow ? AnyLayout(VStackLayout(spacing: 12)) : AnyLayout(HStackLayout())
    }
}

private struct CameraButtons: View {
    let model: AppModel

    var body: some View {
        let camera = model.camera
        if camera.canSwitch {
            IconButton(titleKey: "switch_camera", image: "arrow.triangle.2.circlepath.camera") { camera.switchCamera() }
        }
        if camera.camera?.hasTorch == true {
            IconButton(
                titleKey: camera.isTorchOn ? "torch_off" : "torch_on",
                image: camera.isTorchOn ? "flashlight.on.fill" : "flashlight.off.fill"
            ) {
                camera.switchTorch()
            }
        }
        IconButton(titleKey: "hold", image: "pause") { Task { await model.hold() } }
            .disabled(!model.results.hasResult)
    }
}
