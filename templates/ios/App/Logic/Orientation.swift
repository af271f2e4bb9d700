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

    /// The stored part for a part of the upright picture, which has this size.
    func stored(_ part: CGRect, of upright: CGSize) -> CGRect {
        let ends = [CGPoint(x: part.minX, y: part.minY), CGPoint(x: part.maxX, y: part.maxY)].map { point in
            let (fromRight, fromBelow) = (upright.width - point.x, upright.height - point.y)
            return switch self {
            case .up: point
            case .upMirrored: CGPoint(x: fromRight, y: point.y)
            case .down: CGPoint(x: fromRight, y: fromBelow)
            case .downMirrored: CGPoint(x: point.x, y: fromBelow)
            case .leftMirrored: CGPoint(x: point.y, y: point.x)
            case .right: CGPoint(x: point.y, y: fromRight)
            case .rightMirrored: CGPoint(x: fromBelow, y: fromRight)
            case .left: CGPoint(x: fromBelow, y: point.x)
            }
        }
        return CGRect(
            x: min(ends[0].x, ends[1].x), y: min(ends[0].y, ends[1].y), width: abs(ends[1].x - ends[0].x),
            height: abs(ends[1].y - ends[0].y))
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
