import UIKit

/// The letters of labels: how wide and high they are, for the screen and for pictures that are shared.
struct LabelFont {
    let size: Double

    var font: UIFont { UIFont.systemFont(ofSize: size, weight: .medium) }

    /// What is drawn with lines of this width.
    func drawing(of model: Model, lineWidth: Double) -> Drawing {
        let font = font
        let texts = LabelTexts(names: model.classNames, number: Drawing.number) { text in
            NSString(string: text).size(withAttributes: [.font: font]).width
        }
        return Drawing(of: model, texts: texts, style: LabelStyle(lineHeight: font.lineHeight, margin: lineWidth))
    }
}

/// What all outlines have in common.
enum Rim {
    /// A dark rim: outlines are seen where the picture has the colour of the class.
    static let darkness = 0.4
    /// In lines.
    static let width = 2.0
}

/// A keypoint's radius, in lines: with the rim, and without.
enum Dot {
    static let rim = 2.5
    static let radius = 2.0
}
