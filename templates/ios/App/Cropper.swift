import CoreGraphics
import CoreImage
import CoreVideo
import Foundation

/// Makes the pictures that result processors get. Pixels are read for a crop only.
final class Cropper {
    /// Made for the first crop: that takes longer than a crop.
    private(set) lazy var context = CIContext()

    /// Of a frame of a camera or video. `size`: upright.
    func picture(of frame: CVPixelBuffer, _ orientation: ExifOrientation, size: CGSize) -> Picture {
        Picture(size: size) { [self] part in
            let stored = CIImage(cvPixelBuffer: frame)
            let place = orientation.stored(part, of: size).fromBottom(of: stored.extent.height)
            return upright(stored.cropped(to: place), orientation)
        }
    }

    /// Of a photo as it is stored. Core Image gets the part only: the photo may be large.
    func picture(
        of photo: @autoclosure @escaping () -> CGImage?, _ orientation: ExifOrientation, size: CGSize
    ) -> Picture {
        Picture(size: size) { [self] part in
            guard let crop = photo()?.cropping(to: orientation.stored(part, of: size)) else { return nil }
            return upright(CIImage(cgImage: crop), orientation)
        }
    }

    private func upright(_ crop: CIImage, _ orientation: ExifOrientation) -> CGImage? {
        let upright = crop.oriented(forExifOrientation: Int32(orientation.rawValue))
        return context.createCGImage(upright, from: upright.extent)
    }
}
