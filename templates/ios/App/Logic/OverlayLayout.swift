import Foundation

/// Boxes and labels with their places and colours: what is left to do is to draw them, in this order.
struct OverlayLayout: Equatable {
    struct Outline: Equatable {
        let rect: CGRect
        let color: ClassColor
    }

    struct Label: Equatable {
        let rect: CGRect
        let text: String
        let color: ClassColor
    }

    /// How labels look, in the view's points.
    struct Style: Equatable {
        let lineHeight: Double
        let margin: Double
    }

    /// The lowest score first: the best lies on top.
    private(set) var outlines: [Outline] = []
    /// On top of all boxes, the lowest score first again.
    private(set) var labels: [Label] = []

    /// `boxes`: best first.
    init(boxes: [Box], mapping: PictureMapping, texts: LabelTexts, style: Style) {
        if mapping.isEmpty { return }
        let seen = boxes.compactMap { box in
            let rect = mapping.rect(of: box)
            return rect.intersects(mapping.visible) ? (box: box, rect: rect) : nil
        }
        outlines = seen.reversed().map { Outline(rect: $0.rect, color: ClassColor(classIndex: $0.box.classIndex)) }
        let bounds = mapping.visible
        var places = LabelPlaces(
            height: style.lineHeight + 2 * style.margin, bounds: bounds, isCrowd: seen.count > Appearance.manyLabels)
        for (box, rect) in seen {
            let room = bounds.width - 2 * style.margin
            let label = texts.label(classIndex: box.classIndex, score: box.score, room: room)
            let width = label.width + 2 * style.margin
            let left = min(max(rect.minX, bounds.minX), max(bounds.minX, bounds.maxX - width))
            guard let place = places.place(left: left, width: width, boxTop: rect.minY) else { continue }
            labels.append(Label(rect: place, text: label.text, color: ClassColor(classIndex: box.classIndex)))
        }
        labels.reverse()
    }
}
