import CoreGraphics
import Foundation
import ImageIO
import PhotosUI
import SwiftUI

/// Reads a photo that the user picked.
enum PhotoReader {
    /// Pixels of the longest side: larger photos are made smaller, to fit into memory.
    private static let longestSide = 4096

    /// Nil if the photo cannot be read.
    static func read(_ item: PhotosPickerItem) async -> Bitmap? {
        guard let data = try? await item.loadTransferable(type: Data.self) else { return nil }
        return bitmap(of: data)
    }

    private static func bitmap(of data: Data) -> Bitmap? {
        let options: [String: Any] = [
            kCGImageSourceCreateThumbnailFromImageAlways as String: true,
            kCGImageSourceCreateThumbnailWithTransform as String: true,  // upright
            kCGImageSourceThumbnailMaxPixelSize as String: longestSide,
        ]
        guard let source = CGImageSourceCreateWithData(data as CFData, nil),
            let image = CGImageSourceCreateThumbnailAtIndex(
                source, CGImageSourceGetPrimaryImageIndex(source), options as CFDictionary)
        else { return nil }
        return Bitmap(image)
    }
}

extension Bitmap {
    private static let bytesPerPixel = 4

    /// Draws the image in sRGB. Nil if there is not enough memory.
    init?(_ image: CGImage) {
        let bytesPerRow = image.width * Bitmap.bytesPerPixel
        var rgba = Data(count: bytesPerRow * image.height)
        let isDrawn = rgba.withUnsafeMutableBytes { bytes in
            guard let space = CGColorSpace(name: CGColorSpace.sRGB),
                let context = CGContext(
                    data: bytes.baseAddress, width: image.width, height: image.height, bitsPerComponent: 8,
                    bytesPerRow: bytesPerRow, space: space, bitmapInfo: CGImageAlphaInfo.premultipliedLast.rawValue)
            else { return false }
            context.draw(image, in: CGRect(x: 0, y: 0, width: image.width, height: image.height))
            return true
        }
        guard isDrawn else { return nil }
        self.init(width: image.width, height: image.height, rgba: rgba)
    }

    /// The same pixels, not copied.
    var image: CGImage? {
        guard width > 0, height > 0, let space = CGColorSpace(name: CGColorSpace.sRGB),
            let provider = CGDataProvider(data: rgba as CFData)
        else { return nil }
        return CGImage(
            width: width, height: height, bitsPerComponent: 8, bitsPerPixel: 8 * Bitmap.bytesPerPixel,
            bytesPerRow: width * Bitmap.bytesPerPixel, space: space,
            bitmapInfo: CGBitmapInfo(rawValue: CGImageAlphaInfo.premultipliedLast.rawValue), provider: provider,
            decode: nil, shouldInterpolate: true, intent: .defaultIntent)
    }
}
