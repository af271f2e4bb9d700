import Foundation

/// One thing to draw over a picture, in points of the view or in pixels of the picture that is shared.
enum Mark: Equatable {
    /// Round a thing that was found.
    case outline(CGRect, ClassColor)
    /// A text on a plate of the class's colour; in letters that are seen on it.
    case label(CGRect, String, ClassColor)
}

/// Draws one part of a result. What each draws lies on what those before it drew.
///
/// A task that finds more than boxes brings a layer for it: masks below the boxes, skeletons between boxes and labels.
protocol Layer {
    func marks(for result: PictureResult, in mapping: PictureMapping) -> [Mark]
}

/// All that is drawn over a picture: on the screen, over camera and photos, and on pictures that are shared.
struct Drawing {
    let layers: [any Layer]

    init(layers: [any Layer]) {
        self.layers = layers
    }

    /// The layers of this app, from the lowest to the uppermost.
    init(texts: LabelTexts, style: LabelStyle) {
        self.init(layers: [BoxLayer(), LabelLayer(texts: texts, style: style)])
    }

    func marks(for result: PictureResult, in mapping: PictureMapping) -> [Mark] {
        mapping.isEmpty ? [] : layers.flatMap { $0.marks(for: result, in: mapping) }
    }
}

/// The box of each thing, the lowest score first: the best lies on top.
struct BoxLayer: Layer {
    func marks(for result: PictureResult, in mapping: PictureMapping) -> [Mark] {
        result.boxes.reversed().compactMap { box in
            let rect = mapping.rect(of: box)
            return rect.intersects(mapping.visible) ? .outline(rect, ClassColor(classIndex: box.classIndex)) : nil
        }
    }
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

    func marks(for result: PictureResult, in mapping: PictureMapping) -> [Mark] {
        let bounds = mapping.visible
        let shown = result.boxes.map { ($0, mapping.rect(of: $0)) }.filter { $0.1.intersects(bounds) }
        let room = bounds.width - 2 * style.margin
        var places = LabelPlaces(
            height: style.lineHeight + 2 * style.margin, bounds: bounds, isCrowd: shown.count > Appearance.manyLabels)
        var marks: [Mark] = []
        for (box, rect) in shown {
            let label = texts.label(classIndex: box.classIndex, score: box.score, room: room)
            let width = label.width + 2 * style.margin
            let left = min(max(rect.minX, bounds.minX), max(bounds.minX, bounds.maxX - width))
            guard let place = places.place(left: left, width: width, boxTop: rect.minY) else { continue }
            marks.append(.label(place, label.text, ClassColor(classIndex: box.classIndex)))
        }
        return marks.reversed()
    }
}
