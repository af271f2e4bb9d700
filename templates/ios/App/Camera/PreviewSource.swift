import AVFoundation

/// Hands the camera's pictures to a layer on the screen, and nothing else of the session.
///
/// The session belongs to Vision; a preview layer takes it once, on the main thread, and from then on the two talk to
/// each other: this is how AVCaptureVideoPreviewLayer is made to be used. Nothing here changes the session.
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
