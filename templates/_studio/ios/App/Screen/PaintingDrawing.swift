import UIKit

extension ResultPainter {
    /// Draws a painting into the visible part of the picture.
    func draw(_ painting: Bitmap, _ placement: Placement, in context: CGContext) {
        guard let image = painting.image else { return }
        context.saveGState()
        defer { context.restoreGState() }
        context.clip(to: placement.visible)
        context.concatenate(placement.transform(width: image.width, height: image.height))
        let place = CGRect(x: 0, y: 0, width: image.width, height: image.height)
        // By UIKit: the first row of a CGContext is at the bottom.
        UIImage(cgImage: image, scale: 1, orientation: .up).draw(in: place)
    }
}

extension Bitmap {
    /// The same pixels, not copied.
    fileprivate var image: CGImage? {
        guard width > 0, height > 0, let space = CGColorSpace(name: CGColorSpace.sRGB) else { return nil }
        return Photo.image(of: rgba, width: width, height: height, space, alpha: .premultipliedLast)
    }
}

extension Placement {
    /// From the pixels of a painting to their place.
    fileprivate func transform(width: Int, height: Int) -> CGAffineTransform {
        CGAffineTransform(
            a: (topRight.x - topLeft.x) / Double(width), b: (topRight.y - topLeft.y) / Double(width),
            c: (bottomLeft.x - topLeft.x) / Double(height), d: (bottomLeft.y - topLeft.y) / Double(height),
            tx: topLeft.x, ty: topLeft.y)
    }
}
