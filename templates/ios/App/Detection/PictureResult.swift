import CoreGraphics

/// What the detector found in one picture.
struct PictureResult: Sendable {
    /// Best first.
    let boxes: [Box]
    /// Of the upright picture, in pixels.
    let size: CGSize
    let times: StageTimes

    init(_ result: DetectionResult) {
        boxes = result.detections.map { found in
            Box(
                left: Double(found.left), top: Double(found.top), right: Double(found.right),
                bottom: Double(found.bottom), score: Double(found.score), classIndex: found.classIndex)
        }
        size = CGSize(width: result.imageWidth, height: result.imageHeight)
        times = StageTimes(
            letterbox: result.preprocessMilliseconds, model: result.inferenceMilliseconds,
            boxes: result.postprocessMilliseconds)
    }
}

/// What was found in a camera's frame.
struct FrameResult: Sendable {
    let result: PictureResult
    /// Degrees by which the frame was turned, clockwise, to be level.
    let rotationAngle: Double
    /// The frame's own time, in seconds.
    let time: Double
    /// Which start of a camera it comes from: frames of an earlier one come too late.
    let run: Int
}

enum FrameOutcome: Sendable {
    case found(FrameResult)
    /// In words. No more frames are looked at.
    case failed(String)
}

/// A picture with what was found in it, to be shared.
struct Snapshot: Sendable {
    let image: CGImage
    let orientation: ExifOrientation
    let result: PictureResult
}
