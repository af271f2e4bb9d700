import AVFoundation
import Foundation
import SwiftUI
import UIKit

/// Unchecked: the preview takes the session once, before the first start. After that, only `Camera` uses it.
struct SharedSession: @unchecked Sendable {
    let session = AVCaptureSession()
}

/// A camera whose frames go to a delegate. Starting and stopping take a while: `Pipeline` does it on its queue.
final class Camera {
    private let session: AVCaptureSession
    private let output = AVCaptureVideoDataOutput()
    private var observers: [any NSObjectProtocol] = []

    init(session: AVCaptureSession, events: AsyncStream<CameraEvent>.Continuation) {
        self.session = session
        observe(events)
    }

    deinit {
        observers.forEach(NotificationCenter.default.removeObserver)
    }

    /// Shows the system's question at the first call.
    static func askForPermission() async throws {
        guard await AVCaptureDevice.requestAccess(for: .video) else { throw Problem.cameraDenied }
    }

    /// Returns the camera's id.
    func start(
        isFront: Bool, delegate: any AVCaptureVideoDataOutputSampleBufferDelegate, queue: DispatchSerialQueue
    ) throws -> String {
        let side = isFront ? AVCaptureDevice.Position.front : .back
        guard let device = AVCaptureDevice.default(.builtInWideAngleCamera, for: .video, position: side) else {
            throw Problem.cameraMissing
        }
        try configure(device)
        output.setSampleBufferDelegate(delegate, queue: queue)
        session.startRunning()
        // An interrupted session starts by itself as soon as it may.
        guard session.isRunning || session.isInterrupted else { throw Problem.cameraFailed }
        return device.uniqueID
    }

    func stop() {
        output.setSampleBufferDelegate(nil, queue: nil)
        session.stopRunning()
    }

    private func configure(_ device: AVCaptureDevice) throws {
        session.beginConfiguration()
        defer { session.commitConfiguration() }
        for input in session.inputs { session.removeInput(input) }
        let input = try AVCaptureDeviceInput(device: device)
        guard session.canAddInput(input) else { throw Problem.cameraFailed }
        session.addInput(input)
        // The model's input is smaller: more pixels only cost time.
        session.sessionPreset = session.canSetSessionPreset(.hd1280x720) ? .hd1280x720 : .high
        if !session.outputs.contains(output) {
            guard session.canAddOutput(output) else { throw Problem.cameraFailed }
            session.addOutput(output)
        }
        output.alwaysDiscardsLateVideoFrames = true
        // The camera's own format: no frame is converted or copied.
        output.videoSettings = [
            kCVPixelBufferPixelFormatTypeKey as String: kCVPixelFormatType_420YpCbCr8BiPlanarFullRange
        ]
        // Frames come as the sensor has them. The detector turns them while it reads them.
        guard let connection = output.connection(with: .video) else { throw Problem.cameraFailed }
        if connection.isVideoMirroringSupported {
            connection.automaticallyAdjustsVideoMirroring = false
            connection.isVideoMirrored = false
        }
        if connection.isVideoRotationAngleSupported(0) { connection.videoRotationAngle = 0 }
    }

    /// Another app may take the camera, for a call or in a split view, and give it back.
    private func observe(_ events: AsyncStream<CameraEvent>.Continuation) {
        func on(_ name: Notification.Name, _ event: @escaping @Sendable (Notification) -> CameraEvent?) {
            observers.append(
                NotificationCenter.default.addObserver(forName: name, object: session, queue: nil) { notification in
                    if let event = event(notification) { events.yield(event) }
                })
        }
        on(AVCaptureSession.wasInterruptedNotification) { notification in
            let reason = notification.userInfo?[AVCaptureSessionInterruptionReasonKey] as? Int
            let background = AVCaptureSession.InterruptionReason.videoDeviceNotAvailableInBackground.rawValue
            return reason == background ? nil : .problem(.cameraBusy)
        }
        on(AVCaptureSession.interruptionEndedNotification) { _ in .resumed }
        on(AVCaptureSession.runtimeErrorNotification) { _ in .problem(.cameraFailed) }
    }
}

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
        isAccessibilityElement = false  // the overlay describes the picture
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
