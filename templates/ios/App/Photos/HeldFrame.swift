import CoreGraphics
import CoreImage
import CoreVideo

/// A frame of the camera's that is kept, with what was found in it.
///
/// Its pixels are the camera's own: nobody writes into a buffer that is still held. Few of them are, and none for long while
/// the camera runs, which has no others.
struct HeldFrame: StillPicture, @unchecked Sendable {
    let preview: CGImage
    let result: PictureResult
    private var view: HeldView
    private let buffer: CVPixelBuffer

    /// Nil: it cannot be shown.
    init?(of buffer: CVPixelBuffer, rotationAngle: Double, result: PictureResult) {
        let picture = CIImage(cvPixelBuffer: buffer)
        guard let image = CIContext().createCGImage(picture, from: picture.extent) else { return nil }
        preview = image
        self.buffer = buffer
        view = HeldView(rotationAngle: rotationAngle)
        self.result = result
    }

    func shown(previewAngle: Double, isMirrored: Bool) -> HeldFrame {
        var frame = self
        frame.view = view.shown(previewAngle: previewAngle, isMirrored: isMirrored)
        return frame
    }

    var image: CGImage? { preview }
    var quarterTurns: Int { view.quarterTurns }
    var isMirrored: Bool { view.isMirrored }
    var orientation: ExifOrientation { view.orientation }
    var previewOrientation: ExifOrientation { view.previewOrientation }

    func detect(with detector: Detector) throws -> DetectionResult {
        try detector.detect(in: buffer, orientation: orientation)
    }
}
