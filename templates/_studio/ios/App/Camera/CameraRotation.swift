import AVFoundation
import Foundation

/// Follows how the device is held, and keeps the preview level.
@MainActor
final class CameraRotation {
    private var run: Int?
    private var coordinator: AVCaptureDevice.RotationCoordinator?
    private var observations: [NSKeyValueObservation] = []

    func follow(
        _ camera: Camera?, layer: AVCaptureVideoPreviewLayer, onTurn: @escaping @MainActor (CameraAngles) -> Void
    ) {
        if camera?.run == run { return }
        run = camera?.run
        observations = []
        coordinator = nil
        guard let camera, let device = AVCaptureDevice(uniqueID: camera.deviceID) else { return }
        let coordinator = AVCaptureDevice.RotationCoordinator(device: device, previewLayer: layer)
        let turn = { @MainActor @Sendable [weak self, weak layer] in
            if let self, let layer { onTurn(self.level(layer)) }
        }
        // The coordinator tells of changes on the main thread, in time for the frame in which they are to be seen.
        observations = [
            coordinator.observe(\.videoRotationAngleForHorizonLevelPreview) { _, _ in
                MainActor.assumeIsolated(turn)
            },
            coordinator.observe(\.videoRotationAngleForHorizonLevelCapture) { _, _ in
                MainActor.assumeIsolated(turn)
            },
        ]
        self.coordinator = coordinator
        let angles = level(layer)
        Task { onTurn(angles) }  // not while SwiftUI updates the view that calls this
    }

    private func level(_ layer: AVCaptureVideoPreviewLayer) -> CameraAngles {
        guard let coordinator else { return CameraAngles() }
        let preview = coordinator.videoRotationAngleForHorizonLevelPreview
        if let connection = layer.connection, connection.isVideoRotationAngleSupported(preview) {
            connection.videoRotationAngle = preview
        }
        return CameraAngles(preview: preview, capture: coordinator.videoRotationAngleForHorizonLevelCapture)
    }
}
