import Foundation

/// How the rows of a stored picture lie, in EXIF's numbers: `right` is to be turned clockwise by 90 degrees.
enum ExifOrientation: Int, CaseIterable, Sendable {
    case up = 1
    case upMirrored
    case down
    case downMirrored
    case leftMirrored
    case right
    case rightMirrored
    case left

    /// What a file says of itself. Without a tag, or with one that EXIF does not know, the rows are taken as they lie.
    init(tag: Int?) {
        self = tag.flatMap(ExifOrientation.init(rawValue:)) ?? .up
    }

    /// For camera frames that are upright once they are turned clockwise by this many degrees.
    init(rotationAngle: Double) {
        switch QuarterTurns.count(degrees: rotationAngle) {
        case 1: self = .right
        case 2: self = .down
        case 3: self = .left
        default: self = .up
        }
    }

    /// For a video's frames: from a stored place (x, y) to the upright one at (a x + c y, b x + d y), moved into view. What
    /// is turned by other angles is taken as the nearest.
    init(a: Double, b: Double, c: Double, d: Double) {
        if abs(b) + abs(c) > abs(a) + abs(d) {
            self = b < 0 ? (c < 0 ? .rightMirrored : .left) : (c < 0 ? .right : .leftMirrored)
        } else {
            self = a < 0 ? (d < 0 ? .down : .upMirrored) : (d < 0 ? .downMirrored : .up)
        }
    }

    /// For a picture that is shown turned clockwise by so many quarters beside that; of pictures that are not mirrored.
    func turned(by quarterTurns: Int) -> ExifOrientation {
        let inCircle: [ExifOrientation] = [.up, .right, .down, .left]
        guard let place = inCircle.firstIndex(of: self) else { return self }
        return inCircle[((place + quarterTurns) % 4 + 4) % 4]
    }

    /// For a picture that is shown as in a mirror.
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

    /// Where a part of the upright picture, which has this size, lies among the stored rows.
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
