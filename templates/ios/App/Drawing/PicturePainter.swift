import UIKit

/// Draws on a picture that is shared, in its own pixels. Not for two threads at a time.
struct PicturePainter {
    private let font: UIFont
    private let lineWidth: Double
    private let drawing: Drawing

    init(names: [String], textSize: Double, lineWidth: Double) {
        let letters = LabelFont(size: textSize)
        font = letters.font
        self.lineWidth = lineWidth
        drawing = letters.drawing(names: names, lineWidth: lineWidth)
    }

    /// Draws into the current graphics context of UIKit, whose first row is the uppermost.
    func draw(_ result: PictureResult, mapping: PictureMapping, in context: CGContext) {
        for mark in drawing.marks(for: result, in: mapping) {
            switch mark {
            case .outline(let rect, let color):
                context.setStrokeColor(UIColor(white: 0, alpha: Rim.darkness).cgColor)
                context.stroke(rect, width: lineWidth * Rim.width)
                context.setStrokeColor(UIColor(color).cgColor)
                context.stroke(rect, width: lineWidth)
            case .label(let rect, let text, let color):
                UIColor(color).setFill()
                UIBezierPath(roundedRect: rect, cornerRadius: lineWidth).fill()
                NSString(string: text).draw(
                    at: CGPoint(x: rect.minX + lineWidth, y: rect.minY + lineWidth),
                    withAttributes: [.font: font, .foregroundColor: UIColor(color.letters)])
            }
        }
    }
}

extension UIColor {
    fileprivate convenience init(_ color: ClassColor) {
        self.init(red: color.red, green: color.green, blue: color.blue, alpha: 1)
    }
}
