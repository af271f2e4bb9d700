import CoreGraphics
import Foundation

/// A photo as it is stored: its own pixels, in its own colours, never turned.
struct Photo: StillPicture {
    /// 4 bytes a pixel: red, green, blue, and one that means nothing.
    let pixels: Data
    let width: Int
    let height: Int
    let colorSpace: CGColorSpace
    let orientation: ExifOrientation
    /// Upright, and no larger than a screen.
    let preview: CGImage
    let previewOrientation = ExifOrientation.up

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

    var image: CGImage? { Photo.image(of: pixels, width: width, height: height, colorSpace) }

    /// The same pixels, not copied.
    static func image(
        of pixels: Data, width: Int, height: Int, _ space: CGColorSpace, alpha: CGImageAlphaInfo = .noneSkipLast
    ) -> CGImage? {
        guard let provider = CGDataProvider(data: pixels as CFData) else { return nil }
        return CGImage(
            width: width, height: height, bitsPerComponent: 8, bitsPerPixel: 8 * bytesPerPixel,
            bytesPerRow: width * bytesPerPixel, space: space, bitmapInfo: CGBitmapInfo(rawValue: alpha.rawValue),
            provider: provider, decode: nil, shouldInterpolate: true, intent: .defaultIntent)
    }
}

extension Photo {
    /// One that came with the app.
    init(_ golden: GoldenPicture) throws {
        let rgb = [UInt8](golden.rgb)  // once: each time that it is asked for it is an object of its own
        var rgbx = [UInt8](repeating: .max, count: golden.width * golden.height * Photo.bytesPerPixel)
        for number in 0..<golden.width * golden.height {
            for part in 0..<3 { rgbx[number * Photo.bytesPerPixel + part] = rgb[3 * number + part] }
        }
        let pixels = Data(rgbx)
        let space = CGColorSpaceCreateDeviceRGB()
        guard
            let image = Photo.image(of: pixels, width: golden.width, height: golden.height, space)
        else { throw DetectorError(.invalidImage) }
        self.init(
            pixels: pixels, width: golden.width, height: golden.height, colorSpace: space, orientation: .up, preview: image)
    }
}
