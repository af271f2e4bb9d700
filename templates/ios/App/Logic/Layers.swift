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

/// How labels look, in the units of what is drawn on.
struct LabelStyle: Equatable {
    let lineHeight: Double
    let margin: Double
}

/// Name and score of each thing, the lowest score first again.
struct LabelLayer: Layer {
    let texts: LabelTexts
    let style: LabelStyle
    /// Above which point of the view a thing's label lies.
    var place: (Box, PictureMapping) -> CGPoint = { $1.rect(of: $0).origin }

    func marks(for result: PictureResult, in mapping: PictureMapping) -> [Mark] {
        let bounds = mapping.visible
        let shown = result.boxes.filter { mapping.rect(of: $0).intersects(bounds) }
        let room = bounds.width - 2 * style.margin
        var places = LabelPlaces(
            height: style.lineHeight + 2 * style.margin, bounds: bounds, isCrowd: shown.count > Appearance.manyLabels)
        var marks: [Mark] = []
        for box in shown {
            let label = texts.label(classIndex: box.classIndex, score: box.score, room: room)
            let width = label.width + 2 * style.margin
            let point = place(box, mapping)
            let left = min(max(point.x, bounds.minX), max(bounds.minX, bounds.maxX - width))
            guard let plate = places.place(left: left, width: width, boxTop: point.y) else { continue }
            marks.append(.label(plate, label.text, ClassColor(classIndex: box.classIndex)))
        }
        return marks.reversed()
    }
}
