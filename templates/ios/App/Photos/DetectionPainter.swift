import UIKit

/// Draws boxes and their labels: on the screen and on pictures that are shared. Not for two threads at a time.
final class DetectionPainter {
    private static let rimColor = UIColor(white: 0, alpha: 0.4).cgColor
    private static let rimWidth = 2.0  // lines

    private let font: UIFont
    private let lineWidth: Double
    private let texts: LabelTexts

    init(names: [String], textSize: Double, lineWidth: Double) {
        let font = UIFont.systemFont(ofSize: textSize, weight: .medium)
        self.font = font
        self.lineWidth = lineWidth
        texts = LabelTexts(names: names) { text in
            NSString(string: text).size(withAttributes: [.font: font]).width
        }
    }

    /// Draws into the current graphics context of UIKit, whose first row is the uppermost.
    func draw(_ boxes: [Box], mapping: PictureMapping, in context: CGContext) {
        let style = OverlayLayout.Style(lineHeight: font.lineHeight, margin: lineWidth)
        let layout = OverlayLayout(boxes: boxes, mapping: mapping, texts: texts, style: style)
        UIGraphicsPushContext(context)
        for outline in layout.outlines { draw(outline, in: context) }
        for label in layout.labels { draw(label, in: context) }
        UIGraphicsPopContext()
    }

    /// With a dark rim: seen where the picture has the colour of the class.
    private func draw(_ outline: OverlayLayout.Outline, in context: CGContext) {
        context.setStrokeColor(DetectionPainter.rimColor)
        context.stroke(outline.rect, width: lineWidth * DetectionPainter.rimWidth)
        context.setStrokeColor(UIColor(outline.color).cgColor)
        context.stroke(outline.rect, width: lineWidth)
    }

    private func draw(_ label: OverlayLayout.Label, in context: CGContext) {
        UIColor(label.color).setFill()
        UIBezierPath(roundedRect: label.rect, cornerRadius: lineWidth).fill()
        let letters: UIColor = label.color.hasBlackLetters ? .black : .white
        NSString(string: label.text).draw(
            at: CGPoint(x: label.rect.minX + lineWidth, y: label.rect.minY + lineWidth),
            withAttributes: [.font: font, .foregroundColor: letters])
    }
}

extension UIColor {
    fileprivate convenience init(_ color: ClassColor) {
        self.init(red: color.red, green: color.green, blue: color.blue, alpha: 1)
    }
}
