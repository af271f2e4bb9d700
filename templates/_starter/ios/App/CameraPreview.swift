import AVFoundation
import SwiftUI
import UIKit

/// The camera's picture, level on the screen. The front camera's is mirrored.
struct CameraPreview: UIViewRepresentable {
    let view: PreviewView
    let cameraID: String?
    let onTurn: @MainActor (Double) -> Void

    func makeUIView(context: Context) -> PreviewView {
        view
    }

    func updateUIView(_ view: PreviewView, context: Context) {
        view.follow(cameraID, onTurn: onTurn)
    }
}

/// One for as long as the app runs: a layer that takes or leaves a running session stops it.
final class PreviewView: UIView {
    private var cameraID: String?
    private var coordinator: AVCaptureDevice.RotationCoordinator?
    private var observation: NSKeyValueObservation?

    convenience init(session: SharedSession) {
        self.init()
        backgroundColor = .black
        isAccessibilityElement = false  // the overlay describes what the camera sees
        previewLayer.session = session.session
        previewLayer.videoGravity = .resizeAspectFill
    }

    override class var layerClass: AnyClass { AVCaptureVideoPreviewLayer.self }

    private var previewLayer: AVCaptureVideoPreviewLayer {
        guard let layer = layer as? AVCaptureVideoPreviewLayer else {
            preconditionFailure("layerClass says which layer this is")
        }
        return layer
    }

    /// Keeps the preview level while the device turns. `onTurn` gets the angle, clockwise in degrees.
    func follow(_ cameraID: String?, onTurn: @escaping @MainActor (Double) -> Void) {
        guard cameraID != self.cameraID else { return }
        self.cameraID = cameraID
        observation = nil
        guard let cameraID, let device = AVCaptureDevice(uniqueID: cameraID) else { return }
        let coordinator = AVCaptureDevice.RotationCoordinator(device: device, previewLayer: previewLayer)
        // The coordinator reports changes on the main thread.
        observation = coordinator.observe(\.videoRotationAngleForHorizonLevelPreview) { [weak self] _, _ in
            MainActor.assumeIsolated { self?.turn(onTurn) }
        }
        self.coordinator = coordinator
        Task { turn(onTurn) }  // not while SwiftUI updates the view
    }

    private func turn(_ onTurn: @MainActor (Double) -> Void) {
        guard let angle = coordinator?.videoRotationAngleForHorizonLevelPreview else { return }
        if let connection = previewLayer.connection, connection.isVideoRotationAngleSupported(angle) {
            connection.videoRotationAngle = angle
        }
        onTurn(angle)
    }
}
