import CoreGraphics
import Foundation
import ImageIO
import PhotosUI
import SwiftUI

/// Reads a picture that the user picked. A file may hold several: the primary one is the picture, not always the first.
enum PhotoLoader {
    /// Pixels of the longest side of what is shown: as many as the largest iPad has.
    private static let previewSide = 2732

    static func load(_ item: PhotosPickerItem) async -> (any OpenedPhoto)? {
        guard let data = try? await item.loadTransferable(type: Data.self) else { return nil }
        return await load(data)
    }

    /// Nil if it is no picture that this device can read.
    @PictureWork
    static func load(_ data: Data) -> Photo? {
        let uncached = [kCGImageSourceShouldCache as String: false] as CFDictionary
        guard let source = CGImageSourceCreateWithData(data as CFData, uncached),
            let size = size(of: source),
            let image = image(source, size, uncached),
            let preview = smaller(source, longestSide: previewSide, isTurned: true),
            let (pixels, colorSpace) = pixels(of: image), isWhole(source)
        else { return nil }
        return Photo(
            pixels: pixels, width: image.width, height: image.height, colorSpace: colorSpace,
            orientation: orientation(of: source), preview: preview)
    }

    /// False: the file ends early, and what lacks is grey. To be asked after decoding.
    private static func isWhole(_ source: CGImageSource) -> Bool {
        let status = CGImageSourceGetStatusAtIndex(source, CGImageSourceGetPrimaryImageIndex(source))
        return status != .statusUnexpectedEOF && status != .statusIncomplete && status != .statusInvalidData
    }

    private static func image(_ source: CGImageSource, _ size: (Int, Int), _ options: CFDictionary) -> CGImage? {
        if let side = PhotoSize.longestSide(width: size.0, height: size.1) {
            return smaller(source, longestSide: side, isTurned: false)
        }
        return CGImageSourceCreateImageAtIndex(source, CGImageSourceGetPrimaryImageIndex(source), options)
    }

    private static func smaller(_ source: CGImageSource, longestSide: Int, isTurned: Bool) -> CGImage? {
        let options: [String: Any] = [
            kCGImageSourceCreateThumbnailFromImageAlways as String: true,
            kCGImageSourceCreateThumbnailWithTransform as String: isTurned,
            kCGImageSourceThumbnailMaxPixelSize as String: longestSide,
            // Otherwise it is decoded where it is drawn first: on the main thread.
            kCGImageSourceShouldCacheImmediately as String: true,
        ]
        return CGImageSourceCreateThumbnailAtIndex(
            source, CGImageSourceGetPrimaryImageIndex(source), options as CFDictionary)
    }

    /// PyTorch's side reads the numbers in the file and asks for no colour profile. So they are drawn into the picture's
    /// own colour space, where none of them changes; only a picture that is not RGB is converted.
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
                    bytesPerRow: bytesPerRow, space: colorSpace, bitmapInfo: Photo.bitmapInfo)
            else { return false }
            context.interpolationQuality = .none
            context.draw(image, in: CGRect(x: 0, y: 0, width: image.width, height: image.height))
            return true
        }
        return isDrawn ? pixels : nil
    }

    private static func size(of source: CGImageSource) -> (Int, Int)? {
        guard let width = property(source, kCGImagePropertyPixelWidth as String),
            let height = property(source, kCGImagePropertyPixelHeight as String), width > 0, height > 0
        else { return nil }
        return (width, height)
    }

    private static func orientation(of source: CGImageSource) -> ExifOrientation {
        ExifOrientation(tag: property(source, kCGImagePropertyOrientation as String))
    }

    private static func property(_ source: CGImageSource, _ name: String) -> Int? {
        let index = CGImageSourceGetPrimaryImageIndex(source)
        let properties = CGImageSourceCopyPropertiesAtIndex(source, index, nil) as? [String: Any]
        return properties?[name] as? Int
    }
}
