import Foundation

/// Which colour is which class, and which share of the picture it has: in the lower left corner of what is seen of the
/// picture, the largest on top.
struct LegendLayer: Layer {
    static let most = 12
    /// Of the height of what is seen: the rest of the picture stays free, however large the letters are.
    static let highest = 0.5
    /// Of what the letters stand on.
    static let darkness = 0.6

    let texts: LabelTexts
    let style: LabelStyle

    func marks(for result: PictureResult, in mapping: PictureMapping) -> [Mark] {
        let (bounds, margin) = (mapping.free, style.margin)
        let height = style.lineHeight + margin
        let square = style.lineHeight - margin
        // One line stands there if it fits at all.
        let fitting = [LegendLayer.highest * bounds.height, min(bounds.height, height + 2 * margin)].max() ?? 0
        let lines = min(LegendLayer.most, Int((fitting - 2 * margin) / height))
        let room = bounds.width - square - 6 * margin
        let labels = result.classMap.shares.prefix(max(lines, 0)).map { one in
            (one.classIndex, texts.label(classIndex: one.classIndex, score: one.share, room: room))
        }
        guard let widest = labels.map(\.1.width).max() else { return [] }
        let size = CGSize(width: square + widest + 6 * margin, height: Double(labels.count) * height + 2 * margin)
        let plate = CGRect(x: bounds.minX, y: bounds.maxY - size.height, width: size.width, height: size.height)
        var marks: [Mark] = [.plate(plate, ClassColor(rgb: 0x000000), opacity: LegendLayer.darkness)]
        for (line, (classIndex, label)) in labels.enumerated() {
            let top = plate.minY + margin + Double(line) * height
            let place = CGRect(x: plate.minX + 2 * margin, y: top + margin, width: square, height: square)
            marks += [
                .plate(place, ClassColor(classIndex: classIndex), opacity: 1),
                .text(
                    label.text, CGPoint(x: place.maxX + 2 * margin, y: top + margin / 2), ClassColor(rgb: 0xFFFFFF),
                    scale: 1),
            ]
        }
        return marks
    }
}
