import Foundation

/// The most likely classes at the lower edge, with names, scores and bars. The most likely one is on top and large. There
/// are as many as fit.
struct ClassLayer: Layer {
    static let maxCount = 5
    static let largeScale = 1.75
    static let plateOpacity = 0.6

    let texts: LabelTexts
    let style: LabelStyle

    func marks(for result: VisionResult, in mapping: PictureMapping) -> [Mark] {
        let bounds = mapping.free
        let margin = style.margin
        var bottom = bounds.maxY
        var marks: [Mark] = []
        let count = 1 + max(0, Int((bounds.height - height(of: 0)) / height(of: 1)))
        for (place, one) in result.classes.prefix(min(count, ClassLayer.maxCount)).enumerated().reversed() {
            let scale = ClassLayer.scale(of: place)
            let height = height(of: place)
            let row = CGRect(x: bounds.minX, y: bottom - height, width: bounds.width, height: height)
            let bar = CGRect(x: bounds.minX, y: bottom - margin, width: bounds.width * one.score, height: margin)
            let label = texts.label(
                className: one.className, score: one.score, room: (bounds.width - 2 * margin) / scale)
            marks += [
                .plate(row, .black, opacity: ClassLayer.plateOpacity),
                .plate(bar, ClassColor(classIndex: one.classIndex), opacity: 1),
                .text(label.text, CGPoint(x: row.minX + margin, y: row.minY + margin), .white, scale: scale),
            ]
            bottom = row.minY
        }
        return marks
    }

    private static func scale(of place: Int) -> Double { place == 0 ? largeScale : 1 }

    private func height(of place: Int) -> Double {
        style.lineHeight * ClassLayer.scale(of: place) + 3 * style.margin
    }
}
