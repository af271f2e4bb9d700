import AVFoundation
import Foundation

/// The camera. It belongs to LivePipeline: starting and stopping take a while and must not block the main thread.
final class CaptureSession {
    struct CannotStart: Error {}

    private let session: AVCaptureSession
    private let output = AVCaptureVideoDataOutput()
    private var input: AVCaptureDeviceInput?
    private let torch: AsyncStream<Bool>.Continuation
    private var torchObservation: NSKeyValueObservation?

    init(session: AVCaptureSession, torch: AsyncStream<Bool>.Continuation) {
        self.session = session
        self.torch = torch
    }

    var isDelivering: Bool { session.isRunning && !session.isInterrupted }

    func start(
        _ position: CameraPosition, delegate: any AVCaptureVideoDataOutputSampleBufferDelegate,
        queue: DispatchSerialQueue, run: Int
    ) throws -> Camera {
        guard let device = position.device else { throw CannotStart() }
        if input?.device.uniqueID != device.uniqueID {
            try configure(device)
            // A new format resets the zoom: set it afterwards.
            device.configure { $0.videoZoomFactor = device.lenses.usual }
        }
        device.configure { $0.focus(at: CGPoint(x: 0.5, y: 0.5)) }
        output.setSampleBufferDelegate(delegate, queue: queue)
        if !session.isRunning { session.startRunning() }
        // An interrupted session starts by itself.
        guard session.isRunning || session.isInterrupted else { throw CannotStart() }
        return Camera(
            position: position, deviceID: device.uniqueID, hasTorch: device.hasTorch, lenses: device.lenses,
            factor: device.videoZoomFactor, run: run)
    }

    func stop() {
        output.setSampleBufferDelegate(nil, queue: nil)
        session.stopRunning()
    }

    /// Returns whether the torch is on.
    func setTorch(on: Bool) -> Bool {
        let mode = on ? AVCaptureDevice.TorchMode.on : .off
        guard let device = input?.device, device.isTorchAvailable, device.isTorchModeSupported(mode) else { return false }
        return device.configure { $0.torchMode = mode } ? on : device.torchMode == .on
    }

    /// Returns the factor of the camera.
    func setZoom(_ factor: Double) -> Double? {
        guard let device = input?.device else { return nil }
        device.configure { $0.videoZoomFactor = min(max(factor, 1), $0.maxAvailableVideoZoomFactor) }
        return device.videoZoomFactor
    }

    /// Until the camera starts again.
    func focus(at point: CGPoint) {
        input?.device.configure { $0.focus(at: point) }
    }

    private func configure(_ device: AVCaptureDevice) throws {
        session.beginConfiguration()
        defer { session.commitConfiguration() }
        for old in session.inputs { session.removeInput(old) }
        input = nil
        let newInput = try AVCaptureDeviceInput(device: device)
        guard session.canAddInput(newInput) else { throw CannotStart() }
        session.addInput(newInput)
        // More pixels would cost time, and the model's input is smaller.
        session.sessionPreset = session.canSetSessionPreset(.hd1280x720) ? .hd1280x720 : .high
        if session.isMultitaskingCameraAccessSupported { session.isMultitaskingCameraAccessEnabled = true }
        try configureOutput()
        torchObservation = device.observe(\.isTorchActive) { [torch] device, _ in torch.yield(device.isTorchActive) }
        input = newInput  // last: after a failure the next start configures again
    }

    private func configureOutput() throws {
        if !session.outputs.contains(output) {
            guard session.canAddOutput(output) else { throw CannotStart() }
            session.addOutput(output)
        }
        output.alwaysDiscardsLateVideoFrames = true
        // The camera's own formats, which C++ converts to RGB, before BGRA, to which AVFoundation converts.
        let wanted = [
            kCVPixelFormatType_420YpCbCr8BiPlanarFullRange, kCVPixelFormatType_420YpCbCr8BiPlanarVideoRange,
            kCVPixelFormatType_32BGRA,
        ]
        guard let format = wanted.first(where: output.availableVideoPixelFormatTypes.contains) else { throw CannotStart() }
        output.videoSettings = [kCVPixelBufferPixelFormatTypeKey as String: format]
        // The detector reads turned frames. AVFoundation would copy each frame to turn or mirror it.
        guard let connection = output.connection(with: .video) else { throw CannotStart() }
        if connection.isVideoMirroringSupported {
            connection.automaticallyAdjustsVideoMirroring = false
            connection.isVideoMirrored = false
        }
        if connection.isVideoRotationAngleSupported(0) { connection.videoRotationAngle = 0 }
    }
}
