import UIKit

/// The letters of labels: how wide and high they are, for the screen and for pictures that are shared.
struct LabelFont {
    let size: Double

    var font: UIFont { UIFont.systemFont(ofSize: size, weight: .medium) }

    /// What is drawn with lines of this width.
    func drawing(names: [String], lineWidth: Double) -> Drawing {
        let font = font
        let texts = LabelTexts(names: names) { text in
            NSString(string: text).size(withAttributes: [.font: font]).width
        }
        return Drawing(texts: texts, style: LabelStyle(lineHeight: font.lineHeight, margin: lineWidth))
    }
}

/// What all outlines have in common.
enum Rim {
    /// A dark rim: outlines are seen where the picture has the colour of the class.
    static let darkness = 0.4
    /// In lines.
    static let width = 2.0
}
