import CoreGraphics
import Foundation
import ImageIO
import PhotosUI
import SwiftUI

/// A photo as it is stored: its own pixels in its own colour space, not turned.
struct Photo: OpenedPhoto {
    let id = UUID()
    /// 4 bytes a pixel: red, green, blue, unused.
    let pixels: Data
    let width: Int
    let height: Int
    let colorSpace: CGColorSpace
    let orientation: ExifOrientation
    /// Upright, and no larger than a screen.
    let preview: CGImage

    static let bytesPerPixel = 4

    var image: CGImage? { Photo.image(of: pixels, width: width, height: height, colorSpace) }

    func detect(with detector: Detector) throws -> DetectionResult {
        try pixels.withUnsafeBytes { pixels in
            guard let bytes = pixels.baseAddress else {
                throw DetectorError.invalidPicture("a photo of \(width) x \(height) pixels has no bytes")
            }
            return try detector.detect(
                bytes: bytes, width: width, height: height, bytesPerRow: width * Photo.bytesPerPixel,
                pixelFormat: .rgba, orientation: ImageOrientation(orientation))
        }
    }

    /// The pixels as an image, not copied.
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

/// Reads photos. A file may contain several pictures: the primary one is read.
enum PhotoLoader {
    /// The longest side of the preview: the pixels of the largest iPad.
    private static let previewSide = 2732

    static func load(_ item: PhotosPickerItem) async -> (any OpenedPhoto)? {
        do {
            guard let data = try await item.loadTransferable(type: Data.self) else { return nil }
            return await load(data)
        } catch {
            // Such as a photo in iCloud that cannot be downloaded.
            NSLog("%@", NSString(string: "The photo cannot be loaded: \(error.localizedDescription)"))
            return nil
        }
    }

    /// Nil if this device cannot read it.
    @PictureWork
    static func load(_ data: Data) -> Photo? {
        let uncached = [kCGImageSourceShouldCache as String: false] as CFDictionary
        guard let source = CGImageSourceCreateWithData(data as CFData, uncached) else { return nil }
        let index = CGImageSourceGetPrimaryImageIndex(source)
        let properties = CGImageSourceCopyPropertiesAtIndex(source, index, nil) as? [String: Any]
        func property(_ name: CFString) -> Int? { properties?[name as String] as? Int }
        guard let width = property(kCGImagePropertyPixelWidth), let height = property(kCGImagePropertyPixelHeight),
            width > 0, height > 0,
            let image = PhotoSize.longestSide(width: width, height: height).map({ side in
                reduced(source, longestSide: side, isTurned: false)
            }) ?? CGImageSourceCreateImageAtIndex(source, index, uncached),
            let preview = reduced(source, longestSide: previewSide, isTurned: true),
            let (pixels, colorSpace) = pixels(of: image), isComplete(source)
        else { return nil }
        return Photo(
            pixels: pixels, width: image.width, height: image.height, colorSpace: colorSpace,
            orientation: ExifOrientation(tag: property(kCGImagePropertyOrientation)), preview: preview)
    }

    /// False if the end of the file is missing. Known after decoding.
    private static func isComplete(_ source: CGImageSource) -> Bool {
        let status = CGImageSourceGetStatusAtIndex(source, CGImageSourceGetPrimaryImageIndex(source))
        return status != .statusUnexpectedEOF && status != .statusIncomplete && status != .statusInvalidData
    }

    private static func reduced(_ source: CGImageSource, longestSide: Int, isTurned: Bool) -> CGImage? {
        let options: [String: Any] = [
            kCGImageSourceCreateThumbnailFromImageAlways as String: true,
            kCGImageSourceCreateThumbnailWithTransform as String: isTurned,
            kCGImageSourceThumbnailMaxPixelSize as String: longestSide,
            // Else it is decoded where it is drawn first: on the main thread.
            kCGImageSourceShouldCacheImmediately as String: true,
        ]
        return CGImageSourceCreateThumbnailAtIndex(
            source, CGImageSourceGetPrimaryImageIndex(source), options as CFDictionary)
    }

    /// PyTorch reads the numbers in the file and ignores colour profiles. So the pixels are drawn into the picture's own
    /// colour space, which changes no number. Only pictures that are not RGB are converted.
    private static func pixels(of image: CGImage) -> (Data, CGColorSpace)? {
        if let own = image.colorSpace, own.model == .rgb, let pixels = draw(image, own) { return (pixels, own) }
        let device = CGColorSpaceCreateDeviceRGB()
        return draw(image, device).map { ($0, device) }
    }

    private static func draw(_ image: CGImage, _ colorSpace: CGColorSpace) -> Data? {
        let bytesPerRow = image.width * Photo.bytesPerPixel
        var pixels = Data(count: bytesPerRow * image.height)
        let isDrawn = pixels.withUnsafeMutableBytes { bytes in
            guard
                let context = CGContext(
                    data: bytes.baseAddress, width: image.width, height: image.height, bitsPerComponent: 8,
                    bytesPerRow: bytesPerRow, space: colorSpace, bitmapInfo: CGImageAlphaInfo.noneSkipLast.rawValue)
            else { return false }
            context.interpolationQuality = .none
            context.draw(image, in: CGRect(x: 0, y: 0, width: image.width, height: image.height))
            return true
        }
        return isDrawn ? pixels : nil
    }
}

/// Photos are decoded and drawn on this actor, never on the main thread.
@globalActor
actor PictureWork {
    static let shared = PictureWork()
}
