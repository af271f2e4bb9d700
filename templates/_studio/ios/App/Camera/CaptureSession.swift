import AVFoundation
import Foundation

/// A camera whose frames go to a delegate. Belongs to LivePipeline: starting and stopping take a while, and not on the main
/// thread.
final class CaptureSession {
    struct CannotStart: Error {}

    private let session: AVCaptureSession
    private let output = AVCaptureVideoDataOutput()
    private var input: AVCaptureDeviceInput?
    private let torch: AsyncStream<Bool>.Continuation
    private var torchObservation: NSKeyValueObservation?
    private var focus = CameraFocus()

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
        try prepare(device)
        endFocus(of: device)
        output.setSampleBufferDelegate(delegate, queue: queue)
        if !session.isRunning { session.startRunning() }
        // A session that is interrupted starts by itself as soon as it may.
        guard session.isRunning || session.isInterrupted else { throw CannotStart() }
        return Camera(
            position: position, deviceID: device.uniqueID, hasTorch: device.hasTorch, lenses: device.lenses,
            factor: device.videoZoomFactor, run: run)
    }

    func stop() {
        output.setSampleBufferDelegate(nil, queue: nil)
        session.stopRunning()
    }

    func setTorch(on: Bool) -> Bool {
        let mode = on ? AVCaptureDevice.TorchMode.on : .off
        guard let device = input?.device, device.isTorchAvailable, device.isTorchModeSupported(mode) else { return false }
        // Where another app holds the device nothing changes.
        return device.configure { $0.torchMode = mode } ? on : device.torchMode == .on
    }

    /// Where another app holds the device nothing changes.
    func setZoom(_ factor: Double) -> Double? {
        guard let device = input?.device else { return nil }
        device.configure { $0.videoZoomFactor = min(max(factor, 1), $0.maxAvailableVideoZoomFactor) }
        return device.videoZoomFactor
    }

    /// Until what is seen is something else, or the camera is started again.
    func focus(at point: CGPoint) {
        guard let device = input?.device else { return }
        device.configure {
            $0.lookAt(point)
            $0.isSubjectAreaChangeMonitoringEnabled = true
        }
        focus.touch(on: device.uniqueID, at: CACurrentMediaTime())
    }

    func endFocus(after change: CameraFocus.Change) {
        if let device = input?.device, focus.isOver(after: change) { endFocus(of: device) }
    }

    private func endFocus(of device: AVCaptureDevice) {
        focus.end()
        device.configure {
            $0.lookAt()
            $0.isSubjectAreaChangeMonitoringEnabled = false
        }
    }

    private func prepare(_ device: AVCaptureDevice) throws {
        if input?.device.uniqueID == device.uniqueID { return }
        try configure(device)
        // A format that is chosen takes the zoom back: only now.
        device.configure { $0.videoZoomFactor = device.lenses.usual }
    }

    private func configure(_ device: AVCaptureDevice) throws {
        session.beginConfiguration()
        defer { session.commitConfiguration() }
        for old in session.inputs { session.removeInput(old) }  // also one that a failed attempt left
        input = nil
        let newInput = try AVCaptureDeviceInput(device: device)
        guard session.canAddInput(newInput) else { throw CannotStart() }
        session.addInput(newInput)
        // Enough for a model's input: more pixels only cost time.
        session.sessionPreset = session.canSetSessionPreset(.hd1280x720) ? .hd1280x720 : .high
        if session.isMultitaskingCameraAccessSupported { session.isMultitaskingCameraAccessEnabled = true }
        try configureOutput()
        torchObservation = device.observe(\.isTorchActive) { [torch] device, _ in torch.yield(device.isTorchActive) }
        input = newInput  // last: whoever tries again after a failure configures again
    }

    private func configureOutput() throws {
        if !session.outputs.contains(output) {
            guard session.canAddOutput(output) else { throw CannotStart() }
            session.addOutput(output)
        }
        output.alwaysDiscardsLateVideoFrames = true
        guard let format = CaptureSession.pixelFormat(of: output.availableVideoPixelFormatTypes) else {
            throw CannotStart()
        }
        output.videoSettings = [kCVPixelBufferPixelFormatTypeKey as String: format]
        // Frames come as the sensor gives them: the detector reads them turned, which costs nothing, where AVFoundation
        // would copy each frame to turn or to mirror it.
        guard let connection = output.connection(with: .video) else { throw CannotStart() }
        if connection.isVideoMirroringSupported {
            connection.automaticallyAdjustsVideoMirroring = false
            connection.isVideoMirrored = false
        }
        if connection.isVideoRotationAngleSupported(0) { connection.videoRotationAngle = 0 }
    }

    /// The first of these that the camera offers. It has bi-planar frames itself, which the detector reads as they are; for
    /// BGRA it would have to convert, and so copy, each of them.
    private static func pixelFormat(of available: [OSType]) -> OSType? {
        let wanted = [
            kCVPixelFormatType_420YpCbCr8BiPlanarFullRange, kCVPixelFormatType_420YpCbCr8BiPlanarVideoRange,
            kCVPixelFormatType_32BGRA,
        ]
        return wanted.first(where: available.contains)
    }
}
