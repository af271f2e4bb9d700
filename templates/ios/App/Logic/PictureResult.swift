import Foundation

/// What the detector found in one picture.
struct PictureResult: Equatable, Sendable {
    /// Best first.
    var boxes: [Box]
    /// Of the upright picture, in pixels.
    let size: CGSize
    let times: StageTimes
}

/// What was found in a camera's frame.
struct FrameResult: Equatable, Sendable {
    let result: PictureResult
    /// Degrees by which the frame was turned, clockwise, to be level.
    let rotationAngle: Double
    /// The frame's own time, in seconds.
    let time: Double
    /// Which start of a camera it comes from: frames of an earlier one come too late.
    let run: Int
}

enum FrameOutcome: Equatable, Sendable {
    case found(FrameResult)
    /// In words. No more frames are looked at.
    case failed(String)
}
