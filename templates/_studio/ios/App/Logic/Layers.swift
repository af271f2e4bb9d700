import Foundation

/// One thing to draw over a picture, in points of the view or in pixels of the picture that is shared.
enum Mark: Equatable {
    /// Round a thing that was found.
    case outline(CGRect, ClassColor)
    /// From point to point, and back to the first one where it is closed.
    case path([CGPoint], isClosed: Bool, ClassColor)
    case dot(CGPoint, ClassColor)
    /// A picture that can be seen through.
    case painting(Painting, Placement)
    /// A text on a plate of the class's colour; in letters that are seen on it.
    case label(CGRect, String, ClassColor)
    /// Filled, as opaque as this.
    case plate(CGRect, ClassColor, opacity: Double)
    /// From this point to the right and down; its letters are so many times as large as those of labels.
    case text(String, CGPoint, ClassColor, scale: Double)
}

/// A picture in memory: 4 bytes a pixel, red, green and blue, each times the last one, the opacity; in sRGB.
struct Painting: Equatable, Sendable {
    let width: Int
    let height: Int
    let rgba: Data
}

/// Where a painting's corners lie, and what may be seen of it.
struct Placement: Equatable {
    /// Of its first pixel.
    let topLeft: CGPoint
    let topRight: CGPoint
    let bottomLeft: CGPoint
    let visible: CGRect
}

/// Draws one part of a result. What each draws lies on what those before it drew.
///
/// A task that finds more than boxes brings a layer for it: masks below the boxes, skeletons between boxes and labels.
protocol Layer {
    func marks(for result: PictureResult, in mapping: PictureMapping) -> [Mark]
}

extension CGRect {
    /// The nearest place where all of it is seen; what is larger begins there.
    func moved(into bounds: CGRect) -> CGRect {
        CGRect(
            x: min(max(minX, bounds.minX), max(bounds.minX, bounds.maxX - width)),
            y: min(max(minY, bounds.minY), max(bounds.minY, bounds.maxY - height)), width: width, height: height)
    }
}

/// How labels look, in the units of what is drawn on.
struct LabelStyle: Equatable {
    let lineHeight: Double
    let margin: Double
}
