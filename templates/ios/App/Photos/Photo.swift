import CoreGraphics
import Foundation

/// A photo as it is stored: its own pixels, in its own colours, never turned.
struct Photo: OpenedPhoto {
    /// 4 bytes a pixel: red, green, blue, and one that means nothing.
    let pixels: Data
    let width: Int
    let height: Int
    let colorSpace: CGColorSpace
    let orientation: ExifOrientation
    /// Upright, and no larger than a screen.
    let preview: CGImage

    static let bytesPerPixel = 4
    static let bitmapInfo = CGImageAlphaInfo.noneSkipLast.rawValue

    func detect(with detector: Detector) throws -> DetectionResult {
        try pixels.withUnsafeBytes { pixels in
            guard let bytes = pixels.baseAddress else { throw DetectorError(.invalidImage) }
            return try detector.detect(
                bytes: bytes, width: width, height: height, bytesPerRow: width * Photo.bytesPerPixel,
                pixelFormat: .rgba, orientation: ImageOrientation(orientation))
        }
    }

    /// The same, with what becomes of the photo at every stage.
    func capture(with detector: Detector) throws -> DetectorCapture {
        try pixels.withUnsafeBytes { pixels in
            guard let bytes = pixels.baseAddress else { throw DetectorError(.invalidImage) }
            return try detector.capture(
                bytes: bytes, width: width, height: height, bytesPerRow: width * Photo.bytesPerPixel,
                pixelFormat: .rgba, orientation: ImageOrientation(orientation))
        }
    }

    /// The same pixels, not copied.
    var image: CGImage? {
        guard let provider = CGDataProvider(data: pixels as CFData) else { return nil }
        return CGImage(
            width: width, height: height, bitsPerComponent: 8, bitsPerPixel: 8 * Photo.bytesPerPixel,
            bytesPerRow: width * Photo.bytesPerPixel, space: colorSpace,
            bitmapInfo: CGBitmapInfo(rawValue: Photo.bitmapInfo), provider: provider, decode: nil,
            shouldInterpolate: true, intent: .defaultIntent)
    }
}
