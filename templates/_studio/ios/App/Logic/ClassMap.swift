import Foundation

/// The legend in the lower left corner: colour, name and share of each class, the largest on top.
struct LegendLayer: Layer {
    static let maxLines = 12
    /// Share of the visible height.
    static let maxHeight = 0.5
    static let plateOpacity = 0.6

    let texts: LabelTexts
    let style: LabelStyle

    func marks(for result: VisionResult, in mapping: PictureMapping) -> [Mark] {
        let (bounds, margin) = (mapping.free, style.margin)
        let height = style.lineHeight + margin
        let square = style.lineHeight - margin
        // At least one line, if it fits at all.
        let fitting = max(LegendLayer.maxHeight * bounds.height, min(bounds.height, height + 2 * margin))
        let lines = min(LegendLayer.maxLines, Int((fitting - 2 * margin) / height))
        let room = bounds.width - square - 6 * margin
        let labels = result.shares.prefix(max(lines, 0)).map { one in
            (one.classIndex, texts.label(className: one.className, score: one.share, room: room))
        }
        guard let widest = labels.map(\.1.width).max() else { return [] }
        let size = CGSize(width: square + widest + 6 * margin, height: Double(labels.count) * height + 2 * margin)
        let plate = CGRect(x: bounds.minX, y: bounds.maxY - size.height, width: size.width, height: size.height)
        var marks: [Mark] = [.plate(plate, .black, opacity: LegendLayer.plateOpacity)]
        for (line, (classIndex, label)) in labels.enumerated() {
            let top = plate.minY + margin + Double(line) * height
            let place = CGRect(x: plate.minX + 2 * margin, y: top + margin, width: square, height: square)
            let text = CGPoint(x: place.maxX + 2 * margin, y: top + margin / 2)
            marks += [
                .plate(place, ClassColor(classIndex: classIndex), opacity: 1), .text(label.text, text, .white, scale: 1),
            ]
        }
        return marks
    }
}
