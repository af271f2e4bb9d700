import Foundation

/// Number, name and score of each thing, the lowest score first again.
struct LabelLayer: Layer {
    let texts: LabelTexts
    let style: LabelStyle
    /// Above which point of the view a thing's label lies.
    var place: (Box, PictureMapping) -> CGPoint = { $1.rect(of: $0).origin }

    func marks(for result: PictureResult, in mapping: PictureMapping) -> [Mark] {
        let bounds = mapping.free
        let shown = result.boxes.filter { mapping.rect(of: $0).intersects(mapping.visible) }
        let room = bounds.width - 2 * style.margin
        var places = LabelPlaces(
            height: style.lineHeight + 2 * style.margin, bounds: bounds, isCrowd: shown.count > Appearance.manyLabels)
        var marks: [Mark] = []
        for box in shown {
            let label = texts.label(classIndex: box.classIndex, score: box.score, room: room, id: box.track)
            let width = label.width + 2 * style.margin
            let point = place(box, mapping)
            let left = min(max(point.x, bounds.minX), max(bounds.minX, bounds.maxX - width))
            guard let plate = places.place(left: left, width: width, boxTop: point.y) else { continue }
            marks.append(.label(plate, label.text, box.color))
        }
        return marks.reversed()
    }
}
