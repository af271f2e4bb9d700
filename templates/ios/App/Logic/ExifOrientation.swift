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

    /// Whether the upright picture is as wide as the stored one is high.
    var swapsSides: Bool { rawValue >= ExifOrientation.leftMirrored.rawValue }
}
