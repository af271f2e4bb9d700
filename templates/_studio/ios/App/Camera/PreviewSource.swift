import AVFoundation

/// Hands the camera's pictures to a layer on the screen, and nothing else of the session.
///
/// The session belongs to LivePipeline. A preview layer that takes it configures it, on the main thread, and once more when
/// it goes; a session that starts or stops meanwhile ends the app. So one layer takes it, once, before the first start,
/// and stays as long as the app: AppModel.preview.
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
