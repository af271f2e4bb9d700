import AVFoundation
import Foundation

/// A camera whose frames go to a delegate. Starting and stopping take a while: `LivePipeline` does it on its queue.
final class Camera {
    private let session: AVCaptureSession
    private let output = AVCaptureVideoDataOutput()

    var isInterrupted: Bool { session.isInterrupted }

    init(session: AVCaptureSession) {
        self.session = session
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
        guard let input = makeInput(of: device), session.canAddInput(input) else { throw Problem.cameraFailed }
        session.addInput(input)
        // The model's input is smaller: more pixels only cost time.
        session.sessionPreset = session.canSetSessionPreset(.hd1280x720) ? .hd1280x720 : .high
        // On an iPad, next to another app.
        if session.isMultitaskingCameraAccessSupported { session.isMultitaskingCameraAccessEnabled = true }
        if !session.outputs.contains(output) {
            guard session.canAddOutput(output) else { throw Problem.cameraFailed }
            session.addOutput(output)
        }
        output.alwaysDiscardsLateVideoFrames = true
        // The camera's own format, so that AVFoundation converts no frame. C++ converts it to RGB.
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

    private func makeInput(of device: AVCaptureDevice) -> AVCaptureDeviceInput? {
        do {
            return try AVCaptureDeviceInput(device: device)
        } catch {
            NSLog("%@", NSString(string: error.localizedDescription))
            return nil
        }
    }
}
