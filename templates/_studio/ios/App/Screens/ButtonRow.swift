import SwiftUI

/// What can be done with the camera and the picture: in a row, or in two where that is too wide.
struct ButtonRow: View {
    let model: AppModel
    let sharing: Sharing
    let onPick: @MainActor () -> Void

    var body: some View {
        ViewThatFits(in: .horizontal) {
            HStack {
                source
                Spacer()
                picture
            }
            VStack(spacing: 12) {
                source
                picture
            }
        }
        .labelStyle(.iconOnly)
        .buttonStyle(.bordered)
        .font(.title3)
        // Larger icons would find no place in a row: held down, each shows itself large, with its name.
        .dynamicTypeSize(...DynamicTypeSize.accessibility1)
    }

    private var source: some View {
        HStack {
            if !model.photos.isNone { BackButton(model: model) }
            if model.photos.isLive { LiveButtons(model: model) }
        }
    }

    private var picture: some View {
        HStack {
            IconButton(titleKey: "show_sample", image: "photo.on.rectangle") { model.showSample() }
            IconButton(titleKey: "pick_photo", image: "photo", action: onPick)
                .disabled(model.state.isBusy)  // what is made then would be shown behind the picker
            IconButton(titleKey: "share_picture", image: "square.and.arrow.up") {
                Task { await sharing.share() }
            }
            .disabled(!model.results.hasResult || model.state.isBusy)
        }
    }
}

/// From a photo or a video to the camera; from a frame of a video that is held to the video.
private struct BackButton: View {
    let model: AppModel

    var body: some View {
        let isOfVideo = model.photos.photo != nil && model.photos.video != nil
        IconButton(titleKey: isOfVideo ? "back_to_video" : "back_to_camera", image: isOfVideo ? "play" : "camera") {
            model.photos.close()
        }
    }
}

/// Of the camera, and of a video.
private struct LiveButtons: View {
    let model: AppModel

    var body: some View {
        let camera = model.camera
        if camera.canSwitch, model.photos.isNone {
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
