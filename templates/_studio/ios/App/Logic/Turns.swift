import Foundation

extension ExifOrientation {
    /// Of a video's transform: a stored place (x, y) is upright at (a x + c y, b x + d y), moved into view. Other angles
    /// are rounded.
    init(a: Double, b: Double, c: Double, d: Double) {
        if abs(b) + abs(c) > abs(a) + abs(d) {
            self = b < 0 ? (c < 0 ? .rightMirrored : .left) : (c < 0 ? .right : .leftMirrored)
        } else {
            self = a < 0 ? (d < 0 ? .down : .upMirrored) : (d < 0 ? .downMirrored : .up)
        }
    }

    /// After further clockwise turns. For orientations without a mirror.
    func turned(by quarterTurns: Int) -> ExifOrientation {
        guard let index = ExifOrientation.clockwise.firstIndex(of: self) else { return self }
        return ExifOrientation.clockwise[((index + quarterTurns) % 4 + 4) % 4]
    }

    /// The same picture in a mirror.
    var mirrored: ExifOrientation {
        switch self {
        case .up: .upMirrored
        case .upMirrored: .up
        case .down: .downMirrored
        case .downMirrored: .down
        case .right: .leftMirrored
        case .leftMirrored: .right
        case .left: .rightMirrored
        case .rightMirrored: .left
        }
    }
}

/// The turn that makes a frame upright.
struct FrameTurn: Equatable, Sendable {
    let orientation: ExifOrientation
    /// Clockwise degrees of a camera's frame; 0 for a video.
    let angle: Double

    init(angle: Double) {
        orientation = ExifOrientation(rotationAngle: angle)
        self.angle = angle
    }

    init(orientation: ExifOrientation) {
        self.orientation = orientation
        angle = 0
    }
}

/// How a frozen frame is shown: like the preview, which is level with the screen and may be mirrored.
struct FrozenView: Equatable, Sendable {
    let turn: FrameTurn
    var quarterTurns = 0
    var isMirrored = false

    init(_ turn: FrameTurn, previewAngle: Double? = nil, isMirrored: Bool = false) {
        self.turn = turn
        self.isMirrored = isMirrored
        if let previewAngle { quarterTurns = QuarterTurns.count(from: turn.angle, to: previewAngle) }
    }

    var previewOrientation: ExifOrientation {
        let shown = turn.orientation.turned(by: quarterTurns)
        return isMirrored ? shown.mirrored : shown
    }
}
