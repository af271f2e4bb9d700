import CoreGraphics
import Foundation

// Doubles of Apple's types that keep pixels as numbers. Core Image counts rows from the bottom; a buffer and a CGImage have
// their first row at the top.

typealias CVPixelBuffer = Pixels

final class Pixels: CGImage, @unchecked Sendable {
    fileprivate let numbers: [[Int]]

    init(_ rows: [[Int]]) {
        numbers = rows
        super.init(width: rows.first?.count ?? 0, height: rows.count)
    }
}

extension CGImage {
    var rows: [[Int]] { (self as? Pixels)?.numbers ?? [] }

    func cropping(to part: CGRect) -> CGImage? {
        guard part == part.intersection(CGRect(x: 0, y: 0, width: width, height: height)) else { return nil }
        return Pixels(rows[Int(part.minY)..<Int(part.maxY)].map { Array($0[Int(part.minX)..<Int(part.maxX)]) })
    }
}

struct CIImage {
    let extent: CGRect
    private let pixel: (_ x: CGFloat, _ y: CGFloat) -> Int  // of a place in the extent

    private init(extent: CGRect, pixel: @escaping (_ x: CGFloat, _ y: CGFloat) -> Int) {
        (self.extent, self.pixel) = (extent, pixel)
    }

    init(cgImage: CGImage) {
        let rows = cgImage.rows
        self.init(extent: CGRect(x: 0, y: 0, width: cgImage.width, height: cgImage.height)) { x, y in
            rows[rows.count - 1 - Int(y)][Int(x)]
        }
    }

    init(cvPixelBuffer: CVPixelBuffer) {
        self.init(cgImage: cvPixelBuffer)
    }

    func cropped(to part: CGRect) -> CIImage {
        CIImage(extent: extent.intersection(part), pixel: pixel)
    }

    /// By EXIF's definition of the sides at which the first row and column are. The result's origin is anywhere.
    func oriented(forExifOrientation orientation: Int32) -> CIImage {
        let (width, height) = (extent.width, extent.height)
        let origin = CGPoint(x: 3, y: -5)
        let turned = orientation < 5 ? extent.size : CGSize(width: height, height: width)
        return CIImage(extent: CGRect(origin: origin, size: turned)) { [extent, pixel] x, y in
            let (right, up) = (x - origin.x, y - origin.y)
            let (left, down) = (turned.width - right, turned.height - up)
            // The distances from the stored picture's left side and from its top: its first column and row.
            let (column, row) =
                switch orientation {
                case 1: (right, down)  // the first row is the top, the first column is left
                case 2: (left, down)  // top, right
                case 3: (left, up)  // bottom, right
                case 4: (right, up)  // bottom, left
                case 5: (down, right)  // left, top
                case 6: (down, left)  // right, top
                case 7: (up, left)  // right, bottom
                default: (up, right)  // left, bottom
                }
            return pixel(extent.minX + column, extent.minY + height - row)
        }
    }

    fileprivate func rows(of part: CGRect) -> [[Int]] {
        stride(from: part.maxY - 1, through: part.minY, by: -1).map { y in
            stride(from: part.minX, to: part.maxX, by: 1).map { pixel($0 + 0.5, y + 0.5) }
        }
    }
}

struct CIContext {
    nonisolated(unsafe) static var count = 0

    init() {
        CIContext.count += 1
    }

    func createCGImage(_ image: CIImage, from part: CGRect) -> CGImage? {
        Pixels(image.rows(of: part))
    }
}

struct UIImage {
    let cgImage: CGImage

    func jpegData(compressionQuality: Double) -> Data? {
        try? JSONEncoder().encode(cgImage.rows)
    }
}

extension URL {
    static let documentsDirectory: URL = {
        let folder = FileManager.default.temporaryDirectory.appending(path: UUID().uuidString)
        try? FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        return folder
    }()
}
