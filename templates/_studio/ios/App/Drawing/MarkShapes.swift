import SwiftUI

// What marks are made of, as the painters draw it.

extension Path {
    init(through points: [CGPoint], isClosed: Bool) {
        self.init { path in
            path.addLines(points)
            if isClosed { path.closeSubpath() }
        }
    }

    init(dot center: CGPoint, radius: Double) {
        self.init(ellipseIn: CGRect(x: center.x - radius, y: center.y - radius, width: 2 * radius, height: 2 * radius))
    }
}

extension Painting {
    /// The same pixels, not copied.
    var image: CGImage? {
        guard width > 0, height > 0, let space = CGColorSpace(name: CGColorSpace.sRGB) else { return nil }
        return Photo.image(of: rgba, width: width, height: height, space, alpha: .premultipliedLast)
    }
}

extension Placement {
    /// From a painting's pixels to where they lie.
    func transform(width: Int, height: Int) -> CGAffineTransform {
        CGAffineTransform(
            a: (topRight.x - topLeft.x) / Double(width), b: (topRight.y - topLeft.y) / Double(width),
            c: (bottomLeft.x - topLeft.x) / Double(height), d: (bottomLeft.y - topLeft.y) / Double(height),
            tx: topLeft.x, ty: topLeft.y)
    }
}
