@testable import App

/// A picture in memory. Its bytes end with the last pixel: the last row has no padding.
struct Pixels {
    var bytes: [UInt8]
    var width: Int
    var height: Int
    var bytesPerRow: Int
    var format: PixelFormat
    var orientation: ImageOrientation

    /// An upright picture of three bytes a pixel, without padding.
    init(_ picture: GoldenPicture) {
        bytes = [UInt8](picture.rgb)
        width = picture.width
        height = picture.height
        bytesPerRow = 3 * width
        format = .rgb
        orientation = .up
    }

    /// Stores an upright picture of `.rgb` in another format, and each row with so many bytes after it.
    func stored(as format: PixelFormat, padding: Int) -> Pixels {
        let bytesPerPixel = format == .rgb ? 3 : 4
        var other = self
        other.format = format
        other.bytesPerRow = bytesPerPixel * width + padding
        other.bytes = [UInt8](repeating: Self.filler, count: other.bytesPerRow * height - padding)
        for y in 0..<height {
            for x in 0..<width {
                let from = y * bytesPerRow + 3 * x
                let to = y * other.bytesPerRow + bytesPerPixel * x
                for channel in 0..<3 {
                    other.bytes[to + (format == .bgra ? 2 - channel : channel)] = bytes[from + channel]
                }
            }
        }
        return other
    }

    /// Stores an upright picture of `.rgb` so that it has to be turned by `orientation` to be upright again.
    func stored(turned orientation: ImageOrientation) -> Pixels {
        let isOnItsSide = orientation.rawValue >= ImageOrientation.leftMirrored.rawValue
        var other = self
        other.orientation = orientation
        other.width = isOnItsSide ? height : width
        other.height = isOnItsSide ? width : height
        other.bytesPerRow = 3 * other.width
        for y in 0..<height {
            for x in 0..<width {
                let (column, row) = place(x, y, orientation)
                for channel in 0..<3 {
                    other.bytes[row * other.bytesPerRow + 3 * column + channel] =
                        bytes[y * bytesPerRow + 3 * x + channel]
                }
            }
        }
        return other
    }

    /// Where an upright pixel is stored: EXIF names the side of the picture at which row and column 0 lie.
    private func place(_ x: Int, _ y: Int, _ orientation: ImageOrientation) -> (column: Int, row: Int) {
        let right = width - 1 - x
        let bottom = height - 1 - y
        switch orientation {
        case .up: return (x, y)
        case .upMirrored: return (right, y)
        case .down: return (right, bottom)
        case .downMirrored: return (x, bottom)
        case .leftMirrored: return (y, x)
        case .right: return (y, right)
        case .rightMirrored: return (bottom, right)
        case .left: return (bottom, x)
        @unknown default: return (x, y)
        }
    }

    /// Of alpha and padding, which must not matter.
    private static let filler: UInt8 = 0xA5
}
