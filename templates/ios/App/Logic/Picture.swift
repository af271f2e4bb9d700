import CoreGraphics
import Foundation

/// The picture of a result: upright, as the camera took it. Only the screen mirrors a front camera.
///
/// Use it during `ResultProcessor.process` only: it holds the camera's own pixels. Nothing is copied before a crop.
struct Picture {
    /// In pixels. Positions in the result are in this picture, from its top left corner.
    let size: CGSize
    private let copy: (_ part: CGRect) -> CGImage?

    /// `copy`: returns a part of the picture, in whole pixels inside it.
    init(size: CGSize, copy: @escaping (_ part: CGRect) -> CGImage?) {
        (self.size, self.copy) = (size, copy)
    }

    /// A copy of the pixels that a box touches, such as `result.boxes[0].frame`, cut at the picture's border.
    ///
    /// Nil: the box is empty or outside the picture.
    func crop(of box: CGRect) -> CGImage? {
        guard box.minX < box.maxX, box.minY < box.maxY else { return nil }  // false for NaN
        let (left, top) = (max(0, box.minX.rounded(.down)), max(0, box.minY.rounded(.down)))
        let (right, bottom) = (min(size.width, box.maxX.rounded(.up)), min(size.height, box.maxY.rounded(.up)))
        guard left < right, top < bottom else { return nil }
        return copy(CGRect(x: left, y: top, width: right - left, height: bottom - top))
    }
}

/// The orientation of stored rows, in EXIF's numbers: `right` must be turned clockwise by 90 degrees.
enum ExifOrientation: Int, Sendable {
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

extension CGRect {
    /// The same part of a picture, with rows counted from its bottom, as Core Image does.
    func fromBottom(of height: CGFloat) -> CGRect {
        CGRect(x: minX, y: height - maxY, width: width, height: self.height)
    }
}

/// The limit of photos, so that they fit into memory.
enum PhotoSize {
    /// Pixels. A phone's 48 megapixels are detected as they are.
    static let maxPixels = 50_000_000

    /// The longest side of a reduced photo; nil: it is not reduced.
    static func longestSide(width: Int, height: Int) -> Int? {
        let pixels = Double(width) * Double(height)
        guard pixels > Double(maxPixels) else { return nil }
        let scale = (Double(maxPixels) / pixels).squareRoot()
        return max(1, Int((Double(max(width, height)) * scale).rounded(.down)))
    }
}
