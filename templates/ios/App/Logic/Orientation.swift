import Foundation

/// The orientation of stored rows, in EXIF's numbers: `right` must be turned clockwise by 90 degrees.
enum ExifOrientation: Int, CaseIterable, Sendable {
    case up = 1
    case upMirrored
    case down
    case downMirrored
    case leftMirrored
    case right
    case rightMirrored
    case left

    static let clockwise: [ExifOrientation] = [.up, .right, .down, .left]

    /// Of a file's tag. An unknown tag is `up`.
    init(tag: Int?) {
        self = tag.flatMap(ExifOrientation.init(rawValue:)) ?? .up
    }

    /// Of camera frames that are upright after a clockwise turn by these degrees.
    init(rotationAngle: Double) {
        self = ExifOrientation.clockwise[QuarterTurns.count(degrees: rotationAngle)]
    }
}

/// Clockwise turns by 90 degrees.
enum QuarterTurns {
    /// 0 to 3: the nearest to any number of degrees.
    static func count(degrees: Double) -> Int {
        guard degrees.isFinite else { return 0 }
        return (Int((degrees.truncatingRemainder(dividingBy: 360) / 90).rounded()) + 4) % 4
    }

    /// From a picture turned by `from` degrees to one turned by `to` degrees.
    static func count(from: Double, to: Double) -> Int {
        count(degrees: to - from)
    }
}
