import AVFoundation
import Foundation
import SwiftUI
import UIKit

/// The camera's picture, level on the screen. A front camera is mirrored.
struct CameraPreview: UIViewRepresentable {
    let view: PreviewLayerView
    let camera: CameraRun?
    var gravity = AVLayerVideoGravity.resizeAspectFill
    let onTurn: @MainActor (CameraAngles) -> Void

    func makeUIView(context: Context) -> PreviewLayerView {
        view
    }

    func updateUIView(_ view: PreviewLayerView, context: Context) {
        view.previewLayer.videoGravity = gravity
        view.follow(camera, onTurn: onTurn)
    }
}

/// Connects a preview layer with the session of the pipeline, and gives access to nothing else.
///
/// A layer that gets or loses a session configures it on the main thread, and a session that starts or stops meanwhile
/// crashes the app. So there is one layer, connected before the first start, and it lives as long as the app.
struct PreviewSource: @unchecked Sendable {
    private let session: AVCaptureSession

    init(session: AVCaptureSession) {
        self.session = session
    }

    @MainActor
    func connect(to layer: AVCaptureVideoPreviewLayer) {
        layer.session = session
    }
}

/// Keeps the preview level while the phone turns, and reports the angles.
final class PreviewLayerView: UIView {
    private var camera: CameraRun?
    private var coordinator: AVCaptureDevice.RotationCoordinator?
    private var observations: [NSKeyValueObservation] = []

    convenience init(source: PreviewSource) {
        self.init()
        backgroundColor = .black
        isAccessibilityElement = false  // the overlay describes the picture
        source.connect(to: previewLayer)
    }

    override class var layerClass: AnyClass { AVCaptureVideoPreviewLayer.self }

    var previewLayer: AVCaptureVideoPreviewLayer {
        guard let layer = layer as? AVCaptureVideoPreviewLayer else {
            preconditionFailure("layerClass says which layer this is")
        }
        return layer
    }

    func follow(_ camera: CameraRun?, onTurn: @escaping @MainActor (CameraAngles) -> Void) {
        if camera == self.camera { return }
        self.camera = camera
        observations = []
        coordinator = nil
        guard let camera, let device = AVCaptureDevice(uniqueID: camera.deviceID) else { return }
        let coordinator = AVCaptureDevice.RotationCoordinator(device: device, previewLayer: previewLayer)
        let turn = { @MainActor @Sendable [weak self] in
            if let self { onTurn(self.level()) }
        }
        // The coordinator reports changes on the main thread.
        observations = [
            coordinator.observe(\.videoRotationAngleForHorizonLevelPreview) { _, _ in
                MainActor.assumeIsolated(turn)
            },
            coordinator.observe(\.videoRotationAngleForHorizonLevelCapture) { _, _ in
                MainActor.assumeIsolated(turn)
            },
        ]
        self.coordinator = coordinator
        let angles = level()
        Task { onTurn(angles) }  // not while SwiftUI updates the view that calls this
    }

    private func level() -> CameraAngles {
        guard let coordinator else { return CameraAngles() }
        let preview = coordinator.videoRotationAngleForHorizonLevelPreview
        if let connection = previewLayer.connection, connection.isVideoRotationAngleSupported(preview) {
            connection.videoRotationAngle = preview
        }
        return CameraAngles(preview: preview, capture: coordinator.videoRotationAngleForHorizonLevelCapture)
    }
}
