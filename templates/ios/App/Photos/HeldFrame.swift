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
    private(set) var quarterTurns = 0
    private(set) var isMirrored = false
    private let buffer: CVPixelBuffer
    private let rotationAngle: Double

    /// Nil: it cannot be shown.
    init?(of buffer: CVPixelBuffer, rotationAngle: Double, result: PictureResult) {
        let picture = CIImage(cvPixelBuffer: buffer)
        guard let image = CIContext().createCGImage(picture, from: picture.extent) else { return nil }
        preview = image
        self.buffer = buffer
        self.rotationAngle = rotationAngle
        self.result = result
    }

    /// As the camera's preview showed it, which is level with the screen and may be a mirror.
    func shown(previewAngle: Double, isMirrored: Bool) -> HeldFrame {
        var frame = self
        // By its own angle: that of the frame that is shown now may be another one.
        frame.quarterTurns = QuarterTurns.count(from: rotationAngle, to: previewAngle)
        frame.isMirrored = isMirrored
        return frame
    }

    var image: CGImage? { preview }
    var orientation: ExifOrientation { ExifOrientation(rotationAngle: rotationAngle) }

    var previewOrientation: ExifOrientation {
        let shown = orientation.turned(by: quarterTurns)
        return isMirrored ? shown.mirrored : shown
    }

    func detect(with detector: Detector) throws -> DetectionResult {
        try detector.detect(in: buffer, orientation: orientation)
    }
}
