import Foundation

/// The likeliest classes at the lower edge of what is seen of the picture, one above the other: name and score, and a bar
/// as long as the class is likely. The likeliest one is the uppermost, and large; there are as many as have room below it.
struct ClassLayer: Layer {
    static let most = 5
    /// Of the likeliest one's letters.
    static let large = 1.75
    /// Of what the letters stand on.
    static let darkness = 0.6

    let texts: LabelTexts
    let style: LabelStyle

    func marks(for result: PictureResult, in mapping: PictureMapping) -> [Mark] {
        let bounds = mapping.free
        let margin = style.margin
        var bottom = bounds.maxY
        var marks: [Mark] = []
        let count = 1 + max(0, Int((bounds.height - height(of: 0)) / height(of: 1)))
        for (place, one) in result.classes.prefix(min(count, ClassLayer.most)).enumerated().reversed() {
            let scale = ClassLayer.scale(of: place)
            let height = height(of: place)
            let row = CGRect(x: bounds.minX, y: bottom - height, width: bounds.width, height: height)
            let bar = CGRect(x: bounds.minX, y: bottom - margin, width: bounds.width * one.score, height: margin)
            let label = texts.label(
                classIndex: one.classIndex, score: one.score, room: (bounds.width - 2 * margin) / scale)
            marks += [
                .plate(row, ClassColor(rgb: 0x000000), opacity: ClassLayer.darkness),
                .plate(bar, ClassColor(classIndex: one.classIndex), opacity: 1),
                .text(
                    label.text, CGPoint(x: row.minX + margin, y: row.minY + margin), ClassColor(rgb: 0xFFFFFF),
                    scale: scale),
            ]
            bottom = row.minY
        }
        return marks
    }

    private static func scale(of place: Int) -> Double { place == 0 ? large : 1 }

    private func height(of place: Int) -> Double {
        style.lineHeight * ClassLayer.scale(of: place) + 3 * style.margin
    }
}
